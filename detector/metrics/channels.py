"""Raw scores: how far each number is from what is usual, in each direction that matters, for some steps in a row.

Numbers are compared by their logarithm, more or less: twice as long is as much for a latency of 50 ms as for one of
500 ms, and what falls to nothing is as far out as what grows by as many times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detector.metrics.usual import Usual
from ingest.prometheus.settings import Query

Floats = NDArray[np.float64]

_SIGNS: dict[str, tuple[int, ...]] = {"up": (1,), "down": (-1,), "both": (1, -1)}
_SMALL = 0.05
"""Share of its middle below which a number counts as next to nothing, where nobody said what is."""


@dataclass(frozen=True, slots=True)
class Warp:
    """From numbers to what they are compared by: straight near nought, logarithmic beyond what is next to nothing."""

    unit: Floats
    """What is next to nothing, by query."""

    @classmethod
    def of(cls, values: Floats, least: Floats) -> Warp:
        """By the smallest differences that mean anything or, where none is said, by a history (queries, steps)."""
        sizes = np.abs(np.where(np.isfinite(values).any(axis=1, keepdims=True), values, 0.0))
        return cls(np.maximum(np.where(least > 0, least, _SMALL * np.nanmedian(sizes, axis=1)), 1e-9))

    def there(self, values: Floats) -> Floats:
        """Shape (queries, steps) to the same."""
        return np.asarray(np.arcsinh(values / self.unit[:, None]), np.float64)

    def back(self, values: Floats) -> Floats:
        """What `there` made it of."""
        return np.asarray(np.sinh(values) * self.unit[:, None], np.float64)


@dataclass(frozen=True, slots=True)
class Channels:
    """A number and a direction each."""

    query: NDArray[np.intp]
    """Place of the query, shape (channels,)."""
    sign: NDArray[np.int64]
    """1 where more is worse, -1 where less is."""
    least: Floats
    """Smallest difference that means anything, by query."""

    @classmethod
    def of(cls, queries: Sequence[Query]) -> Channels:
        """One or two of each query."""
        pairs = [(place, sign) for place, query in enumerate(queries) for sign in _SIGNS[query.direction]]
        least = np.array([query.least for query in queries], np.float64)
        return cls(np.array([one for one, _ in pairs], np.intp), np.array([sign for _, sign in pairs], np.int64), least)

    def __len__(self) -> int:
        return len(self.query)

    def raw(self, warp: Warp, values: Floats, usual: Usual) -> Floats:
        """Warped numbers, shape (queries, steps), to raw scores, shape (channels, steps).

        Above 0 beyond the usual range, NaN where nothing is known; 0 at most where the difference means nothing.
        """
        up = self.sign[:, None] > 0
        bound = np.where(up, usual.high[self.query], usual.low[self.query])
        room = np.where(up, usual.above[self.query], usual.below[self.query])
        raw = self.sign[:, None] * (values[self.query] - bound) / room
        unit = Warp(warp.unit[self.query])
        differs = np.abs(unit.back(values[self.query]) - unit.back(bound)) >= self.least[self.query][:, None]
        return np.asarray(np.where(differs, raw, np.minimum(raw, 0.0)), np.float64)


def in_a_row(raw: Floats, steps: int) -> Floats:
    """The least of the last `steps` scores at each step; the first ones, and those after a gap, are not known."""
    if raw.shape[1] < steps:
        return np.full(raw.shape, np.nan)
    least = sliding_window_view(raw, steps, axis=1).min(axis=-1)
    return np.concatenate([np.full((len(raw), steps - 1), np.nan), least], axis=1)
