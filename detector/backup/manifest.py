"""What an archive says of itself: of which store it is, what is in it, and the sums by which that is checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import Struct, field

from detector.errors import BackupError

FORMAT = 1
"""Of the archives that this version makes, and the newest that it reads."""
Kind = Literal["sqlite", "elasticsearch"]
_PLAIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}(/[a-z0-9][a-z0-9._-]{0,127})?")
"""Names of parts. None leads out of a folder, though nothing is ever unpacked to a path that an archive names."""
_SUM = re.compile("[0-9a-f]{64}")


class Part(Struct, frozen=True):
    """A file in the archive."""

    name: str
    bytes: int
    """Unpacked."""
    sha256: str
    """Of those bytes."""


class Contents(Struct, frozen=True):
    """A table, an index or all of a kind of thing: how much there is of it, and a sum of it all."""

    name: str
    rows: int
    sha256: str


class Manifest(Struct, frozen=True):
    """All that is said of a backup."""

    kind: Kind
    schema: int
    """Of the store when the backup was made."""
    drainwatch: str
    """The version that made it."""
    made_at: str
    """RFC 3339, UTC."""
    prefix: str = ""
    """What the names of the indices began with."""
    parts: tuple[Part, ...] = ()
    tables: tuple[Contents, ...] = ()
    """Of SQLite's tables, or of the indices: as they are kept."""
    entities: tuple[Contents, ...] = ()
    """What a reader of the store is given (`detector.backup.inventory`); empty where no reader of this schema is."""
    format: int = field(default=FORMAT)


class _Form(Struct):
    format: int


def decode(text: bytes) -> Manifest:
    """The manifest. Raises `BackupError` where it is none, or one that can't be."""
    try:
        form = msgspec.json.decode(text, type=_Form).format
        if form > FORMAT:
            raise BackupError(
                f"A newer drainwatch made this backup (format {form}, this one knows up to {FORMAT}).",
                "Restore it with that version.",
            )
        found = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise damaged(f"its manifest can't be read ({error})") from None
    names = [part.name for part in found.parts]
    if len(set(names)) != len(names) or not all(map(_PLAIN.fullmatch, names)):
        raise damaged("its manifest names parts that can't be")
    if any(part.bytes < 0 for part in found.parts) or found.schema < 1 or not _sums(found):
        raise damaged("its manifest gives sizes or sums that can't be")
    return found


def _sums(manifest: Manifest) -> bool:
    named: Iterable[Part | Contents] = (*manifest.parts, *manifest.tables, *manifest.entities)
    return all(_SUM.fullmatch(one.sha256) for one in named)


def damaged(how: str) -> BackupError:
    """What there is to say of an archive that isn't what it was when it was made."""
    return BackupError(f"The backup can't be used: {how}.", "Nothing was changed. Take another one.")
