"""Records that wait in memory, handed on in order without a copy of all of them: they are put in order by parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from detector.runs import PIECE_ROWS, Key, Run, before, first_positions
from ingest.batch import LogBatch
from ingest.columns import Texts


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The records of a time that wait in memory, in the batches in which they came: put in order when it is read.

    So there is a copy of a part at a time, and not of all that waits.
    """

    batches: Sequence[LogBatch]
    since: int
    until: int
    """Behind the last record."""
    rows: int

    @property
    def first(self) -> Key:
        """No record is before this."""
        return before(self.since)

    @property
    def last(self) -> Key:
        """No record is behind this."""
        return before(self.until)

    @property
    def positions(self) -> Sequence[tuple[str, int]]:
        """Partitions with their first positions."""
        return first_positions(self.read())

    def read(self) -> LogBatch:
        """The records, in order."""
        parts = [_within(batch, self.since, self.until) for batch in self.batches]
        return LogBatch.concat([part for part in parts if len(part)]).in_order()


def in_memory(batches: Sequence[LogBatch], at_once: int = PIECE_ROWS) -> Run:
    """A run of these records, which are in no order; about so many are put in order at once."""
    if not batches:
        return Run(LogBatch.empty())
    times = np.sort(np.concatenate([batch.time for batch in batches]))
    bounds = np.unique([*times[::at_once], times[-1] + 1])
    rows = np.diff(np.searchsorted(times, bounds)).tolist()
    parts = [_Stretch(batches, *times, rows) for times, rows in zip(pairwise(bounds.tolist()), rows, strict=True)]
    return Run(LogBatch.empty(), parts)


def _within(batch: LogBatch, since: int, until: int) -> LogBatch:
    """The records of a time, with no texts but theirs."""
    rows = np.flatnonzero((batch.time >= since) & (batch.time < until))
    if len(rows) in (0, len(batch)):
        return batch.between(0, len(rows))
    part = batch.take(rows)
    return replace(part, message=part.message.packed()) if isinstance(part.message, Texts) else part
