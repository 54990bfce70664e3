"""What drainwatch wrote into Elasticsearch, to be compared."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import Any

from elasticsearch import Elasticsearch

from detector.store.elasticsearch import open_reader
from ingest.accounting import Tally
from ingest.elasticsearch.settings import Connection

FAR = 10_000


def closed_until(connection: Connection, prefix: str) -> int:
    """Every window before this time (microseconds UTC) is closed; 0 where none is."""
    with closing(open_reader(connection, prefix)) as reader:
        return reader.closed_until() or 0


def contents(connection: Connection, prefix: str, until: int) -> dict[str, Any]:
    """All that was found out about windows before that time (microseconds UTC), as the page and the API have it."""
    with closing(open_reader(connection, prefix)) as reader:
        names = [status.namespace for status in reader.statuses()]
        return {
            "counts": {
                name: [
                    (one.window, dict(sorted(zip(one.templates, one.counts.tolist(), strict=True))))
                    for one in reader.counts(name)
                ]
                for name in names
            },
            "templates": sorted(
                (one.id, one.workload, one.text, one.count, one.first_seen, one.last_seen) for one in reader.templates()
            ),
            "anomalies": [one for one in reader.anomalies(limit=FAR).items if one.window < until],
            "incidents": [
                (one.id, one.namespace, one.start, one.reasons)
                for one in reader.incidents(limit=FAR).items
                if one.start < until
            ],
            "models": [one for one in reader.models() if one.trained_until <= until],
        }


def documents(client: Elasticsearch, prefix: str, until: int) -> dict[tuple[str, str], Any]:
    """By index and id, every document about windows before that time, as Kibana has it: less when it was written."""
    found: dict[tuple[str, str], Any] = {}
    indices = f"{prefix}-anomalies-*,{prefix}-incidents-*,{prefix}-counts-*"
    before = {"range": {"@timestamp": {"lt": until // 1_000, "format": "epoch_millis"}}}
    answer = client.search(index=indices, query=before, size=FAR, track_total_hits=True)
    assert answer["hits"]["total"]["value"] == len(answer["hits"]["hits"]), "more than one search gives"
    for hit in answer["hits"]["hits"]:
        source = hit["_source"]
        source.get("event", {}).pop("created", None)
        source.get("drainwatch", {}).pop("reached", None)
        found[hit["_index"].removeprefix(prefix), hit["_id"]] = source
    return found


def tally(connection: Connection, prefix: str) -> Tally:
    """What became of every line."""
    with closing(open_reader(connection, prefix)) as reader:
        return reader.tally()


def counts_by_window(connection: Connection, prefix: str, until: int) -> Counter[tuple[str, int]]:
    """Lines in the counts, by namespace and window, of windows that start before `until` (microseconds UTC)."""
    total: Counter[tuple[str, int]] = Counter()
    with closing(open_reader(connection, prefix)) as reader:
        for status in reader.statuses():
            for one in reader.counts(status.namespace, until=until):
                total[status.namespace, one.window] += int(one.counts.sum())
    return total
