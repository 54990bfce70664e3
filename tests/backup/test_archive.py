"""An archive is read only where it is what was written; what was made to do harm is refused, and does none."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.backup.archive import MANIFEST, Archive, ArchiveWriter
from detector.backup.manifest import FORMAT, Manifest
from detector.errors import BackupError

SAID = Manifest("sqlite", 1, "0.1.0", "2026-11-22T12:00:00Z")


def packed(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    archive = ArchiveWriter(stream)
    for name, body in parts.items():
        with archive.part(name) as part:
            part.write(body)
    archive.finish(SAID)
    return stream.getvalue()


def read(file: Path) -> dict[str, bytes]:
    with Archive(file) as archive:
        return {part.name: b"".join(archive.read(part)) for part in archive.manifest.parts}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "b.zip"


@given(st.dictionaries(st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True), st.binary(max_size=5_000), max_size=5))
def test_what_was_written_comes_back(tmp_path_factory: pytest.TempPathFactory, parts: dict[str, bytes]) -> None:
    file = tmp_path_factory.getbasetemp() / "round-trip.zip"
    file.write_bytes(packed(**parts))
    assert read(file) == parts


def test_it_can_be_written_to_a_pipe(file: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.taken = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.taken += bytes(data)
            return len(data)

    pipe = Pipe()
    archive = ArchiveWriter(pipe)  # type: ignore[arg-type]
    with archive.part("a") as part:
        part.write(b"abc" * 100_000)
    archive.finish(SAID)
    file.write_bytes(pipe.taken)
    assert read(file) == {"a": b"abc" * 100_000}


def test_one_that_is_cut_off_anywhere_is_refused(file: Path) -> None:
    whole = packed(a=bytes(range(256)) * 20, b=b"x")
    for length in range(0, len(whole), 7):
        file.write_bytes(whole[:length])
        with pytest.raises(BackupError, match="can't be used"):
            read(file)


def test_no_changed_byte_goes_unseen(file: Path) -> None:
    whole = packed(a=bytes(range(256)) * 2)
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            found = read(file)
        except BackupError:
            continue
        # Times and modes of zip's own, which nothing goes by.
        assert found == {"a": bytes(range(256)) * 2}


def rewritten(change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> bytes:
    """A well-formed zip with other members, or another manifest."""
    with zipfile.ZipFile(io.BytesIO(packed(a=b"abc"))) as source:
        members = {name: source.read(name) for name in source.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    change(members, manifest)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, body in members.items():
            target.writestr(name, body)
        target.writestr(MANIFEST, json.dumps(manifest))
    return stream.getvalue()


def bomb(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members["a"] = bytes(3 << 20)


def large(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["parts"][0]["bytes"] = 1 << 40


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda members, _: members.update({"../../etc/cron.d/x": b"* * * * *"}), "which is not its own"),
        (lambda _, said: said["parts"][0].update(name="../a"), "parts that can't be"),
        (lambda _, said: said["parts"][0].update(name="/etc/passwd"), "parts that can't be"),
        (lambda _, said: said["parts"].append(said["parts"][0]), "parts that can't be"),
        (lambda _, said: said["parts"][0].update(sha256="0" * 64), "is not what it was"),
        (lambda _, said: said["parts"][0].update(bytes=4), "is not what it was"),
        (lambda members, _: members.clear(), "a part is missing"),
        (lambda _, said: said.update(format=FORMAT + 1), "A newer drainwatch made this backup"),
        (lambda _, said: said.update(kind="pickle"), "manifest can't be read"),
        (lambda _, said: said.pop("schema"), "manifest can't be read"),
        (bomb, "unpacks to more than the 3 bytes"),
        (large, "which no backup does"),
    ],
)
def test_what_was_made_to_do_harm_is_refused(
    file: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None], sentence: str
) -> None:
    file.write_bytes(rewritten(change))
    with pytest.raises(BackupError, match=sentence):
        read(file)


def test_another_way_of_packing_is_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as target:
        target.writestr(MANIFEST, "{}")
    with pytest.raises(BackupError, match="packed in another way"):
        read(file)


def test_what_is_no_archive_is_called_so(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"hello")
    with pytest.raises(BackupError, match="no archive of drainwatch"):
        Archive(file)
    with pytest.raises(BackupError, match="can't be read: No such file"):
        Archive(tmp_path / "nothing")
