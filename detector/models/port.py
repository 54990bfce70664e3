"""The port of detectors: learn from counts, score counts.

One file a detector, registered in `detector.models.registry`.

A raw score is only compared with other scores of the same detector: what it means, how seldom a healthy window shows
one as high, is learned by the ensemble from windows that the detector was not fitted on (`detector.rarity.Tail`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from detector.vectors import CountMatrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a detector says of windows in order."""

    raw: Floats
    """How odd each window is, the higher the odder, shape (n,), finite."""
    by_column: Floats
    """What each column of the matrix that was scored adds to it, 0 or more, shape (n, m): ranks templates, no more."""


class Detector(Protocol):
    """Fitted on the counts of a namespace; a value, never changed by scoring."""

    @classmethod
    def fit(cls, history: CountMatrix, *, seed: int) -> Self:
        """Learn from a dozen windows or more; the same history and seed give the same detector.

        Online detectors learn window by window, in order of time.
        """

    def score(self, matrix: CountMatrix, skip: int = 0) -> Evidence:
        """Score windows in order of time, without gaps; the first `skip` only give context and are left out.

        The matrix may have columns that the history hadn't, in any order, and lack some that it had (noughts then).
        """
