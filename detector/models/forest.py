"""An Isolation Forest over a small fixed vector of what the counts show.

Liu, Ting and Zhou, Isolation Forest, ICDM 2008, as scikit-learn has it. On raw counts it is nearly blind: a count
that is always nought in training can't be split on, and among 150 templates one spike is seldom looked at. So it gets
a few derived features of the window. Trees split within what they saw, so mere size beyond that, as in a surge,
isolates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from detector.models.surprise import Tails

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEATURES = ("volume", "more", "fewer", "more_top3", "fewer_top3", "out_of_range", "mix_distance", "errors")
_OUT_OF_RANGE = 2.0
"""-log10 of the tail from which a series counts as out of its range."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees over the features of `features`."""

    trees: IsolationForest

    @classmethod
    def fit(cls, features: Floats, trees: int, seed: int) -> Forest:
        """Learn from features of shape (n, 8), n of 2 or more."""
        forest = IsolationForest(n_estimators=trees, random_state=seed, n_jobs=1)
        return cls(forest.fit(features))

    def score(self, features: Floats) -> Floats:
        """Anomaly score of Liu et al. in each window, shape (n,); about 0.5 is ordinary, towards 1 is isolated."""
        if not len(features):
            return np.zeros(0)
        return np.asarray(-self.trees.score_samples(features), np.float64)


def features(tails: Tails, counts: Ints, usual_mix: Floats, is_error: NDArray[np.bool_]) -> Floats:
    """The vector of each window, shape (n, 8), in the order of `FEATURES`.

    `counts` (n, m) and `usual_mix` (m,), the share of each template in training, are of the known templates.
    """
    more, fewer = tails.more.max(axis=2), tails.fewer.max(axis=2)
    total = counts.sum(axis=1)
    share = counts / np.maximum(total, 1)[:, None]
    return np.column_stack(
        [
            np.log1p(total),
            more.max(axis=1),
            fewer.max(axis=1),
            _mean_of_top3(more),
            _mean_of_top3(fewer),
            ((more > _OUT_OF_RANGE) | (fewer > _OUT_OF_RANGE)).sum(axis=1),
            0.5 * np.abs(share - usual_mix).sum(axis=1),
            np.log1p(counts[:, is_error].sum(axis=1)),
        ]
    )


def _mean_of_top3(values: Floats) -> Floats:
    take = min(3, values.shape[1])
    return np.asarray(np.partition(values, -take, axis=1)[:, -take:].mean(axis=1), np.float64)
