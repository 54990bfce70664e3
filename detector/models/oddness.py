"""The mixture of lines as a whole: whether counts that belong together still go together.

Where a part of all lines is lost at random no series stands out by itself, but relations break everywhere: the squared
distance of the window from what its own lines say of each other grows (the Q-statistic of Jackson and Mudholkar,
Control Procedures for Residuals Associated With Principal Component Analysis, Technometrics 1979, weighed by how
closely each relation holds). Of several windows the median counts, so that one odd window is outvoted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_USUAL, _SELDOM = 0.5, 0.99
"""Quantiles of healthy windows that are put at 0 and 1."""
_LEAST_WIDTH = 0.2
_ENOUGH = 240
"""Windows of history below which relations are not known well enough to find all of them bent."""


@dataclass(frozen=True, slots=True)
class Oddness:
    """How odd healthy windows are, by scale; while too few are known none is odd."""

    usual: Floats
    """Shape (scales,)."""
    width: Floats
    usually_bent: tuple[float, float]
    """Range of the number of templates that are bent in 99 % of windows."""

    @classmethod
    def fit(cls, held_out: Floats, bent: Ints) -> Oddness:
        """Learn from the oddness of windows that the relations were not fitted on, shape (n, scales).

        `bent` is how many templates are bent in each, shape (n,).
        """
        usually = (float(np.quantile(bent, 0.005)), float(np.quantile(bent, 0.995))) if len(bent) else (0.0, 0.0)
        if len(held_out) < _ENOUGH:
            return cls(np.zeros(held_out.shape[1]), np.full(held_out.shape[1], np.inf), usually)
        usual, seldom = np.quantile(held_out, [_USUAL, _SELDOM], axis=0)
        return cls(usual, np.maximum(seldom - usual, _LEAST_WIDTH), usually)

    def score(self, oddness: Floats) -> Floats:
        """How far each window is beyond the usual on the scale where it is furthest, shape (n,)."""
        return np.asarray(((oddness - self.usual) / self.width).max(axis=1, initial=0.0), np.float64)
