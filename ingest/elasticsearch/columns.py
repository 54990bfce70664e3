"""What becomes of the documents of a range: columns, and what of them is taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.accounting import DropReason, Tally
from ingest.batch import Origin
from ingest.elasticsearch.writers import Strand
from ingest.lines import clean

_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\x1b") + b"\x7f"


@dataclass(slots=True)
class Columns:
    """Documents of a range, an entry a document in every list."""

    time: list[int] = field(default_factory=list)
    """The time by which they were searched, microseconds UTC."""
    strand: list[int] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    writer: list[int] = field(default_factory=list)
    stream: list[str] = field(default_factory=list)
    level: list[str] = field(default_factory=list)
    message: list[str] = field(default_factory=list)
    inner: dict[int, int] = field(default_factory=dict)
    """By entry: the time in a field of the application's own."""
    tally: Tally = field(default_factory=Tally)
    """What was read, and what of it has no entry."""
    hits: int = 0
    """How many documents came, those that nobody asked for among them."""
    untimed: int = 0
    """How many have no time that can be read, or another one than they were found by."""
    foreign: int = 0
    """How many have only the time that Elasticsearch says they have."""
    origins: Sequence[Origin] = ()
    """What the numbers of writers stand for."""
    strands: Sequence[Strand] = ()

    def settle(self, first: int, begin: int, end: int) -> None:
        """Take out of the entries from `first` on what can't stay; times are to be from `begin` up to but not `end`."""
        if _is_dirty(self.message[first:]):
            self._clean(first)
        self._hold_to(begin, end, first)

    def _clean(self, first: int) -> None:
        """Take NULs out of messages, and out of the list what is no text."""
        binary = []
        for row in range(first, len(self.message)):
            cleaned = clean(self.message[row], self.tally)
            if cleaned is None:
                binary.append(row)
            else:
                self.message[row] = cleaned
        self._remove(binary, DropReason.BINARY)

    def _hold_to(self, begin: int, end: int, first: int) -> None:
        """Take out what has no time, or one that isn't where the search found it."""
        times = self.time[first:]
        if not times or (min(times) >= begin and max(times) < end):
            return
        self._remove([first + row for row, time in enumerate(times) if time < 0], DropReason.NO_TIME)
        times = self.time[first:]
        outside = [first + row for row, time in enumerate(times) if not begin <= time < end]
        self._remove(outside, DropReason.IMPLAUSIBLE_TIME)

    def _remove(self, rows: list[int], reason: DropReason) -> None:
        if not rows:
            return
        self.tally.dropped[reason] += len(rows)
        gone = set(rows)
        kept = [row for row in range(len(self.message)) if row not in gone]
        self.inner = {new: self.inner[old] for new, old in enumerate(kept) if old in self.inner}
        for column in (self.time, self.strand, self.position, self.writer):
            column[:] = [column[row] for row in kept]
        for texts in (self.stream, self.level, self.message):
            texts[:] = [texts[row] for row in kept]


def _is_dirty(messages: list[str]) -> bool:
    """Whether there is a control character in one of them."""
    data = "".join(messages).encode(errors="replace")
    return len(data.translate(None, _CONTROLS)) != len(data)
