"""Backup and restore of the store in Elasticsearch: all documents, index by index, a line each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import IO

import msgspec
from elasticsearch.dsl.query import MatchAll
from msgspec import Struct

from detector.backup.archive import Archive, ArchiveWriter
from detector.backup.carrying import NOTHING, TakenBack
from detector.backup.documents import Carrying
from detector.backup.inventory import Compared, compare
from detector.backup.manifest import Contents, Manifest, Part, damaged
from detector.backup.result import Restored, Told, newer, unequal
from detector.errors import BackupError
from detector.store.elasticsearch.access import SESSION, access_id
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.copying import Copying, Kept, Routed, View, indices_of
from detector.store.elasticsearch.journal import HEAD
from detector.store.elasticsearch.names import Names, day_of, in_addresses
from detector.store.elasticsearch.opening import SCHEMA, check, make_ready
from detector.store.elasticsearch.operations import Operation
from ingest.elasticsearch.settings import Connection

_PATIENCE = 60.0
_LONGEST = 64 << 20
"""Bytes of a line: ten times what a journal's part has."""
_PART = re.compile(r"documents/([a-z]+(?:-\d{4}\.\d\d\.\d\d)?)\.ndjson")
_AT_ONCE = 1_000
_ALL = 1 << 256


class _Sum:
    """Adds documents up, whatever their order."""

    def __init__(self) -> None:
        self.rows, self._sum = 0, 0

    def add(self, line: bytes) -> None:
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest())) % _ALL

    def done(self, name: str) -> Contents:
        return Contents(name, self.rows, f"{self._sum:064x}")


class _Body(Struct):
    payload: bytes | None = None


class _Part(Struct):
    kind: str
    body: msgspec.Raw


class _State(Struct):
    drainwatch: _Part


@dataclass(frozen=True, slots=True)
class Place:
    """A store in a cluster, opened to be copied or written over."""

    cluster: Cluster
    copying: Copying
    names: Names

    @property
    def start(self) -> int:
        """How long what all its indices' names begin with is."""
        return len(self.names.prefix) + 1


@contextmanager
def opened(connection: Connection, prefix: str) -> Iterator[Place]:
    """The store with this prefix. Raises `StoreError` where there is none, or one of a newer drainwatch."""
    with closing(Cluster(connection, prefix)) as cluster, closing(Copying(connection, prefix)) as copying:
        check(cluster, Names(prefix))
        yield Place(cluster, copying, Names(prefix))


def back_up(place: Place, stream: IO[bytes], manifest: Callable[[int], Manifest], told: Told) -> Manifest:
    """Write a backup of a store; `manifest` gives what it says of itself, for a schema. Raises `StoreError`."""
    archive, tables = ArchiveWriter(stream), []
    with place.copying.view(place.cluster, place.names, _PATIENCE) as view:
        for done, index in enumerate(view.indices):
            told("Copying indices", done, len(view.indices))
            total, name = _Sum(), index[place.start :]
            with archive.part(f"documents/{name}.ndjson") as part:
                for kept in _documents(place, view, index):
                    line = msgspec.json.encode(kept)
                    total.add(line)
                    part.write(line + b"\n")
            tables.append(total.done(name))
    said = msgspec.structs.replace(manifest(SCHEMA), tables=tuple(tables), prefix=place.names.prefix)
    archive.finish(said)
    return said


def _documents(place: Place, view: View, index: str) -> Iterator[Kept]:
    """Those of an index but for sessions: whoever logged out after a backup isn't let in again by a restore."""
    found = place.copying.documents(view, index)
    if index != place.names.access:
        return found
    return (kept for kept in found if not kept.id.startswith(access_id(SESSION, "")))


def look_over(archive: Archive, prefix: str | None, told: Told) -> None:
    """Check all of an archive before anything is done with it; `prefix` is where it shall go.

    Raises `BackupError` where it isn't what it was, or can't go there.
    """
    said = archive.manifest
    newer(said, "elasticsearch", SCHEMA)
    tables, pending = [], False
    for done, part in enumerate(said.parts):
        told("Checking the backup", done, len(said.parts))
        total, name = _Sum(), _index_of(part)
        for line, kept in _lines(archive, part):
            total.add(line)
            pending |= name == "state" and _is_head(kept, waiting=True)
        tables.append(total.done(name))
    if wrong := [one.name for one in compare(said.tables, tables) if not one.equal]:
        raise damaged(f"what it holds of {wrong[0]} isn't what it was when the backup was made")
    if "state" not in (one.name for one in tables):
        raise damaged("it holds no state")
    if pending and prefix is not None and prefix != said.prefix:
        raise BackupError(
            f"The backup was made in the middle of a pass of {said.prefix}-*, which can only be finished there.",
            f"Restore it under that prefix (elasticsearch.prefix = {said.prefix!r}), or take another backup.",
        )


def _index_of(part: Part) -> str:
    found = _PART.fullmatch(part.name)
    if not found:
        raise damaged(f"it has a part {part.name}, which is no index")
    return found[1]


def _lines(archive: Archive, part: Part) -> Iterator[tuple[bytes, Kept]]:
    left = b""
    for piece in archive.read(part):
        *whole, left = (left + piece).split(b"\n")
        if len(left) > _LONGEST:
            raise damaged(f"a line of its part {part.name} has no end")
        for line in whole:
            yield line, _decoded(line, part)
    if left:
        raise damaged(f"its part {part.name} ends in the middle of a line")


