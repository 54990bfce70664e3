"""Documents to records: in the order of their times, joined as the lines of a file are, each counted once.

The result depends on the documents alone, not on how the time was cut into ranges: documents come strand by strand in
the order of time and place, and what may still go on at the end of a range waits for the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import numpy as np

from ingest.accounting import DropReason, Tally
from ingest.assemble import STARTING, Assembler, Record
from ingest.batch import LogBatch, Origin
from ingest.elasticsearch.hits import Columns
from ingest.elasticsearch.writers import Strand
from ingest.lines import settle
from ingest.settings import ReadSettings

Thing = TypeVar("Thing", str, Origin)


@dataclass(slots=True)
class _Done:
    """Complete records, an entry a record in every list."""

    time: list[int] = field(default_factory=list)
    stamp: list[int] = field(default_factory=list)
    """The time of its last document."""
    origin: list[Origin] = field(default_factory=list)
    partition: list[str] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    stream: list[str] = field(default_factory=list)
    level: list[str] = field(default_factory=list)
    message: list[str] = field(default_factory=list)


class _Waiting(Record):
    """A record that may still go on, and who wrote it."""

    def __init__(self, position: int, time: int, last: int, stream: str, level: str, text: str, who: Origin) -> None:
        super().__init__(position, time, last, stream, level, text, 0)
        self.who = who


class Joiner:
    """Takes the columns of one range after the other, gives records.

    `tolerance` is how far (microseconds) a time inside a line may be off the document's.
    """

    def __init__(self, settings: ReadSettings, tolerance: int) -> None:
        self._settings, self._tolerance = settings, tolerance
        self._assemblers: dict[Strand, Assembler] = {}
        """Only those that hold records which may still go on."""
        self._done = _Done()
        self.tally = Tally()

    @property
    def pending(self) -> int:
        """Documents in records that were not handed over yet."""
        return sum(assembler.pending for assembler in self._assemblers.values())

    @property
    def oldest(self) -> int | None:
        """The earliest time (microseconds UTC) of those records."""
        times = (record.time for assembler in self._assemblers.values() for record in assembler.waiting)
        return min(times, default=None)

    def begin_tally(self) -> None:
        """Begin to count anew, from nothing."""
        tally = self.tally
        tally.read = tally.records = tally.joined = 0
        tally.dropped.clear()
        tally.remarks.clear()

    def push(self, columns: Columns, until: int | None) -> None:
        """Take in all documents of a range that ends at `until` (microseconds UTC), or for None, the last ones."""
        self.tally.read += columns.tally.read
        self.tally.dropped += columns.tally.dropped
        self.tally.remarks += columns.tally.remarks
        rows, borders = _in_order(columns, self.tally)
        starting = [message[:1] in STARTING for message in columns.message]
        for begin, end in pairwise(borders):
            self._join(columns, rows[begin:end], starting)
        for strand, assembler in list(self._assemblers.items()):
            self._settle(strand, assembler, until)

    def reach(self, begin: int, until: int) -> tuple[int, int]:
        """The earliest and the latest time of the complete records whose documents lie between these times."""
        stamp, time = np.array(self._done.stamp, np.int64), np.array(self._done.time, np.int64)
        times = time[(stamp >= begin) & (stamp < until)]
        return (int(times.min()), int(times.max())) if len(times) else (begin, begin)

    def take(self) -> LogBatch:
        """The records that are complete."""
        done, self._done = self._done, _Done()
        if not done.message:
            return LogBatch.empty()
        origins, origin = _numbered(done.origin)
        partitions, partition = _numbered(done.partition)
        return LogBatch(
            tuple(origins),
            tuple(partitions),
            np.array(done.time, np.int64),
            np.array(origin, np.int32),
            np.array(partition, np.int32),
            np.array(done.position, np.int64),
            tuple(done.stream),
            tuple(done.level),
            tuple(done.message),
        )

    def _join(self, columns: Columns, rows: list[int], starting: Sequence[bool]) -> None:
        """The documents of one strand, in order.

        Most are records of one line, and seen to be: they begin like one, and so does what follows. The assembler need
        not see them, but for the first after a record that may be open.
        """
        strand = columns.strands[columns.strand[rows[0]]]
        assembler = self._assemblers.get(strand)
        if assembler is None:
            assembler = self._assemblers[strand] = Assembler(self._settings, self.tally)
        times, streams, messages = columns.time, columns.stream, columns.message
        longest = self._settings.max_line_bytes
        single: list[int] = []
        following = [*rows[1:], -1]
        after_single = False
        for row, following_row in zip(rows, following, strict=True):
            stream, message = streams[row], messages[row]
            is_single = (
                starting[row]
                and following_row >= 0
                and starting[following_row]
                and streams[following_row] == stream
                and len(message) <= longest
            )
            if (not is_single or not after_single) and assembler.join(stream, times[row], message):
                after_single = False
                continue
            if is_single:
                single.append(row)
                assembler.pass_by(1)
            else:
                self._begin(assembler, columns, row)
            after_single = is_single
        self._put_aside(strand.partition, columns, single)

    def _begin(self, assembler: Assembler, columns: Columns, row: int) -> None:
        """A record that may go on."""
        time, stream, message = columns.time[row], columns.stream[row], columns.message[row]
        event = settle(message, time, columns.inner.get(row), self._tolerance, self.tally)
        who = columns.origins[columns.writer[row]]
        position, level = columns.position[row], columns.level[row]
        assembler.begin(stream, _Waiting(position, event, time, stream, level, message, who))

    def _put_aside(self, partition: str, columns: Columns, rows: list[int]) -> None:
        """Records of one line that are complete."""
        done, tally, tolerance, inner = self._done, self.tally, self._tolerance, columns.inner
        times, messages, origins, writers = columns.time, columns.message, columns.origins, columns.writer
        done.time += [settle(messages[row], times[row], inner.get(row), tolerance, tally) for row in rows]
        done.stamp += [times[row] for row in rows]
        done.origin += [origins[writers[row]] for row in rows]
        done.partition += [partition] * len(rows)
        done.position += [columns.position[row] for row in rows]
        done.stream += [columns.stream[row] for row in rows]
        done.level += [columns.level[row] for row in rows]
        done.message += [messages[row] for row in rows]
        tally.records += len(rows)

    def _settle(self, strand: Strand, assembler: Assembler, until: int | None) -> None:
        """Put aside what is complete, now that everything before `until` was read."""
        if until is None:
            assembler.flush()
        else:
            assembler.sweep(until)
        done = self._done
        for record in assembler.take():
            assert isinstance(record, _Waiting)
            done.time.append(record.time)
            done.stamp.append(record.last)
            done.origin.append(record.who)
            done.partition.append(strand.partition)
            done.position.append(record.position)
            done.stream.append(record.stream)
            done.level.append(record.level)
            done.message.append(record.message)
        if assembler.oldest is None:
            del self._assemblers[strand]


def _in_order(columns: Columns, tally: Tally) -> tuple[list[int], list[int]]:
    """The rows by strand, time and place, and where the strands begin and end among them.

    Less those that say again, at the same place and time, what the one before them said.
    """
    strand, time = np.array(columns.strand, np.int64), np.array(columns.time, np.int64)
    position = np.array(columns.position, np.int64)
    order = np.lexsort((position, time, strand))
    if not len(order):
        return [], []
    same = np.ones(len(order) - 1, bool)
    for column in (strand, time, position):
        same &= np.diff(column[order]) == 0
    again = [at + 1 for at in np.flatnonzero(same).tolist() if _is_same(columns, int(order[at]), int(order[at + 1]))]
    if again:
        tally.dropped[DropReason.DUPLICATE] += len(again)
        order = np.delete(order, again)
    borders = (np.flatnonzero(np.diff(strand[order])) + 1).tolist()
    return order.tolist(), [0, *borders, len(order)]


def _is_same(columns: Columns, one: int, other: int) -> bool:
    return columns.message[one] == columns.message[other] and columns.stream[one] == columns.stream[other]


def _numbered(things: list[Thing]) -> tuple[list[Thing], list[int]]:
    """Each thing once, and for each entry the number of its thing."""
    numbers: dict[Thing, int] = {}
    indices = []
    last, index = None, 0
    for thing in things:
        if thing is not last:  # they come in runs
            index, last = numbers.setdefault(thing, len(numbers)), thing
        indices.append(index)
    return list(numbers), indices
