"""The redo journal: Elasticsearch has no transactions, so a pass is written down as one before it is carried out.

An entry (the writes of a pass) is cut into chunks. All but the last are documents of their own; the last goes into the
head, the one document whose write says that the pass is committed. It is written only over the version that this
writer knows, so of two writers the second is noticed before it does harm
(https://www.elastic.co/docs/reference/elasticsearch/rest-apis/optimistic-concurrency-control). A head that holds a
chunk is an entry that may not have been carried out: it is then carried out again, which changes nothing of what was.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import Struct

from detector.errors import StoreError
from detector.store.elasticsearch.answers import Got, Version
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import encode, moment
from detector.store.elasticsearch.opening import state_is_gone
from detector.store.elasticsearch.operations import Operation
from detector.store.elasticsearch.plan import Plan
from detector.store.elasticsearch.queries import BY_KEY, of_kind
from detector.store.elasticsearch.state import StateDocument, StatePart

HEAD, CHUNK = "journal", "journal-chunk"
CHUNK_BYTES = 3_000_000
"""Of a chunk, compressed; as base64 it is a third more."""


class Head(Struct, omit_defaults=True):
    """Which entry was committed last, by whom, and its last chunk as long as it may have to be carried out."""

    entry: str
    generation: int
    writer: str
    written: datetime
    chunks: int = 0
    """How many documents hold the chunks before the last."""
    payload: bytes | None = None


class Chunk(Struct):
    """A chunk that is no entry's last."""

    entry: str
    generation: int
    payload: bytes


class _ChunkOf(Struct):
    """A chunk without what it holds."""

    generation: int


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: a name to be shown, and one that nobody else has, ever."""

    name: str
    token: str


class Journal:
    """The journal in one index of the state, as one writer keeps it."""

    def __init__(self, cluster: Cluster, index: str, writer: Writer) -> None:
        self._cluster, self._index, self._writer = cluster, index, writer
        self._head: Head | None = None
        self._version: Version | None = None

    @property
    def generation(self) -> int:
        """Of the last entry; every one has a greater one than all before it."""
        return self._head.generation if self._head else 0

    def pending(self, now: int) -> Plan | None:
        """Look at the head; the entry that may still have to be carried out, now this writer's alone.

        Whoever wrote it and is at work on it, unknown to us, is refused from then on. Raises `StoreError` where a part
        of the entry is gone.
        """
        found = self._look()
        self._head, self._version = _head_of(found), _version_of(found)
        head = self._head
        if head is None or head.payload is None:
            return None
        self._put(Head(head.entry, head.generation, self._writer.name, moment(now), head.chunks, head.payload))
        return self._read(head)

    def commit(self, plan: Plan, now: int) -> None:
        """Write the entry down; when this returns the pass is committed, unless it raises it is not.

        Raises `StoreError` where another one has written meanwhile, and where the index is gone.
        """
        # By the clock, so that it is greater, too, than those of a state that was lost.
        generation = max(now, self._head.generation + 1 if self._head else 0)
        entry = f"{generation}-{self._writer.token}"
        packed = zlib.compress(msgspec.msgpack.encode(plan), 1)
        *before, last = [packed[at : at + CHUNK_BYTES] for at in range(0, len(packed), CHUNK_BYTES)]
        chunks = [
            Operation("index", self._index, name, _document(CHUNK, name, Chunk(entry, generation, payload)))
            for name, payload in zip(_chunk_names(entry, len(before)), before, strict=True)
        ]
        if lost := self._cluster.write(chunks).lost:
            raise StoreError(f"The journal in {self._index} can't be written: {lost[0].reason}.", "Set it up anew.")
        self._put(Head(entry, generation, self._writer.name, moment(now), len(before), last))

    def done(self, now: int) -> None:
        """Say that the last entry was carried out, and remove its chunks."""
        head = self._head
        if head is not None and head.payload is not None:
            self._put(Head(head.entry, head.generation, self._writer.name, moment(now)))
            self._cluster.write(Operation("delete", self._index, n) for n in _chunk_names(head.entry, head.chunks))

    def tidy(self) -> None:
        """Remove chunks of entries that were never committed; not those of a next one, which may be in the making."""
        if self._head is None:
            return
        chunks = self._cluster.scan(self._index, StateDocument[_ChunkOf], of_kind(CHUNK), BY_KEY, page=10)
        old = [one.id for one in chunks if one.source.drainwatch.body.generation <= self._head.generation]
        self._cluster.write(Operation("delete", self._index, name) for name in old)

    def _look(self) -> Got[StateDocument[Head]]:
        return self._cluster.get([(self._index, HEAD)], StateDocument[Head])[0]

    def _put(self, head: Head) -> None:
        body = _document(HEAD, HEAD, head)
        version = self._cluster.put(self._index, HEAD, body, self._version)
        if version is None:
            # It may be our own write, repeated because its answer got lost.
            found = self._look()
            if _head_of(found) != head:
                raise self._overtaken(_head_of(found))
            version = _version_of(found)
        self._head, self._version = head, version

    def _read(self, head: Head) -> Plan:
        packed = b""
        for name in _chunk_names(head.entry, head.chunks):
            chunk = self._cluster.get([(self._index, name)], StateDocument[Chunk])[0].source
            packed += chunk.drainwatch.body.payload if chunk else b""
        try:
            return msgspec.msgpack.decode(zlib.decompress(packed + (head.payload or b"")), type=Plan)
        except (zlib.error, msgspec.DecodeError):
            raise StoreError(
                f"The journal in {self._index} is damaged: the last pass can't be carried out.",
                f"Delete its document {HEAD}; the windows of that pass are read again.",
            ) from None

    def _overtaken(self, by: Head | None) -> StoreError:
        if by is None:
            return state_is_gone(self._index)
        return StoreError(
            f"Another drainwatch ({by.writer}) writes to the indices of {self._index}, too.",
            "Stop one of them, or give this one a prefix of its own (elasticsearch.prefix).",
        )


def _chunk_names(entry: str, count: int) -> list[str]:
    return [f"{CHUNK}-{entry}-{number}" for number in range(count)]


def _document(kind: str, name: str, body: Struct) -> bytes:
    return encode(StateDocument(StatePart(kind, name, body)))


def _head_of(found: Got[StateDocument[Head]]) -> Head | None:
    return found.source.drainwatch.body if found.source else None


def _version_of(found: Got[StateDocument[Head]]) -> Version | None:
    return Version(found.seq_no, found.primary_term) if found.source else None
