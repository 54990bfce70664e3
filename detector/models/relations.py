"""Relations between series: each count against what all others say it should be, given the load.

Requests leave lines in several workloads, so counts that belong together move together, whatever the mixture of
requests. Learned is the inverse covariance of counts (a Gaussian graphical model: Lauritzen, Graphical Models, 1996,
5.1), from which the rest of the lines predicts any template, or all of a workload at once, far more closely than the
load alone; where lines are lost, prediction and count part. It is the statistical form of the invariants of Lou et al.,
Mining Invariants from Console Logs, ATC 2010, and of the residual of Xu et al., SOSP 2009, for counts that only nearly
add up because windows cut requests in two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import log_ndtr

from detector.models.negative_binomial import rolling_sum
from detector.models.series import observe, series_of
from detector.models.surprise import SCALES, Tails
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

    @classmethod
    def fit(cls, columns: tuple[Column, ...], counts: Ints, mean: Floats, load: Floats) -> Relations:
        """Learn from counts (n, m), given their means (m,) and the load (n,) of each window."""
        independent = counts / _root(load, mean)
        deviation = np.sqrt(((independent - np.sqrt(load[:, None] * mean)) ** 2).mean(axis=0) + _FLOOR)
        # Moments about nought, not about what the load says: the load is estimated from these same counts, so what is
        # missing in one of them would be seen as too much in all others. That all rise and fall together is learned,
        # and by the constant beside them which don't.
        scaled = _scaled(counts, mean, load, deviation)
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
        unit = _root(load, self.mean) * self.deviation
        scaled = _scaled(counts, self.mean, load, self.deviation)
        pull = scaled @ self.precision
        distance = np.maximum((scaled * pull).sum(axis=1), 0.0)
        pull, precision = pull[:, :-1], self.precision[:-1, :-1]
        given = [_each(precision, pull, unit)]
        for name in sorted({column.workload for column in self.columns}):
            inside = np.array([column.workload == name for column in self.columns])
            given.append(_together(precision, inside, counts, self.mean, load, pull, unit))
        error, deviation, explained, size = (np.hstack(part) for part in zip(*given, strict=True))
        rest = np.maximum(distance[:, None] - explained, 0.0) / np.maximum(len(self.mean) - size, 1.0)
        seen = observe(self.columns, counts, np.zeros((len(counts), 0), np.int64), ()).astype(np.float64)
        beyond = _STRETCH * np.log(np.maximum(load / self.highest_load, 1.0))[:, None]
        guess = _CUT**2 + (beyond * np.maximum(seen - error, 0.0)) ** 2
        alone = error[:, : len(self.mean)] ** 2 / (deviation**2 + guess)[:, : len(self.mean)]
        deviation = np.sqrt(deviation**2 * (1.0 + _ODD * np.maximum(rest - 1.0, 0.0)) + guess)
        bent = alone > _NOTABLE**2
        more, fewer = _gathered(error / deviation)
        observed = _sums(seen)
        return Related(
            more / self.more_scale,
            fewer / self.fewer_scale,
            observed,
            np.maximum(observed - _sums(error), 0.0),
            np.sqrt(_sums(deviation**2)),
            self.steady,
            np.where(self._is_broad(bent), bent.sum(axis=1), 0),
            np.stack([_rolling_median(np.log1p(alone).mean(axis=1), scale) for scale in SCALES], axis=-1),
        )

    def _is_broad(self, bent: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether so many templates of so many workloads are bent (n, m) that it is about all of them, shape (n,)."""
        workloads = [column.workload for column in self.columns]
        touched = [bent[:, [one == name for one in workloads]].any(axis=1) for name in sorted(set(workloads))]
        many = max(_MANY, _MANY_OF * len(workloads))
        return np.asarray((bent.sum(axis=1) >= many) & (np.sum(touched, axis=0) >= _SEVERAL), np.bool_)


def _root(load: Floats, mean: Floats) -> Floats:
    """Standard deviation of independent lines at this load, shape (n, m)."""
    return np.asarray(np.sqrt(np.maximum(load, _LEAST_LOAD)[:, None] * mean), np.float64)


def _scaled(counts: Ints, mean: Floats, load: Floats, deviation: Floats) -> Floats:
    """Counts in units of how much they vary at this load, and a constant, shape (n, m + 1)."""
    constant = _CONSTANT / np.sqrt(np.maximum(load, _LEAST_LOAD))
    return np.column_stack([counts / (_root(load, mean) * deviation), constant])


Given: TypeAlias = tuple[Floats, Floats, Floats, Floats]
"""Of some series, given all others: how many lines there are too many, their standard deviation, the part of the
squared distance that goes with them, each of shape (n, k), and how many templates each stands for, (1, k)."""


def _each(precision: Floats, pull: Floats, unit: Floats) -> Given:
    """Every template by itself: given the others it has the variance 1 / precision[i, i]."""
    own = np.diag(precision)
    return pull / own * unit, unit / np.sqrt(own), pull**2 / own, np.ones((1, len(own)))


def _together(
    precision: Floats, inside: NDArray[np.bool_], counts: Ints, mean: Floats, load: Floats, pull: Floats, unit: Floats
) -> Given:
    """All lines of a workload, given those of the others: by which share they are more than these say.

    A share lost or gained is a shift along what is expected of the workload, so one direction in many is looked at.
    """
    own = precision[np.ix_(inside, inside)]
    off = np.linalg.solve(own, pull[:, inside].T).T
    least = _LEAST_SHARE * mean[inside] * load[:, None]
    expected = np.maximum(counts[:, inside] - off * unit[:, inside], least)
    direction = expected / unit[:, inside]
    weight = np.maximum(((direction @ own) * direction).sum(axis=1), 1e-12)
    share = (pull[:, inside] * direction).sum(axis=1) / weight
    lines = expected.sum(axis=1)
    explained = (pull[:, inside] * off).sum(axis=1)
    columns = (share * lines, lines / np.sqrt(weight), explained)
    error, deviation, explained = (part[:, None] for part in columns)
    return error, deviation, explained, np.full((1, 1), float(inside.sum()))


def _sums(values: Floats) -> Floats:
    """Sums over each scale, shape (n, series, scales)."""
    return np.stack([rolling_sum(values, scale) for scale in SCALES], axis=-1)


def _gathered(off: Floats) -> tuple[Floats, Floats]:
    """Upper and lower tails of the evidence of several windows (n, series), each as sure as any."""
    number = np.stack([np.minimum(np.arange(len(off)) + 1, scale) for scale in SCALES], axis=-1)
    together = _sums(off) / np.sqrt(number)[:, None, :]
    return _upper_tail(together), _upper_tail(-together)


def _rolling_median(values: Floats, windows: int) -> Floats:
    """Median of each value and the `windows` - 1 before it, shape (n,): one odd window moves it nowhere."""
    if windows == 1 or not len(values):
        return values
    return np.asarray(np.median(sliding_window_view(np.append(np.zeros(windows - 1), values), windows), axis=1))


def _upper_tail(off: Floats) -> Floats:
    """-log10 of the chance of a normal value this high or higher; nought where it is not notable."""
    return np.asarray(np.where(off > _NOTABLE, -log_ndtr(-off) / _LN10, 0.0), np.float64)
