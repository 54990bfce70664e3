"""Logs of three small namespaces as Filebeat writes them into Elasticsearch; in one of them something breaks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch

Document = dict[str, Any]

SECOND = 1_000_000
NODE = "node-1"
STATEMENTS: dict[str, tuple[tuple[str, float], ...]] = {
    "shop/cart": (
        ("INFO added item {n} to cart of user {n}", 0.8),
        ("INFO cart of user {n} has {n} items", 0.5),
        ("WARN price of item {n} is {n} minutes old", 0.1),
    ),
    "payments/gateway": (
        ("INFO authorised payment {n} with provider P{d}", 0.6),
        ("DEBUG pool of provider P{d} has {n} idle connections", 0.4),
    ),
    "batch/export": (("INFO exported {n} rows of table t{d}", 0.7), ("INFO nothing to do for {n} s", 0.3)),
}
"""By namespace and workload: what is logged, and how often a second."""
FAULT = ("shop", "cart", "ERROR cart store refused the connection after {n} ms: too many clients", 6.0)
"""Namespace, workload, statement, and how often a second while it lasts."""
MAPPING = {
    "properties": {
        "@timestamp": {"type": "date"},
        "message": {"type": "text"},
        "stream": {"type": "keyword"},
        "log": {"properties": {"offset": {"type": "long"}, "file": {"properties": {"path": {"type": "keyword"}}}}},
        "kubernetes": {
            "properties": {
                "namespace": {"type": "keyword"},
                "pod": {"properties": {"name": {"type": "keyword"}}},
                "container": {"properties": {"name": {"type": "keyword"}}},
                "node": {"properties": {"name": {"type": "keyword"}}},
                "deployment": {"properties": {"name": {"type": "keyword"}}},
            }
        },
    }
}


class Writer:
    """Makes documents as one Filebeat would: each file has an offset that grows."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._offsets: Counter[str] = Counter()

    def document(self, time: int, namespace: str, workload: str, text: str) -> Document:
        """One line, logged at `time` (microseconds UTC)."""
        pod = f"{workload}-7d9c5b6f4-x2x7k"
        path = f"/var/log/containers/{pod}_{namespace}_{workload}-{'0' * 64}.log"
        offset = self._offsets[path]
        self._offsets[path] += len(text) + 1
        return {
            "@timestamp": datetime.fromtimestamp(time / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "message": text,
            "stream": "stdout",
            "log": {"offset": offset, "file": {"path": path}},
            "kubernetes": {
                "namespace": namespace,
                "deployment": {"name": workload},
                "pod": {"name": pod},
                "container": {"name": workload},
                "node": {"name": NODE},
            },
        }

    def logged(self, begin: int, end: int, *, fault: tuple[int, int] | None = None) -> list[Document]:
        """All that is logged from `begin` to `end`, by time; the fault lasts from one time to another."""
        lines = list(self._lines(begin, end))
        if fault is not None:
            namespace, workload, text, rate = FAULT
            lines += ((time, namespace, workload, text) for time in self._times(*fault, rate))
        return [
            self.document(
                time, namespace, workload, text.format(n=self._rng.randrange(5_000), d=self._rng.randrange(3))
            )
            for time, namespace, workload, text in sorted(lines)
        ]

    def _lines(self, begin: int, end: int) -> Iterator[tuple[int, str, str, str]]:
        for name, statements in STATEMENTS.items():
            namespace, workload = name.split("/")
            for text, rate in statements:
                yield from ((time, namespace, workload, text) for time in self._times(begin, end, rate))

    def _times(self, begin: int, end: int, rate: float) -> Iterator[int]:
        time = begin + self._rng.expovariate(rate) * SECOND
        while time < end:
            yield int(time)
            time += self._rng.expovariate(rate) * SECOND


def make_index(client: Elasticsearch, index: str) -> None:
    """An index as Filebeat's template makes it, less what is not needed; searches find documents at once."""
    client.indices.create(
        index=index, mappings=MAPPING, settings={"number_of_replicas": 0, "refresh_interval": "200ms"}
    )


def ship(client: Elasticsearch, index: str, documents: Iterable[Document]) -> None:
    """Write them as Filebeat does: create, and Elasticsearch chooses the id. They can be found when it returns."""
    documents = list(documents)
    for begin in range(0, len(documents), 2_000):
        operations: list[Document] = []
        for document in documents[begin : begin + 2_000]:
            operations += ({"create": {}}, document)
        done = client.bulk(index=index, operations=operations)
        assert not done["errors"], [item for item in done["items"] if item["create"].get("error")][:3]
    client.indices.refresh(index=index)


def by_window(documents: Iterable[Document], span: int, until: int) -> Counter[tuple[str, int]]:
    """How many documents each namespace has in each window that starts before `until` (microseconds UTC)."""
    found: Counter[tuple[str, int]] = Counter()
    for document in documents:
        time = int(datetime.fromisoformat(document["@timestamp"]).timestamp() * 1_000 + 0.5) * 1_000
        if (window := time // span * span) < until:
            found[document["kubernetes"]["namespace"], window] += 1
    return found
