"""The store in a cluster: plain indices of Elasticsearch that Kibana charts and anybody's REST queries read."""

from detector.store.elasticsearch.notes import ElasticsearchNotes, notes_beside, open_notes
from detector.store.elasticsearch.reading import ElasticsearchReader, open_reader, reader_beside
from detector.store.elasticsearch.store import ElasticsearchStore, open_store

__all__ = [
    "ElasticsearchNotes",
    "ElasticsearchReader",
    "ElasticsearchStore",
    "notes_beside",
    "open_notes",
    "open_reader",
    "open_store",
    "reader_beside",
]
