"""Documents to records: in the order of their times, joined as the lines of a file are, each counted once.

The result depends on the documents alone, not on how the time was cut into ranges: documents come strand by strand in
the order of time and place, and what may still go on at the end of a range waits for the next one.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ingest.accounting import DropReason, Tally
from ingest.assemble import Assembler, Record
from ingest.batch import LogBatch, Origin
from ingest.elasticsearch.hits import Columns
from ingest.elasticsearch.writers import MANY, Writers
from ingest.lines import settle
from ingest.settings import ReadSettings


class Joiner:
    """Takes the columns of one range after the other, gives records.

    `tolerance` is how far (microseconds) a time inside a line may be off the document's.
    """

    def __init__(self, settings: ReadSettings, tolerance: int, writers: Writers) -> None:
        self._settings, self._tolerance, self._writers = settings, tolerance, writers
        self._assemblers: dict[int, Assembler] = {}
        """By number of the strand; only those that hold records which may still go on."""
        self._done: list[tuple[int, list[Record]]] = []
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
        self._count(columns.tally)
        strand = np.array(columns.strand, np.int64)
        order = np.lexsort((np.array(columns.position, np.int64), np.array(columns.time, np.int64), strand))
        rows = _without_duplicates(columns, order.tolist(), self.tally)
        strands = strand[rows] if rows else strand[:0]
        borders = [0, *(np.flatnonzero(np.diff(strands)) + 1).tolist(), len(rows)] if rows else []
        for begin, end in pairwise(borders):
            self._join(int(strands[begin]), rows[begin:end], columns)
        for number, assembler in list(self._assemblers.items()):
            self._settle(number, assembler, until)

    def reach(self, begin: int, until: int) -> tuple[int, int]:
        """The earliest and the latest time of the complete records whose documents lie between these times."""
        records = (record for _, some in self._done for record in some if begin <= record.last < until)
        times = [record.time for record in records]
        return min(times, default=begin), max(times, default=begin)

    def take(self) -> LogBatch:
        """The records that are complete."""
        done, self._done = self._done, []
        batch = _batch(done, self._writers)
        if len(self._writers.origins) > MANY:
            self._forget()
        return batch

    def _join(self, number: int, rows: list[int], columns: Columns) -> None:
        """The lines of one strand. Written out, because it is done for every document."""
        assembler = self._assemblers.get(number)
        if assembler is None:
            assembler = self._assemblers[number] = Assembler(self._settings, self.tally)
        join, begin, tally, tolerance = assembler.join, assembler.begin, self.tally, self._tolerance
        times, positions, writers, inner = columns.time, columns.position, columns.writer, columns.inner
        streams, levels, messages = columns.stream, columns.level, columns.message
        for row in rows:
            time, stream, message = times[row], streams[row], messages[row]
            if join(stream, time, message):
                continue
            event = settle(message, time, inner.get(row) if inner else None, tolerance, tally)
            begin(stream, Record(positions[row], event, time, stream, levels[row], message, writers[row]))

    def _settle(self, number: int, assembler: Assembler, until: int | None) -> None:
        """Put aside what is complete, now that everything before `until` was read."""
        if until is None:
            assembler.flush()
        else:
            assembler.sweep(until)
        if records := assembler.take():
            self._done.append((number, records))
        if assembler.oldest is None:
            del self._assemblers[number]

    def _count(self, tally: Tally) -> None:
        self.tally.read += tally.read
        self.tally.dropped += tally.dropped
        self.tally.remarks += tally.remarks

    def _forget(self) -> None:
        """Forget the writers of the past, but for those of records that wait."""
        origins, strands = self._writers.origins, self._writers.strands
        self._writers.forget()
        renumbered = {}
        for number, assembler in self._assemblers.items():
            for record in assembler.waiting:
                record.origin = self._writers.origin_number(origins[record.origin])
            renumbered[self._writers.strand_number(strands[number])] = assembler
        self._assemblers = renumbered


def _without_duplicates(columns: Columns, rows: list[int], tally: Tally) -> list[int]:
    """The rows, but those that say again, at the same place and time, what the one before them said."""
    if len(rows) < 2:
        return rows
    order = np.array(rows)
    same = np.ones(len(rows) - 1, bool)
    for column in (columns.strand, columns.time, columns.position):
        same &= np.diff(np.array(column, np.int64)[order]) == 0
    again = {
        at + 1
        for at in np.flatnonzero(same).tolist()
        if columns.message[rows[at]] == columns.message[rows[at + 1]]
        and columns.stream[rows[at]] == columns.stream[rows[at + 1]]
    }
    if not again:
        return rows
    tally.dropped[DropReason.DUPLICATE] += len(again)
    return [row for at, row in enumerate(rows) if at not in again]


def _batch(done: list[tuple[int, list[Record]]], writers: Writers) -> LogBatch:
    records = [record for _, some in done for record in some if record.drop is None]
    if not records:
        return LogBatch.empty()
    numbers, origin = np.unique(np.array([record.origin for record in records], np.int64), return_inverse=True)
    origins: tuple[Origin, ...] = tuple([writers.origins[number] for number in numbers.tolist()])
    names: dict[str, int] = {}
    partition = []
    for number, some in done:
        index = names.setdefault(writers.strands[number].partition, len(names))
        partition += [index] * sum(record.drop is None for record in some)
    return LogBatch(
        origins,
        tuple(names),
        np.array([record.time for record in records], np.int64),
        origin.astype(np.int32),
        np.array(partition, np.int32),
        np.array([record.position for record in records], np.int64),
        tuple([record.stream for record in records]),
        tuple([record.level for record in records]),
        tuple([record.message for record in records]),
    )
