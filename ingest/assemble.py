"""Lines of one file to records: partial lines are joined, and so are the lines of a stack trace.

What belongs together is decided by the lines alone (their text, their times, how many lie between), never by how they
were cut into blocks while reading, so that reading again gives the same records. Records leave in the order of their
first lines: one that may still go on holds back those that began after it. That is bounded: a record ends when
`GAP` has gone by since its last line or `LONGEST` since its first one, after `REACH` records of others, or at its
limits of lines and bytes.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

from ingest.accounting import DropReason, Remark, Tally
from ingest.records import Record, Trace
from ingest.settings import SECOND, ReadSettings

GAP = 5 * SECOND
"""A line that comes later than this after the one before it is not its continuation."""
LONGEST = 30 * SECOND
"""Nor is one that comes later than this after the record's first line: an open record holds back all that is read."""
REACH = 1_000
"""Nor is one with this many records of other streams or containers in between."""


STARTING = frozenset('0123456789[{<("/|*#=')
"""A line that begins with one of these continues nothing, unless a traceback or a partial line is open."""
_FOLLOWS = ("Caused by: ", "Suppressed: ", "--- End of ", "... ", "^")
_ELLIPSIS = re.compile(r"\.\.\. \d+ (?:more|common frames)")
_PYTHON = "Traceback (most recent call last):"
_CHAINED = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_EXCEPTION = re.compile(r"(?:[\w$]+\.)*[\w$]*(?:Exception|Error|Throwable|Interrupt|Exit|Warning)(?::|\s*$)")
_PYTHON_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)")
_ERROR = re.compile(r"(?i)\b(?:error|fatal|critical|severe|exception|failed|failure|unhandled|uncaught)\b")
_WARNING = re.compile(r"(?i)\bwarn(?:ing)?\b")
_GO_START = ("panic: ", "fatal error: ")
_GO = re.compile(
    r"goroutine \d+ (?:\[|gp=0x)|created by |\[signal |\[recovered\]|exit status \d|[\w./*()\[\]·{}-]+\(.*\)$|panic: "
)
_STAMPED = re.compile(r"\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d|[IWEF]\d{4} \d\d:")
EXPRESSIONS = {
    "stamped": _STAMPED,
    "ellipsis": _ELLIPSIS,
    "exception": _EXCEPTION,
    "python exception": _PYTHON_EXCEPTION,
    "go": _GO,
}
"""For the compiled core, which asks where other scripts' letters or digits decide."""


