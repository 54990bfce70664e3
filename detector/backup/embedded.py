"""Backup and restore of the embedded store."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO

import msgspec

from detector.backup.archive import Archive, ArchiveWriter
from detector.backup.carrying import NOTHING, TakenBack, since, taken_back
from detector.backup.folders import folder
from detector.backup.inventory import Compared, compare, inventory
from detector.backup.manifest import Contents, Manifest, damaged
from detector.backup.placing import alone, bring_up_to_date, holds_something, put
from detector.backup.result import Restored, Told, newer, unequal
from detector.backup.snapshot import snapshot
from detector.backup.tables import tables_of, version_of, whole
from detector.errors import BackupError, StoreError
from detector.store.schema import MIGRATIONS
from detector.store.sqlite import open_notes, open_reader

PART = "drainwatch.sqlite"
_PIECE = 1 << 20
_SPARE = 64 << 20
"""Bytes that a restore leaves free on the disk."""


def back_up(path: Path, stream: IO[bytes], work: Path, manifest: Callable[[int], Manifest], told: Told) -> Manifest:
    """Write a backup of the store in a file; `work` is an empty folder that only we may enter, with room for a copy.

    `manifest` gives what the archive says of itself, for a schema. Raises as `snapshot`.
    """
    copy = work / PART
    said = manifest(snapshot(path, copy, lambda done, total: told("Copying", done, total)))
    said = _described(said, copy, told)
    archive = ArchiveWriter(stream)
    size, done = copy.stat().st_size, 0
    with archive.part(PART) as part, copy.open("rb") as file:
        while piece := file.read(_PIECE):
            part.write(piece)
            told("Packing", done := done + len(piece), size)
    archive.finish(said)
    return said


def _described(said: Manifest, copy: Path, told: Told) -> Manifest:
    told("Adding up its tables", 0, None)
    tables = tables_of(copy)
    entities: tuple[Contents, ...] = ()
    if said.schema == len(MIGRATIONS):
        entities = told_by(copy, told)
    return msgspec.structs.replace(said, tables=tables, entities=entities)


def told_by(path: Path, told: Told) -> tuple[Contents, ...]:
    """What a reader of the store in this file is given. Raises `StoreError`."""
    with closing(open_reader(path)) as reader:
        return inventory(reader, lambda name: told(f"Adding up {name}", 0, None))


def unpack(archive: Archive, target: Path, told: Told) -> None:
    """The file that is in an archive, checked in every way that there is. `target` is made, for its owner alone.

    Raises `BackupError` where it isn't what was packed, is no store, or there is no room.
    """
    said = archive.manifest
    newer(said, "sqlite", len(MIGRATIONS))
    if [part.name for part in said.parts] != [PART]:
        raise damaged("it doesn't hold the one file of a store")
    (part,) = said.parts
    room = os.statvfs(target.parent)
    if part.bytes + _SPARE > room.f_bavail * room.f_frsize:
        raise BackupError(
            f"There is no room for the {part.bytes} bytes of the backup in {target.parent}.",
            "Make room, and try again.",
        )
    done = 0
    with os.fdopen(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
        for piece in archive.read(part):
            file.write(piece)
            told("Unpacking", done := done + len(piece), part.bytes)
        file.flush()
        os.fsync(file.fileno())
    _recognise(target, said, told)


def _recognise(file: Path, said: Manifest, told: Told) -> None:
    told("Checking its tables", 0, None)
    try:
        if odd := whole(file):
            raise damaged(f"SQLite says of its file: {odd}")
        if version_of(file) != said.schema:
            raise damaged(f"its file hasn't the form of a store of schema {said.schema}")
        differing = [one.name for one in compare(said.tables, tables_of(file)) if not one.equal]
    except sqlite3.Error as error:
        raise damaged(f"its file can't be read ({error})") from None
    if differing:
        raise damaged(f"its table {differing[0]} isn't what it was when the backup was made")


def restore(archive: Archive, path: Path, *, replace: bool, stamp: str, told: Told) -> Restored:
    """Make the store in a file what an archive holds; nothing changes there before all of it is checked.

    `replace`: a store that is there is kept under another name, with `stamp` in it; what was revoked there since is so
    in the new one before that is put in its place. Raises `BackupError` where there is one otherwise, and as `unpack`;
    `StoreError` where a service writes it.
    """
    with alone(path):
        if not replace and holds_something(path):
            raise BackupError(
                f"There is a store in {path} already.",
                "Restore to another path (--store), or say --replace: it is kept.",
            )
        with folder(path.parent, ".restoring-") as inside:
            new = inside / PART
            unpack(archive, new, told)
            bring_up_to_date(new)
            compared = _verified(new, archive.manifest, told)
            found = _carry_over(path, new) if holds_something(path) else NOTHING
            kept = put(new, path, path.with_name(f"{path.name}.before-{stamp}"))
    return Restored(str(path), compared, None if kept is None else str(kept), found)


def _carry_over(old: Path, new: Path) -> TakenBack | None:
    """Revoke in the new file what is revoked in the old one. What had been since is told; None where nobody knows."""
    before = taken_back(partial(open_reader, old))
    if before is None:
        return None
    with closing(open_reader(new)) as reader:
        found = since(before, reader)
    with closing(open_notes(new)) as notes:
        for token in found.revoked:
            notes.say(token)
    bring_up_to_date(new)  # it is moved without what SQLite keeps beside it
    return found


def _verified(file: Path, said: Manifest, told: Told) -> list[Compared]:
    """The store as it will be read, beside what the one that was backed up told."""
    if said.schema == len(MIGRATIONS):
        compared = compare(said.entities, told_by(file, told))
        unequal(compared)
        return compared
    # Its tables were compared before they were brought up to date; now it has to be readable.
    told_by(file, told)
    return compare(said.tables, said.tables)


def verify(archive: Archive, work: Path, store: Path | None, told: Told) -> tuple[list[Compared], bool]:
    """What an archive holds, beside a store where there is one; and whether there is one.

    `work` as in `back_up`. Raises `BackupError` where the archive isn't whole.
    """
    file = work / PART
    unpack(archive, file, told)
    bring_up_to_date(file)
    held: Iterable[Contents] = told_by(file, told)
    try:
        there: Iterable[Contents] = told_by(store, told) if store and store.exists() else ()
    except StoreError:
        there = ()
    return compare(held, there), bool(there)
