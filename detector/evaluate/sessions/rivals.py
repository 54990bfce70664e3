"""What drainwatch is held against: the textbook's detectors of sessions, each over counts of templates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Scores of the judged sessions, the higher the odder, and which of them are told: shape (n,) each."""

    score: Floats
    told: NDArray[np.bool_]


def isolation_forest(fitted: Counts, judged: Counts, rate: float, seed: int) -> Verdict:
    """Liu, Ting and Zhou, Isolation Forest, ICDM 2008; it is told the true rate of anomalies.

    Each tree sees nearly all sessions: with the usual 256 it does worse here.
    """
    rate = min(max(rate, 0.001), 0.5)
    forest = IsolationForest(n_estimators=100, max_samples=0.9999, contamination=rate, random_state=seed).fit(fitted)
    score = -forest.decision_function(judged)
    return Verdict(score, score > 0)


def residual(fitted: Counts, judged: Counts, rate: float, seed: int) -> Verdict:
    """Xu et al., Detecting Large-Scale System Problems by Mining Console Logs, SOSP 2009.

    The squared residual outside the components that carry 95 % of the variance; the limit at a thousandth by Jackson
    and Mudholkar, Control Procedures for Residuals Associated With Principal Component Analysis, Technometrics 1979.
    """
    weights = np.log((len(fitted) + 1) / ((fitted > 0).sum(axis=0) + 1)) + 1  # TF-IDF, as in the paper
    mean = (fitted * weights).mean(axis=0)
    left, right = fitted * weights - mean, judged * weights - mean
    pca = PCA().fit(left)
    kept = int(np.searchsorted(np.cumsum(pca.explained_variance_ratio_), 0.95) + 1)
    outside = pca.components_[kept:]
    score = ((right @ outside.T) ** 2).sum(axis=1)
    return Verdict(score, score > _limit(pca.explained_variance_[kept:]))


def _limit(variances: Floats) -> float:
    first, second, third = (float((variances**power).sum()) for power in (1, 2, 3))
    if first <= 0 or second <= 0:
        return 0.0
    shape = 1 - 2 * first * third / (3 * second**2)
    if shape <= 0:
        return float(first + norm.ppf(0.999) * np.sqrt(2 * second))
    root = norm.ppf(0.999) * np.sqrt(2 * second * shape**2) / first
    return float(first * (root + 1 + second * shape * (shape - 1) / first**2) ** (1 / shape))


RIVALS: dict[str, Callable[[Counts, Counts, float, int], Verdict]] = {
    "Isolation Forest (told the rate)": isolation_forest,
    "PCA residual": residual,
}
"""By name; called with counts of shape (n, m), the true rate of anomalies, and a seed."""
