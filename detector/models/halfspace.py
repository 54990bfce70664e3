"""Half-space trees: an online forest that learns window by window and forgets what is long past.

Tan, Ting and Liu, Fast Anomaly Detection for Streaming Data, IJCAI 2011, as river has it. The trees are drawn before
anything is seen and only count the windows in each half-space; so the features are a fixed vector
(`detector.models.derived`), brought between 0 and 1 in such a way that there is room for what is larger than anything
that was learned. The vector is learned once; the counts in the trees go on with `learn`.

Sees what lies where few windows were lately; a fault that lasts for long becomes usual. The templates that a feature
rests on rank by how empty the half-spaces are that it led to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from detector.models.derived import FEATURES, Derived
from detector.models.port import Evidence
from detector.vectors import CountMatrix

if TYPE_CHECKING:
    from river.anomaly import HalfSpaceTrees

Floats = NDArray[np.float64]

TREES, HEIGHT = 25, 8
_LONGEST_MEMORY = 1_440
"""Windows after which what was learned takes the place of what was known before: a day of minutes, so that the night
doesn't forget the day."""
_EMPTY = 0.1
"""Share of the memory below which a half-space is not followed further: the size limit of the paper."""
_USUAL = 0.7
"""Where the largest usual value of a feature comes to lie between 0 and 1."""


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """The trees by depth: node i has the children 2i + 1 and 2i + 2."""

    derived: Derived
    largest: Floats
    """99th percentile of each feature in the history, shape (9,)."""
    feature: NDArray[np.int32]
    """That each inner node splits on, shape (trees, 2**height - 1)."""
    threshold: Floats
    """Below which a value goes to the first child, same shape."""
    known: Floats
    """Windows in each half-space in the memory before this one, shape (trees, 2**(height + 1) - 1)."""
    latest: Floats
    """The same in this one, which is not full yet."""
    memory: int
    """Windows in a full one."""
    filled: int
    """Windows in this one."""

    def __post_init__(self) -> None:
        """Raises `ValueError` where a walk would leave the trees, as only what was tampered with can be."""
        inner, nodes = 2**HEIGHT - 1, 2 ** (HEIGHT + 1) - 1
        shapes = [self.feature.shape[1:] == self.threshold.shape[1:] == (inner,)]
        shapes += [part.shape == (len(self.feature), nodes) for part in (self.known, self.latest)]
        if not all(shapes) or self.memory < 1 or not len(self.feature):
            raise ValueError("These are no half-space trees.")
        if not ((self.feature >= 0) & (self.feature < len(FEATURES))).all():
            raise ValueError("These half-space trees split on features that there are not.")

    @classmethod
    def fit(cls, history: CountMatrix, *, seed: int) -> Self:
        """Learn from a dozen windows or more, one after the other."""
        from river.anomaly import HalfSpaceTrees  # slow to import, and needed here only

        derived, vectors = Derived.fit(history)
        largest = np.maximum(np.quantile(vectors, 0.99, axis=0), 0.5)
        # As many equal memories as there are days, so that the last full one is not long ago.
        memory = max(len(vectors) // -(-len(vectors) // _LONGEST_MEMORY), 1)
        trees = HalfSpaceTrees(n_trees=TREES, height=HEIGHT, window_size=memory, seed=seed)
        for one in _each(_scaled(vectors, largest)):
            trees.learn_one(one)  # type: ignore[no-untyped-call]
        return cls(derived, largest, *flat(trees, FEATURES), memory, trees.counter)

    def learn(self, matrix: CountMatrix, skip: int = 0) -> Self:
        """The same, having seen more windows in order; the first `skip` only give context."""
        values = _scaled(self.derived.view(matrix).rows(skip).vectors, self.largest)
        known, latest, filled = self.known, self.latest.copy(), self.filled
        tree = np.arange(len(self.feature))
        for one in values:
            for nodes in self._path(one):
                latest[tree, nodes] += 1
            filled += 1
            if filled == self.memory:
                known, latest, filled = latest, np.zeros_like(latest), 0
        return replace(self, known=known, latest=latest, filled=filled)

    def score(self, matrix: CountMatrix, skip: int = 0) -> Evidence:
        """1 less the mass of the half-spaces, as a share of the greatest that there can be; 0 to 1."""
        seen = self.derived.view(matrix).rows(skip)
        values = _scaled(seen.vectors, self.largest)
        mass, emptier = np.zeros(len(values)), np.zeros(values.shape)
        tree = np.arange(len(self.feature))
        rows = np.arange(len(values))[:, None]
        nodes = np.zeros((len(values), len(tree)), np.intp)
        followed = np.ones(nodes.shape, np.bool_)
        for depth in range(HEIGHT + 1):
            here = self.known[tree, nodes]
            mass += np.where(followed, here * 2.0**depth, 0.0).sum(axis=1)
            followed &= here >= _EMPTY * self.memory
            if depth == HEIGHT:
                break
            chosen = self.feature[tree, nodes]
            nodes = 2 * nodes + 1 + (values[rows, chosen] >= self.threshold[tree, nodes])
            # Half of the windows of a node are what a half-space would hold if nothing were odd.
            lost = np.where(followed, np.maximum(here / 2 - self.known[tree, nodes], 0.0) * 2.0**depth, 0.0)
            np.add.at(emptier, (rows, chosen), lost)
        greatest = len(tree) * self.memory * (2.0 ** (HEIGHT + 1) - 1)
        return Evidence(1.0 - mass / greatest, seen.by_column(emptier))

    def _path(self, value: Floats) -> Iterator[NDArray[np.intp]]:
        """The nodes that a window is in, from the root down, each of shape (trees,)."""
        tree = np.arange(len(self.feature))
        nodes = np.zeros(len(tree), np.intp)
        yield nodes
        for _ in range(HEIGHT):
            chosen = self.feature[tree, nodes]
            nodes = 2 * nodes + 1 + (value[chosen] >= self.threshold[tree, nodes])
            yield nodes


def _scaled(vectors: Floats, largest: Floats) -> Floats:
    """Between 0 and 1: straight up to the largest usual value, and ever slower beyond it."""
    usual = vectors / largest
    beyond = np.maximum(usual - 1.0, 0.0)
    return np.asarray(_USUAL * np.minimum(usual, 1.0) + (1 - _USUAL) * beyond / (beyond + 1.0), np.float64)


def _each(values: Floats) -> Iterator[Mapping[str, float]]:
    """Windows as river takes them."""
    return (dict(zip(FEATURES, row, strict=True)) for row in values.tolist())


def flat(trees: HalfSpaceTrees, features: Sequence[str]) -> tuple[NDArray[np.int32], Floats, Floats, Floats]:
    """Feature (its place among `features`), threshold, known and latest masses of trees of this height."""
    inner, nodes = 2**HEIGHT - 1, 2 ** (HEIGHT + 1) - 1
    feature, threshold = np.zeros((TREES, inner), np.int32), np.zeros((TREES, inner))
    known, latest = np.zeros((TREES, nodes)), np.zeros((TREES, nodes))
    for tree, root in enumerate(trees.trees):
        level: list[Any] = [root]
        for at in range(nodes):
            node = level[at]
            known[tree, at], latest[tree, at] = node.r_mass, node.l_mass
            if at < inner:
                feature[tree, at], threshold[tree, at] = features.index(node.feature), node.threshold
                level.extend(node.children)
    return feature, threshold, known, latest
