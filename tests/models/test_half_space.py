"""Half-space trees: river's, as arrays, and able to go on learning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from river.anomaly import HalfSpaceTrees

from detector.models.derived import FEATURES, Derived
from detector.models.halfspace import HalfSpace, _scaled
from tests.models.namespaces import healthy, matrix


def rivers(values: NDArray[np.float64], memory: int, seed: int = 1) -> HalfSpaceTrees:
    trees = HalfSpaceTrees(n_trees=25, height=8, window_size=memory, seed=seed)
    for row in values.tolist():
        trees.learn_one(dict(zip(FEATURES, row, strict=True)))  # type: ignore[no-untyped-call]
    return trees


def test_scores_are_those_of_river_also_after_learning_more() -> None:
    history, more, coming = healthy(300, 1), matrix(healthy(350, 2)), matrix(healthy(50, 3))
    trees = HalfSpace.fit(matrix(history), seed=1)
    derived, vectors = Derived.fit(matrix(history))
    learned = [_scaled(vectors, trees.largest), _scaled(derived.view(more).vectors, trees.largest)]
    asked = _scaled(derived.view(coming).vectors, trees.largest)

    for ours, theirs in (
        (trees, rivers(learned[0], 300)),
        (trees.learn(more), rivers(np.vstack(learned), 300)),
    ):
        expected = [theirs.score_one(dict(zip(FEATURES, row, strict=True))) for row in asked.tolist()]  # type: ignore[no-untyped-call]
        np.testing.assert_allclose(ours.score(coming).raw, expected, rtol=0, atol=1e-12)


def test_learning_makes_another_value_and_leaves_this_one() -> None:
    trees, coming = HalfSpace.fit(matrix(healthy(300, 1)), seed=1), matrix(healthy(50, 3))
    before = trees.score(coming).raw
    trees.learn(matrix(healthy(300, 2)))

    np.testing.assert_array_equal(trees.score(coming).raw, before)


def test_what_lasts_becomes_usual() -> None:
    trees = HalfSpace.fit(matrix(healthy(300, 1)), seed=1)
    fault = healthy(300, 2)
    fault[:, 2] += 300
    faulty = matrix(fault)

    assert trees.score(faulty).raw.mean() > trees.learn(faulty).score(faulty).raw.mean() + 0.005


def test_the_memory_is_a_day_at_most_and_full_when_learning_ends() -> None:
    for windows, memory, filled in ((100, 100, 0), (1440, 1440, 0), (1500, 750, 0), (3001, 1000, 1)):
        trees = HalfSpace.fit(matrix(healthy(windows, 1)), seed=1)
        assert (trees.memory, trees.filled) == (memory, filled)


def test_values_beyond_all_that_was_learned_find_room_below_one() -> None:
    scaled = _scaled(np.array([[0.0], [1.0], [2.0], [4.0], [1e9]]), np.array([2.0]))

    assert np.all(np.diff(scaled[:, 0]) > 0)
    assert scaled[2, 0] == pytest.approx(0.7)
    assert scaled.min() >= 0
    assert scaled.max() <= 1


def test_trees_that_split_on_what_is_not_there_are_refused() -> None:
    trees = HalfSpace.fit(matrix(healthy(50, 1)), seed=1)

    with pytest.raises(ValueError, match="features that there are not"):
        replace(trees, feature=trees.feature + len(FEATURES))
    with pytest.raises(ValueError, match="no half-space trees"):
        replace(trees, known=trees.known[:, :-1])
