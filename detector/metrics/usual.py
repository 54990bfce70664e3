"""What is usual of a number at a time: between its percentiles in the last hours, and on days before at this time.

What stood out is left out of both. Only what stood out at this time on each of two days before is taken for a habit,
such as a job of the night. The newest half hour isn't looked at: what creeps up would be its own measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LOW, _HIGH = 0.01, 0.99
_RECENT_HOURS, _NEWEST_HOURS, _AROUND_HOURS = 6.0, 0.5, 0.5
_DAYS = 2
_LOOKED_AT = 480
"""Values of a range that are sorted, evenly chosen: neighbours are alike, as rates are taken over minutes."""
_LEAST = 20
"""Values of those, below which nothing is known."""
_NARROWEST = 0.05
"""Half the width of a range at least: of what never moves the smallest move is no wonder."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How many steps there are in what people count in."""

    step: int
    """Microseconds."""

    def steps(self, hours: float) -> int:
        """Steps in so many hours, one at least."""
        return max(round(hours * 3_600_000_000 / self.step), 1)


@dataclass(frozen=True, slots=True)
class Usual:
    """Of each query at each of some times, shape (queries, times); NaN where nothing is known."""

    low: Floats
    middle: Floats
    high: Floats

    def spread(self, which: NDArray[np.int64]) -> Usual:
        """At these of the times, any of them several times."""
        return Usual(self.low[:, which], self.middle[:, which], self.high[:, which])

    @property
    def above(self) -> Floats:
        """What a distance above the range is measured by."""
        return np.asarray(np.maximum(self.high - self.middle, _NARROWEST), np.float64)

    @property
    def below(self) -> Floats:
        """What a distance below the range is measured by."""
        return np.asarray(np.maximum(self.middle - self.low, _NARROWEST), np.float64)


def usual(values: Floats, odd: NDArray[np.bool_], at: NDArray[np.int64], grid: Grid) -> Usual:
    """What is usual at the steps `at`, by what came before each of them.

    `values` has shape (queries, steps), NaN where nothing is known; `odd` says which of them stood out.
    """
    clean = np.where(odd, np.nan, values)
    # Where the history is young its newest part is all there is.
    newest = np.minimum(grid.steps(_NEWEST_HOURS), at // 4)
    low, middle, high = _percentiles(clean, at - newest - grid.steps(_RECENT_HOURS), at - newest)
    around = grid.steps(_AROUND_HOURS)
    habit: list[tuple[Floats, Floats]] = []
    for day in range(1, _DAYS + 1):
        centre = at - day * grid.steps(24.0)
        begin, end = centre - around, np.minimum(centre + around, at)
        then_low, _, then_high = _percentiles(clean, begin, end)
        low, high = np.fmin(low, then_low), np.fmax(high, then_high)
        raw_low, _, raw_high = _percentiles(values, begin, end)
        habit.append((raw_low, raw_high))
    # Of several days the mildest; where one of them isn't known there is no habit (NaN, which fmin passes over).
    low = np.fmin(low, np.maximum.reduce([one for one, _ in habit]))
    high = np.fmax(high, np.minimum.reduce([one for _, one in habit]))
    return Usual(low, middle, high)


def medians(values: Floats, begin: NDArray[np.int64], end: NDArray[np.int64]) -> Floats:
    """The middle of the values from `begin` up to `end`, shape (queries, times)."""
    return _percentiles(values, begin, end)[1]


def _percentiles(values: Floats, begin: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Low, median and high of the values from `begin` up to `end`, shape (queries, times) each."""
    longest = int((end - begin).max(initial=1))
    offsets = np.unique(np.linspace(0, longest - 1, min(longest, _LOOKED_AT)).astype(np.int64))
    index = begin[:, None] + offsets
    there = (index >= 0) & (index < end[:, None]) & (index < values.shape[1])
    taken = np.where(there, values[:, np.clip(index, 0, values.shape[1] - 1)], np.nan)
    taken.sort(axis=-1)  # NaN comes last
    known = np.isfinite(taken).sum(axis=-1)
    places = [
        np.take_along_axis(taken, np.maximum(np.rint(q * (known - 1)), 0).astype(np.int64)[..., None], -1)[..., 0]
        for q in (_LOW, 0.5, _HIGH)
    ]
    low, middle, high = (np.where(known >= min(_LEAST, len(offsets)), one, np.nan) for one in places)
    return low, middle, high
