"""How busy a namespace is in a window; neither a storm of one template nor the silence of a few moves the estimate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS = 60
"""At the most: where one template has millions of lines the estimate comes down slowly."""
_SETTLED = 1e-3
"""Change of the estimate from which on it may stand."""
_REACH = 2.0
"""Standard deviations beyond which a count is drawn back.

Huber's estimate, 95 % as good as the plain one where all is well.
"""
_DISPERSION = 0.1
"""Variance of the rates of templates around a common load, as seen in microservices whose requests take different
ways."""
_LEAST = 0.02
"""A load of nought would make every single line a wonder."""


def load_factor(counts: NDArray[np.int64], mean: Floats) -> Floats:
    """Load of each window as a multiple of the mean load, shape (n,), for counts (n, m) and their training means (m,).

    A ratio of sums in which each count is drawn back to within two standard deviations of what the load says (Huber,
    Robust Estimation of a Location Parameter, 1964), started from the weighted median of ratios of Anders and Huber
    (Differential expression analysis for sequence count data, Genome Biology 2010). Templates weigh by the root of
    their mean, so that one that writes half of all lines doesn't speak for the others.
    """
    if not counts.size:
        return np.ones(len(counts))
    weight = 1.0 / np.sqrt(mean + 0.1)
    usual = mean @ weight
    load = np.maximum(_weighted_median(counts / mean, np.sqrt(mean)), 0.25 * (counts @ weight) / usual)
    unsettled, left = np.arange(len(counts)), counts
    for _ in range(_STEPS):
        before = load[unsettled]
        expected = before[:, None] * mean
        reach = _REACH * np.sqrt(expected + _DISPERSION * expected**2 + 0.25)
        drawn = np.minimum(np.maximum(left, expected - reach), expected + reach)
        load[unsettled] = now = np.maximum((drawn @ weight) / usual, _LEAST)
        moving = np.abs(now - before) > _SETTLED * before
        if not moving.all():
            unsettled = unsettled[moving]
            if not len(unsettled):
                break
            left = counts[unsettled]
    return np.asarray(load, np.float64)


def load_variance(load: Floats, mean: Floats) -> Floats:
    """Variance of the estimate itself, shape (n,): with few lines in a window the load is little more than a guess."""
    if not len(mean):
        return np.zeros(len(load))
    weight = 1.0 / np.sqrt(mean + 0.1)
    expected = load[:, None] * mean
    noise = (expected + _DISPERSION * expected**2) @ weight**2
    return np.asarray(noise / (mean @ weight) ** 2, np.float64)


def _weighted_median(values: Floats, weight: Floats) -> Floats:
    order = np.argsort(values, axis=1)
    middle = (np.cumsum(weight[order], axis=1) >= 0.5 * weight.sum()).argmax(axis=1)
    rows = np.arange(len(values))
    return np.asarray(values[rows, order[rows, middle]], np.float64)
