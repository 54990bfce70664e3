"""What is still to be told, as documents of the state, in the order in which it was committed.

They are written with the pass, through its journal. Their ids tell scope and output, and go up from pass to pass.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from msgspec import Struct

from detector.errors import StoreError
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import encode
from detector.store.elasticsearch.names import state_id
from detector.store.elasticsearch.operations import Operation
from detector.store.elasticsearch.queries import BY_KEY, all_of, of_key, of_kind
from detector.store.elasticsearch.state import StateDocument, StatePart
from detector.store.written import Told, Waiting

OUTBOX = "outbox"
"""Kind of these documents."""
_PAGE = 100
"""Messages an answer: one may have a megabyte."""


class StoredTold(Struct):
    """A message."""

    output: str
    id: str
    kind: str
    key: bytes
    value: bytes
    """Compressed by zlib."""
    headers: tuple[tuple[str, bytes], ...]


def outbox_operations(index: str, scope: str, order: int, told: Iterable[Told]) -> Iterator[Operation]:
    """Write what a pass of this scope has to tell; `order` goes up from pass to pass."""
    for number, one in enumerate(told):
        key = f"{_start(scope, one.output)}{order:020d}-{number:06d}"
        kept = StoredTold(one.output, one.id, one.kind, one.key, zlib.compress(one.value, 1), one.headers)
        yield Operation("index", index, key, encode(StateDocument(StatePart(OUTBOX, key, kept))))


def waiting(cluster: Cluster, index: str, scope: str, output: str, limit: int) -> list[Waiting]:
    """The oldest of what this scope has to tell this output. Raises `StoreError` where one is damaged."""
    query = all_of(of_kind(OUTBOX), of_key(_start(scope, output)))
    hits = cluster.scan(index, StateDocument[StoredTold], query, BY_KEY, page=_PAGE, most=limit)
    return [Waiting(hit.id, _told(hit.id, hit.source.drainwatch.body)) for hit in hits]


def count(cluster: Cluster, index: str, scope: str, output: str) -> int:
    """How much that is."""
    return sum(cluster.counted(index, all_of(of_kind(OUTBOX), of_key(_start(scope, output)))).values())


def remove(cluster: Cluster, index: str, places: Iterable[str]) -> None:
    """Remove what was sent."""
    cluster.write(Operation("delete", index, place) for place in places)
    cluster.refresh([index])


def _told(name: str, kept: StoredTold) -> Told:
    try:
        value = zlib.decompress(kept.value)
    except zlib.error:
        raise StoreError(
            f"The message {name} can't be sent: it is damaged.", "Delete this document of the index of the state."
        ) from None
    return Told(kept.output, kept.id, kept.kind, kept.key, value, kept.headers)


def _start(scope: str, output: str) -> str:
    return f"{state_id(OUTBOX, scope, output)}-"
