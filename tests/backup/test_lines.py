"""The documents of a store in Elasticsearch, as an archive holds them: looked over before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detector.backup.archive import Archive, ArchiveWriter
from detector.backup.clustered import _Sum, look_over
from detector.backup.manifest import Manifest
from detector.errors import BackupError

WORD = b'{"_id":"f1","_source":{"drainwatch":{"author":"ada"}}}'
HEAD = b'{"_id":"journal","_source":{"drainwatch":{"kind":"journal","key":"journal","body":{"payload":"AAAA"}}}}'
Change = Callable[[bytes], bytes]


def packed(file: Path, change: Change = bytes, state: bytes = b"", name: str = "feedback") -> Path:
    """A backup of a word and a state; what is packed is changed, what is said of it isn't."""
    said = []
    with file.open("wb") as stream:
        archive = ArchiveWriter(stream)
        for index, line in (("state", state), (name, WORD)):
            total, lines = _Sum(), line + b"\n" * bool(line)
            for _ in filter(None, [line]):
                total.add(line)
            with archive.part(f"documents/{index}.ndjson") as part:
                part.write(change(lines) if index == name else lines)
            said.append(total.done(index))
        archive.finish(
            Manifest("elasticsearch", 1, "0.1.0", "2026-11-22T12:00:00Z", prefix="drainwatch", tables=tuple(said))
        )
    return file


def looked_over(file: Path, prefix: str = "drainwatch") -> None:
    with Archive(file) as archive:
        look_over(archive, prefix, lambda doing, done, total: None)


def test_what_is_as_it_was_is_taken(tmp_path: Path) -> None:
    looked_over(packed(tmp_path / "b.zip"))
    looked_over(packed(tmp_path / "b.zip", state=HEAD))
    looked_over(packed(tmp_path / "b.zip", state=HEAD.replace(b'"AAAA"', b"null")), "another")


def test_a_pass_that_is_still_to_be_carried_out_is_for_the_same_indices(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"in the middle of a pass of drainwatch-\*.*elasticsearch.prefix = "):
        looked_over(packed(tmp_path / "b.zip", state=HEAD), "another")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda body: body.replace(b"ada", b"eve"), "of feedback isn't what it was"),
        (lambda body: body + body, "of feedback isn't what it was"),
        (lambda body: b"", "of feedback isn't what it was"),
        (lambda body: body + b"nonsense\n", "no document"),
        (lambda body: body[:-1], "middle of a line"),
        (lambda body: b"[" * 100_000 + b"\n", "no document"),
    ],
)
def test_what_is_not_is_refused(tmp_path: Path, change: Change, sentence: str) -> None:
    with pytest.raises(BackupError, match=sentence):
        looked_over(packed(tmp_path / "b.zip", change))


@pytest.mark.parametrize("name", ["logs-app-default", ".security", "counts-2026.11", "state/x"])
def test_no_other_index_is_ever_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(BackupError, match=r"no index|parts that can't be"):
        looked_over(packed(tmp_path / "b.zip", name=name))


def test_a_state_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="state can't be read"):
        looked_over(packed(tmp_path / "b.zip", state=b'{"_id":"x","_source":[]}'))
