"""Blocks of lines: what is read of a file at once, and what is left of it for the next time."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.bytefile import ByteFile
from ingest.linereader import Block, LineReader


def lines_of(path: Path, chunk: int) -> list[tuple[int, bytes]]:
    """Each line with its position, as blocks of so many bytes hand them over."""
    reader, found = LineReader(ByteFile(str(path)), limit=1_000, chunk=chunk), []
    while not reader.at_end:
        if (block := reader.next_block(final=True)) is not None:
            lines, positions, cut = block.split()
            assert not cut
            assert b"\n".join(lines) == block.lines
            found += list(zip(positions, lines, strict=True))
    return found


@pytest.mark.parametrize("chunk", [1, 2, 7, 16, 61, 64, 1_000])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_lines_are_the_same_however_much_is_read_at_once(tmp_path: Path, chunk: int, end: bytes) -> None:
    lines = [b"x" * (7 * at % 31) for at in range(40)] + [b"last"]
    path = tmp_path / "app.log"
    path.write_bytes(b"\n".join(lines) + end)

    found = lines_of(path, chunk)

    assert [line for _, line in found] == lines
    assert [position for position, _ in found] == [sum(len(line) + 1 for line in lines[:at]) for at in range(41)]


def test_what_stands_behind_the_last_newline_is_no_line_of_the_block() -> None:
    assert Block(b"one\ntwo\nthr", 0, 100, end=7).split() == ([b"one", b"two"], [0, 4], frozenset())


def test_the_beginning_of_a_line_stays_as_it_was_read_where_the_file_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"first\nsecond and more")
    file = ByteFile(str(path))
    assert file.read(12) == b"first\nsecond"

    path.write_bytes(b"FIRST\nSECOND AND MORE")

    assert file.read_behind(b"second", 12) == b"second AND MORE"
    assert file.read_behind(b"MORE", 12) == b""
    assert file.raw == 21


def test_a_file_that_was_truncated_has_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"first\nsecond")
    file = ByteFile(str(path))
    assert file.read(12) is not None

    path.write_bytes(b"fir")

    assert file.read_behind(b"second", 12) == b""
    assert file.raw == 12


def test_few_bytes_are_read_again_with_what_follows_them(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"first\nsecond\nthird")
    file = ByteFile(str(path))
    assert file.read(8) == b"first\nse"

    assert file.read_behind(b"se", 8) == b"second\nt"
    assert file.raw == 14
    assert file.read_behind(b"second\nt", 8) == b"second\nthird"
    assert file.raw == 18
