"""The forest's few features, and what isolates a window."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from detector.models.forest import FEATURES, Forest, features
from detector.models.surprise import Tails


def ordinary(windows: int = 500, seed: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(10.0, 1.0, (windows, len(FEATURES)))


def test_each_feature_says_what_its_name_says() -> None:
    more, fewer = np.zeros((1, 4, 2)), np.zeros((1, 4, 2))
    more[0, :, 0] = [6.0, 3.0, 0.0, 1.0]
    fewer[0, :, 1] = [0.0, 0.0, 9.0, 0.0]
    counts = np.array([[6, 2, 0]])

    vector = features(Tails(more, fewer), counts, np.array([0.5, 0.25, 0.25]), np.array([False, True, False]))

    assert dict(zip(FEATURES, vector[0].tolist(), strict=True)) == pytest.approx(
        {
            "volume": np.log1p(8),
            "more": 6.0,
            "fewer": 9.0,
            "more_top3": 10 / 3,
            "fewer_top3": 3.0,
            "out_of_range": 3,
            "mix_distance": 0.25,
            "errors": np.log1p(2),
        }
    )


def test_a_window_without_a_line_is_half_a_mix_away_from_any() -> None:
    none = Tails(np.zeros((1, 2, 1)), np.zeros((1, 2, 1)))

    vector = features(none, np.zeros((1, 1), np.int64), np.ones(1), np.array([False]))

    assert vector[0, FEATURES.index("mix_distance")] == 0.5
    assert np.isfinite(vector).all()


def test_what_lies_apart_from_the_rest_is_isolated_sooner() -> None:
    forest = Forest.fit(ordinary(), trees=50, seed=1)
    odd = ordinary(1, seed=2)
    odd[0, :4] = 4.0

    assert forest.score(odd)[0] > forest.score(ordinary(200, seed=3)).max()


def test_mere_size_beyond_all_that_was_seen_counts_as_the_largest_that_was() -> None:
    seen = ordinary()
    forest = Forest.fit(seen, trees=50, seed=1)
    largest, larger = np.full((1, 8), 10.0), np.full((1, 8), 10.0)
    largest[0, 0], larger[0, 0] = seen[:, 0].max(), 1e6

    assert forest.score(larger)[0] == forest.score(largest)[0]


def test_a_seed_repeats_and_another_differs() -> None:
    one, again, other = (Forest.fit(ordinary(), trees=20, seed=seed).score(ordinary(50, 4)) for seed in (1, 1, 2))

    np.testing.assert_array_equal(one, again)
    assert np.any(one != other)


def test_no_window_gives_no_score() -> None:
    assert Forest.fit(ordinary(), trees=20, seed=1).score(np.zeros((0, len(FEATURES)))).shape == (0,)


@pytest.mark.parametrize(("windows", "width"), [(2, 8), (3, 1), (40, 8), (256, 8), (257, 8), (1440, 8), (300, 120)])
def test_scores_are_those_of_scikit_learn(windows: int, width: int) -> None:
    chance = np.random.default_rng(windows)
    seen, coming = (chance.lognormal(0.0, 2.0, (n, width)).round(1) for n in (windows, 700))
    theirs = IsolationForest(n_estimators=50, random_state=3).fit(seen)

    np.testing.assert_allclose(
        Forest.fit(seen, trees=50, seed=3).score(coming), -theirs.score_samples(coming), rtol=0, atol=1e-12
    )


def test_windows_that_are_all_alike_are_neither_odd_nor_usual() -> None:
    forest = Forest.fit(np.ones((50, 3)), trees=20, seed=1)

    np.testing.assert_allclose(forest.score(np.array([[1.0, 1.0, 1.0], [9.0, 0.0, 1.0]])), 0.5)


def test_what_the_features_shorten_is_what_the_path_is_shorter_than_the_mean() -> None:
    forest, windows = Forest.fit(ordinary(), trees=50, seed=1), ordinary(600, seed=2)
    mean, length = forest.path[forest.roots].mean(), -np.log2(forest.score(windows)) * forest.usual

    np.testing.assert_allclose(forest.by_feature(windows).sum(axis=1), mean - length)


def test_the_odd_feature_shortens_the_path_most_and_with_the_right_sign() -> None:
    forest, odd = Forest.fit(ordinary(), trees=100, seed=1), ordinary(200, seed=2)
    which = np.arange(200) % len(FEATURES)
    odd[np.arange(200), which] += np.where(np.arange(200) < 100, 6.0, -6.0)

    shortened = forest.by_feature(odd)

    assert (shortened.argmax(axis=1) == which).mean() > 0.95
    assert (shortened[np.arange(200), which] > 0).all()
