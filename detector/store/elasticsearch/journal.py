"""The redo journal: Elasticsearch has no transactions, so a pass is written down as one before it is carried out.

An entry (the writes of a pass) is cut into chunks. All but the last are documents of their own; the last goes into the
head, the one document whose write says that the pass is committed. It is written only over the version that this
writer knows, so of two writers the second is noticed before it does harm. Each scope has a journal of its own, whose
head also says who holds it: opening a scope rewrites the head, and with it refuses whoever held it before
(https://www.elastic.co/docs/reference/elasticsearch/rest-apis/optimistic-concurrency-control). A head that holds a
chunk is an entry that may not have been carried out: it is then carried out again, which changes nothing of what was.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from detector.errors import StoreError
from detector.moments import moment
from detector.store.elasticsearch.answers import Got, Version
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import encode
from detector.store.elasticsearch.names import state_id
from detector.store.elasticsearch.opening import state_is_gone
from detector.store.elasticsearch.operations import Operation
from detector.store.elasticsearch.plan import Plan
from detector.store.elasticsearch.queries import BY_KEY, of_kind
from detector.store.elasticsearch.state import StateDocument, StatePart
from detector.store.refusals import scope_released, scope_taken

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
    scope: str = ""
    epoch: int = 0
    """How often it was released: namespaces that it owned in an earlier one are nobody's."""
    released: bool = False
    token: str = ""
    """Of whoever holds the scope; the plain store is nobody's."""


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
    """The journal of one scope in the index of the state, as one writer keeps it; of the plain store by default."""

    def __init__(self, cluster: Cluster, index: str, writer: Writer, scope: str = "") -> None:
        self._cluster, self._index, self._writer, self._scope = cluster, index, writer, scope
        self._name, self._chunk = state_id(HEAD, *_of(scope)), state_id(CHUNK, *_of(scope))
        self._token = writer.token if scope else ""
        self._head: Head | None = None
        self._version: Version | None = None
        self._least = 0

    @property
    def generation(self) -> int:
        """Of the last entry; every one has a greater one than all before it."""
        return self._head.generation if self._head else 0

    @property
    def epoch(self) -> int:
        """How often the scope was released."""
        return self._head.epoch if self._head else 0

    def following(self, now: int) -> int:
        """The least generation that the next entry may get."""
        # By the clock, so that it is greater, too, than those of a state that was lost.
        return max(now, self._least, self._head.generation + 1 if self._head else 0)

    def overtake(self, generation: int) -> None:
        """Give entries that come a greater generation than this one, of others that wrote the same documents before."""
        self._least = max(self._least, generation + 1)

    def take(self, now: int) -> None:
        """Make the scope ours: whoever holds it, and knows nothing of it, is refused from then on."""
        self._read_head()
        before = self._head or Head("", 0, "", moment(now), scope=self._scope)
        self._put(replace(before, writer=self._writer.name, written=moment(now), released=False, token=self._token))

    def release(self, now: int) -> None:
        """Let go of the scope and of all namespaces that it owned. What was committed is carried out."""
        if (head := self._head) is not None:
            self._put(replace(head, written=moment(now), epoch=head.epoch + 1, released=True, token=""))

    def pending(self, now: int) -> Plan | None:
        """Look at the head; the entry that may still have to be carried out, now this writer's alone.

        Whoever wrote it and is at work on it, unknown to us, is refused from then on. Raises `StoreError` where a part
        of the entry is gone, and where somebody else holds the scope.
        """
        self._read_head()
        head = self._head
        if self._scope and (head is None or head.token != self._token):
            raise self._overtaken(head)
        if head is None or head.payload is None:
            return None
        self._put(replace(head, writer=self._writer.name, written=moment(now)))
        return self._read(head)

    def commit(self, plan: Plan, now: int) -> None:
        """Write the entry down; when this returns the pass is committed, unless it raises it is not.

        Raises `StoreError` where another one has written meanwhile, and where the index is gone.
        """
        generation = self.following(now)
        entry = f"{generation}-{self._writer.token}"
        packed = zlib.compress(msgspec.msgpack.encode(plan), 1)
        *before, last = [packed[at : at + CHUNK_BYTES] for at in range(0, len(packed), CHUNK_BYTES)]
        chunks = [
            Operation("index", self._index, name, _document(self._chunk, name, Chunk(entry, generation, payload)))
            for name, payload in zip(_chunk_names(entry, len(before)), before, strict=True)
        ]
        if lost := self._cluster.write(chunks).lost:
            raise StoreError(f"The journal in {self._index} can't be written: {lost[0].reason}.", "Set it up anew.")
        self._put(self._said(entry, generation, now, len(before), last))

    def done(self, now: int) -> None:
        """Say that the last entry was carried out, and remove its chunks."""
        head = self._head
        if head is not None and head.payload is not None:
            self._put(self._said(head.entry, head.generation, now))
            self._cluster.write(Operation("delete", self._index, n) for n in _chunk_names(head.entry, head.chunks))

    def tidy(self) -> None:
        """Remove chunks of entries that were never committed; not those of a next one, which may be in the making."""
        if self._head is None:
            return
        chunks = self._cluster.scan(self._index, StateDocument[_ChunkOf], of_kind(self._chunk), BY_KEY, page=10)
        old = [one.id for one in chunks if one.source.drainwatch.body.generation <= self._head.generation]
        self._cluster.write(Operation("delete", self._index, name) for name in old)

    def _said(self, entry: str, generation: int, now: int, chunks: int = 0, payload: bytes | None = None) -> Head:
        epoch, by = self.epoch, self._writer.name
        return Head(entry, generation, by, moment(now), chunks, payload, self._scope, epoch, token=self._token)

    def _read_head(self) -> None:
        found = self._look()
        self._head, self._version = _head_of(found), _version_of(found)

    def _look(self) -> Got[StateDocument[Head]]:
        return self._cluster.get([(self._index, self._name)], StateDocument[Head])[0]

    def _put(self, head: Head) -> None:
        body = _document(HEAD, self._name, head)
        version = self._cluster.put(self._index, self._name, body, self._version)
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
        except (zlib.error, msgspec.DecodeError, UnicodeError, RecursionError):
            raise StoreError(
                f"The journal in {self._index} is damaged: the last pass can't be carried out.",
                f"Delete its document {self._name}; the windows of that pass are read again.",
            ) from None

    def _overtaken(self, by: Head | None) -> StoreError:
        if by is None:
            return state_is_gone(self._index)
        if self._scope:
            return scope_released(self._scope) if by.released else scope_taken(self._scope, by.writer)
        return StoreError(
            f"Another drainwatch ({by.writer}) writes to the indices of {self._index}, too.",
            "Stop one of them, or give this one a prefix of its own (elasticsearch.prefix).",
        )


def _of(scope: str) -> tuple[str, ...]:
    """What tells the documents of a scope from those of the plain store."""
    return (scope,) if scope else ()


def _chunk_names(entry: str, count: int) -> list[str]:
    return [f"{CHUNK}-{entry}-{number}" for number in range(count)]


def _document(kind: str, name: str, body: Struct) -> bytes:
    return encode(StateDocument(StatePart(kind, name, body)))


def _head_of(found: Got[StateDocument[Head]]) -> Head | None:
    return found.source.drainwatch.body if found.source else None


def _version_of(found: Got[StateDocument[Head]]) -> Version | None:
    return Version(found.seq_no, found.primary_term) if found.source else None
