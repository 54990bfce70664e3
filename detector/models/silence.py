"""A namespace that falls silent as a whole, or nearly: its lines against those of the hour before.

The load explains every template, but nothing explains the load: it is compared with its own recent level, so that a
quiet night is no fault and a sudden stop in the quiet night is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detector.models.negative_binomial import Spread, lower_tail, rolling_sums
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
    spreads: Spread = field(init=False, repr=False, compare=False)
    """Of all scales."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "spreads", Spread.by_scale(self.spread))

    @classmethod
    def fit(cls, total: Ints, begin: Ints) -> Silence:
        """Learn from all lines of each window, shape (n,), and when each begins, microseconds UTC."""
        ratio, daily = _ratio(total), DailyLevel.fit(begin, total)
        seen, level = _against_levels(total, 0, ratio, daily.at(begin))
        spread = (_spread(seen[:, at], level[:, at], BASELINE + scale) for at, scale in enumerate(SCALES))
        return cls(tuple(spread), ratio, daily)

    def past(self, windows: int) -> int:
        """How many of so many windows have too little past to be judged."""
        past = BASELINE + max(SCALES)
        return past if windows >= past + _ENOUGH else windows

    def score(self, total: Ints, begin: Ints, lead: int = 0) -> Shortfall:
        """How far each window falls short of the hour before it, and of what is usual at its time of the day.

        The first `lead` windows only give context.
        """
        seen, level = _against_levels(total, lead, self.ratio, self.daily.at(begin[lead:]))
        fewer = lower_tail(seen, level, self.spreads.around(level))
        # One window with few lines may be a busy one whose lines come late; one without any is not.
        fewer[:, SCALES.index(1)] *= (total[lead:] == 0) / _ALONE
        return Shortfall(fewer, seen, level)

    def expected_range(self, scale: int, expected: float) -> tuple[float, float]:
        """The range of 99 % of healthy windows, for lines expected over the scale of that index."""
        tail = np.full(1, 0.005)
        low, high = self.spread[scale].quantiles(np.full(1, expected), tail, tail)
        return float(low[0]), float(high[0])


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


def _against_levels(total: Ints, lead: int, ratio: float, usual: Floats) -> tuple[Floats, Floats]:
    """Lines of the last so many windows, and what the `BASELINE` windows before those lead one to expect, by scale.

    Both of shape (n - lead, scales): the first `lead` windows only give context. The level is the mean of those before,
    less their few busiest, or, where there is a line in most of them, the lowest of that, their median, that of the
    nearest `RECENT` ones, what a low quantile leads one to expect, and what is `usual` in each window at that time of
    the day: the hour after a surge or a load test must not look like silence. Windows with no such past expect what
    they see.
    """
    lines, scales = total.astype(np.float64), np.array(SCALES)
    seen = np.stack(rolling_sums(lines, SCALES, lead), axis=1)
    begin = np.arange(lead, len(lines))[:, None] - (scales + (BASELINE - 1))
    past = begin >= 0
    level = seen
    if past.any():
        before = lines[np.maximum(begin, 0)[:, :, None] + np.arange(BASELINE)]
        level = np.where(past, scales * _level(before, ratio, usual[:, None]), seen)
    return seen, np.maximum(level, scales * _FLOOR)


def _level(before: Floats, ratio: float, usual: Floats) -> Floats:
    """Lines that windows are expected to have by the hours before them, (n, …, `BASELINE`), shape (n, …)."""
    ordered = np.sort(before, axis=-1)
    # An hour is not silent for lack of a burst.
    mean = ordered[..., :-_BURSTS].sum(axis=-1) / (BASELINE - _BURSTS)
    low, median = _quantile(ordered, _LOW), _quantile(ordered, 0.5)
    lately = _quantile(np.sort(before[..., -RECENT:], axis=-1), 0.5)
    # A silence that goes on is not the end of a surge.
    lately = np.where(lately >= _STILL_BUSY * median, lately, median)
    lowest = np.minimum(np.minimum(mean, median), np.minimum(lately, ratio * low))
    return np.asarray(np.where(low >= 1, np.minimum(lowest, np.maximum(usual, 1.0)), mean), np.float64)


def _quantile(ordered: Floats, share: float) -> Floats:
    """As `np.quantile` has it, of values in order along the last axis."""
    at, rest = divmod(share * (ordered.shape[-1] - 1), 1)
    low, high = ordered[..., int(at)], ordered[..., int(at) + 1]
    return np.asarray(low + (high - low) * rest if rest < 0.5 else high - (high - low) * (1 - rest), np.float64)
