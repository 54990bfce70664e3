"""Documents that are there twice: Filebeat sends again what it doesn't know to have arrived.

A document is known again by the place of its line (host, file, offset) and its text; what Filebeat adds may differ.
Whether one is a duplicate depends on nothing but the messages before it, as many as are remembered, so that whoever
reads on elsewhere decides alike, having looked through so many messages first.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TypeAlias

import msgspec

MarksOf: TypeAlias = Callable[[list[bytes]], list[int | None]]
"""Numbers by which the lines of documents are known again; None where a document doesn't say which line it is.

They hold in this process only, and for one such function.
"""


class _File(msgspec.Struct):
    path: str = ""
    inode: str | int = ""
    fingerprint: str = ""


class _Log(msgspec.Struct):
    offset: int
    file: _File


class _Named(msgspec.Struct):
    name: str = ""


class _Input(msgspec.Struct):
    type: str = ""


class _Line(msgspec.Struct):
    log: _Log
    message: str = ""
    at: str = msgspec.field(name="@timestamp", default="")
    stream: str = ""
    host: _Named = msgspec.field(default_factory=_Named)
    input: _Input = msgspec.field(default_factory=_Input)


_line = msgspec.json.Decoder(_Line)


def line_of(value: bytes) -> tuple[str, ...] | None:
    """Host, path, inode, fingerprint, offset, time and message of a document; None where it doesn't say them.

    The time counts where it is the container runtime's; else it is when Filebeat read the line, which is another one
    each time.
    """
    try:
        line = _line.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    file = line.log.file
    time = line.at if line.stream or line.input.type == "container" else ""
    return (line.host.name, file.path, str(file.inode), file.fingerprint, str(line.log.offset), time, line.message)


def marks_by(core: ModuleType | None) -> MarksOf:
    """By the compiled core, where there is one; both find the same documents to be twice."""
    if core is None:
        return lambda values: [None if (line := line_of(value)) is None else hash(line) for value in values]
    marks_of: MarksOf = core.Marks(line_of).of
    return marks_of


class Recent:
    """The marks of the last so many messages of a partition."""

    def __init__(self, reach: int) -> None:
        self._reach = reach
        self._last: dict[int, int] = {}

    def seen(self, offset: int, mark: int | None) -> bool:
        """Whether one of the messages of the last `reach` offsets was the same; this one is remembered."""
        if mark is None or not self._reach:
            return False
        before = self._last.get(mark)
        self._last[mark] = offset
        if len(self._last) > 2 * self._reach:
            self._last = {mark: last for mark, last in self._last.items() if last >= offset - self._reach}
        return before is not None and before >= offset - self._reach
