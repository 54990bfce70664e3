"""What a window shows beside the few ways in which templates usually vary together: the residual of PCA.

Xu et al., Detecting Large-Scale System Problems by Mining Console Logs, SOSP 2009: principal components span the usual;
the length of the rest is the score. They keep components up to 95 % of the variance, which among hundreds of noisy
counts is nearly all; here those are kept that noise alone would not give (the edge of Marchenko and Pastur,
Distribution of eigenvalues for some sets of random matrices, 1967). They square what is left of each count (SPE, or Q);
here it is the fourth power, because a fault shows in few of many templates, and noise a little in all.

Sees spikes, losses and unknown templates of any single template, and mixes that don't go together; a surge moves all
templates along a component, and is no residual. The template with the largest residual ranks first, as a rule rightly:
what it shares with others over a component smears to those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.models.port import Evidence
from detector.models.standard import Standard
from detector.vectors import CountMatrix

Floats = NDArray[np.float64]

_MOST = 24
"""Components at the most: beyond, they describe single templates, whose faults would count as usual."""
_REACH = 4.0
"""Spreads at which values are cut off where components are learned: a wild window must not become one."""
_LEAST_RESIDUAL = 0.3
"""Spreads of which a residual is never smaller: even what always went together may part a little."""
_VARIES = 0.5
"""Spread from which a count goes with others, or not; below it is nearly always the same, and one spread is a lot."""


@dataclass(frozen=True, slots=True)
class Components:
    """The usual directions of standardised log counts."""

    standard: Standard
    directions: Floats
    """Orthonormal rows, shape (components, k + 2)."""
    residual: Floats
    """Usual size of what is left of each, shape (k + 2,)."""

    @classmethod
    def fit(cls, history: CountMatrix, *, seed: int) -> Self:
        """Learn from a dozen windows or more."""
        from sklearn.utils.extmath import randomized_svd  # slow to import, and needed here only

        standard = Standard.fit(history)
        values = np.clip(standard.apply(history)[0], -_REACH, _REACH)
        n, width = values.shape
        most = min(_MOST, n - 1, width - 1)
        _, sizes, directions = randomized_svd(values, max(most, 1), random_state=seed)
        # Of windows without relations no eigenvalue of the covariance exceeds this; spreads are about 1.
        edge = (1 + np.sqrt(width / n)) ** 2
        chosen = np.ascontiguousarray(directions[: max(most, 0)][sizes[: max(most, 0)] ** 2 / n > edge])
        left = values - (values @ chosen.T) @ chosen
        varies = values.std(axis=0) > _VARIES
        return cls(standard, chosen, np.where(varies, np.maximum(left.std(axis=0), _LEAST_RESIDUAL), 1.0))

    def score(self, matrix: CountMatrix, skip: int = 0) -> Evidence:
        """Fourth root of the mean fourth power of what is left, in units of its usual size."""
        values, aligned = self.standard.apply(matrix)
        values, aligned = values[skip:], aligned.rows(skip)
        along = np.clip(values, -_REACH, _REACH) @ self.directions.T
        squares = ((values - along @ self.directions) / self.residual) ** 2
        return Evidence(np.sqrt(np.sqrt((squares**2).mean(axis=1))), self.standard.back(aligned, squares))
