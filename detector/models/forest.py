"""An Isolation Forest over a small fixed vector of what the counts show.

Liu, Ting and Zhou, Isolation Forest, ICDM 2008, as scikit-learn has it. On raw counts it is nearly blind: a count
that is always nought in training can't be split on, and among 150 templates one spike is seldom looked at. So it gets
a few derived features of the window. Trees split within what they saw, so mere size beyond that, as in a surge,
isolates nothing.

scikit-learn grows the trees; they are kept as flat arrays, and walked here: a window costs a hundredth of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.models.derived import Derived, mean_of_top3
from detector.models.port import Evidence
from detector.models.surprise import Tails
from detector.vectors import CountMatrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Nodes = NDArray[np.int32]

FEATURES = ("volume", "more", "fewer", "more_top3", "fewer_top3", "out_of_range", "mix_distance", "errors")
_OUT_OF_RANGE = 2.0
"""-log10 of the tail from which a series counts as out of its range."""
_TREES = 200
_DEEPEST = 64
"""Steps of a walk; trees of 256 windows have 8."""
_AT_ONCE = 512
"""Windows that are walked together: so many that NumPy's own cost is small, so few that all stays in the cache."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Isolation trees, all their nodes in one row. A leaf is its own child, so that every walk takes `depth` steps."""

    feature: Nodes
    """That a node splits on, shape (nodes,)."""
    threshold: Floats
    """Above which a value goes to the second child, shape (nodes,)."""
    children: Nodes
    """Shape (nodes, 2)."""
    path: Floats
    """Mean length of the paths through each node, of those windows that grew the tree; shape (nodes,)."""
    roots: Nodes
    """Shape (trees,)."""
    depth: int
    usual: float
    """Length of an unsuccessful search among as many windows as grew a tree: c(psi) of the paper."""
    width: int
    """How many features there are."""

    def __post_init__(self) -> None:
        """Raises `ValueError` where a walk would leave the trees, as only what was tampered with can be."""
        nodes = np.arange(len(self.feature))
        inside = [
            self.children.shape == (len(nodes), 2) and len(self.path) == len(self.threshold) == len(nodes),
            len(self.roots) > 0 and 0 <= self.depth <= _DEEPEST,
            *(((part >= 0) & (part < len(nodes))).all() for part in (self.children, self.roots)),
            ((self.feature >= 0) & (self.feature < self.width)).all(),
            np.isfinite(self.path).all() and np.isfinite(self.usual),
        ]
        if not all(inside):
            raise ValueError("These are no trees.")

    @classmethod
    def fit(cls, features: Floats, trees: int, seed: int) -> Forest:
        """Learn from features of shape (n, f), n of 2 or more."""
        from sklearn.ensemble import IsolationForest  # slow to import, and needed here only

        grown = IsolationForest(n_estimators=trees, random_state=seed, n_jobs=1).fit(features)
        parts = [one.tree_ for one in grown.estimators_]
        roots = np.cumsum([0, *(len(part.feature) for part in parts[:-1])])
        begins = np.repeat(roots, [len(part.feature) for part in parts])
        left, right, feature, threshold, samples, depth = (
            np.concatenate(each)
            for each in zip(
                *(
                    (p.children_left, p.children_right, p.feature, p.threshold, p.n_node_samples, _depths(p))
                    for p in parts
                ),
                strict=True,
            )
        )
        leaf = left < 0
        own = np.arange(len(leaf))
        children = np.column_stack([np.where(leaf, own, left + begins), np.where(leaf, own, right + begins)])
        return cls(
            np.where(leaf, 0, feature).astype(np.int32),
            np.where(leaf, np.inf, threshold),
            children.astype(np.int32),
            _mean_paths(children, leaf, samples, depth),
            roots.astype(np.int32),
            int(depth.max()),
            float(_search_length(np.array([grown.max_samples_]))[0]),
            features.shape[1],
        )

    def score(self, features: Floats) -> Floats:
        """Anomaly score of Liu et al. in each window, shape (n,); about 0.5 is ordinary, towards 1 is isolated."""
        result = np.ones(len(features))
        for begin, values in _portions(features):
            for nodes, _, _ in self._walk(values):
                leaves = nodes
            lengths = self.path.take(leaves).sum(axis=1) / len(self.roots)
            if self.usual > 0:
                result[begin : begin + len(values)] = 2.0 ** (-lengths / self.usual)
        return result

    def by_feature(self, features: Floats) -> Floats:
        """By how much each feature shortens the path of each window, shape (n, f), in steps; below nought: lengthens.

        Each step goes to the feature that was split on, as the difference of the mean paths before and after it
        (Saabas, Interpreting random forests, 2014), with the sign turned: what shortens the path is the odd one. The
        sum over features is how much shorter than the mean the path is.
        """
        result = np.zeros(features.shape)
        width = features.shape[1]
        for begin, values in _portions(features):
            flat = np.zeros(values.size)
            rows = np.arange(len(values))[:, None] * width
            for nodes, before, chosen in self._walk(values):
                gain = self.path.take(before) - self.path.take(nodes)
                flat += np.bincount((rows + chosen).ravel(), gain.ravel(), len(flat))
            result[begin : begin + len(values)] = flat.reshape(values.shape) / len(self.roots)
        return result

    def _walk(self, values: NDArray[np.float32]) -> Iterator[tuple[Nodes, Nodes, Nodes]]:
        """Where each window is in each tree after each step, where it was before, and what that split on.

        The first is the root itself. All of shape (n, trees).
        """
        n, width = values.shape
        nodes = np.tile(self.roots, (n, 1))
        flat, rows, children = values.ravel(), (np.arange(n, dtype=np.intp) * width)[:, None], self.children.ravel()
        chosen = self.feature.take(nodes)
        yield nodes, nodes, chosen
        for _ in range(self.depth):
            right = flat.take(rows + chosen if n > 1 else chosen) > self.threshold.take(nodes)
            before, nodes = nodes, children.take(2 * nodes + right)
            yield nodes, before, chosen
            chosen = self.feature.take(nodes)


