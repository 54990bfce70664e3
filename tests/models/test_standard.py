"""Counts on one scale, in which a surge is one dimension and not all of them."""

from __future__ import annotations

import numpy as np

from detector.models.standard import EXTRA, Standard
from detector.vectors import Column
from tests.models.namespaces import COLUMNS, healthy, matrix


def test_healthy_windows_lie_about_one_spread_from_the_centre() -> None:
    standard = Standard.fit(matrix(healthy(2000, 1)))
    values, _ = standard.apply(matrix(healthy(500, 2)))

    assert values.shape == (500, len(COLUMNS) + EXTRA)
    assert np.all(np.abs(values[:, : len(COLUMNS)].mean(axis=0)) < 0.3)
    assert np.all(values[:, : len(COLUMNS)].std(axis=0) < 1.3)


def test_a_surge_is_a_matter_of_the_load_alone() -> None:
    standard = Standard.fit(matrix(healthy(2000, 1)))
    usual, surge = (standard.apply(matrix(healthy(500, 2, slice(0, 500), factor)))[0] for factor in (1.0, 4.0))

    assert surge[:, -1].mean() > usual[:, -1].mean() + 2
    assert np.abs(surge[:, : len(COLUMNS)]).mean() < 1.3 * np.abs(usual[:, : len(COLUMNS)]).mean()


def test_lines_of_unknown_templates_are_far_away() -> None:
    standard = Standard.fit(matrix(healthy(2000, 1)))
    counts = np.hstack([healthy(1, 2), [[500]]])

    values, _ = standard.apply(matrix(counts, (*COLUMNS, Column("new", "web", "error"))))

    assert values[0, -2] > 10


def test_a_few_wild_windows_do_not_widen_what_is_usual() -> None:
    history = healthy(1000, 1)
    wild = history.copy()
    wild[::250] *= 1000

    clean, spoiled = Standard.fit(matrix(history)), Standard.fit(matrix(wild))

    assert np.all(spoiled.spread < 1.5 * clean.spread)
