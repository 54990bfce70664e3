"""Records wait here until their window is closed; then they are handed on in one order, however they arrived.

Event time and watermark as in Akidau et al., The Dataflow Model, VLDB 2015: a window is closed once the source says
that everything before its end was handed over (plus the allowed lateness). Of what waits only so much is held in
memory; the rest waits in temporary files (`detector.runs`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.runs import Run, fewer, first_positions, pieces, spill
from detector.waiting import in_memory
from ingest.batch import LogBatch
from ingest.columns import Texts, sizes
from ingest.source import Checkpoint

MEMORY = 256_000_000
"""Bytes of text that may wait in memory, unless said otherwise."""
_NEVER = np.iinfo(np.int64).max
_ROW = 64
"""Bytes that a record takes besides its text, about."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What a watermark set free."""

    until: int
    """Every window that starts before this is closed now."""
    on_time: Iterable[LogBatch]
    """The records of the windows that were just closed, in order and in pieces; to be gone through once, and whole,
    before anything else is asked of the buffer."""
    late: Sequence[LogBatch]
    """Records whose window had been closed before they came, in the order of their coming."""

    @property
    def late_rows(self) -> int:
        """How many records came late."""
        return sum(map(len, self.late))


class WindowBuffer:
    """Holds the records of open windows, about `memory` bytes of them in memory.

    `closed_until` and `seen` say where earlier runs stopped: records that one of them saw and whose window that one
    closed (`counted` of their partition) are passed over. What it saw and held when it stopped is counted by this one,
    late where it closes the window before it comes to them.
    """

    def __init__(
        self, span: int, closed_until: int | None, seen: Mapping[str, Checkpoint], memory: int = MEMORY
    ) -> None:
        self._span = span
        self._closed_until = closed_until
        self._seen = {partition: checkpoint.read_to for partition, checkpoint in seen.items()}
        self._counted = {partition: _steps(checkpoint, closed_until) for partition, checkpoint in seen.items()}
        """By partition, as in `Checkpoint.counted`."""
        # Half of it, as what is closed or written away is brought together in one buffer first.
        self._memory = memory // 2
        self._open: list[LogBatch] = []
        self._runs: list[Run] = []
        self._late: list[LogBatch] = []
        self._first: int | None = None
        """Before any window is closed: the earliest time that waits."""
        self._bytes = self._late_bytes = 0
        self.seen_again = 0
        """Records that an earlier run had seen already."""

    @property
    def closed_until(self) -> int | None:
        """Every window that starts before this is closed; None before the first one."""
        return self._closed_until

    @property
    def rows(self) -> int:
        """How many records wait."""
        return sum(map(len, self._open)) + sum(map(len, self._runs))

    @property
    def crowded(self) -> bool:
        """Whether more waits in memory than may; if nothing is closed, it is written to a file with the next batch.

        Late records aren't: they can be counted at any time.
        """
        return self._bytes > self._memory or self._late_bytes > self._memory

    @property
    def has_late(self) -> bool:
        """Whether late records wait."""
        return bool(self._late)

    def add(self, batch: LogBatch) -> None:
        """Take in records. Raises `SpaceError` where there are too many for memory, and for the disk as well."""
        if self._bytes > self._memory:
            self._put_aside()
        if not len(batch):
            return
        if self._seen:
            self.seen_again += int((batch.position < self._read_to(batch)).sum())
        if self._closed_until is not None:
            closed = batch.time < self._closed_until
            if closed.any():
                late = batch.take(np.flatnonzero(closed))
                self._add_late(late.take(np.flatnonzero(~self._is_counted(late))))
                batch = batch.take(np.flatnonzero(~closed))
        elif len(batch):
            first = int(batch.time.min())
            self._first = first if self._first is None else min(self._first, first)
        if len(batch):
            self._open.append(batch)
            self._bytes += _held(batch)

    def closable(self, watermark: int | None) -> int:
        """How many windows a watermark (microseconds UTC, lateness taken off) would close."""
        first = self._first if self._closed_until is None else self._closed_until
        if watermark is None or first is None:
            return 0
        return max(0, watermark // self._span - first // self._span)

    def close(self, watermark: int | None) -> Closed | None:
        """Hand on the records of all windows that end before the watermark; None where there are none to close.

        Windows in which nothing was logged are closed as well: silence is a count, too.
        """
        if watermark is None or not (self.closable(watermark) or self._late):
            return None
        until = watermark // self._span * self._span
        if self._closed_until is not None:
            until = max(until, self._closed_until)
        done = in_memory(self._take_out(until))
        self._runs = [run for run in self._runs if run.first is not None]
        result = Closed(until, pieces([*self._runs, done], until), tuple(self._late))
        self._late, self._late_bytes = [], 0
        self._closed_until = until
        return result

    def checkpoints(self, positions: Mapping[str, Checkpoint]) -> dict[str, Checkpoint]:
        """Where to read on, given where the source is: never past the first record of a window that is still open."""
        first: dict[str, int] = defaultdict(lambda: _NEVER)
        for found in (*(run.firsts() for run in self._runs), *(first_positions(batch) for batch in self._open)):
            for partition, position in found:
                first[partition] = min(first[partition], position)
        return {
            partition: at.moved(
                min(first[partition], at.resume_at),
                max(at.read_to, self._seen.get(partition, 0)),
                self._counted_by(partition, at.read_to),
            )
            for partition, at in positions.items()
        }

    def _counted_by(self, partition: str, position: int) -> tuple[tuple[int, int], ...]:
        """What is counted of a partition where all before this position is read, and closed windows are handed on."""
        here = () if self._closed_until is None else ((position, self._closed_until),)
        # What an earlier run had read further on it had counted only as far as it had closed windows.
        return *(step for step in self._counted.get(partition, ()) if step[0] > position), *here

    def _take_out(self, until: int) -> list[LogBatch]:
        """The records before a time of all that waits in memory.

        The others stay in the batches in which they came: where many files are read side by side they are most of it.
        """
        parts = [_parted(batch, until) for batch in self._open]
        self._open = [rest for _, rest in parts if len(rest)]
        self._bytes = sum(map(_held, self._open))
        return [done for done, _ in parts if len(done)]

    def _put_aside(self) -> None:
        waiting, self._open = LogBatch.concat(self._open), []
        self._runs = fewer([*(run for run in self._runs if run.first is not None), spill([waiting.in_order()])])
        self._bytes = 0

    def _add_late(self, batch: LogBatch) -> None:
        if len(batch):
            self._late.append(batch)
            self._late_bytes += _held(batch)

    def _read_to(self, batch: LogBatch) -> NDArray[np.int64]:
        return np.array([self._seen.get(partition, 0) for partition in batch.partitions], np.int64)[batch.partition]

    def _is_counted(self, batch: LogBatch) -> NDArray[np.bool_]:
        """Which records an earlier run has counted."""
        found = np.zeros(len(batch), np.bool_)
        steps = [self._counted.get(partition, ()) for partition in batch.partitions]
        for step in range(max(map(len, steps))):
            bounds = [own[step] if step < len(own) else (0, 0) for own in steps]
            position, time = np.array(bounds, np.int64)[batch.partition].T
            found |= (batch.position < position) & (batch.time < time)
        return found


def _steps(checkpoint: Checkpoint, closed_until: int | None) -> tuple[tuple[int, int], ...]:
    """What earlier runs have counted, from a checkpoint of this version or an older one."""
    if checkpoint.counted or closed_until is None:
        return checkpoint.counted
    return ((checkpoint.read_to, closed_until),)


def _parted(batch: LogBatch, time: int) -> tuple[LogBatch, LogBatch]:
    """The records before a time, and the others."""
    is_done = batch.time < time
    done = int(is_done.sum())
    if done in (0, len(batch)):
        return batch.between(0, done), batch.between(done, len(batch))
    return batch.take(np.flatnonzero(is_done)), batch.take(np.flatnonzero(~is_done))


def _held(batch: LogBatch) -> int:
    """Bytes that a batch keeps in memory, about."""
    text = batch.message
    return len(batch) * _ROW + (len(text.data) if isinstance(text, Texts) else int(sizes(text).sum()))
