"""Which templates depend on which: the tree of the highest mutual information between their counts.

Chow and Liu, Approximating Discrete Probability Distributions with Dependence Trees, IEEE Trans. Inf. Theory 1968.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STATES = 8
"""Counts as the tree sees them: 0, 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, more."""
MAX_TEMPLATES = 128
"""In the tree: those that vary most. The others are still counted one by one."""
_SAMPLE = 20_000
"""Sessions from which the tree is made."""


def dependence_tree(counts: NDArray[np.int64], seed: int) -> list[tuple[int, int]]:
    """Pairs of columns, the edges of the tree, from counts of shape (sessions, templates)."""
    if len(counts) > _SAMPLE:
        counts = counts[np.random.default_rng(seed).choice(len(counts), _SAMPLE, replace=False)]
    return _tree(state(counts))


def state(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts as the tree sees them, of the same shape."""
    doubled = 2 + np.log2(np.maximum(counts, 4)).astype(np.int64)
    return np.where(counts < 4, counts, np.minimum(doubled, STATES - 1))


def _tree(states: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Edges of the spanning tree of the highest mutual information (Prim), for states of shape (n, m)."""
    shares = np.stack([(states == one).mean(axis=0) for one in range(STATES)]) if len(states) else np.zeros((STATES, 0))
    entropy = -np.sum(_plogp(shares), axis=0)
    varied = np.sort(np.argsort(-entropy, kind="stable")[:MAX_TEMPLATES])
    if len(varied) < 2:
        return []
    shared = _mutual_information(states[:, varied])
    best, source = shared[0].copy(), np.zeros(len(varied), np.intp)
    outside = np.ones(len(varied), bool)
    outside[0] = False
    edges = []
    while outside.any():
        at = int(np.where(outside, best, -np.inf).argmax())
        edges.append((int(varied[source[at]]), int(varied[at])))
        outside[at] = False
        closer = outside & (shared[at] > best)
        best[closer], source[closer] = shared[at][closer], at
    return edges


def _mutual_information(states: NDArray[np.int64]) -> Floats:
    """In nats, for each pair of columns: shape (m, m)."""
    n, m = states.shape
    marks = np.zeros((n, m, STATES), np.float32)
    np.put_along_axis(marks, states[:, :, None], 1.0, axis=2)
    flat = marks.reshape(n, m * STATES)
    joint = (flat.T @ flat).astype(np.float64).reshape(m, STATES, m, STATES) / n
    single = marks.mean(axis=0, dtype=np.float64)
    entropy = -_plogp(single).sum(axis=1)
    return np.asarray(entropy[:, None] + entropy[None, :] + _plogp(joint).sum(axis=(1, 3)), np.float64)


def _plogp(shares: Floats) -> Floats:
    return np.asarray(shares * np.log(np.where(shares > 0, shares, 1.0)), np.float64)
