"""An autoencoder: what a small network that has only ever passed on usual windows fails to pass on.

Hinton and Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks, Science 2006; for anomalies Sakurada
and Yairi, Anomaly Detection Using Autoencoders with Nonlinear Dimensionality Reduction, MLSDA 2014. scikit-learn's
network with a narrow middle, over standardised log counts.

Errors count by their fourth power, as in `detector.models.components`.

Sees what the principal components see, and relations that bend. What was cut off on the way in is compared with what
came in uncut, so that a wild count is not smeared over the rest: the template with the largest error ranks first.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.models.port import Evidence
from detector.models.standard import Standard
from detector.vectors import CountMatrix

Floats = NDArray[np.float64]

_REACH = 3.0
"""Spreads at which values are cut off on the way into the network."""
_MOST = 4_320
"""Windows that are learned from, evenly over the history."""
_STEPS = 3_000
"""Batches of `_BATCH` windows: a fixed amount of work, however long the history."""
_BATCH = 64
_MOST_TIMES = 300
"""How often a window is learned from: of a few the network would learn more than is usual."""
_WIDE, _NARROW = 48, 8
_LEAST_ERROR = 0.3
"""Spreads of which an error is never taken to be smaller."""
_VARIES = 0.5
"""Spread below which a count is nearly always the same: then one spread is a lot, however well it is passed on."""


@dataclass(frozen=True, slots=True)
class Autoencoder:
    """The weights of the network, layer by layer."""

    standard: Standard
    weights: tuple[Floats, ...]
    """Each of shape (in, out)."""
    offsets: tuple[Floats, ...]
    """Each of shape (out,)."""
    error: Floats
    """Usual error of each dimension, shape (k + 2,)."""

    @classmethod
    def fit(cls, history: CountMatrix, *, seed: int) -> Self:
        """Learn from a dozen windows or more; the same seed gives the same weights on the same machine."""
        from sklearn.exceptions import ConvergenceWarning  # slow to import, and needed here only
        from sklearn.neural_network import MLPRegressor

        standard = Standard.fit(history)
        values = standard.apply(history)[0]
        some = np.clip(values[np.unique(np.linspace(0, len(values) - 1, _MOST).astype(int))], -_REACH, _REACH)
        width = some.shape[1]
        wide, narrow = min(_WIDE, 2 * width), max(1, min(_NARROW, width // 4))
        network = MLPRegressor(
            hidden_layer_sizes=(wide, narrow, wide),
            activation="tanh",
            alpha=1e-3,
            batch_size=min(_BATCH, len(some)),
            learning_rate_init=3e-3,
            max_iter=min(_MOST_TIMES, max(1, _STEPS * _BATCH // len(some))),
            n_iter_no_change=10_000,
            random_state=seed,
        )
        with warnings.catch_warnings():
            # It stops after so many steps on purpose.
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(some, some)
        weights = tuple(np.ascontiguousarray(one, np.float64) for one in network.coefs_)
        offsets = tuple(np.asarray(one, np.float64) for one in network.intercepts_)
        left = (some - _passed_on(some, weights, offsets)).std(axis=0)
        error = np.where(some.std(axis=0) > _VARIES, np.maximum(left, _LEAST_ERROR), 1.0)
        return cls(standard, weights, offsets, error)

    def score(self, matrix: CountMatrix, skip: int = 0) -> Evidence:
        """Fourth root of the mean fourth power of the errors, in units of what they usually are."""
        values, aligned = self.standard.apply(matrix)
        values, aligned = values[skip:], aligned.rows(skip)
        passed_on = _passed_on(np.clip(values, -_REACH, _REACH), self.weights, self.offsets)
        squares = ((values - passed_on) / self.error) ** 2
        return Evidence(np.sqrt(np.sqrt((squares**2).mean(axis=1))), self.standard.back(aligned, squares))


def _passed_on(values: Floats, weights: tuple[Floats, ...], offsets: tuple[Floats, ...]) -> Floats:
    for layer, (weight, offset) in enumerate(zip(weights, offsets, strict=True)):
        values = values @ weight + offset
        if layer < len(weights) - 1:
            values = np.tanh(values)
    return values
