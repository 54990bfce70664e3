"""Time cut into columns for charts: equally long, whole windows, on the clock's grid, so that all charts have the same.

All times are microseconds since 1970, UTC; columns begin at multiples of their length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.sparse import HOUR, MINUTE

_SECOND, _DAY = 1_000_000, 24 * HOUR
_STEPS = (
    *(seconds * _SECOND for seconds in (1, 2, 5, 10, 15, 20, 30)),
    *(minutes * MINUTE for minutes in (1, 2, 3, 5, 10, 15, 20, 30)),
    *(hours * HOUR for hours in (1, 2, 3, 4, 6, 8, 12)),
    *(days * _DAY for days in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000)),
)
"""Lengths that people can read off an axis."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns from `since` up to `until`, each `step` long."""

    since: int
    until: int
    step: int

    def __len__(self) -> int:
        return (self.until - self.since) // self.step

    def columns(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """In which column each of these times lies, all of them inside; shape as they have it."""
        return (times - self.since) // self.step

    def column(self, time: int) -> int:
        """In which column a time lies: the first for one before it, how many there are for one behind the last."""
        return min(max((time - self.since) // self.step, 0), len(self))


def grid(since: int, until: int, most: int, unit: int) -> Grid:
    """The finest grid of at most so many columns that holds the range, of steps that are multiples of `unit`.

    Nothing is before 1970; an empty range has no column.

    >>> minute = 60_000_000
    >>> grid(7 * minute, 67 * minute, 12, minute) == Grid(0, 70 * minute, 10 * minute)
    True
    """
    since, until = max(since, 0), max(until, since, 0)
    steps = [step for step in _STEPS if step % unit == 0] or [unit]
    for step in steps:
        if len(found := _on(since, until, step)) <= most:
            return found
    step = steps[-1]
    while len(found := _on(since, until, step)) > most:
        step += max(step // unit // 8, 1) * unit
    return found


def _on(since: int, until: int, step: int) -> Grid:
    begin = since // step * step
    return Grid(begin, max(-(-until // step) * step if until > since else begin, begin), step)
