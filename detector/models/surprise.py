"""Counts out of their own range for the load of the minute: too many, too few, none at all.

Each series (template, or all of a workload) is expected to follow a negative binomial around a base of its own plus a
part that grows with the load, with the over-dispersion that its history shows; sums over several windows gather the
evidence that one quiet minute doesn't give. So a surge surprises nobody; and a series that the load doesn't explain is
held against its plain history.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detector.models.load import load_factor, load_variance
from detector.models.negative_binomial import Spread, lower_tail, rolling_sum, rolling_sums, upper_tail
from detector.models.series import Layout, observe
from detector.vectors import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Pardons: TypeAlias = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""Which series are no evidence, upward and downward, each of shape (n, series), (1, series) or (1, 1)."""

SCALES = (1, 5, 15)
"""Windows over which counts are summed: a burst shows at once, silence of a rare template only after a while."""
_CONTAMINATION = 0.005
"""Share of training windows that a series may have been at fault in: a fault lasts on in sums over several windows."""
_CLEARLY = 0.9
"""Share of the squared error that a more particular relation to the load must come down to."""
_STRETCH = 0.5
"""Doubt about a count, as a share of it, where the load is e times the highest that was learned from."""
_ONE_IN_200 = np.log10(200.0)
_LEAST_CHANCE = 1e-300
"""Of nought itself every quantile is infinite."""
_RARE = 20
"""Windows with a line below which a series says too little of its own dispersion, and may burst as its like did."""
_BURST = 0.9
"""Quantile of the largest bursts of rare series."""
_TOGETHER = 16
"""Series whose tails are sorted together."""
_FLOOR = 0.5
"""Lines a history of n windows can hide: the mean of a series is raised by this over n."""


@dataclass(frozen=True, slots=True)
class Tails:
    """How surprising each series is in each window, as -log10 of the tail probability, shape (n, series, scales)."""

    more: Floats
    fewer: Floats

    def heaviness(self) -> tuple[Floats, Floats]:
        """How many times heavier than modelled the tails of each series and scale are, upward and downward.

        Of n exact -log10 tails the r-th largest is about log10(n / r); a series whose healthy windows show larger ones
        has a heavier tail than its model says, and all its surprises are to be divided by the ratio. Each of shape
        (series, scales), 1 or more.
        """
        return heaviness(self.more), heaviness(self.fewer)

    def pardoned(self, pardons: Pardons) -> Self:
        """The same, without the surprises that are none."""
        upward, downward = pardons
        if not upward.any() and not downward.any():
            return self
        more = np.where(upward[:, :, None], 0.0, self.more) if upward.any() else self.more
        fewer = np.where(downward[:, :, None], 0.0, self.fewer) if downward.any() else self.fewer
        return replace(self, more=more, fewer=fewer)


@dataclass(frozen=True, slots=True)
class Surprise(Tails):
    """The tails, and what they are the tails of."""

    observed: Floats
    """Counts summed over the scale, same shape."""
    expected: Floats

    def with_tails(self, more: Floats, fewer: Floats) -> Surprise:
        """The same with other tails."""
        return Surprise(more, fewer, self.observed, self.expected)

    def rows(self, begin: int) -> Surprise:
        """The windows from `begin` on."""
        return Surprise(self.more[begin:], self.fewer[begin:], self.observed[begin:], self.expected[begin:])


