"""Log lines without their text: when, of which template, in which trace. What faults are planted into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

ALONE = -1
"""Trace of a line that belongs to none."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one namespace; those of a trace stand together, in the order in which they were logged."""

    time: Ints
    """Microseconds UTC, shape (n,)."""
    template: NDArray[np.int32]
    """Number of the template in the world."""
    trace: Ints
    """Number of the trace, each time that it is played; `ALONE` for lines without one."""

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def none(cls) -> Lines:
        """No line at all."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int64))

    @classmethod
    def alone(cls, times: Sequence[int] | Ints, templates: Sequence[int] | NDArray[np.int32]) -> Lines:
        """Lines that belong to no trace."""
        time = np.asarray(times, np.int64)
        return cls(time, np.asarray(templates, np.int32), np.full(len(time), ALONE, np.int64))

    def where(self, mask: Mask) -> Lines:
        """Those for which it holds, in the same order."""
        return Lines(self.time[mask], self.template[mask], self.trace[mask])

    def between(self, begin: int, end: int) -> Mask:
        """Which lie in a time."""
        return np.asarray((self.time >= begin) & (self.time < end))

    def plus(self, *others: Lines) -> Lines:
        """All of them, these first."""
        parts = (self, *(other for other in others if len(other)))
        if len(parts) == 1:
            return self
        return Lines(
            np.concatenate([part.time for part in parts]),
            np.concatenate([part.template for part in parts]),
            np.concatenate([part.trace for part in parts]),
        )

    def counts(self, start: int, windows: int, span: int, templates: int) -> Ints:
        """Lines by window and template, shape (windows, templates); all must lie in these windows."""
        at = (self.time - start) // span * templates + self.template
        return np.bincount(at, minlength=windows * templates).astype(np.int64).reshape(windows, templates)


def some_traces(lines: Lines, touching: Mask, share: float, rng: np.random.Generator) -> Mask:
    """The lines of a share of the traces that have one of the lines `touching`; lines without a trace count alone."""
    traces = np.unique(lines.trace[touching & (lines.trace != ALONE)])
    picked = traces[rng.random(len(traces)) < share]
    alone = touching & (lines.trace == ALONE) & (rng.random(len(lines)) < share)
    return np.asarray(np.isin(lines.trace, picked) & (lines.trace != ALONE) | alone)
