"""How busy a minute was, whatever a few templates did in it."""

from __future__ import annotations

import numpy as np
import pytest

from detector.models.load import load_factor, load_variance
from tests.models.namespaces import MEAN, of

LOADS = [0.2, 1.0, 3.0, 10.0]


def counts(load: float, windows: int = 200, seed: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.random.default_rng(seed).poisson(load * MEAN, (windows, len(MEAN)))


@pytest.mark.parametrize("load", LOADS)
def test_the_load_is_the_multiple_of_the_mean_that_most_templates_show(load: float) -> None:
    assert load_factor(counts(load), MEAN).mean() == pytest.approx(load, rel=0.05)


@pytest.mark.parametrize("load", LOADS)
def test_a_storm_of_one_template_is_not_load(load: float) -> None:
    storm = counts(load)
    storm[:, 0] += 10_000

    assert load_factor(storm, MEAN).mean() == pytest.approx(load, rel=0.25, abs=0.2)


def test_the_silence_of_one_workload_is_not_less_load() -> None:
    silent = counts(1.0)
    silent[:, of("cart")] = 0

    assert load_factor(silent, MEAN).mean() == pytest.approx(1.0, rel=0.25)


def test_a_window_without_a_line_has_nearly_no_load_but_never_none() -> None:
    load = load_factor(np.zeros((3, len(MEAN)), np.int64), MEAN)

    assert np.all((load > 0) & (load < 0.05))


def test_a_namespace_without_templates_has_the_load_of_every_day() -> None:
    none = np.zeros(0)

    assert load_factor(np.zeros((4, 0), np.int64), none).tolist() == [1.0] * 4
    assert load_variance(np.ones(4), none).tolist() == [0.0] * 4


def test_the_fewer_lines_the_less_sure_is_the_estimate() -> None:
    rich, poor = (float(load_variance(np.ones(1), scale * MEAN)[0]) for scale in (10.0, 0.01))

    assert poor > 10 * rich


@pytest.mark.parametrize("lines", [0.1, 1.0, 50.0])
def test_the_variance_is_about_that_of_the_estimates(lines: float) -> None:
    chance, mean = np.random.default_rng(3), lines * MEAN
    varied = chance.poisson(mean * chance.gamma(10.0, 0.1, (2_000, len(mean))))

    estimated = float(load_variance(np.ones(1), mean)[0])

    assert estimated == pytest.approx(load_factor(varied, mean).var(), rel=0.4)