@dataclass(frozen=True, slots=True)
class CountSurprise:
    """What every series of a namespace normally does. Fitted arrays have shape (series,) or (series, scales)."""

    columns: tuple[Column, ...]
    mean: Floats
    base: Floats
    slope: Floats
    highest_load: float
    """The 95th percentile of the load in training: beyond it the relation is a guess."""
    spread: tuple[Spread, ...]
    """Around what is expected of it, by scale."""
    more_scale: Floats
    fewer_scale: Floats
    layout: Layout = field(init=False, repr=False, compare=False)
    spreads: Spread = field(init=False, repr=False, compare=False)
    """Of all scales."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "spreads", Spread.by_scale(self.spread))
        object.__setattr__(self, "layout", Layout.of(self.columns))

    @classmethod
    def fit(cls, columns: tuple[Column, ...], counts: Ints) -> CountSurprise:
        """Learn from counts of shape (n, m), n of 1 or more."""
        none = np.zeros((len(counts), 0), np.int64)
        seen = observe(columns, counts, none, ()).astype(np.float64)
        mean = seen.mean(axis=0) + _FLOOR / len(counts)
        load = load_factor(counts, mean[: counts.shape[1]])
        base, slope = _follow_load(seen, mean, load)
        expected = base + slope * load[:, None]
        ones = np.ones((len(mean), len(SCALES)))
        spread = tuple(_spread(seen, expected, scale) for scale in SCALES)
        return cls(columns, mean, base, slope, float(np.quantile(load, 0.95)), spread, ones, ones)

    def rescaled(self, held_out: Tails) -> CountSurprise:
        """The same, with each series' surprises put on the scale that windows it was not fitted on show."""
        more, fewer = held_out.heaviness()
        return replace(self, more_scale=more, fewer_scale=fewer)

    def score(self, counts: Ints, foreign: Ints, foreign_workloads: tuple[str, ...]) -> Surprise:
        """Surprise of windows in order of time, without gaps, shape (n, m) and (n, f) as in `series.observe`."""
        read = self.read(self.layout.observe(counts, foreign, foreign_workloads), self.load(counts))
        seen, expected, busy, guess = (over_scales(part) for part in read)
        return self.gather(seen, expected, busy, guess, windows_at_hand(len(counts), 0))

    def read(self, seen: Ints, load: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """What each window shows by itself: counts of the series and what is expected of them, both (n, series).

        And its load and the variance of that, both (n, 1).
        """
        busy = load[:, None]
        guess = load_variance(load, self.mean[: len(self.columns)])[:, None]
        return seen.astype(np.float64), self.base + self.slope * busy, busy, guess

    def gather(
        self,
        observed: Floats,
        expected: Floats,
        busy: Floats,
        guess: Floats,
        at_hand: Floats,
        wanted: Pardons | tuple[None, None] = (None, None),
    ) -> Surprise:
        """Surprise by the sums over each scale of what was read, each of shape (n, …, scales).

        `at_hand` is how many windows were added up, shape (n, scales). `wanted` says where the tails upward and
        downward are asked for, shape (n, series, scales): elsewhere they are nought, and nothing is spent on them.
        """
        beyond = np.log(np.maximum(busy / (self.highest_load * at_hand)[:, None], 1.0))
        doubt = guess / busy**2 + (_STRETCH * beyond) ** 2
        dispersion = self.spreads.around(expected) + np.where(self.slope[:, None] > 0, doubt, 0.0)
        more = upper_tail(observed, expected, dispersion, wanted[0])
        fewer = lower_tail(observed, expected, dispersion, wanted[1])
        return Surprise(more / self.more_scale, fewer / self.fewer_scale, observed, expected)

    def load(self, counts: Ints) -> Floats:
        """Load of each window as a multiple of the mean, shape (n,)."""
        return load_factor(counts, self.mean[: counts.shape[1]])

    def expected_range(self, series: int, scale: int, expected: float) -> tuple[float, float]:
        """The range of 99 % of healthy windows, for a count expected at this load over the scale of that index.

        A series whose tails are heavier than modelled gets its wider range.
        """
        low, high = self.expected_ranges(np.array([series]), np.array([scale]), np.array([expected]))
        return float(low[0]), float(high[0])

    def expected_ranges(
        self, series: NDArray[np.intp], scale: NDArray[np.intp], expected: Floats
    ) -> tuple[Floats, Floats]:
        """Likewise, of several series on a scale each; each of shape (k,)."""
        heavier = (self.fewer_scale[series, scale], self.more_scale[series, scale])
        low, high = (np.maximum(10 ** (-_ONE_IN_200 * one), _LEAST_CHANCE) for one in heavier)
        around = Spread(self.spreads.clump[series, scale], self.spreads.dispersion[series, scale])
        return around.quantiles(expected, low, high)


def over_scales(values: Floats, lead: int = 0) -> Floats:
    """Sums over each scale, shape (n - lead, …, scales); the first `lead` rows only give context."""
    sums = rolling_sums(values, SCALES, lead)
    result = np.empty((*sums[0].shape, len(SCALES)))
    for at, one in enumerate(sums):
        result[..., at] = one
    return result


def windows_at_hand(n: int, lead: int) -> Floats:
    """How many windows a sum over each scale holds, for `n` windows with `lead` before them; shape (n, scales)."""
    return np.minimum(np.arange(lead + 1, lead + 1 + n)[:, None], SCALES).astype(np.float64)


def _follow_load(seen: Floats, mean: Floats, load: Floats) -> tuple[Floats, Floats]:
    """Base and slope of each series over the load, neither below nought.

    In proportion to the load, unless a part of its own beside (up to all of it) explains the history clearly better:
    a rare template can't show what it follows, and taken as constant it would stand out in every busier hour than it
    was learned in.
    """
    average = max(float(load.mean()), 1e-9)
    spread = load - load.mean()
    variance = max(float((spread**2).mean()), 1e-12)
    fitted = np.clip((seen * spread[:, None]).mean(axis=0) / variance, 0.0, mean / average)
    in_proportion = mean / average
    errors = [
        ((seen - (mean - slope * average) - slope * load[:, None]) ** 2).mean(axis=0)
        for slope in (in_proportion, fitted)
    ]
    slope = np.where(errors[1] < _CLEARLY * errors[0], fitted, in_proportion)
    return np.maximum(mean - slope * average, 0.0), slope


def _spread(seen: Floats, expected: Floats, scale: int) -> Spread:
    """How sums over `scale` windows vary around what is expected of them."""
    n, e = rolling_sum(seen, scale), rolling_sum(expected, scale)
    spread = Spread.fit(n, e)
    rare = (n > 0).sum(axis=0) < _RARE * scale
    burst = float(np.quantile(n[:, rare].max(axis=0), _BURST)) if rare.any() else 1.0
    return Spread(np.where(rare, np.maximum(spread.clump, burst), spread.clump), spread.dispersion)


def heaviness(held_out: Floats) -> Floats:
    """As `Tails.heaviness`, of one direction, shape (n, series, scales)."""
    n = len(held_out)
    rank = 1 + int(_CONTAMINATION * n)
    # Some series at a time, as the partition is a copy.
    parts = (held_out[:, first : first + _TOGETHER] for first in range(0, held_out.shape[1], _TOGETHER))
    largest = np.concatenate([np.partition(part, n - rank, axis=0)[n - rank] for part in parts])
    return np.asarray(np.maximum(largest / np.log10(max(n / rank, 10.0)), 1.0), np.float64)
