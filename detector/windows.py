"""Records wait here until their window is closed; then they are handed on in one order, however they arrived.

Event time and watermark as in Akidau et al., The Dataflow Model, VLDB 2015: a window is closed once the source says
that everything before its end was handed over (plus the allowed lateness).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.batch import LogBatch
from ingest.source import Checkpoint

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Closed:
    """What a watermark set free."""

    until: int
    """Every window that starts before this is closed now."""
    on_time: LogBatch
    """The records of the windows that were just closed, in order."""
    late: LogBatch
    """Records whose window had been closed before they came, in the order of their coming."""


class WindowBuffer:
    """Holds the records of open windows.

    `closed_until` and `seen` say where an earlier run stopped: records that it saw (before `read_to` of their
    partition) and whose window it closed are passed over.
    """

    def __init__(self, span: int, closed_until: int | None, seen: Mapping[str, Checkpoint]) -> None:
        self._span = span
        self._closed_until = closed_until
        self._seen = {partition: checkpoint.read_to for partition, checkpoint in seen.items()}
        self._open: list[LogBatch] = []
        self._late: list[LogBatch] = []
        self._rows = 0
        self.seen_again = 0
        """Records that an earlier run had seen already."""

    @property
    def closed_until(self) -> int | None:
        """Every window that starts before this is closed; None before the first one."""
        return self._closed_until

    @property
    def rows(self) -> int:
        """How many records wait."""
        return self._rows

    def add(self, batch: LogBatch) -> None:
        """Take in records."""
        if not len(batch):
            return
        again = batch.position < self._read_to(batch)
        self.seen_again += int(again.sum())
        closed = np.full(len(batch), False) if self._closed_until is None else batch.time < self._closed_until
        if closed.any():
            self._late.append(batch.take(np.flatnonzero(closed & ~again)))
            batch = batch.take(np.flatnonzero(~closed))
        if len(batch):
            self._open.append(batch)
            self._rows += len(batch)

    def closable(self, watermark: int | None) -> int:
        """How many windows a watermark (microseconds UTC, lateness taken off) would close."""
        first = self._first()
        if watermark is None or first is None:
            return 0
        return max(0, watermark // self._span - first // self._span)

    def close(self, watermark: int | None) -> Closed | None:
        """Hand on the records of all windows that end before the watermark; None where there are none to close.

        Windows in which nothing was logged are closed as well: silence is a count, too.
        """
        if watermark is None or not (self.closable(watermark) or self._late):
            return None
        until = max(watermark // self._span * self._span, self._closed_until or 0)
        waiting = LogBatch.concat(self._open)
        done = waiting.time < until
        rest = waiting.take(np.flatnonzero(~done))
        result = Closed(until, waiting.take(np.flatnonzero(done)).in_order(), LogBatch.concat(self._late))
        self._open, self._late, self._rows = ([rest] if len(rest) else []), [], len(rest)
        if self._closed_until is not None or len(result.on_time):
            self._closed_until = until
        return result

    def checkpoints(self, positions: Mapping[str, Checkpoint]) -> dict[str, Checkpoint]:
        """Where to read on, given where the source is: never past the first record of a window that is still open."""
        first: dict[str, int] = defaultdict(lambda: _NEVER)
        for batch in self._open:
            earliest = np.full(len(batch.partitions), _NEVER, np.int64)
            np.minimum.at(earliest, batch.partition, batch.position)
            for partition, position in zip(batch.partitions, earliest.tolist(), strict=True):
                first[partition] = min(first[partition], position)
        return {
            partition: at.moved(min(first[partition], at.resume_at), max(at.read_to, self._seen.get(partition, 0)))
            for partition, at in positions.items()
        }

    def _first(self) -> int | None:
        """A time in the first window that is still open; None while there is none."""
        if self._closed_until is not None:
            return self._closed_until
        return min((int(batch.time.min()) for batch in self._open), default=None)

    def _read_to(self, batch: LogBatch) -> NDArray[np.int64]:
        return np.array([self._seen.get(partition, 0) for partition in batch.partitions], np.int64)[batch.partition]
