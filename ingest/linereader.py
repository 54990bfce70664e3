"""Whole lines out of the bytes of a file; memory stays flat however long a line is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from ingest.bytefile import CHUNK, ByteFile

_LINES = 4_096
"""Lines handed over at once, about: their number is told by the length of those before."""
_SAMPLE = 16_384
"""Bytes by which the length of lines is told."""
HEAD = 65_536
"""Bytes at a file's beginning by which it is known again."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that follow one another in a file."""

    data: bytes
    """The lines, a newline between each and the next; perhaps more behind them."""
    position: int
    """Where the first begins, bytes from the beginning of the (decompressed) file."""
    limit: int
    """Bytes above which a line is cut."""
    cut: bool = False
    """Whether this is the beginning of one line that is longer than the limit."""
    unfinished: bool = False
    """Whether the last line had no newline at its end."""
    end: int | None = None
    """Where in the data the lines end, if that isn't its end: they aren't copied to have them alone."""

    @property
    def lines(self) -> bytes:
        """The lines and nothing else."""
        return self.data if self.end is None else self.data[: self.end]

    def split(self) -> tuple[list[bytes], list[int], frozenset[int]]:
        """The lines, where each begins, and the indices of those that were cut."""
        lines = self.lines.split(b"\n")
        positions = list(accumulate((len(line) + 1 for line in lines), initial=self.position))
        positions.pop()
        cut = frozenset((0,) if self.cut else ())
        if max(map(len, lines)) > self.limit:
            cut = frozenset(i for i, line in enumerate(lines) if len(line) > self.limit)
            lines = [_cut(line[: self.limit]) if i in cut else line for i, line in enumerate(lines)]
        return lines, positions, cut


class LineReader:
    """Whole lines of a file from an offset on."""

    def __init__(self, file: ByteFile, limit: int, chunk: int = CHUNK) -> None:
        self.file = file
        self.limit = limit
        """Bytes above which a line is cut."""
        self.offset = 0
        """Where the next line begins."""
        self.at_end = False
        """Whether the last attempt to read found nothing more."""
        self.hole = 0
        """NULs before the first text, which copy-truncate leaves where the writer goes on at its old offset."""
        self.waiting = False
        """Whether a stream has nothing just now."""
        self.stop: int | None = None
        """Where a line begins: no block goes beyond it that begins before it."""
        self.largest = chunk
        """Bytes read at once, at most."""
        self._chunk = min(chunk, 65_536)
        self._carry = b""
        self._long: bytes | None = None
        self._skipped = 0

    def seek(self, offset: int) -> None:
        """Read on at another line's beginning. Raises OSError."""
        self.file.rewind(offset)
        self.offset, self._carry, self._long, self.at_end = offset, b"", None, False

    @property
    def buffered(self) -> int:
        """Bytes read beyond `offset`."""
        return len(self._carry)

    def head(self) -> bytes:
        """Up to `HEAD` bytes at the beginning, a `hole` of NULs aside; they will be read again. Raises OSError."""
        data = self._carry
        self.hole = 0
        while len(data) < HEAD and (more := self.file.read(HEAD - len(data))):
            data += more
            if data[0] == 0:
                text = data.lstrip(b"\0")
                self.hole += len(data) - len(text)
                data = text
        if self.file.stream is None:
            if data or self.hole or not self.file.compressed:  # else what is wrong with it would be forgotten
                self.file.rewind()
        else:
            self._carry = data
            self.offset = self.hole
        return data

    def next_block(self, final: bool) -> Block | None:
        """The next whole lines; None where there is none. `final`: a last line without newline is whole as it is."""
        data = self._fill()
        if self._long is not None:
            return self._long_line(data, final)
        end = data.rfind(b"\n")
        if end < 0:
            if final and self.at_end and data:
                self._carry = b""
                return self._block(data, len(data), unfinished=True)
            self._carry = data
            return None
        if self.stop is not None and self.offset < self.stop <= self.offset + end:
            before = data.rfind(b"\n", 0, self.stop - self.offset)
            end = before if before >= 0 else end
        self._carry = data[end + 1 :]
        sample = min(end + 1, _SAMPLE)
        self._chunk = max(4_096, sample // max(1, data.count(b"\n", 0, sample)) * _LINES)
        return self._block(data, end + 1, end=end)

    def _fill(self) -> bytes:
        """What is at hand, with more read until there is a newline, the end, or more than a line may have."""
        data = self._carry
        self.at_end = self.waiting = False
        while b"\n" not in data:
            size = min(self._chunk, self.largest)
            more = self.file.read_behind(b"" if self._long is not None else data, size)
            if not more:
                self.at_end = more is not None
                self.waiting = more is None
                break
            data = more
            if self._long is not None:
                if b"\n" not in more:
                    self._skipped += len(more)
                continue
            if data[0] == 0:  # a hole, as above
                text = data.lstrip(b"\0")
                self.offset += len(data) - len(text)
                data = text
            if len(data) > self.limit and b"\n" not in data:
                self._long, self._skipped, data = data[: self.limit], len(data), b""
        return data

    def _long_line(self, data: bytes, final: bool) -> Block | None:
        """The rest of a line that is too long is skipped as it comes; then its beginning is handed over."""
        assert self._long is not None
        newline = data.find(b"\n")
        if newline < 0:
            self._carry = b""
            if not (final and self.at_end):
                return None
        beginning, used = self._long, self._skipped + newline + 1
        self._carry, self._long = data[newline + 1 :] if newline >= 0 else b"", None
        block = Block(_cut(beginning), self.offset, self.limit, cut=True, unfinished=newline < 0)
        self.offset += used
        return block

    def _block(self, data: bytes, used: int, unfinished: bool = False, end: int | None = None) -> Block:
        block = Block(data, self.offset, self.limit, unfinished=unfinished, end=end)
        self.offset += used
        return block


def _cut(line: bytes) -> bytes:
    """The line less a character that the cut went through."""
    end = len(line)
    while end > len(line) - 3 and end > 0 and line[end - 1] & 0xC0 == 0x80:
        end -= 1
    return line[: end - 1] if end > 0 and line[end - 1] >= 0xC0 else line


def is_stream(path: str) -> bool:
    """Whether the path is a pipe or a device, which can be read only once."""
    return path == "-" or Path(path).is_fifo() or Path(path).is_char_device()
