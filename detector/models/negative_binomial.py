"""Counts that vary more than Poisson's: dispersion by moments, and tails as -log10.

The parametrisation by mean and dispersion, variance = mean + dispersion * mean**2, is that of Robinson and Smyth,
Small-sample estimation of negative binomial dispersion, Biostatistics 2008.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincc

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_DISPERSION = 0.02
"""Nothing in a cluster is as even as Poisson: 2 % of extra variance of the rate is granted to everything."""
_NOTABLE = 1.5
"""Standard deviations above the mean from which the exact tail is worth computing."""
_NOTABLE_RATIO = 0.8
"""Share of the mean below which the exact lower tail is."""


def rolling_sum(values: Floats, windows: int) -> Floats:
    """Sum of each row and the `windows` - 1 before it, shape as given.

    Rows with too few before them sum what there is.
    """
    return rolling_sums(values, (windows,))[0]


def rolling_sums(values: Floats, scales: Sequence[int], lead: int = 0) -> list[Floats]:
    """Sums of each row and those before it over several numbers of windows, each of shape (n - lead, …).

    The first `lead` rows only give context. Rows with too few before them sum what there is. A sum is made of sums of
    2, 4, 8 … rows in an order that is always the same: so it hangs on the rows that it holds alone, to the last bit,
    and not on where the values begin, as differences of running totals do.
    """
    past, wanted = max(scales) - 1, len(values) - lead
    if past > lead:
        values = np.concatenate((np.zeros((past - lead, *values.shape[1:])), values))
    elif past < lead:
        values = values[lead - past :]
    if wanted == 1:
        return [_folded(values[past + 1 - scale :], scale)[None] for scale in scales]
    blocks = [values]
    while 2 << len(blocks) - 1 <= max(scales):
        half = 1 << len(blocks) - 1
        blocks.append(blocks[-1][half:] + blocks[-1][:-half])
    return [_assembled(blocks, past + 1 - scale, scale, wanted) for scale in scales]


def _folded(values: Floats, scale: int) -> Floats:
    """The sum of so many rows, added up in the order that `rolling_sums` has, and of no more rows than it holds."""
    total: Floats | None = None
    begin = 0
    for power in range(scale.bit_length() - 1, -1, -1):
        if scale >> power & 1:
            part = values[begin : begin + (1 << power)]
            while len(part) > 1:
                part = part[1::2] + part[::2]
            total = part[0] if total is None else total + part[0]
            begin += 1 << power
    assert total is not None
    return total


def _assembled(blocks: Sequence[Floats], begin: int, scale: int, wanted: int) -> Floats:
    """Sums over `scale` rows, the first of them from row `begin` on; `blocks` hold those over powers of two."""
    total: Floats | None = None
    for power in range(len(blocks) - 1, -1, -1):
        if scale >> power & 1:
            part = blocks[power][begin : begin + wanted]
            total = part if total is None else total + part
            begin += 1 << power
    assert total is not None
    return total


@dataclass(frozen=True, slots=True)
class Spread:
    """How much counts vary: variance = clump * mean + dispersion * mean**2, both (columns,) or (columns, scales).

    The clump is the number of lines that come together, as when one request writes thirty; it rules the quiet
    windows, the dispersion of the rate rules the busy ones.
    """

    clump: Floats
    dispersion: Floats

    @classmethod
    def by_scale(cls, spreads: Sequence[Spread]) -> Spread:
        """Those of several scales beside each other."""
        return cls(
            np.stack([one.clump for one in spreads], axis=-1), np.stack([one.dispersion for one in spreads], axis=-1)
        )

    @classmethod
    def fit(cls, seen: Floats, expected: Floats) -> Spread:
        """By least squares of the squared differences, shape (n, columns); busier windows weigh more."""
        e = np.maximum(expected, 1e-9)
        x, y, weight = 1.0 / e, ((seen - expected) / e) ** 2, np.sqrt(e) / np.sqrt(e).sum(axis=0)
        mean_x, mean_y = (weight * x).sum(axis=0), (weight * y).sum(axis=0)
        spread = (weight * (x - mean_x) ** 2).sum(axis=0)
        slope = (weight * (x - mean_x) * (y - mean_y)).sum(axis=0) / np.maximum(spread, 1e-12)
        clump = np.clip(np.where(spread > 1e-12, slope, 1.0), 1.0, np.maximum(mean_y / mean_x, 1.0))
        return cls(clump, np.maximum(mean_y - clump * mean_x, LEAST_DISPERSION))

    def around(self, mean: Floats) -> Floats:
        """The dispersion of the negative binomial that has this variance around a mean, shape as the mean's."""
        return self.dispersion + (self.clump - 1.0) / np.maximum(mean, 1e-9)

    def quantiles(self, mean: Floats, below: Floats, above: Floats) -> tuple[Floats, Floats]:
        """The ranges below which counts fall with a chance of `below`, and above which with one of `above`."""
        from scipy.stats import nbinom  # slow to import, and needed here only

        mean = np.maximum(mean, 1e-9)
        size = 1.0 / self.around(mean)
        chance = size / (size + mean)
        return np.asarray(nbinom.ppf(below, size, chance)), np.asarray(nbinom.isf(above, size, chance))


def upper_tail(n: Floats, mean: Floats, dispersion: Floats, wanted: Flags | None = None) -> Floats:
    """-log10 of the chance of `n` or more, shape as given; nought where a count is not notable, or not `wanted`."""
    above = (n > 0) & (n - mean > _NOTABLE * np.sqrt(mean + dispersion * mean**2 + 1e-12))
    notable = np.flatnonzero(above if wanted is None else above & wanted)
    result = np.zeros(n.shape)
    if len(notable):
        n, mean, size = n.ravel()[notable], mean.ravel()[notable], 1.0 / dispersion.ravel()[notable]
        result.ravel()[notable] = _minus_log10(betaincc(size, n, size / (size + mean)))
    return result


def lower_tail(n: Floats, mean: Floats, dispersion: Floats, wanted: Flags | None = None) -> Floats:
    """-log10 of the chance of `n` or fewer, shape as given; nought where a count is not notable, or not `wanted`."""
    below = n < _NOTABLE_RATIO * mean
    notable = np.flatnonzero(below if wanted is None else below & wanted)
    result = np.zeros(n.shape)
    if len(notable):
        n, mean, size = n.ravel()[notable], mean.ravel()[notable], 1.0 / dispersion.ravel()[notable]
        result.ravel()[notable] = _minus_log10(betainc(size, n + 1, size / (size + mean)))
    return result


def _minus_log10(tail: Floats) -> Floats:
    return np.asarray(-np.log10(np.maximum(tail, 1e-300)), np.float64)
