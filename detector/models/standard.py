"""Counts on one scale: logarithms less what the load says, because services vary by factors, each by its own spread.

For detectors that measure distances. So a surge in which all templates share is one dimension, not all of them. All
templates that weren't learned are one more, which was always nought: their lines are far from all that is usual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.models.aligned import Aligned, in_order
from detector.models.load import load_factor
from detector.models.negative_binomial import Spread
from detector.vectors import Column, CountMatrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EXTRA = 2
"""Dimensions beside those of the templates: unknown templates, and the load."""
_LEAST_SPREAD = 0.3
"""Of the logarithm of a count: one line of what is always silent lies 2.3 of these away, 500 lie 21 away."""
_LEAST = 0.5
"""Of those spreads, how little the history may show of them."""
_TRIMMED = 0.005
"""Share at either end that says nothing about the usual spread: a few wild windows may be among those learned from."""
_FLOOR = 0.5
"""Lines that a history of n windows can hide: each mean is raised by this over n."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What is usual of the logarithm of each count, beside what the load says of it."""

    columns: tuple[Column, ...]
    mean: Floats
    """Lines of each template at a load of one, shape (k,)."""
    around: Spread
    """How counts vary around what the load says: in a surge the rare ones vary more, the frequent ones less."""
    centre: Floats
    """Shape (k + 2,): the templates, then unknown ones, then the load."""
    spread: Floats
    """Shape (k + 2,), above nought."""

    @classmethod
    def fit(cls, history: CountMatrix) -> Standard:
        """Learn from one window or more."""
        columns, counts = in_order(history)
        mean = counts.mean(axis=0) + _FLOOR / max(len(counts), 1)
        expected = load_factor(counts, mean)[:, None] * mean
        around = Spread.fit(counts.astype(np.float64), expected)
        logs = _logs(counts, np.zeros(len(counts), np.int64), mean, around)
        low, high = np.quantile(logs, [_TRIMMED, 1 - _TRIMMED], axis=0)
        trimmed = np.clip(logs, low, high)
        return cls(columns, mean, around, trimmed.mean(axis=0), np.maximum(trimmed.std(axis=0), _LEAST))

    def apply(self, matrix: CountMatrix) -> tuple[Floats, Aligned]:
        """How many spreads each count lies from what is usual, shape (n, k + 2), and the counts as they came."""
        aligned = Aligned.of(matrix, self.columns)
        logs = _logs(aligned.known, aligned.unseen, self.mean, self.around)
        return (logs - self.centre) / self.spread, aligned

    def back(self, aligned: Aligned, values: Floats) -> Floats:
        """What is said of the dimensions (n, k + 2), by column of the matrix as it came (n, m).

        What is said of the load goes to the templates that have most of the lines.
        """
        k = len(self.columns)
        share = self.mean / max(float(self.mean.sum()), 1e-12)
        return aligned.back(values[:, :k] + values[:, k + 1 :] * share, values[:, k])


def _logs(counts: Ints, unseen: Ints, mean: Floats, around: Spread) -> Floats:
    """Logarithms less those expected, in units of the spread that such a count should have (delta method)."""
    load = load_factor(counts, mean)
    expected = load[:, None] * mean
    spread = np.sqrt(expected + around.around(expected) * expected**2) / (1 + expected)
    known = np.log1p(counts) - np.log1p(expected) + 0.5 * spread**2
    known /= np.maximum(spread, _LEAST_SPREAD)
    return np.column_stack([known, np.log1p(unseen) / _LEAST_SPREAD, np.log(load) / _LEAST_SPREAD])
