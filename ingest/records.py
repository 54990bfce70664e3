"""A record while its lines are read."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from ingest.accounting import DropReason


class Trace(IntEnum):
    """What kind of lines may follow."""

    NONE = 0
    PYTHON = 1
    """Inside a traceback: its exception line is still to come."""
    PYTHON_END = 2
    """After it: another traceback may be chained."""
    GO = 3


class Record(msgspec.Struct, gc=False):
    """One record, while it may still go on and until it is handed over.

    There are so many that whatever Python's collector of cycles had to look at would double the time of reading.
    """

    position: int
    time: int
    """Event time."""
    first: int
    """The runtime's time of its first line, by which `LONGEST` of `ingest.assemble` is measured."""
    stream: str
    level: str
    text: str
    """Its first line."""
    origin: int
    lasted: int = 0
    """From the first line to the last one."""
    more: list[str] | None = None
    """What was joined to the first line."""
    joined: int = 0
    """Characters of that."""
    number: int = 0
    lines: int = 1
    open: bool = True
    partial: bool = False
    truncated: bool = False
    trace: Trace = Trace.NONE
    drop: DropReason | None = None

    @property
    def last(self) -> int:
        """The runtime's time of its last line, by which `GAP` is measured."""
        return self.first + self.lasted

    @property
    def size(self) -> int:
        """Characters."""
        return len(self.text) + self.joined

    @property
    def end(self) -> str:
        """Its last line."""
        return self.more[-1] if self.more else self.text

    @property
    def message(self) -> str:
        """The text, lines separated by newlines."""
        return self.text if self.more is None else "".join((self.text, *self.more))
