"""Templates never seen before: how many lines of what level, where how many others were born before."""

from __future__ import annotations

import numpy as np
import pytest

from detector.models.novelty import Novelty
from detector.vectors import Column

DAY = 1440


def of_level(level: str) -> Column:
    return Column(f"new-{level}", "cart", level)


def a_settled_day() -> Novelty:
    """All templates of a namespace were there from the beginning."""
    return Novelty.fit((of_level("info"),), np.ones((DAY, 1), np.int64))


def born(every: int, lines: int = 1, level: str = "info") -> Novelty:
    """A day in which a new template is born every few windows."""
    births = np.arange(0, DAY, every)
    counts = np.zeros((DAY, len(births)), np.int64)
    counts[births, np.arange(len(births))] = lines
    return Novelty.fit(tuple(Column(f"born-{at}", "cart", level) for at in births), counts)


def chance(model: Novelty, level: str, *lines: int) -> float:
    """Of the last window, given the lines of the last few."""
    return float(model.probability((of_level(level),), np.array(lines)[:, None])[-1, 0])


def test_a_template_without_a_line_is_no_news() -> None:
    assert chance(a_settled_day(), "error", 3, 0) == 1.0


def test_the_more_lines_the_rarer() -> None:
    chances = [chance(a_settled_day(), "error", lines) for lines in (1, 3, 10, 100)]

    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 10 * chances[2]


def test_a_new_error_is_rarer_than_a_new_warning_than_a_new_line_of_information() -> None:
    levels = ("critical", "error", "warning", "info", "debug")
    chances = [chance(a_settled_day(), level, 10) for level in levels]

    assert chances[0] == chances[1]
    assert chances[1:] == sorted(chances[1:])
    assert len(set(chances[1:])) == 4


def test_without_a_level_it_weighs_as_a_warning_and_so_does_one_that_nobody_knows() -> None:
    assert chance(a_settled_day(), "", 5) == chance(a_settled_day(), "warning", 5) == chance(a_settled_day(), "odd", 5)


def test_a_trickle_tells_itself_apart_by_not_ending() -> None:
    once, again = chance(a_settled_day(), "error", 2), chance(a_settled_day(), "error", 2, 2, 2, 2, 2)

    assert again < once


def test_where_new_templates_come_all_the_time_one_more_is_no_news() -> None:
    assert chance(born(every=3), "info", 1) > 50 * chance(a_settled_day(), "info", 1)


def test_where_new_errors_come_all_the_time_one_more_is_no_news_either() -> None:
    assert chance(born(every=3, level="error"), "error", 1) > 50 * chance(a_settled_day(), "error", 1)


def test_new_lines_of_information_do_not_excuse_a_new_error() -> None:
    assert chance(born(every=3), "error", 1) == pytest.approx(chance(a_settled_day(), "error", 1), rel=0.1)


def test_where_new_templates_come_in_floods_a_flood_is_less_of_a_wonder() -> None:
    assert chance(born(every=30, lines=50), "info", 50) > 3 * chance(born(every=30), "info", 50)


def test_a_thousand_single_lines_do_not_make_two_lines_a_wonder() -> None:
    """Taken as a continuous quantity, n births of one line each would make the chance of two lines 2 ** -n."""
    model = born(every=1)

    assert chance(model, "info", 2) > 1e-3
    assert chance(model, "error", 10_000) > 0.0


def test_a_chance_is_above_nought_and_at_most_one() -> None:
    chances = born(every=1).probability((of_level("error"),), np.full((6, 1), 10**12))

    assert np.all((chances > 0) & (chances <= 1))
