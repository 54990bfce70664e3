"""What is left of a window beside the ways in which templates usually vary together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.models.autoencoder import Autoencoder
from detector.models.components import Components
from detector.models.port import Detector
from detector.vectors import Column
from tests.models.namespaces import healthy, matrix

COLUMNS = tuple(Column(f"{group}{index}", group, "info") for group in ("shop", "batch") for index in range(6))


def two_loads(windows: int, seed: int) -> NDArray[np.int64]:
    """Two workloads of six templates, each with a load of its own."""
    chance = np.random.default_rng(seed)
    load = np.repeat(chance.lognormal(0.0, 0.7, (windows, 2)), 6, axis=1)
    return np.asarray(chance.poisson(60 * load), np.int64)


def apart(detector: Detector) -> float:
    """How much odder it is when one template leaves its group than when the whole group moves as far."""
    whole = np.repeat(np.full((1, 12), 60), 50, axis=0)
    one = whole.copy()
    whole[:, :6], one[:, 0] = 200, 200
    return float((detector.score(matrix(one, COLUMNS)).raw / detector.score(matrix(whole, COLUMNS)).raw).min())


def test_templates_that_vary_together_make_a_component() -> None:
    components = Components.fit(matrix(two_loads(1000, 1), COLUMNS), seed=1)

    assert 1 <= len(components.directions) <= 3
    np.testing.assert_allclose(
        components.directions @ components.directions.T, np.eye(len(components.directions)), atol=1e-9
    )


def test_one_template_that_leaves_its_group_is_odder_than_the_group_that_moves() -> None:
    history = matrix(two_loads(1000, 1), COLUMNS)

    assert apart(Components.fit(history, seed=1)) > 1.5
    assert apart(Autoencoder.fit(history, seed=1)) > 1.5


def test_noise_makes_no_component() -> None:
    noise = np.random.default_rng(1).poisson(20.0, (1000, 40))
    columns = tuple(Column(f"t{index}", "w", "info") for index in range(40))

    assert len(Components.fit(matrix(noise, columns), seed=1).directions) <= 1


def test_another_seed_makes_another_network() -> None:
    one, other = (Autoencoder.fit(matrix(healthy(100, 1)), seed=seed) for seed in (1, 2))

    assert np.any(one.weights[0] != other.weights[0])


def test_a_wild_count_is_not_smeared_over_those_it_goes_with() -> None:
    wild = np.full((1, 12), 60)
    wild[0, 0] = 10**5

    for detector in (Components, Autoencoder):
        evidence = detector.fit(matrix(two_loads(1000, 1), COLUMNS), seed=1).score(matrix(wild, COLUMNS))
        assert evidence.by_column[0, 0] > 0.9 * evidence.by_column[0].sum()
