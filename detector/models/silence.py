"""A namespace that falls silent as a whole, or nearly: its lines against those of the hour before.

The load explains every template, but nothing explains the load: it is compared with its own recent level, so that a
quiet night is no fault and a sudden stop in the quiet night is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detector.models.negative_binomial import Spread, lower_tail, rolling_sum
from detector.models.season import DailyLevel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCALES = (1, 3, 15)
"""Windows that are looked at together."""
BASELINE = 60
"""Windows before those, whose mean is the level to be expected."""
_LOW = 0.3
"""Quantile of those: a surge may last forty minutes of the hour before."""
RECENT = 20
"""Those of them that tell soonest where a surge is over."""
_STILL_BUSY = 0.2
"""Share of the level before that is left when a surge is over."""
_BURSTS = 3
"""Busiest windows of an hour that its mean leaves out."""
_ALONE = 1.5
"""Evidence of a single window is divided by this: at night a minute without any request is soon there."""
_ENOUGH = 30
"""Windows with a past that learning needs."""
_FLOOR = 0.05
"""Lines a window that are expected at the least."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Lines of the whole namespace against its recent level, each of shape (n, scales)."""

    fewer: Floats
    """-log10 of the lower tail."""
    observed: Floats
    expected: Floats

    def rows(self, begin: int) -> Shortfall:
        """The windows from `begin` on."""
        return Shortfall(self.fewer[begin:], self.observed[begin:], self.expected[begin:])


@dataclass(frozen=True, slots=True)
class Silence:
    """How far the lines of a namespace normally fall below the level of the hour before."""

    spread: tuple[Spread, ...]
    """Around that level, by scale."""
    ratio: float
    """Of the mean of an hour to its low quantile."""
    daily: DailyLevel

    @classmethod
    def fit(cls, total: Ints, begin: Ints) -> Silence:
        """Learn from all lines of each window, shape (n,), and when each begins, microseconds UTC."""
        ratio, daily = _ratio(total), DailyLevel.fit(begin, total)
        pairs = [(at, *_against_level(total, scale, ratio, daily.at(begin))) for at, scale in enumerate(SCALES)]
        return cls(tuple(_spread(seen, level, BASELINE + SCALES[at]) for at, seen, level in pairs), ratio, daily)

    def past(self, windows: int) -> int:
        """How many of so many windows have too little past to be judged."""
        past = BASELINE + max(SCALES)
        return past if windows >= past + _ENOUGH else windows

    def score(self, total: Ints, begin: Ints) -> Shortfall:
        """How far each window falls short of the hour before it, and of what is usual at its time of the day."""
        pairs = [_against_level(total, scale, self.ratio, self.daily.at(begin)) for scale in SCALES]
        seen, level = (np.stack(parts, axis=1) for parts in zip(*pairs, strict=True))
        dispersion = np.hstack([spread.around(level[:, at, None]) for at, spread in enumerate(self.spread)])
        fewer = lower_tail(seen, level, dispersion)
        # One window with few lines may be a busy one whose lines come late; one without any is not.
        fewer[:, SCALES.index(1)] *= (total == 0) / _ALONE
        return Shortfall(fewer, seen, level)

    def expected_range(self, scale: int, expected: float) -> tuple[float, float]:
        """The range of 99 % of healthy windows, for lines expected over the scale of that index."""
        return self.spread[scale].quantiles(0, expected, 0.005, 0.005)


def _ratio(total: Ints) -> float:
    if len(total) < BASELINE:
        return 1.0
    hours = sliding_window_view(total.astype(np.float64), BASELINE)
    low = np.quantile(hours, _LOW, axis=1)
    return float(max(np.median(hours.mean(axis=1)[low >= 1] / low[low >= 1]), 1.0)) if (low >= 1).any() else 1.0


def _spread(seen: Floats, level: Floats, past: int) -> Spread:
    """Around the level of the windows that have a past; while there are too few, little is surprising.

    Of those that are below it: how far lines rise, as where a load test begins, says nothing of how far they fall.
    """
    seen, level = seen[past:], level[past:]
    below = seen <= level
    if len(seen) < _ENOUGH or below.sum() < _ENOUGH // 2:
        return Spread(np.ones(1), np.full(1, 10.0))
    return Spread.fit(seen[below, None], level[below, None])


def _without_bursts(before: Floats) -> Floats:
    """Mean of each hour less its few busiest windows, shape (n,): an hour is not silent for lack of a burst."""
    few = _BURSTS
    return np.asarray(np.partition(before, -few, axis=1)[:, :-few].mean(axis=1), np.float64)


def _against_level(total: Ints, scale: int, ratio: float, usual: Floats) -> tuple[Floats, Floats]:
    """Lines of the last `scale` windows, and what the `BASELINE` windows before those would lead one to expect.

    The level is their mean or, where there is a line in most of them, the lowest of that, their median, that of the
    nearest `RECENT` ones, what a low quantile leads one to expect, and what is `usual` in each window at that time of
    the day: the hour after a surge or a load test must not look like silence. Windows with no such past expect
    what they see.
    """
    lines = total.astype(np.float64)
    seen = rolling_sum(lines[:, None], scale)[:, 0]
    level = seen.copy()
    past = max(len(lines) - scale - BASELINE + 1, 0)
    if past:
        before = sliding_window_view(lines, BASELINE)[:past]
        mean, (low, median) = _without_bursts(before), np.quantile(before, [_LOW, 0.5], axis=1)
        lately = np.median(before[:, -RECENT:], axis=1)
        # A silence that goes on is not the end of a surge.
        lately = np.where(lately >= _STILL_BUSY * median, lately, median)
        lowest = np.minimum.reduce([mean, median, lately, ratio * low])
        lowest = np.minimum(lowest, np.maximum(usual[scale + BASELINE - 1 :], 1.0))
        level[scale + BASELINE - 1 :] = scale * np.where(low >= 1, lowest, mean)
    return seen, np.maximum(level, scale * _FLOOR)
