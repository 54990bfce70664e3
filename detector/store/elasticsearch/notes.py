"""What people say, written beside a service: each a document of its own, outside the journal of passes."""

from __future__ import annotations

from detector.alert import Silence
from detector.errors import StoreError
from detector.findings import Feedback, ModelChoice
from detector.store.elasticsearch.changes import said_document
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import encode
from detector.store.elasticsearch.names import Names, document_id
from detector.store.elasticsearch.opening import check
from detector.store.elasticsearch.operations import Operation
from ingest.elasticsearch.settings import Connection


def open_notes(connection: Connection, prefix: str) -> ElasticsearchNotes:
    """The store with this prefix, to say something into, also while another process writes it.

    Raises as `open_reader`.
    """
    cluster, names = Cluster(connection, prefix), Names(prefix)
    try:
        check(cluster, names)
    except BaseException:
        cluster.close()
        raise
    return ElasticsearchNotes(cluster, names)


class ElasticsearchNotes:
    """Writes what people say; usable from several threads. Made by `open_notes`."""

    def __init__(self, cluster: Cluster, names: Names) -> None:
        self._cluster, self._names = cluster, names

    def say(self, said: Feedback | ModelChoice | Silence) -> None:
        """Record what a person said."""
        record(self._cluster, self._names, said)

    def close(self) -> None:
        """Let go of the connections."""
        self._cluster.close()


def record(cluster: Cluster, names: Names, said: Feedback | ModelChoice | Silence) -> None:
    """Write it, over what was said under its id, and make it searchable: the pass that comes next goes by it.

    Raises `StoreError` where it can't be written; nobody shall think that they were heard.
    """
    document = said_document(said)
    written = cluster.write([Operation("index", names.feedback, document_id(document.event.id), encode(document))])
    if written.lost:
        raise StoreError(
            f"Elasticsearch refuses what was said: {written.lost[0].reason}.",
            "Say it in fewer words, or look at the index in Kibana.",
        )
    # Refreshed by hand: the index never is by itself (refresh_interval is -1), so `wait_for` would wait for ever.
    cluster.refresh([names.feedback])
