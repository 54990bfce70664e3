"""A one-class support vector machine: how far a window lies from all windows on the edge of what is usual.

Schölkopf et al., Estimating the Support of a High-Dimensional Distribution, Neural Computation 2001, as scikit-learn
has it, over standardised log counts. Its decision value is flat far outside, where one fault is as odd as another; so
the score is the soft minimum of the distances to the support vectors, which orders windows as the decision value does,
and each dimension has its part of it (Kauffmann, Müller and Montavon, Towards Explaining Anomalies: A Deep Taylor
Decomposition of One-Class Models, Pattern Recognition 2020).

Sees what is far from everything: spikes, losses and unknown templates, the less the more templates there are, as all
distances add up. The template that the distance is made of ranks first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

from detector.models.port import Evidence
from detector.models.standard import Standard
from detector.vectors import CountMatrix

Floats = NDArray[np.float64]

_NU = 0.02
"""Share of the windows learned from that may lie outside: nu of the paper, which also bounds the support vectors."""
_MOST = 3_000
"""Windows that are learned from, evenly over the history: time and memory grow with their square."""
_REACH = 4.0
"""Spreads at which values are cut off in what is learned: a wild window must not become part of the usual."""


@dataclass(frozen=True, slots=True)
class OneClass:
    """The support vectors and their weights."""

    standard: Standard
    vectors: Floats
    """Shape (s, k + 2)."""
    log_weights: Floats
    """Shape (s,)."""
    gamma: float
    """One over the squared width of the kernel."""

    @classmethod
    def fit(cls, history: CountMatrix, *, seed: int) -> Self:
        """Learn from a dozen windows or more; nothing is drawn, so that every seed gives the same."""
        from sklearn.svm import OneClassSVM  # slow to import, and needed here only

        standard = Standard.fit(history)
        values = np.clip(standard.apply(history)[0], -_REACH, _REACH)
        some = values[np.unique(np.linspace(0, len(values) - 1, _MOST).astype(int))]
        gamma = float(1.0 / max(some.shape[1] * some.var(), 1e-9))
        fitted = OneClassSVM(nu=max(_NU, 2.0 / len(some)), gamma=gamma).fit(some)
        weights = np.maximum(fitted.dual_coef_[0], 1e-300)
        vectors = np.ascontiguousarray(fitted.support_vectors_)
        return cls(standard, vectors, np.log(weights / weights.sum()), gamma)

    def score(self, matrix: CountMatrix, skip: int = 0) -> Evidence:
        """Soft minimum of the squared distances to the support vectors, by the number of dimensions, as a root."""
        values, aligned = self.standard.apply(matrix)
        values, aligned = values[skip:], aligned.rows(skip)
        # |v - s|² without the cube of differences.
        across = (values**2).sum(axis=1)[:, None] + (self.vectors**2).sum(axis=1) - 2.0 * values @ self.vectors.T
        near = self.log_weights - self.gamma * np.maximum(across, 0.0)
        soft = np.maximum(-logsumexp(near, axis=1) / self.gamma, 0.0)
        share = softmax(near, axis=1)
        parts = values**2 + share @ self.vectors**2 - 2.0 * values * (share @ self.vectors)
        return Evidence(np.sqrt(soft / values.shape[1]), self.standard.back(aligned, np.maximum(parts, 0.0)))
