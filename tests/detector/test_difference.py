"""Counts before held against counts after: what changed is found, what didn't is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.difference import CHANCE, Difference, what_changed
from detector.findings import ReasonKind
from detector.vectors import Column, CountMatrix

MINUTE = 60_000_000


def matrix(counts: NDArray[np.int64], start: int = 0, names: list[str] | None = None) -> CountMatrix:
    names = names or [f"t{number:03}" for number in range(counts.shape[1])]
    return CountMatrix(start * MINUTE, MINUTE, tuple(Column(name, "w", "info") for name in names), counts)


def logs(rng: np.random.Generator, load: NDArray[np.float64], rates: NDArray[np.float64]) -> NDArray[np.int64]:
    """Counts that follow the load and scatter more than Poisson's."""
    means = np.outer(load, rates)
    return rng.poisson(means * rng.gamma(8, 1 / 8, size=means.shape))


def a_day(
    seed: int, before: int, after: int, factor: float = 1.0
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Counts of 80 templates before and after, with a load that swings and is `factor` times as much after."""
    rng = np.random.default_rng(seed)
    rates = np.exp(rng.normal(0, 2, 80))
    load = np.exp(rng.normal(0, 0.4, before + after)) * (1 + 0.8 * np.sin(np.arange(before + after) / 200))
    load[before:] *= factor
    counts = logs(rng, load, rates)
    return counts[:before], counts[before:], rates


def names(found: list[Difference]) -> list[str]:
    return [one.column.template for one in found]


@pytest.mark.parametrize("factor", [1.0, 2.0, 0.4])
def test_load_that_goes_up_or_down_is_no_change_of_any_template(factor: float) -> None:
    false = [
        name
        for seed in range(12)
        for sizes in ((180, 60), (180, 10), (600, 300))
        for old, new, _ in [a_day(seed, *sizes, factor)]
        for name in names(what_changed(matrix(old), matrix(new, len(old)), {}))
    ]
    assert len(false) <= 36 * CHANCE + 1


@pytest.mark.parametrize("factor", [1.0, 2.0])
@pytest.mark.parametrize("seed", range(4))
def test_what_was_planted_comes_first_and_alone(seed: int, factor: float) -> None:
    old, new, rates = a_day(seed, 180, 60, factor)
    frequent = np.argsort(-rates)
    gone, more = frequent[12], frequent[15]
    new[:, gone] = 0
    new[:, more] *= 3
    rng = np.random.default_rng(seed)
    after = matrix(np.hstack([new, rng.poisson(2, (60, 1))]), 180, [*(f"t{n:03}" for n in range(80)), "fresh"])
    found = what_changed(matrix(old), after, {"fresh": 181 * MINUTE})
    assert {one.column.template: one.kind for one in found[:3]} == {
        f"t{gone:03}": ReasonKind.GONE,
        f"t{more:03}": ReasonKind.MORE,
        "fresh": ReasonKind.NEW,
    }
    assert len(found) == 3


def test_a_template_that_rests_where_the_load_grows_has_not_changed() -> None:
    rng = np.random.default_rng(1)
    old, new = logs(rng, np.ones(180), np.full(20, 20.0)), logs(rng, np.full(60, 3.0), np.full(20, 20.0))
    old[:, 0], new[:, 0] = 6, 6  # a probe, six times a minute whatever comes
    assert what_changed(matrix(old), matrix(new, 180), {}) == []


def test_a_new_template_is_told_also_where_one_line_of_it_proves_nothing() -> None:
    old, new, _ = a_day(2, 180, 60)
    once = np.zeros((60, 1), np.int64)
    once[30] = 1
    after = matrix(np.hstack([new, once]), 180, [*(f"t{n:03}" for n in range(80)), "once"])
    (found,) = what_changed(matrix(old), after, {"once": 210 * MINUTE})
    assert (found.kind, found.before, found.after, found.lift, found.is_certain) == (ReasonKind.NEW, 0, 1, None, False)
    assert what_changed(matrix(old), after, {"once": 0}) == []


def test_lines_of_pods_that_are_on_their_way_out_do_not_keep_a_template_from_being_gone() -> None:
    old, new, _ = a_day(3, 180, 60)
    old[:, 0], new[:, 0] = 10, 0
    new[:3, 0] = 4
    (found,) = what_changed(matrix(old), matrix(new, 180), {})
    assert (found.kind, found.after) == (ReasonKind.GONE, 12)


def test_nothing_held_against_nothing_is_nothing() -> None:
    none = matrix(np.zeros((0, 0), np.int64))
    assert what_changed(none, none, {}) == []
    assert what_changed(matrix(np.zeros((5, 2), np.int64)), matrix(np.zeros((5, 2), np.int64), 5), {}) == []
    assert what_changed(none, matrix(np.ones((5, 2), np.int64)), {}) == []


def test_columns_may_differ_and_come_in_any_order() -> None:
    old, new, _ = a_day(4, 180, 60)
    order = np.random.default_rng(4).permutation(80)
    shuffled = matrix(new[:, order], 180, [f"t{n:03}" for n in order])
    assert what_changed(matrix(old), shuffled, {}) == what_changed(matrix(old), matrix(new, 180), {})
    new[:, 5] = 0
    old[:, 5] = 9
    without = matrix(np.delete(new, 5, axis=1), 180, [f"t{n:03}" for n in range(80) if n != 5])
    assert what_changed(matrix(old), without, {}) == what_changed(matrix(old), matrix(new, 180), {})
    assert names(what_changed(matrix(old), without, {})) == ["t005"]