@dataclass(frozen=True, slots=True)
class DerivedForest:
    """The forest by itself, over the features of `detector.models.derived`.

    Sees whatever moves a template out of its range, up or down, and lines of unknown templates; sees no size beyond
    the largest that was learned. The template that a feature rests on most ranks first.
    """

    derived: Derived
    forest: Forest

    @classmethod
    def fit(cls, history: CountMatrix, *, seed: int) -> DerivedForest:
        """Learn from a dozen windows or more."""
        derived, vectors = Derived.fit(history)
        return cls(derived, Forest.fit(vectors, _TREES, seed))

    def score(self, matrix: CountMatrix, skip: int = 0) -> Evidence:
        """Scores of Liu et al., 0 to 1."""
        seen = self.derived.view(matrix).rows(skip)
        shortened = np.maximum(self.forest.by_feature(seen.vectors), 0.0)
        return Evidence(self.forest.score(seen.vectors), seen.by_column(shortened))


def features(tails: Tails, counts: Ints | Floats, usual_mix: Floats, is_error: NDArray[np.bool_]) -> Floats:
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
            mean_of_top3(more),
            mean_of_top3(fewer),
            ((more > _OUT_OF_RANGE) | (fewer > _OUT_OF_RANGE)).sum(axis=1),
            0.5 * np.abs(share - usual_mix).sum(axis=1),
            np.log1p(counts[:, is_error].sum(axis=1)),
        ]
    )


def _portions(features: Floats) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """A few windows at a time, in the precision that scikit-learn's trees were grown in."""
    for begin in range(0, len(features), _AT_ONCE):
        yield begin, np.ascontiguousarray(features[begin : begin + _AT_ONCE], np.float32)


def _depths(tree: object) -> NDArray[np.int64]:
    """Steps from the root to each node."""
    return np.asarray(tree.compute_node_depths(), np.int64) - 1  # type: ignore[attr-defined]


def _search_length(samples: NDArray[np.int64]) -> Floats:
    """Mean length of an unsuccessful search in a tree of so many windows: equation 1 of Liu et al."""
    many = np.maximum(samples, 3)
    length = 2.0 * (np.log(many - 1.0) + np.euler_gamma) - 2.0 * (many - 1.0) / many
    return np.where(samples <= 1, 0.0, np.where(samples == 2, 1.0, length))


def _mean_paths(
    children: NDArray[np.intp], leaf: NDArray[np.bool_], samples: NDArray[np.int64], depth: NDArray[np.int64]
) -> Floats:
    """Mean length of the paths that go through each node: of a leaf its depth and what it leaves unsplit."""
    path = depth + _search_length(samples)
    for level in range(int(depth.max()), -1, -1):
        inner = np.flatnonzero(~leaf & (depth == level))
        below = children[inner]
        path[inner] = (path[below] * samples[below]).sum(axis=1) / samples[below].sum(axis=1)
    return np.asarray(path, np.float64)
