"""Drift: what a namespace's newest hours show, against what its model learned of the same hours of the day.

Each series (a template, or all lines of a workload) is compared by the two-sample test of Kolmogorov and Smirnov
(Massey, The Kolmogorov-Smirnov Test for Goodness of Fit, 1951), the chances of all series corrected by Holm's method
(A Simple Sequentially Rejective Multiple Test Procedure, 1979). Four things keep healthy days from looking like drift:

- Counts are compared per unit of load, or every evening would be one.
- What is compared are means of half hours, not windows: those of neighbouring windows depend on each other, so that a
  test that takes them for independent finds something in everything.
- The middle of the newest hours has to be further off than the series wanders by itself over such a time, by its own
  variance and autocorrelation (effective sample size; Bayley and Hammersley, The "Effective" Number of Independent
  Observations in an Autocorrelated Time Series, 1946).
- With enough data all is significant, so the distance and the ratio have to be large as well, and the newest hours have
  to differ both from the same hours of the days before and from the last hours that were learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import smirnov

from detector.findings import Drift
from detector.models.load import load_factor
from detector.rarity import DAY
from detector.vectors import Column, CountMatrix, align

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCKS = 12
"""Half hours (or windows, where those are longer) that are compared with what was learned."""
_BLOCK = 30 * 60_000_000
"""Microseconds."""
_CHANCE = 1e-3
"""Of a drift where there is none, over all series of a namespace."""
_DISTANCE = 0.75
"""Kolmogorov and Smirnov's: three quarters of the newest hours are beyond what was usual."""
_RATIO = 1.5
"""By which the middle of the newest hours is above or below what was usual."""
_WANDERS = 4.0
"""Standard errors of the middle of so many neighbouring blocks, by which it has to be off at least."""
_LINES = 3.0
"""A block, below which a series is too rare to tell."""
_LEAST_RATE = 0.1
"""Lines a window of usual load: below that a rate is as good as nought."""
_SCORE_DISTANCE = 0.5
"""By which chances are smaller than they should be: half of all windows look rarer than they are."""


