"""Relations between series: each count against what all others say it should be, given the load.

Requests leave lines in several workloads, so counts that belong together move together, whatever the mixture of
requests. Learned is the inverse covariance of counts (a Gaussian graphical model: Lauritzen, Graphical Models, 1996,
5.1), from which the rest of the lines predicts any template, or all of a workload at once, far more closely than the
load alone; where lines are lost, prediction and count part. It is the statistical form of the invariants of Lou et al.,
Mining Invariants from Console Logs, ATC 2010, and of the residual of Xu et al., SOSP 2009, for counts that only nearly
add up because windows cut requests in two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from detector.models.series import Layout, observe, series_of
from detector.models.surprise import SCALES, Tails, over_scales, windows_at_hand
from detector.vectors import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SHRINK = 0.02
"""Share of the identity in the correlations, at the least: counts are never related without exceptions."""
_FEW = 0.5
"""The same for a history of one window a template, falling with more."""
_FLOOR = 0.05
"""Variance that the standardised count of a template that is hardly ever seen has at the least."""
_LEAST_SHARE = 0.02
"""Share of its mean that is expected of a workload at the least."""
_ODD = 2.0
"""By how much doubt grows with the oddness of all the rest: a window of rare requests is odd everywhere."""
_CUT = 0.6
"""Lines by which a count is off, as a standard deviation, because requests are cut in two where a window ends."""
_STEADY = 0.3
"""Share of windows in which a series is to be seen for others to say that it is missing."""
_MANY, _MANY_OF, _SEVERAL = 5, 0.05, 3
"""Templates, as a number and as a share of all, and workloads of theirs that are bent at once where the mixture as a
whole is to be called odd."""
_STRETCH = 0.5
"""Doubt about a count, as a share of it, where the load is e times the highest that was learned from."""
_LEAST_LOAD = 0.02
_CONSTANT = 10.0
"""What stands for lines that come whatever the load is: so large that the shrinkage hardly holds it back."""
_NOTABLE = 1.5
"""Standard deviations from which a tail is worth telling."""
_LN10 = np.log(10.0)
_ONE_IN_200 = 2.576
"""Standard deviations that one normal value in two hundred exceeds."""


@dataclass(frozen=True, slots=True)
class Related(Tails):
    """The tails of each series given the others; and how odd the mixture is as a whole."""

    observed: Floats
    """Counts summed over the scale, shape (n, series, scales)."""
    expected: Floats
    deviation: Floats
    """Standard deviation around what is expected, same shape."""
    steady: NDArray[np.bool_]
    """Which series are there in many windows, shape (series,)."""
    bent: Ints
    """How many templates are off by more than one and a half standard deviations, shape (n,); nought where it is a few
    of them, as of one request that a window cut in two."""
    oddness: Floats
    """How far all templates are from their relations: mean of the logarithms of squared distances, (n, scales).

    A request that is seldom made bends a few relations far, and lines that are lost bend all of them a little. Over
    several windows the median, so that one odd window is outvoted.
    """

    def with_tails(self, more: Floats, fewer: Floats) -> Related:
        """The same with other tails."""
        others = self.observed, self.expected, self.deviation, self.steady, self.bent, self.oddness
        return Related(more, fewer, *others)

    def rows(self, begin: int) -> Related:
        """The windows from `begin` on."""
        return Related(
            self.more[begin:],
            self.fewer[begin:],
            self.observed[begin:],
            self.expected[begin:],
            self.deviation[begin:],
            self.steady,
            self.bent[begin:],
            self.oddness[begin:],
        )


@dataclass(frozen=True, slots=True)
class Relations:
    """What the counts of a namespace say of each other."""

    columns: tuple[Column, ...]
    mean: Floats
    """Of each template, shape (m,)."""
    deviation: Floats
    """Of each standardised count, shape (m,)."""
    precision: Floats
    """Inverse of the moments of scaled counts and of a constant, shape (m + 1, m + 1)."""
    steady: NDArray[np.bool_]
    """Which series are there in many windows, shape (series,)."""
    highest_load: float
    """The 95th percentile of the load that was learned from: beyond it relations are a guess."""
    more_scale: Floats
    """How much heavier the tails are than modelled, shape (series, scales)."""
    fewer_scale: Floats
    layout: Layout = field(init=False, repr=False, compare=False)
    size: Floats = field(init=False, repr=False, compare=False)
    """How many templates each series stands for, shape (series,)."""
    inside: tuple[Floats, ...] = field(init=False, repr=False, compare=False)
    """The part of the precision that is of the templates of a workload, by workload, in the layout's order."""
    solved: tuple[Floats, ...] = field(init=False, repr=False, compare=False)
    """The inverse of each, transposed."""

    def __post_init__(self) -> None:
        layout = Layout.of(self.columns)
        object.__setattr__(self, "layout", layout)
        members = np.split(layout.order, layout.starts[1:])
        object.__setattr__(self, "size", np.array([1.0] * len(self.columns) + [float(len(one)) for one in members]))
        inside = tuple(self.precision[np.ix_(one, one)] for one in members)
        object.__setattr__(self, "inside", inside)
        object.__setattr__(self, "solved", tuple(np.ascontiguousarray(np.linalg.inv(one).T) for one in inside))

    @classmethod
    def fit(cls, columns: tuple[Column, ...], counts: Ints, mean: Floats, load: Floats) -> Relations:
        """Learn from counts (n, m), given their means (m,) and the load (n,) of each window."""
        independent = counts / _root(load, mean)
        deviation = np.sqrt(((independent - np.sqrt(load[:, None] * mean)) ** 2).mean(axis=0) + _FLOOR)
        # Moments about nought, not about what the load says: the load is estimated from these same counts, so what is
        # missing in one of them would be seen as too much in all others. That all rise and fall together is learned,
        # and by the constant beside them which don't.
        scaled = _scaled(counts, _root(load, mean) * deviation, load)
        moments = scaled.T @ scaled / len(scaled)
        shrink = max(_SHRINK, _FEW * len(mean) / (len(mean) + len(scaled)))
        precision = np.linalg.inv((1 - shrink) * moments + shrink * np.eye(len(mean) + 1))
        ones = np.ones((len(series_of(columns)), len(SCALES)))
        seen = observe(columns, counts, np.zeros((len(counts), 0), np.int64), ())
        steady = (seen > 0).mean(axis=0) >= _STEADY
        highest = float(np.quantile(load, 0.95))
        return cls(columns, mean, deviation, np.asarray(precision, np.float64), steady, highest, ones, ones)

    def rescaled(self, held_out: Tails) -> Relations:
        """The same, with each series' surprises put on the scale that windows it was not fitted on show."""
        more, fewer = held_out.heaviness()
        return replace(self, more_scale=more, fewer_scale=fewer)

    def expected_range(self, series: int, scale: int, expected: float, deviation: float) -> tuple[float, float]:
        """The range of 99 % of healthy windows around what the other series say."""
        below, above = (
            _ONE_IN_200 * float(np.sqrt(heavier[series, scale])) for heavier in (self.fewer_scale, self.more_scale)
        )
        return max(expected - below * deviation, 0.0), expected + above * deviation

    def score(self, counts: Ints, load: Floats) -> Related:
        """How far each series is from what the others say, for windows in order of time, (n, m), and their load."""
        none = np.zeros((len(counts), 0), np.int64)
        seen = self.layout.observe(counts, none, ()).astype(np.float64)
        *read, odd, bent = self.read(counts, seen, load)
        alone, error, variance, off = (over_scales(part) for part in (seen, *read))
        return self.gather(alone, error, variance, off, windows_at_hand(len(counts), 0), odd, bent)

    def read(self, counts: Ints, seen: Floats, load: Floats) -> tuple[Floats, Floats, Floats, Floats, Ints]:
        """What each window shows by itself, of counts (n, m) of the templates and `seen` (n, series) of all series.

        By how many lines each series is off, the variance of that and how many standard deviations it is, each of shape
        (n, series); and the oddness of the window and how many templates are bent, each (n,).
        """
        m, layout = len(self.columns), self.layout
        unit = _root(load, self.mean) * self.deviation
        scaled = _scaled(counts, unit, load)
        pull = scaled @ self.precision
        distance = np.maximum((scaled * pull).sum(axis=1), 0.0)
        own, pull = np.diagonal(self.precision)[:-1], pull[:, :-1]
        shared = self._together(counts, load, pull, unit)
        shape = (len(counts), m + len(layout.workloads))
        error, deviation, explained = np.empty(shape), np.empty(shape), np.empty(shape)
        # Every template by itself: given the others it has the variance 1 / precision[i, i].
        each = pull / own * unit, unit / np.sqrt(own), pull**2 / own
        for whole, by_template, by_workload in zip((error, deviation, explained), each, shared, strict=True):
            whole[:, :m], whole[:, m:] = by_template, by_workload
        rest = np.maximum(distance[:, None] - explained, 0.0) / np.maximum(m - self.size, 1.0)
        beyond = _STRETCH * np.log(np.maximum(load / self.highest_load, 1.0))[:, None]
        guess = _CUT**2 + (beyond * np.maximum(seen - error, 0.0)) ** 2
        variance = deviation**2
        alone = error[:, :m] ** 2 / (variance + guess)[:, :m]
        variance = variance * (1.0 + _ODD * np.maximum(rest - 1.0, 0.0)) + guess
        is_bent = alone > _NOTABLE**2
        bent = np.where(self._is_broad(is_bent), is_bent.sum(axis=1), 0)
        return error, variance, error / np.sqrt(variance), np.log1p(alone).mean(axis=1), bent

    def gather(
        self, seen: Floats, error: Floats, variance: Floats, off: Floats, at_hand: Floats, odd: Floats, bent: Ints
    ) -> Related:
        """The tails by the sums over each scale of what was read, each of shape (n, series, scales).

        `at_hand` is how many windows were added up, shape (n, scales). `odd`, of these windows and as many before them
        as there are, and `bent`, of the newest (n,), are as they were read.
        """
        # The evidence of several windows, each as sure as any.
        together = off / np.sqrt(at_hand)[:, None, :]
        return Related(
            _upper_tail(together) / self.more_scale,
            _upper_tail(-together) / self.fewer_scale,
            seen,
            np.maximum(seen - error, 0.0),
            np.sqrt(variance),
            self.steady,
            bent,
            np.array([_rolling_median(odd, scale, len(bent)) for scale in SCALES]).T,
        )

    def _together(self, counts: Ints, load: Floats, pull: Floats, unit: Floats) -> tuple[Floats, Floats, Floats]:
        """All lines of a workload, given those of the others: by which share they are more than these say.

        A share lost or gained is a shift along what is expected of the workload, so one direction in many is looked at.
        Returned are, of each workload, how many lines there are too many, their standard deviation, and the part of the
        squared distance that goes with them; each of shape (n, w).
        """
        order, starts = self.layout.order, self.layout.starts
        pull, unit, mean = pull.take(order, axis=1), unit.take(order, axis=1), self.mean.take(order)
        off = self._by_block(self.solved, pull)
        expected = np.maximum(counts.take(order, axis=1) - off * unit, _LEAST_SHARE * mean * load[:, None])
        direction = expected / unit
        weight = np.add.reduceat(self._by_block(self.inside, direction) * direction, starts, axis=1)
        weight = np.maximum(weight, 1e-12)
        lines = np.add.reduceat(expected, starts, axis=1)
        share = np.add.reduceat(pull * direction, starts, axis=1) / weight
        return share * lines, lines / np.sqrt(weight), np.add.reduceat(pull * off, starts, axis=1)

    def _by_block(self, blocks: Sequence[Floats], values: Floats) -> Floats:
        """The part of each workload times its block; the columns (n, m) are in the layout's order."""
        result, begin = np.empty(values.shape), 0
        for block in blocks:
            end = begin + len(block)
            np.matmul(values[:, begin:end], block, out=result[:, begin:end])
            begin = end
        return result

    def _is_broad(self, bent: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether so many templates of so many workloads are bent (n, m) that it is about all of them, shape (n,)."""
        many = bent.sum(axis=1) >= max(_MANY, _MANY_OF * len(self.columns))
        if many.any():
            many &= self.layout.by_workload(np.logical_or, bent).sum(axis=1) >= _SEVERAL
        return np.asarray(many, np.bool_)


def _root(load: Floats, mean: Floats) -> Floats:
    """Standard deviation of independent lines at this load, shape (n, m)."""
    return np.asarray(np.sqrt(np.maximum(load, _LEAST_LOAD)[:, None] * mean), np.float64)


def _scaled(counts: Ints, unit: Floats, load: Floats) -> Floats:
    """Counts in units of how much they vary at this load, both (n, m), and a constant, shape (n, m + 1)."""
    scaled = np.empty((len(counts), counts.shape[1] + 1))
    scaled[:, :-1] = counts / unit
    scaled[:, -1] = _CONSTANT / np.sqrt(np.maximum(load, _LEAST_LOAD))
    return scaled


def _rolling_median(values: Floats, windows: int, newest: int) -> Floats:
    """Median of each of the newest values and the `windows` - 1 before it, shape (newest,).

    `windows` is odd; what is missing counts as nought. One odd window moves it nowhere.
    """
    if windows == 1 or not newest:
        return values[len(values) - newest :]
    at = np.arange(len(values) - newest, len(values))[:, None] + np.arange(1 - windows, 1)
    together = np.where(at < 0, 0.0, values[np.maximum(at, 0)])
    return np.asarray(np.sort(together, axis=1)[:, windows // 2], np.float64)


def _upper_tail(off: Floats) -> Floats:
    """-log10 of the chance of a normal value this high or higher; nought where it is not notable."""
    result = np.zeros(off.shape)
    notable = np.flatnonzero(off > _NOTABLE)
    if len(notable):
        result.ravel()[notable] = -log_ndtr(-off.ravel()[notable]) / _LN10
    return result
