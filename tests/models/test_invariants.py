"""Relations that a program's flow makes: found without being told, and told when they break."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.models.invariants import Invariants
from detector.vectors import Column
from tests.models.namespaces import healthy, matrix

NAMES = ("start", "done", "failed", "item", "end")
COLUMNS = tuple(Column(name, "shop", "info") for name in (*NAMES, *(f"other{index}" for index in range(10))))


def orders(windows: int, seed: int, load: float = 1.0) -> NDArray[np.int64]:
    """Orders of two items that end in the minute they start in or the next, well or not; and ten other templates."""
    chance = np.random.default_rng(seed)
    started = chance.poisson(20 * load * chance.lognormal(0.0, 0.4, windows))
    late = chance.binomial(started, 0.05)
    ended = started - late + np.concatenate([[0], late[:-1]])
    done = chance.binomial(ended, 0.9)
    others = healthy(windows, seed + 1000)
    return np.column_stack([started, done, ended - done, 2 * ended, ended, others])


@pytest.fixture(scope="module")
def learned() -> Invariants:
    return Invariants.fit(matrix(orders(1440, 1), COLUMNS), seed=1)


def test_the_relations_of_the_flow_are_found_and_no_others(learned: Invariants) -> None:
    told = set(learned.told())

    assert {"end = start", "end = done + failed", "2 * end = item"} <= told
    assert not any("other" in one for one in told)


def test_no_relations_are_found_among_templates_that_only_share_a_load() -> None:
    for seed in range(5):
        assert Invariants.fit(matrix(healthy(1440, seed)), seed=1).told() == []


@pytest.mark.parametrize(("share", "least"), [(0.2, 0.94), (0.4, 0.99)])
def test_starts_without_an_end_are_found_though_each_count_is_in_its_range(
    learned: Invariants, share: float, least: float
) -> None:
    counts, rows = orders(600, 2), np.arange(5, 600, 10)
    usual = learned.score(matrix(counts, COLUMNS)).raw
    counts[rows, 4] -= np.random.default_rng(3).binomial(counts[rows, 4], share)

    evidence = learned.score(matrix(counts, COLUMNS))

    assert (evidence.raw[rows][:, None] > usual).mean() > least
    assert (evidence.by_column[rows].argmax(axis=1) == 4).mean() > 0.85


def test_a_surge_breaks_nothing(learned: Invariants) -> None:
    usual, surge = (learned.score(matrix(orders(600, 2, load), COLUMNS)).raw for load in (1.0, 5.0))

    assert np.quantile(surge, 0.99) < 1.5 * np.quantile(usual, 0.99)


def test_a_part_that_is_gone_breaks_its_relations(learned: Invariants) -> None:
    evidence = learned.score(matrix(np.delete(orders(60, 2), 1, axis=1), (COLUMNS[0], *COLUMNS[2:])))

    assert evidence.raw[10:].min() > 5
