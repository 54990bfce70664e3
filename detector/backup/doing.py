"""Backup, restore and verification of whichever store the settings name."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from detector.backup.archive import Archive
from detector.backup.carrying import NOTHING, TakenBack, taken_back
from detector.backup.files import PIPE, given, written
from detector.backup.folders import folder
from detector.backup.inventory import Compared
from detector.backup.manifest import Kind, Manifest
from detector.backup.result import Restored, Told
from detector.connecting import connection_of
from detector.errors import BackupError, StoreError
from detector.moments import moment
from detector.settings import Settings


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a backup, and when."""

    version: str
    now: int
    """Microseconds UTC."""

    @property
    def stamp(self) -> str:
        """The time as it stands in names of files: `20261122T120000Z`."""
        return f"{moment(self.now):%Y%m%dT%H%M%SZ}"

    def manifest(self, kind: Kind) -> Callable[[int], Manifest]:
        """What a backup of this kind of store says of itself, for a schema."""
        return lambda schema: Manifest(kind, schema, self.version, f"{moment(self.now):%Y-%m-%dT%H:%M:%SZ}")


def back_up(settings: Settings, stream: IO[bytes], work: Path, maker: Maker, told: Told) -> Manifest:
    """Write a backup of the store; `work` is an empty folder for us alone. Raises `StoreError`, `BackupError`."""
    if settings.store.kind == "elasticsearch":
        from detector.backup import clustered

        with clustered.opened(connection_of(settings), settings.elasticsearch.prefix) as place:
            return clustered.back_up(place, stream, maker.manifest("elasticsearch"), told)
    from detector.backup import embedded

    return embedded.back_up(settings.store.path, stream, work, maker.manifest("sqlite"), told)


def check(file: Path, told: Told) -> Manifest:
    """Read an archive through, and compare all its sums. Raises `BackupError`."""
    with Archive(file) as archive:
        total, done = sum(part.bytes for part in archive.manifest.parts), 0
        for size in archive.check():
            told("Checking the backup", done := done + size, total)
        return archive.manifest


def restore(settings: Settings, source: str, maker: Maker, told: Told, *, replace: bool) -> tuple[Manifest, Restored]:
    """Make the store what a backup holds, that of a file or, for `-`, of standard input.

    Nothing changes before all of it is checked. `replace`: what is there is kept beside it. Raises `BackupError`,
    `StoreError`.
    """
    with given(source) as file, Archive(file) as archive:
        said = archive.manifest
        if settings.store.kind == "elasticsearch":
            kept = Path() if source == PIPE else file.parent
            return said, _into_cluster(settings, archive, kept, maker, told, replace=replace)
        from detector.backup import embedded

        path = settings.store.path
        return said, embedded.restore(archive, path, replace=replace, stamp=maker.stamp, told=told)


def _into_cluster(
    settings: Settings, archive: Archive, beside: Path, maker: Maker, told: Told, *, replace: bool
) -> Restored:
    from detector.backup import clustered
    from detector.store.elasticsearch import open_reader

    prefix, kept = settings.elasticsearch.prefix, None
    before: TakenBack | None = NOTHING
    clustered.look_over(archive, prefix, told)
    with clustered.opened(connection_of(settings), prefix) as place:
        if clustered.holds_something(place):
            if not replace:
                raise BackupError(
                    f"There is something in the store {prefix}-* already.",
                    "Restore under another prefix (elasticsearch.prefix), or say --replace: it is kept in a backup.",
                )
            kept = beside / f"{prefix}.before-{maker.stamp}.zip"
            with written(kept) as (stream, _):
                clustered.back_up(place, stream, maker.manifest("elasticsearch"), told)
            check(kept, told)
            before = taken_back(partial(open_reader, connection_of(settings), prefix))
            clustered.empty(place, told)
        return clustered.restore(archive, place, maker.now, told, None if kept is None else str(kept), before)


def verify(settings: Settings, source: str, told: Told) -> tuple[Manifest, list[Compared], bool]:
    """What a backup holds, beside the store; and whether there is one to stand beside.

    Raises `BackupError` where the backup isn't whole.
    """
    with given(source) as file, Archive(file) as archive:
        said = archive.manifest
        if said.kind == "sqlite":
            from detector.backup import embedded

            with folder(Path(tempfile.gettempdir()), "drainwatch-verify-") as work:
                there = settings.store.path if settings.store.kind == "sqlite" else None
                return said, *embedded.verify(archive, work, there, told)
        from detector.backup import clustered

        if settings.store.kind != "elasticsearch":
            return said, clustered.verify(archive, None, told), False
        try:
            with clustered.opened(connection_of(settings), settings.elasticsearch.prefix) as place:
                return said, clustered.verify(archive, place, told), True
        except StoreError:
            return said, clustered.verify(archive, None, told), False