def _decoded(line: bytes, part: Part) -> Kept:
    try:
        return msgspec.json.decode(line, type=Kept)
    except msgspec.DecodeError as error:
        raise damaged(f"its part {part.name} holds what is no document ({error})") from None


def _is_head(kept: Kept, *, waiting: bool = False) -> bool:
    """Whether a document of the state is the head of a journal; `waiting`: with a pass to be carried out."""
    try:
        part = msgspec.json.decode(kept.source, type=_State).drainwatch
        return part.kind == HEAD and (not waiting or msgspec.json.decode(part.body, type=_Body).payload is not None)
    except msgspec.DecodeError:
        raise damaged("a document of its state can't be read") from None


def holds_something(place: Place) -> bool:
    """Whether there is any document in the store."""
    indices = list(indices_of(place.cluster, place.names))
    place.cluster.refresh(indices)
    some = in_addresses(indices)
    return any(any(place.cluster.counted(",".join(names), MatchAll()).values()) for names in some)


def empty(place: Place, told: Told) -> None:
    """Remove all documents, those of the state first: so a service that writes here is refused from then on."""
    indices = sorted(indices_of(place.cluster, place.names), key=lambda one: one != place.names.state)
    for done, index in enumerate(indices):
        told("Emptying the store", done, len(indices))
        if day_of(index) is not None:
            place.cluster.drop(index)
            continue
        while places := place.cluster.places(index, MatchAll()):
            place.cluster.write(Operation("delete", one.index, one.id) for one in places)
            place.cluster.refresh([index])


def restore(
    archive: Archive,
    place: Place,
    now: int,
    told: Told,
    kept: str | None = None,
    before: TakenBack | None = NOTHING,
) -> Restored:
    """Write what an archive holds into a store that is empty; `kept` is where what was there before is.

    What of it was taken back `before` is written so from the first; None where nobody knows.

    All documents get now, microseconds UTC, as their version: what a writer of before still has on its way finds them
    newer, and every pass that comes is newer than they. A pass that is still to be carried out is therefore made one of
    now, the only thing that is other than in the archive. The state comes last and the heads of its journals at the
    very end, so that what is cut off half-way is no store that a service would go on with. Raises `StoreError`, and
    `BackupError` where what is there then isn't what was backed up.
    """
    parts = sorted(archive.manifest.parts, key=lambda one: _index_of(one) == "state")
    indices = {part.name: f"{place.names.prefix}-{_index_of(part)}" for part in parts}
    wanted, carrying = [], Carrying(before or NOTHING)
    make_ready(place.cluster, place.names, sorted(indices.values()))
    for done, part in enumerate(parts):
        told("Writing indices", done, len(parts))
        wanted.append(_write(archive, part, indices[part.name], place, now, carrying).done(_index_of(part)))
    place.cluster.refresh(indices.values())
    compared = compare(wanted, contents(place, told))
    unequal(one for one in compared if one.one or one.other)  # an empty index may be missing on a side
    return Restored(f"{place.names.prefix}-*", compared, kept, None if before is None else carrying.since)


def _write(archive: Archive, part: Part, index: str, place: Place, now: int, carrying: Carrying) -> _Sum:
    heads: list[Operation] = []
    total = _Sum()

    def operations() -> Iterator[Operation]:
        for line, one in _lines(archive, part):
            if index == place.names.state and _is_head(one, waiting=True):
                one = _renewed(one, now)
                line = msgspec.json.encode(one)
            elif index == place.names.access and (revoked := carrying.revoked(one)):
                one = revoked
                line = msgspec.json.encode(one)
            total.add(line)
            body = bytes(one.source)
            write = Operation("index", index, one.id, body)
            if one.routing:
                write = Routed("index", index, one.id, body, one.routing)
            if index == place.names.state and _is_head(one):
                heads.append(write)
            else:
                yield write

    written = place.cluster.write(operations(), now)
    place.cluster.refresh([index])
    written.add(place.cluster.write(heads, now))
    if written.lost or written.overtaken:
        reason = written.lost[0].reason if written.lost else "newer ones are there: look at the clocks"
        raise BackupError(
            f"{len(written.lost) + len(written.overtaken)} documents can't be written to {index}: {reason}.",
            "The store is not whole now. Mend that, and restore again with --replace.",
        )
    return total


def _renewed(head: Kept, now: int) -> Kept:
    """The head of a journal, with the pass that waits in it as one of now."""
    source = msgspec.json.decode(head.source)
    source["drainwatch"]["body"]["generation"] = now
    return msgspec.structs.replace(head, source=msgspec.Raw(msgspec.json.encode(source)))


def contents(place: Place, told: Told) -> tuple[Contents, ...]:
    """What a store holds, index by index."""
    with place.copying.view(place.cluster, place.names, _PATIENCE) as view:
        return tuple(_contents(place, view, told))


def _contents(place: Place, view: View, told: Told) -> Iterator[Contents]:
    for done, index in enumerate(view.indices):
        told("Comparing indices", done, len(view.indices))
        total = _Sum()
        for kept in _documents(place, view, index):
            total.add(msgspec.json.encode(kept))
        yield total.done(index[place.start :])


def verify(archive: Archive, place: Place | None, told: Told) -> list[Compared]:
    """What an archive holds, beside a store where one is given. Raises `BackupError` where it isn't whole."""
    look_over(archive, None, told)
    there = contents(place, told) if place else ()
    return compare(archive.manifest.tables, there)