class Assembler:
    """Joins the lines of one file; `key` tells the streams (and in Filebeat's files the containers) apart."""

    def __init__(self, settings: ReadSettings, tally: Tally) -> None:
        self._max_lines = settings.max_record_lines
        self._max_size = settings.max_line_bytes
        self.tally = tally
        self._open: dict[object, Record] = {}
        self._queue: deque[Record] = deque()
        self._count = 0
        self._second = 0
        """That of the last line: open records are looked through whenever the second changes from line to line, so
        that what becomes of them depends on nothing but the lines that follow them, wherever reading began."""
        self.pending = 0
        """Lines of the records that were not handed over yet."""

    @property
    def oldest(self) -> Record | None:
        """The first of the records that were not handed over yet."""
        return self._queue[0] if self._queue else None

    @property
    def waiting(self) -> Iterable[Record]:
        """All that were not handed over yet, in order."""
        return self._queue

    def join(self, key: object, time: int, text: str, partial: bool = False) -> bool:
        """Whether the line goes on with the record before it of the same key; then it is joined to it.

        `time` is when the line was written (microseconds UTC), `partial` whether it goes on in the next one itself.
        """
        second = time // SECOND
        if second != self._second:
            self.sweep(time)
            self._second = second
        record = self._open.get(key)
        if record is None:
            return False
        if text[:1] in STARTING and not record.partial and not record.trace:
            record.open = False
            return False
        if not self._goes_on(record, time, text):
            self._close(record)
            return False
        self._append(record, text)
        record.partial = partial
        record.lasted = max(record.lasted, time - record.first)
        return True

    def begin(self, key: object, record: Record, partial: bool = False) -> None:
        """A record begins. Call it only where `join` said no."""
        self._count += 1
        record.number = self._count
        if partial:
            record.partial = True
        text = record.text
        first = text[:1]
        if first == "T" and text.startswith(_PYTHON):
            record.trace = Trace.PYTHON
        elif first in "pf" and text.startswith(_GO_START):
            record.trace = Trace.GO
        if len(text) > self._max_size:
            self._cut(record, 0)
        self._open[key] = record
        self._queue.append(record)
        self.pending += 1

    def pass_by(self, records: int) -> None:
        """Note that so many records of one line each were found complete without being shown to this."""
        self._count += records

    def take(self) -> list[Record]:
        """The records that are complete, in order, up to the first that may still go on."""
        queue, done, still_open = self._queue, [], self._count - REACH
        while queue:
            record = queue[0]
            if record.open and record.number >= still_open:
                break
            if record.open or record.drop is not None or record.truncated or record.lines > 1:
                self._finish(record)
            else:
                self.pending -= 1
                self.tally.records += 1
            done.append(queue.popleft())
        return done

    def position_of(self, key: object) -> int:
        """Where the open record of a key begins, to which a line was just joined."""
        return self._open[key].position

    def is_crossed(self, key: object) -> bool:
        """Whether other records have begun since the open record of a key did, to which a line was just joined."""
        return self._open[key].number < self._count

    def awaits(self, key: object) -> bool:
        """Whether the last line of the key said that it goes on in the next one, be it empty."""
        record = self._open.get(key)
        return record is not None and record.open and record.partial

    def drop_of(self, key: object) -> DropReason | None:
        """Why the record to which the key's last line belongs is to be dropped, where it is."""
        record = self._open.get(key)
        return record.drop if record is not None else None

    def flush(self) -> None:
        """Close all records: the file has ended, or its writer is silent."""
        for record in self._queue:
            if record.open:
                self._close(record)
        self._open.clear()

    def sweep(self, time: int) -> None:
        """Close what has had no line for too long, so that a silent stream doesn't hold back the others.

        All lines that were written before `time` (microseconds UTC) were read.
        """
        for key, record in list(self._open.items()):
            if time - record.last > GAP or time - record.first > LONGEST or not record.open:
                self._close(record)
                del self._open[key]

    def _close(self, record: Record) -> None:
        record.open = False
        if record.partial:
            record.partial = False
            self.tally.remarks[Remark.UNFINISHED] += 1

    def _finish(self, record: Record) -> None:
        if record.open:
            self._close(record)
        tally = self.tally
        self.pending -= record.lines
        if record.drop is not None:
            tally.dropped[record.drop] += record.lines
            return
        tally.records += 1
        tally.joined += record.lines - 1
        if record.truncated:
            tally.remarks[Remark.TRUNCATED] += 1

    def _goes_on(self, record: Record, time: int, text: str) -> bool:
        if not record.open or abs(time - record.last) > GAP or self._count - record.number > REACH:
            return False
        if record.lines >= self._max_lines or time - record.first > LONGEST:
            return False
        if record.partial:
            # Where the rest of a partial line is missing, the next one begins as this one did: with a time.
            return not (_STAMPED.match(text) and _STAMPED.match(record.text))
        if record.size + len(text) > self._max_size:
            return False
        return _continues(record, text)

    def _append(self, record: Record, text: str) -> None:
        if record.more is None:
            record.more = []
        if not record.partial:
            record.more.append("\n")
            record.joined += 1
        record.lines += 1
        self.pending += 1
        room = self._max_size - record.size
        record.joined += len(text)
        record.more.append(text)
        if record.size > self._max_size:
            self._cut(record, max(room, 0))

    def _cut(self, record: Record, room: int) -> None:
        if record.more is None:
            record.text = record.text[: self._max_size]
        else:
            record.more[-1] = record.more[-1][:room]
            record.joined = self._max_size - len(record.text)
        record.truncated = True


def _continues(record: Record, text: str) -> bool:
    """Whether the text goes on with the record's stack trace; notes on the record what may follow next."""
    if text[0] in " \t":
        return not _STAMPED.match(text.lstrip())
    if text.startswith(_FOLLOWS):
        return not text.startswith("... ") or _ELLIPSIS.match(text) is not None
    if record.trace == Trace.PYTHON:
        record.trace = Trace.PYTHON_END
        return _PYTHON_EXCEPTION.match(text) is not None and not _STAMPED.match(text)
    if record.trace == Trace.PYTHON_END:
        if text.startswith(_PYTHON):
            chained = record.end.startswith(_CHAINED)
            record.trace = Trace.PYTHON if chained else Trace.PYTHON_END
            return chained
        return text.startswith(_CHAINED)
    if record.trace == Trace.GO:
        return len(text) < 500 and _GO.match(text) is not None
    if text[0] == "}":
        return record.lines > 1 and not text.strip("}]);, ")
    if record.lines > 1 and not record.end.startswith("^") and not record.end.rstrip().endswith("^"):
        return False
    return _begins_trace(record, text)


def _begins_trace(record: Record, text: str) -> bool:
    """Whether an exception's first line belongs to the line before it, in which a logger announced it."""
    python = text.startswith(_PYTHON)
    if not python and _EXCEPTION.match(text[:300]) is None:
        return False
    if not announces(record.text[:300], record.lines, python):
        return False
    if python:
        record.trace = Trace.PYTHON
    return True


def announces(head: str, lines: int, python: bool) -> bool:
    """Whether a record that begins so, and has so many lines, may be what an exception's first line goes on with."""
    # Uncaught exceptions have no announcing line in Python; in Java loggers put the exception under warnings, too.
    announced = lines > 1 or _ERROR.search(head) or (not python and _WARNING.search(head))
    return bool(announced) and not _EXCEPTION.match(head)