def block_of(span: int) -> int:
    """Length of a block in microseconds for windows of `span` microseconds: half an hour, in whole windows."""
    return max(_BLOCK // span, 1) * span


@dataclass(frozen=True, slots=True)
class Learned:
    """What a model learned from, in blocks."""

    columns: tuple[Column, ...]
    mean: Floats
    """Lines a window of each column, shape (m,)."""
    starts: Ints
    """Of each block, microseconds UTC, shape (b,)."""
    block: int
    """Length of a block, microseconds."""
    lines: Ints
    """Of each series in each block, shape (b, series): the columns, then the workloads by name."""
    load: Floats
    """Sum of the loads of each block's windows, shape (b,)."""

    @classmethod
    def of(cls, history: CountMatrix, begin: Ints | None = None) -> Learned:
        """In blocks from its end backwards; what doesn't fill one is left out.

        `begin` says when each window began, microseconds UTC, where they don't follow each other without gaps.
        """
        block = block_of(history.span)
        begin = history.start + history.span * np.arange(len(history), dtype=np.int64) if begin is None else begin
        mean = np.asarray(history.counts.mean(axis=0), np.float64) if len(history) else np.zeros(len(history.columns))
        rows = len(history) // (block // history.span) * (block // history.span)
        whole = history.rows(len(history) - rows, len(history))
        lines, load = _blocks(whole, whole.counts, mean, history.columns)
        starts = begin[len(history) - rows :: block // history.span]
        return cls(history.columns, mean, starts, block, lines, load)

    @property
    def whole_day(self) -> bool:
        """Whether every hour of the day was learned."""
        return len(self.load) * self.block >= DAY

    def drifted(self, newest: CountMatrix, *, since_learned: bool = True) -> tuple[Drift, ...]:
        """What is not any more as it was, the furthest first; nothing where less than a day was learned.

        `newest` are `BLOCKS` blocks of windows, with columns in any order. The last such time that was learned counts
        as usual, too, if it is to have drifted `since_learned`.
        """
        if not self.whole_day or not newest.counts.any():
            return ()
        known = {one.template for one in self.columns}
        columns = (*self.columns, *(one for one in newest.columns if one.template not in known))
        lines, load = _blocks(newest, align(newest, columns)[0], self._mean_of(columns), columns)
        learned = _laid_out(self.lines, self.columns, columns)
        now, before = _rates(lines, load), _rates(learned, self.load)
        last, same = before[-BLOCKS:], before[self._same_hours(newest)]
        busy = np.maximum(lines.mean(axis=0), learned.mean(axis=0)) >= _LINES
        usual = same if len(same) else before
        candidates = [
            index
            for index in np.flatnonzero(busy).tolist()
            if _is_far(now[:, index], usual[:, index], wander := self._wander(before[:, index]))
            and (not since_learned or _is_far(now[:, index], last[:, index], wander))
        ]
        return _confirmed(now, usual, candidates, int(busy.sum()), _names(columns))

    def _mean_of(self, columns: tuple[Column, ...]) -> Floats:
        return np.concatenate([self.mean, np.zeros(len(columns) - len(self.columns))])

    def _same_hours(self, newest: CountMatrix) -> NDArray[np.bool_]:
        """Which blocks begin within the hours of the day that `newest` covers."""
        length = len(newest) * newest.span
        return np.asarray((self.starts + self.block // 2 - newest.start) % DAY < length, np.bool_)

    def _wander(self, rates: Floats) -> float:
        """How far the logarithm of a series' rate strays over `BLOCKS` blocks, beyond what the time of day says."""
        day = int(DAY // self.block)
        days = len(rates) // day
        logs = np.log(rates[len(rates) - days * day :] + _LEAST_RATE).reshape(days, day)
        left = (logs - logs.mean(axis=0) * (days > 1)).ravel()
        left = (left - left.mean()) * np.sqrt(days / max(days - 1, 1))
        variance = float(left.var())
        if variance < 1e-12:
            return 0.0
        echo = float(np.clip((left[1:] * left[:-1]).mean() / variance, 0.0, 0.95))
        return _WANDERS * float(np.sqrt(variance / BLOCKS * (1 + echo) / (1 - echo)))


def scores_drifted(chances: Floats, span: int) -> Drift | None:
    """Whether windows look rarer than they should: their chances are then smaller than those of a uniform variable.

    `chances` are those of windows of `span` microseconds in order, shape (n,); one that is too large is no drift. They
    are tested as if there were only as many as there are blocks, for neighbours resemble each other.
    """
    ordered = np.sort(chances)
    independent = len(ordered) * span // block_of(span)
    if independent < 2:
        return None
    distance = float(np.max(np.arange(1, len(ordered) + 1) / len(ordered) - ordered))
    chance = float(smirnov(independent, max(distance, 0.0)))
    if distance < _SCORE_DISTANCE or chance > _CHANCE:
        return None
    return Drift("score", "", round(distance, 6), chance)


def _blocks(matrix: CountMatrix, counts: Ints, mean: Floats, columns: tuple[Column, ...]) -> tuple[Ints, Floats]:
    """Lines of each series and load, by block."""
    size = block_of(matrix.span) // matrix.span
    usual = mean > 0
    load = load_factor(counts[:, usual], mean[usual])
    series = np.hstack([counts, _by_workload(counts, columns)])
    edges = np.arange(0, len(counts), size)
    if not len(edges):
        return np.zeros((0, series.shape[1]), np.int64), np.zeros(0)
    return np.add.reduceat(series, edges, axis=0), np.asarray(np.add.reduceat(load, edges), np.float64)


def _rates(lines: Ints, load: Floats) -> Floats:
    return np.asarray(lines / np.maximum(load, 1e-9)[:, None], np.float64)


def _is_far(now: Floats, before: Floats, wander: float) -> bool:
    """Whether the ratio of the middles and the distance are large; `wander` is the least logarithm of the ratio."""
    if not len(before):
        return False
    high, low = sorted((float(np.median(now)), float(np.median(before))), reverse=True)
    return high > max(_RATIO, np.exp(wander)) * low and _distance(now, before) >= _DISTANCE


def _distance(one: Floats, other: Floats) -> float:
    grid = np.concatenate([one, other])
    shares = (np.searchsorted(np.sort(each), grid, side="right") / len(each) for each in (one, other))
    first, second = shares
    return float(np.abs(first - second).max())


def _confirmed(
    now: Floats, usual: Floats, candidates: list[int], tested: int, names: list[tuple[str, str]]
) -> tuple[Drift, ...]:
    """Those that are significant by Holm's method among all that were tested, the furthest first."""
    from scipy.stats import ks_2samp  # slow to import, and needed here only

    found = []
    for index in candidates:
        test = ks_2samp(now[:, index], usual[:, index], method="asymp" if len(usual) > 10_000 else "auto")
        middles = np.median(now[:, index]), np.median(usual[:, index])
        ratio = abs(float(np.log((middles[0] + 1e-3) / (middles[1] + 1e-3))))
        found.append((float(test.pvalue), float(test.statistic), ratio, index))
    kept: list[tuple[float, float, float, int]] = []
    for rank, one in enumerate(sorted(found)):
        if one[0] > _CHANCE / (tested - rank):
            break
        kept.append(one)
    kept.sort(key=lambda one: (-one[1], -one[2], one[3]))
    return tuple(
        Drift(*names[index], statistic=round(statistic, 6), p_value=chance) for chance, statistic, _, index in kept
    )


def _names(columns: tuple[Column, ...]) -> list[tuple[str, str]]:
    """What drifted and in which workload, as `Drift` has it, by series."""
    workloads = _workloads(columns)
    return [*((column.template, column.workload) for column in columns), *((name, name) for name in workloads)]


def _workloads(columns: tuple[Column, ...]) -> list[str]:
    return sorted({column.workload for column in columns})


def _by_workload(counts: Ints, columns: tuple[Column, ...]) -> Ints:
    at = {name: index for index, name in enumerate(_workloads(columns))}
    sums = np.zeros((len(counts), len(at)), np.int64)
    for index, column in enumerate(columns):
        sums[:, at[column.workload]] += counts[:, index]
    return sums


def _laid_out(lines: Ints, columns: tuple[Column, ...], wider: tuple[Column, ...]) -> Ints:
    """Lines by block of the series of `columns`, as series of `wider`, which begins with the same columns."""
    at = {name: index for index, name in enumerate(_workloads(wider))}
    result = np.zeros((len(lines), len(wider) + len(at)), np.int64)
    result[:, : len(columns)] = lines[:, : len(columns)]
    for index, name in enumerate(_workloads(columns)):
        result[:, len(wider) + at[name]] = lines[:, len(columns) + index]
    return result
