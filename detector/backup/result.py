"""What comes of a restore, and what is refused whichever store it is of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from detector.backup.carrying import NOTHING, TakenBack
from detector.backup.inventory import Compared
from detector.backup.manifest import Kind, Manifest
from detector.errors import BackupError

_NAMES: dict[Kind, str] = {"sqlite": "a file", "elasticsearch": "Elasticsearch"}


class Told(Protocol):
    """Hears how far something is: of what, how much, and of how much where that is known."""

    def __call__(self, doing: str, done: int, total: int | None, /) -> None:
        """Now."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A store that is what its backup holds."""

    where: str
    compared: list[Compared]
    """Backup and store, kind by kind: all equal."""
    kept: str | None
    """Where the store is that was there before, if there was one."""
    since: TakenBack | None = NOTHING
    """What had been taken back there since the backup: tokens that stay so, and erasures of which all is there again.

    None where that store couldn't be read."""


def newer(said: Manifest, kind: Kind, schema: int) -> None:
    """Raises `BackupError` for a backup of another kind of store, or of a newer schema than this."""
    if said.kind != kind:
        raise BackupError(
            f"This is a backup of a store in {_NAMES[said.kind]}, and the store named is in {_NAMES[kind]}.",
            f"Name one of its kind with --store: {'elasticsearch' if said.kind == 'elasticsearch' else 'a file'}.",
        )
    if said.schema > schema:
        raise BackupError(
            f"The backup is of a newer drainwatch ({said.drainwatch}, schema {said.schema}; this one knows up to"
            f" {schema}).",
            "Restore it with that version.",
        )


def unequal(compared: Iterable[Compared]) -> None:
    """Raises `BackupError` where something isn't equal."""
    for one in compared:
        if not one.equal:
            raise BackupError(
                f"What was restored isn't what was backed up: {one.name}, {one.one} there and {one.other} here.",
                "The store is left as it was. Take another backup; this should not happen, so please report it.",
            )
