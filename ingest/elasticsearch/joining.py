"""Documents to records: in the order of their times, joined as the lines of a file are, each counted once.

The result depends on the documents alone, not on how the time was cut into ranges: documents come strand by strand in
the order of time and place, and what may still go on at the end of a range waits for the next one.
"""

from __future__ import annotations

from dataclasses import astuple
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.accounting import DropReason, Tally
from ingest.assemble import STARTING, Assembler
from ingest.batch import LogBatch, Origin
from ingest.elasticsearch.columns import Columns
from ingest.elasticsearch.writers import Strand
from ingest.lines import settle
from ingest.records import Record
from ingest.settings import ReadSettings
from ingest.timestamps import event_time

Thing = TypeVar("Thing", str, Origin)


class _Waiting(Record, gc=False, kw_only=True):
    """A record that may still go on, and who wrote it."""

    who: Origin


class Joiner:
    """Takes the columns of one range after the other, gives records.

    `tolerance` is how far (microseconds) a time inside a line may be off the document's.
    """

    def __init__(self, settings: ReadSettings, tolerance: int) -> None:
        self._settings, self._tolerance = settings, tolerance
        self._assemblers: dict[Strand, Assembler] = {}
        """Only those that hold records which may still go on."""
        self._done: list[tuple[LogBatch, NDArray[np.int64]]] = []
        """Complete records, and the time of the last document of each."""
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
        rows = _in_order(columns, self.tally)
        strands = np.array(columns.strand, np.int64)[rows]
        single = self._single(columns, rows, strands)
        borders = [0, *(np.flatnonzero(np.diff(strands)) + 1).tolist(), len(rows)] if len(rows) else []
        for begin, end in pairwise(borders):
            self._join(columns, rows[begin:end], single[begin:end])
        self._put_aside(columns, rows[single])
        self._end(until)

    def reach(self, begin: int, until: int) -> tuple[int, int]:
        """The earliest and the latest time of the complete records whose documents lie between these times."""
        times = [batch.time[(stamp >= begin) & (stamp < until)] for batch, stamp in self._done]
        inside = np.concatenate([*times, np.empty(0, np.int64)])
        return (int(inside.min()), int(inside.max())) if len(inside) else (begin, begin)

    def take(self) -> LogBatch:
        """The records that are complete."""
        done, self._done = self._done, []
        return LogBatch.concat([batch for batch, _ in done])

    def _single(self, columns: Columns, rows: NDArray[np.int64], strands: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows seem to be a record each: they begin like one, and so does what follows in their strand."""
        longest = self._settings.max_line_bytes
        begins = np.array([message[:1] in STARTING for message in columns.message], bool)[rows]
        fits = np.array([len(message) <= longest for message in columns.message], bool)[rows]
        kinds = {stream: kind for kind, stream in enumerate(dict.fromkeys(columns.stream))}
        stream = np.array([kinds[stream] for stream in columns.stream], np.int64)[rows]
        single: NDArray[np.bool_] = begins & fits
        if len(single):
            single[:-1] &= begins[1:] & (stream[1:] == stream[:-1]) & (strands[1:] == strands[:-1])
            single[-1] = False
        return single

    def _join(self, columns: Columns, rows: NDArray[np.int64], single: NDArray[np.bool_]) -> None:
        """The documents of one strand, in order.

        Of those that seem to be a record each the assembler need not see any, but the first after another that may be
        open; where that goes on with it, `single` is corrected.
        """
        strand = columns.strands[columns.strand[rows[0]]]
        assembler = self._assemblers.get(strand)
        if assembler is None:
            assembler = self._assemblers[strand] = Assembler(self._settings, self.tally)
        seen = ~single
        seen[1:] |= ~single[:-1]
        seen[0] = True
        passed = 0
        for at in np.flatnonzero(seen).tolist():
            row = int(rows[at])
            assembler.pass_by(at - passed)
            passed = at + 1
            if assembler.join(columns.stream[row], columns.time[row], columns.message[row]):
                single[at] = False
            elif single[at]:
                assembler.pass_by(1)
            else:
                self._begin(assembler, columns, row)

    def _begin(self, assembler: Assembler, columns: Columns, row: int) -> None:
        """A record that may go on."""
        time, stream, message = columns.time[row], columns.stream[row], columns.message[row]
        event = settle(message, time, columns.inner.get(row), self._tolerance, self.tally)
        who = columns.origins[columns.writer[row]]
        position, level = columns.position[row], columns.level[row]
        assembler.begin(stream, _Waiting(position, event, time, stream, level, message, 0, who=who))

    def _put_aside(self, columns: Columns, rows: NDArray[np.int64]) -> None:
        """Records of one line that are complete."""
        if not len(rows):
            return
        picked: list[int] = rows.tolist()
        messages = [columns.message[row] for row in picked]
        stamps = np.array(columns.time, np.int64)[rows]
        writers, origin = np.unique(np.array(columns.writer, np.int64)[rows], return_inverse=True)
        strands, partition = np.unique(np.array(columns.strand, np.int64)[rows], return_inverse=True)
        batch = LogBatch(
            tuple([columns.origins[number] for number in writers.tolist()]),
            tuple([columns.strands[number].partition for number in strands.tolist()]),
            np.array(self._events(columns, picked, messages), np.int64),
            origin.astype(np.int32),
            partition.astype(np.int32),
            np.array(columns.position, np.int64)[rows],
            tuple([columns.stream[row] for row in picked]),
            tuple([columns.level[row] for row in picked]),
            tuple(messages),
        )
        self.tally.records += len(rows)
        self._done.append((batch, stamps))

    def _events(self, columns: Columns, rows: list[int], messages: list[str]) -> list[int]:
        """The times of the records."""
        times, inner, tally, tolerance = columns.time, columns.inner, self.tally, self._tolerance
        if inner:
            told = [inner.get(row, None) for row in rows]
            return [
                settle(*of, tolerance, tally) for of in zip(messages, (times[row] for row in rows), told, strict=True)
            ]
        return [
            times[row]
            if (event := event_time(message)) is None
            else settle(message, times[row], event, tolerance, tally)
            for row, message in zip(rows, messages, strict=True)
        ]

    def _end(self, until: int | None) -> None:
        """Put aside what is complete, now that everything before `until` was read."""
        complete: list[tuple[str, _Waiting]] = []
        for strand, assembler in list(self._assemblers.items()):
            if until is None:
                assembler.flush()
            else:
                assembler.sweep(until)
            complete += [(strand.partition, record) for record in assembler.take() if isinstance(record, _Waiting)]
            if assembler.oldest is None:
                del self._assemblers[strand]
        if complete:
            records = [record for _, record in complete]
            origins, origin = _numbered([record.who for record in records])
            partitions, partition = _numbered([name for name, _ in complete])
            batch = LogBatch(
                tuple(origins),
                tuple(partitions),
                np.array([record.time for record in records], np.int64),
                np.array(origin, np.int32),
                np.array(partition, np.int32),
                np.array([record.position for record in records], np.int64),
                tuple([record.stream for record in records]),
                tuple([record.level for record in records]),
                tuple([record.message for record in records]),
            )
            self._done.append((batch, np.array([record.last for record in records], np.int64)))


def _in_order(columns: Columns, tally: Tally) -> NDArray[np.int64]:
    """The rows by strand, time and place, less those that say there what another one says."""
    strand, time = np.array(columns.strand, np.int64), np.array(columns.time, np.int64)
    position = np.array(columns.position, np.int64)
    order = np.lexsort((position, time, strand))
    if len(order) < 2:
        return order
    same = np.ones(len(order) - 1, bool)
    for column in (strand, time, position):
        same &= np.diff(column[order]) == 0
    if not same.any():
        return order
    # Of one place, mostly twice the same; else by text, so that it doesn't depend on which of them came first.
    borders = [0, *(np.flatnonzero(~same) + 1).tolist(), len(order)]
    rows: list[int] = order.tolist()
    kept: list[int] = []
    for begin, end in pairwise(borders):
        if end - begin == 1:
            kept.append(rows[begin])
        else:
            # The one that tells most of who wrote it comes last, and stays.
            told = sorted(rows[begin:end], key=lambda row: astuple(columns.origins[columns.writer[row]]))
            texts = {(columns.stream[row], columns.message[row]): row for row in told}
            kept += [texts[text] for text in sorted(texts)]
    if len(kept) < len(rows):
        tally.dropped[DropReason.DUPLICATE] += len(rows) - len(kept)
    return np.array(kept, np.int64)


def _numbered(things: list[Thing]) -> tuple[list[Thing], list[int]]:
    """Each thing once, and for each entry the number of its thing."""
    numbers: dict[Thing, int] = {}
    indices = [numbers.setdefault(thing, len(numbers)) for thing in things]
    return list(numbers), indices
