"""A namespace taken out of the indices: what is to be done, document by document."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from elasticsearch.dsl.query import Query

from detector.erasing import message_without, place_of_log, stay_behind, without
from detector.store.elasticsearch.alerts import AlertDocument, alert_document, alert_of
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import encode, micros
from detector.store.elasticsearch.names import Names
from detector.store.elasticsearch.outbox import OUTBOX, StoredTold
from detector.store.elasticsearch.queries import BY_KEY, BY_TIME, NEWEST_FIRST, Sort, all_of, of_kind, of_namespace
from detector.store.elasticsearch.scopes import OWNER
from detector.store.elasticsearch.state import (
    CHECKPOINT,
    DEPLOYED,
    ENGINE,
    FITTED,
    MODEL,
    STATUS,
    StateDocument,
    StoredCheckpoint,
)

Exists = Callable[[str], bool]
_STATE = {
    STATUS: "status",
    MODEL: "models",
    DEPLOYED: "what runs",
    FITTED: "fitted models",
    ENGINE: "states of templates",
    OWNER: "",
}
_BY_DOCUMENT: Sort = [{"_doc": {"order": "asc"}}]


@dataclass(frozen=True, slots=True)
class Change:
    """A document that is to be written anew or, without a body, deleted; `kind` is what people call it."""

    kind: str
    index: str
    id: str
    body: bytes | None = None


def namespace_gone(cluster: Cluster, names: Names, name: str, exists: Exists) -> Iterator[Change | str]:
    """All of it, and what is told of it beside others; `exists` says whether a file of logs is still there.

    The alerts first: the incidents say what in them is of the namespace.
    """
    of = all_of(of_namespace(name))
    incidents = {hit.source["event"]["id"] for hit in cluster.scan(names.incidents, Document, of, NEWEST_FIRST)}
    for hit in cluster.scan(names.alerts, AlertDocument, of, BY_TIME):
        left = without(alert_of(hit.source), name, incidents)
        body = None if left is None else encode(alert_document(left, micros(hit.source.event.created)))
        yield Change("alerts", hit.index, hit.id, body)
    yield from _outbox(cluster, names.state, name)
    for kind, index in (
        ("windows", names.counts),
        ("hours", names.hours),
        ("anomalies", names.anomalies),
        ("incidents", names.incidents),
        ("changes", names.changes),
        ("templates", names.templates),
        ("feedback, choices and silences", names.feedback),
    ):
        yield from (Change(kind, hit.index, hit.id) for hit in _places(cluster, index, of))
    for kind, called in _STATE.items():
        query = all_of(of_kind(kind), of_namespace(name))
        yield from (Change(called, hit.index, hit.id) for hit in cluster.scan(names.state, Document, query, BY_KEY))
    yield from _checkpoints(cluster, names.state, name, exists)


Document = dict[str, Any]


def _places(cluster: Cluster, index: str, query: Query) -> Iterator[Any]:
    for one in sorted(cluster.made([index])):
        sort: Sort = NEWEST_FIRST if one.rpartition("-")[0].endswith(("anomalies", "incidents")) else _BY_DOCUMENT
        yield from cluster.scan(one, Document, query, sort, fields=["@timestamp"])


def _outbox(cluster: Cluster, index: str, name: str) -> Iterator[Change]:
    for hit in cluster.scan(index, StateDocument[StoredTold], all_of(of_kind(OUTBOX)), BY_KEY, page=100):
        kept = hit.source.drainwatch.body
        message = msgspec.json.decode(zlib.decompress(kept.value))
        left = message_without(message, name)
        if left is None:
            yield Change("messages", hit.index, hit.id)
        elif left is not message:
            body = msgspec.structs.replace(kept, value=zlib.compress(msgspec.json.encode(left), 1))
            part = msgspec.structs.replace(hit.source.drainwatch, body=body)
            yield Change("messages", hit.index, hit.id, encode(msgspec.structs.replace(hit.source, drainwatch=part)))


def _checkpoints(cluster: Cluster, index: str, name: str, exists: Exists) -> Iterator[Change | str]:
    stay = 0
    for hit in cluster.scan(index, StateDocument[StoredCheckpoint], all_of(of_kind(CHECKPOINT)), BY_KEY):
        path = place_of_log(hit.source.drainwatch.body.partition, name)
        if path and exists(path):
            stay += 1
        elif path:
            yield Change("places in files", hit.index, hit.id)
    yield from stay_behind(stay)
