"""A text taken out of the indices, wherever people or their lines put it: what is to be done, document by document."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
from elasticsearch.dsl.query import MatchAll

from detector.erasing import TEXTS, erased, still_named
from detector.errors import StoreError
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.erasing_namespace import Change, Document
from detector.store.elasticsearch.names import Names
from detector.store.elasticsearch.outbox import OUTBOX
from detector.store.elasticsearch.queries import BY_KEY, BY_TEMPLATE, BY_TIME, NEWEST_FIRST, all_of, of_kind
from detector.store.elasticsearch.state import DEPLOYED, ENGINE, MODEL, STATUS
from parsers.erasing import Eraser, erase_workload

_STATE = {STATUS: "status", MODEL: "models", DEPLOYED: "what runs"}
_NAMED = TEXTS | {"name"}
_PAGE = 500


def text_gone(cluster: Cluster, names: Names, eraser: Eraser) -> Iterator[Change | str]:
    """All places where it stands. Raises `StoreError` for what can't be read."""
    held: set[str] = set()
    for kind, index, sort in (
        ("templates", names.templates, BY_TEMPLATE),
        ("anomalies", names.anomalies, NEWEST_FIRST),
        ("incidents", names.incidents, NEWEST_FIRST),
        ("changes", names.changes, BY_TIME),
        ("feedback, choices and silences", names.feedback, BY_TIME),
        ("alerts", names.alerts, BY_TIME),
    ):
        for hit in cluster.scan(index, Document, MatchAll(), sort, page=_PAGE):
            held |= {name for name in _names(hit.source) if eraser.found(name)}
            after = erased(hit.source, eraser, texts=_NAMED)
            if after != hit.source:
                yield Change(kind, hit.index, hit.id, msgspec.json.encode(after))
    yield from _access(cluster, names.access, eraser)
    for kind, called in _STATE.items():
        for hit in cluster.scan(names.state, Document, all_of(of_kind(kind)), BY_KEY, page=_PAGE):
            after = erased(hit.source, eraser)
            if after != hit.source:
                yield Change(called, hit.index, hit.id, msgspec.json.encode(after))
    yield from _outbox(cluster, names.state, eraser)
    yield from _engine(cluster, names.state, eraser)
    yield from still_named(held, eraser)


def _names(document: Document) -> Iterator[str]:
    """Of the namespace and workload that it is about."""
    namespace = document.get("kubernetes", {}).get("namespace", "")
    yield from [namespace] if isinstance(namespace, str) else namespace
    workload = document.get("drainwatch", {}).get("workload", "")
    if isinstance(workload, str):
        yield workload


def _access(cluster: Cluster, index: str, eraser: Eraser) -> Iterator[Change]:
    """Tokens lose it, sessions end: whoever has such a name logs in anew. What was done stays on record."""
    for hit in cluster.scan(index, Document, MatchAll(), BY_TIME, page=_PAGE):
        kind = hit.source["drainwatch"]["kind"]
        if kind == "session" and eraser.found(msgspec.json.encode(hit.source).decode()):
            yield Change("sessions", hit.index, hit.id)
        elif kind == "token" and (after := erased(hit.source, eraser, texts=_NAMED)) != hit.source:
            yield Change("tokens", hit.index, hit.id, msgspec.json.encode(after))


def _outbox(cluster: Cluster, index: str, eraser: Eraser) -> Iterator[Change]:
    for hit in cluster.scan(index, Document, all_of(of_kind(OUTBOX)), BY_KEY, page=100):
        before = msgspec.json.decode(_unpacked(hit.source, "value"))
        after = erased(before, eraser)
        if after != before:
            yield Change("messages", hit.index, hit.id, _packed(hit.source, "value", msgspec.json.encode(after)))


def _engine(cluster: Cluster, index: str, eraser: Eraser) -> Iterator[Change]:
    for hit in cluster.scan(index, Document, all_of(of_kind(ENGINE)), BY_KEY, page=100):
        namespace, workload = hit.source["kubernetes"]["namespace"], hit.source["drainwatch"]["body"]["workload"]
        before = _unpacked(hit.source, "state")
        try:
            after = erase_workload(before, namespace, workload, eraser)
        except ValueError as error:
            raise StoreError(str(error), "Delete that document of the index of the state; then erase again.") from None
        if after != before:
            yield Change("states of templates", hit.index, hit.id, _packed(hit.source, "state", after))


def _unpacked(document: Document, part: str) -> bytes:
    try:
        return zlib.decompress(base64.b64decode(document["drainwatch"]["body"][part]))
    except (ValueError, zlib.error):
        raise StoreError(
            f"The document {document['drainwatch']['key']} of the index of the state is damaged.",
            "Delete it; then erase again.",
        ) from None


def _packed(document: Document, part: str, value: bytes) -> bytes:
    body: dict[str, Any] = {**document["drainwatch"]["body"], part: base64.b64encode(zlib.compress(value, 1)).decode()}
    return msgspec.json.encode({**document, "drainwatch": {**document["drainwatch"], "body": body}})
