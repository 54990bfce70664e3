"""The Isolation Forest as textbooks and most projects have it: straight on the counts of a window's templates.

Liu, Ting and Zhou, Isolation Forest, ICDM 2008. Here to be compared with, not to be relied on: a count that was always
nought can't be split on, so templates that were never seen don't exist for it; of many templates each tree looks at a
few; and what it does isolate are busy minutes. Where it sees a spike at all, the template ranks first in most cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.models.aligned import Aligned, in_order
from detector.models.forest import Forest
from detector.models.port import Evidence
from detector.vectors import Column, CountMatrix

Floats = NDArray[np.float64]
_TREES = 200


@dataclass(frozen=True, slots=True)
class RawForest:
    """Over the counts as they are."""

    columns: tuple[Column, ...]
    forest: Forest

    @classmethod
    def fit(cls, history: CountMatrix, *, seed: int) -> Self:
        """Learn from two windows and one template or more."""
        columns, counts = in_order(history)
        return cls(columns, Forest.fit(cls._values(counts), _TREES, seed))

    def score(self, matrix: CountMatrix, skip: int = 0) -> Evidence:
        """Scores of Liu et al., 0 to 1."""
        aligned = Aligned.of(matrix, self.columns).rows(skip)
        values = self._values(aligned.known)
        shortened = np.maximum(self.forest.by_feature(values), 0.0)
        return Evidence(self.forest.score(values), aligned.back(shortened, np.zeros(len(values))))

    @staticmethod
    def _values(counts: NDArray[np.int64]) -> Floats:
        return counts.astype(np.float64)


@dataclass(frozen=True, slots=True)
class LogForest(RawForest):
    """Over their logarithms: splits are drawn evenly, so that a few huge counts don't take all of them."""

    @staticmethod
    def _values(counts: NDArray[np.int64]) -> Floats:
        return np.asarray(np.log1p(counts), np.float64)
