"""Half-Space Trees over all metrics of a namespace together: an unusual combination of usual numbers.

Tan, Ting and Liu, Fast Anomaly Detection for Streaming Data, IJCAI 2011. river draws the trees; whole stretches of
steps are learned and scored at once, since river's own step costs half a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.models.halfspace import HEIGHT, TREES, flat

Floats = NDArray[np.float64]

_EMPTY = 0.1
"""Share of the memory below which a half-space is not followed further: the size limit of the paper."""
_BOTTOM, _TOP = 0.2, 0.8
"""Where the usual range of a number comes to lie between 0 and 1; there is room for what lies beyond it."""
_ACCEPTED = 0.25
"""Share of a memory that what is accepted as usual weighs."""
_ROWS = 2_048
"""Steps that are walked down the trees at once."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Brings numbers between 0 and 1 by the range that they had."""

    low: Floats
    width: Floats

    @classmethod
    def of(cls, values: Floats) -> Self:
        """By the percentiles of a history of shape (queries, steps)."""
        filled = np.where(np.isfinite(values).any(axis=1, keepdims=True), values, 0.0)
        low, high = np.nanquantile(filled, 0.01, axis=1), np.nanquantile(filled, 0.99, axis=1)
        return cls(low, np.maximum(high - low, np.maximum(0.05 * np.abs(high), 1e-9)))

    def of_rows(self, values: Floats) -> Floats:
        """Shape (queries, steps) to (steps, queries); what isn't known lies in the middle."""
        at = (values.T - self.low) / self.width
        beyond_low, beyond_high = np.maximum(-at, 0.0), np.maximum(at - 1.0, 0.0)
        inside = _BOTTOM + (_TOP - _BOTTOM) * np.clip(at, 0.0, 1.0)
        inside += (1 - _TOP) * beyond_high / (beyond_high + 1.0) - _BOTTOM * beyond_low / (beyond_low + 1.0)
        return np.nan_to_num(inside, nan=0.5)


@lru_cache(maxsize=4)
def _drawn(features: int, seed: int) -> tuple[NDArray[np.int32], Floats]:
    """Which feature each inner node splits on, and where: the same for all namespaces, as nothing of them is in it."""
    from river.anomaly import HalfSpaceTrees  # slow to import, and needed here only

    names = [str(place) for place in range(features)]
    trees = HalfSpaceTrees(n_trees=TREES, height=HEIGHT, seed=seed)
    trees.learn_one(dict.fromkeys(names, 0.5))  # type: ignore[no-untyped-call]
    feature, threshold, _, _ = flat(trees, names)
    return feature, threshold


@dataclass(slots=True)
class Trees:
    """Trees that learn on; node i has the children 2i + 1 and 2i + 2."""

    feature: NDArray[np.int32]
    threshold: Floats
    known: Floats
    """Steps in each half-space in the memory before this one, shape (trees, nodes)."""
    latest: Floats
    """The same in this one, which is not full yet."""
    memory: int
    filled: int = 0
    ready: bool = False
    """Whether a memory has been filled, so that there is something to score by."""

    @classmethod
    def draw(cls, features: int, memory: int, seed: int) -> Self:
        """Trees for so many features that know nothing yet."""
        feature, threshold = _drawn(features, seed)
        known = np.zeros((TREES, 2 ** (HEIGHT + 1) - 1))
        return cls(feature, threshold, known, known.copy(), memory)

    def learn(self, rows: Floats) -> None:
        """More steps, in order, shape (steps, features)."""
        while len(rows):
            taken = rows[: min(self.memory - self.filled, _ROWS)]
            rows = rows[len(taken) :]
            tree = np.broadcast_to(np.arange(len(self.feature)), (len(taken), len(self.feature)))
            nodes = np.zeros(tree.shape, np.intp)
            for depth in range(HEIGHT + 1):
                np.add.at(self.latest, (tree, nodes), 1.0)
                if depth < HEIGHT:
                    nodes = self._down(taken, nodes)
            self.filled += len(taken)
            if self.filled == self.memory:
                self.known, self.latest, self.filled = self.latest, np.zeros_like(self.latest), 0
                self.ready = True

    def accept(self, rows: Floats) -> None:
        """Take steps for usual from now on, whatever share of the memory they are."""
        tree = np.broadcast_to(np.arange(len(self.feature)), (len(rows), len(self.feature)))
        nodes = np.zeros(tree.shape, np.intp)
        for depth in range(HEIGHT + 1):
            np.add.at(self.known, (tree, nodes), _ACCEPTED * self.memory / len(rows))
            if depth < HEIGHT:
                nodes = self._down(rows, nodes)

    def score(self, rows: Floats) -> Floats:
        """1 less the mass of the half-spaces, as a share of the greatest that there can be; 0 to 1, shape (steps,)."""
        tree = np.arange(len(self.feature))
        nodes = np.zeros((len(rows), len(tree)), np.intp)
        followed = np.ones(nodes.shape, np.bool_)
        mass = np.zeros(len(rows))
        for depth in range(HEIGHT + 1):
            here = self.known[tree, nodes]
            mass += np.where(followed, here * 2.0**depth, 0.0).sum(axis=1)
            followed &= here >= _EMPTY * self.memory
            if depth < HEIGHT:
                nodes = self._down(rows, nodes)
        return np.asarray(1.0 - mass / (len(tree) * self.memory * (2.0 ** (HEIGHT + 1) - 1)), np.float64)

    def score_then_learn(self, rows: Floats, learned: NDArray[np.bool_]) -> Floats:
        """Scores of steps in order by what came before each, and learn those; NaN while there was nothing to go by.

        `learned` says which of them are learned, shape (steps,).
        """
        scores = np.full(len(rows), np.nan)
        at = 0
        while at < len(rows):
            # Only a memory that is full changes scores: up to there they are all of one.
            end = min(at + self.memory - self.filled, at + _ROWS, len(rows))
            if self.ready:
                scores[at:end] = self.score(rows[at:end])
            self.learn(rows[at:end][learned[at:end]])
            at = end
        return scores

    def _down(self, rows: Floats, nodes: NDArray[np.intp]) -> NDArray[np.intp]:
        """The children that steps go on to; shape (steps, trees)."""
        tree = np.arange(len(self.feature))
        chosen = self.feature[tree, nodes]
        value = np.take_along_axis(rows, chosen.astype(np.intp), axis=1)
        return 2 * nodes + 1 + (value >= self.threshold[tree, nodes])
