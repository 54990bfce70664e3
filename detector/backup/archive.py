"""The archive of a backup: a zip file of parts, and a manifest with the sum of each.

A zip and not a tar: it can be written to a pipe before the size of a part is known, and its manifest is read first.
Parts are read by the names in the manifest and never unpacked to a path; what is not in it is refused, and so is what
unpacks to more than is said there.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from detector.backup.manifest import Manifest, Part, damaged, decode
from detector.errors import BackupError

MANIFEST = "manifest.json"
_MOST_MANIFEST = 16_000_000
_PIECE = 1 << 20
_LEVEL = 3
"""Twice as quick as zlib's own choice, for a twentieth more; most of a store is packed already."""
_ANYWAY = 1 << 30
_RATIO = 200
"""An archive may unpack to a GiB, or to so many times its own size; stores come to 2 to 30 times."""
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OverflowError, ValueError, RuntimeError, OSError,
)  # fmt: skip
"""What reading a zip file raises that isn't one, or not any more."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class PartWriter:
    """Takes the bytes of a part."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._sum = stream, hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        """Add these."""
        self._stream.write(data)
        self._sum.update(data)
        self.bytes += len(data)

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._sum.hexdigest()


class ArchiveWriter:
    """Writes an archive to a file or a pipe; without `finish` it is none."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self.parts: list[Part] = []

    @contextmanager
    def part(self, name: str) -> Iterator[PartWriter]:
        """One part, written while the `with` lasts."""
        # A fixed time: two backups of the same are the same.
        with self._zip.open(_entry(name), "w", force_zip64=True) as stream:
            writer = PartWriter(stream)
            yield writer
        self.parts.append(Part(name, writer.bytes, writer.sha256))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, with the parts, and the end."""
        whole = msgspec.structs.replace(manifest, parts=tuple(self.parts))
        self._zip.writestr(_entry(MANIFEST), msgspec.json.format(msgspec.json.encode(whole), indent=1))
        self._zip.close()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return entry


def _zip_of(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except _BROKEN:
        raise damaged("it is no archive of drainwatch, or cut off before its end") from None


class Archive:
    """An archive that is read. Raises `BackupError` where it is none, is cut off, or holds what it should not."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise BackupError(
                f"The backup {path} can't be read: {error.strerror or error}.", "Check the path and your permissions."
            ) from None
        try:
            self._zip = _zip_of(self._file)
            self.manifest = self._look(path.stat().st_size)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        self._file.close()

    def _look(self, size: int) -> Manifest:
        entries = self._zip.infolist()
        names = [entry.filename for entry in entries]
        if MANIFEST not in names:
            raise damaged("it has no manifest")
        if any(entry.compress_type not in _METHODS or entry.flag_bits & 1 for entry in entries):
            raise damaged("it is packed in another way than drainwatch packs")
        manifest = decode(b"".join(self._unpacked(MANIFEST, _MOST_MANIFEST)))
        wanted = sorted([MANIFEST, *(part.name for part in manifest.parts)])
        if sorted(names) != wanted:
            odd = next((name for name in names if names.count(name) > 1 or name not in wanted), None)
            raise damaged(f"it holds {odd!r}, which is not its own" if odd else "a part is missing")
        if (total := sum(part.bytes for part in manifest.parts)) > max(_ANYWAY, _RATIO * size):
            raise damaged(f"{size} bytes would unpack to {total}, which no backup does")
        return manifest

    def check(self) -> Iterator[int]:
        """Read all of it and compare all sums; the bytes that were read since, every now and then."""
        for part in self.manifest.parts:
            yield from map(len, self.read(part))

    def read(self, part: Part) -> Iterator[bytes]:
        """The bytes of a part, in pieces; only after the last one it is known that they are right."""
        found, total = hashlib.sha256(), 0
        for piece in self._unpacked(part.name, part.bytes):
            found.update(piece)
            total += len(piece)
            yield piece
        if total != part.bytes or found.hexdigest() != part.sha256:
            raise damaged(f"its part {part.name} is not what it was when the backup was made")

    def _unpacked(self, name: str, most: int) -> Iterator[bytes]:
        """Never more than so many bytes, whatever they are packed in."""
        total = 0
        try:
            with self._zip.open(name) as stream:
                while piece := stream.read(_PIECE):
                    if (total := total + len(piece)) > most:
                        raise damaged(f"its part {name} unpacks to more than the {most} bytes that it should have")
                    yield piece
        except _BROKEN as error:
            raise damaged(f"its part {name} can't be unpacked ({error})") from None
