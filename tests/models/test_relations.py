"""What the counts of a namespace say of each other, and what of it is evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.models.agreement import agree
from detector.models.load import load_factor
from detector.models.relations import Related, Relations
from detector.models.series import Layout, series_of
from detector.models.surprise import SCALES, CountSurprise, Surprise
from detector.vectors import Column

Ints = NDArray[np.int64]
WORKLOADS, EACH = 6, 5
COLUMNS = tuple(Column(f"t{index}", f"w{index % WORKLOADS}", "info") for index in range(WORKLOADS * EACH))
SERIES = series_of(COLUMNS)
CLEAR = 4.0
"""-log10 of a chance that a healthy series hardly ever shows."""


def requests(windows: int, seed: int) -> Ints:
    """Counts (windows, 30): five kinds of requests, each with a line in every workload, of which few are cut in two."""
    chance = np.random.default_rng(seed)
    load = 12 * (1 + 0.5 * np.sin(np.arange(windows) / 200))
    kinds = chance.poisson(load[:, None] * chance.lognormal(0.0, 0.4, (windows, EACH)))
    counts = np.repeat(kinds, WORKLOADS, axis=1)
    cut = chance.binomial(counts[:-1], 0.02)
    counts[:-1] -= cut
    counts[1:] += cut
    return np.asarray(counts, np.int64)


@pytest.fixture(scope="module")
def learned() -> tuple[Relations, CountSurprise]:
    counts = requests(1440, 1)
    own = CountSurprise.fit(COLUMNS, counts)
    return Relations.fit(COLUMNS, counts, own.mean[: len(COLUMNS)], own.load(counts)), own


def judge(learned: tuple[Relations, CountSurprise], counts: Ints) -> tuple[Surprise, Related]:
    relations, own = learned
    seen = own.score(counts, np.zeros((len(counts), 0), np.int64), ())
    return seen, relations.score(counts, load_factor(counts, own.mean[: len(COLUMNS)]))


def of(workload: int) -> list[int]:
    return [index for index, column in enumerate(COLUMNS) if column.workload == f"w{workload}"]


def whole(workload: int) -> int:
    return len(COLUMNS) + workload


def test_the_others_say_what_a_count_should_be(learned: tuple[Relations, CountSurprise]) -> None:
    counts = requests(200, 2)

    _, related = judge(learned, counts)

    apart = np.abs(related.observed - related.expected)[:, : len(COLUMNS), 0]
    assert apart.mean() < 0.5 * np.abs(counts - counts.mean(axis=0)).mean()


def test_a_workload_that_takes_part_in_three_of_five_requests_stands_out_and_alone(
    learned: tuple[Relations, CountSurprise],
) -> None:
    counts = requests(200, 3)
    counts[100:112, of(2)] = np.random.default_rng(1).binomial(counts[100:112][:, of(2)], 0.6)

    own, related = judge(learned, counts)

    assert related.fewer[90:100].max() < CLEAR < related.fewer[104:112, whole(2)].max()
    assert SERIES[int(related.fewer[111].max(axis=1).argmax())].workload == "w2"
    assert own.fewer[104:112, whole(2)].max() < related.fewer[104:112, whole(2)].max()


def test_more_requests_of_one_kind_are_in_step(learned: tuple[Relations, CountSurprise]) -> None:
    counts = requests(200, 4)
    counts[100:110, :WORKLOADS] *= 5

    alone, related = judge(learned, counts)
    own, _ = agree(Layout.of(COLUMNS), alone, related)

    assert alone.more[100:110].max() > 2 * CLEAR, "by itself each of them is far too much"
    assert own.more[100:110].max() < 0.5 * alone.more[100:110].max()


def test_a_statement_that_repeats_itself_is_too_much_for_both_views(learned: tuple[Relations, CountSurprise]) -> None:
    counts = requests(200, 5)
    counts[100:105, 7] *= 5

    own, _ = agree(Layout.of(COLUMNS), *judge(learned, counts))

    assert own.more[:100].max() < CLEAR < own.more[101, 7].max()


def test_one_line_off_is_no_wonder_however_close_a_relation_is() -> None:
    counts = np.repeat(np.random.default_rng(6).poisson(20, (1440, 1)), len(COLUMNS), axis=1)
    own = CountSurprise.fit(COLUMNS, counts)
    relations = Relations.fit(COLUMNS, counts, own.mean[: len(COLUMNS)], own.load(counts))
    counts = counts[:100].copy()
    counts[50, 3] -= 1

    assert relations.score(counts, own.load(counts)).fewer[50, 3, 0] < CLEAR / 2


def test_a_part_of_all_lines_lost_is_odd_everywhere_and_one_request_is_not(
    learned: tuple[Relations, CountSurprise],
) -> None:
    counts = requests(300, 7)
    counts[100:110] = np.random.default_rng(2).binomial(counts[100:110], 0.5)
    counts[200, :3] -= 1
    counts[201, :3] += 1

    _, related = judge(learned, counts)

    at_once, over_five = related.oddness[:, SCALES.index(1)], related.oddness[:, SCALES.index(5)]
    assert at_once[100:110].min() > np.quantile(at_once[:100], 0.99)
    assert over_five[205] <= np.quantile(over_five[:100], 1.0), "one odd window is outvoted"
    assert related.bent[100:110].min() > 0
    assert related.bent[200] == 0


def test_lines_that_come_whatever_the_load_is_are_not_expected_to_grow_with_it() -> None:
    chance = np.random.default_rng(8)
    load = chance.lognormal(0.0, 0.2, (720, 1))
    counts = np.hstack([chance.poisson(30 * load * np.ones((1, 25))), chance.poisson(20, (720, 5))]).astype(np.int64)
    own = CountSurprise.fit(COLUMNS, counts)
    relations = Relations.fit(COLUMNS, counts, own.mean[: len(COLUMNS)], own.load(counts))
    busy = np.hstack([chance.poisson(60, (40, 25)), chance.poisson(20, (40, 5))]).astype(np.int64)

    related = relations.score(busy, own.load(busy))

    assert related.expected[:, 25:30, 0].mean() < 30
    assert related.fewer[:, 25:30].max() < CLEAR


def test_of_what_is_seldom_there_nobody_says_that_it_is_missing(learned: tuple[Relations, CountSurprise]) -> None:
    counts = requests(60, 9)
    counts[30:, of(0)] = 0
    own, related = judge(learned, counts)
    seldom = replace(related, steady=np.zeros_like(related.steady))

    assert related.steady.all()
    assert agree(Layout.of(COLUMNS), own, related)[1].fewer.max() > CLEAR
    assert agree(Layout.of(COLUMNS), own, seldom)[1].fewer.max() == 0


def test_half_a_minute_that_came_late_is_not_told_as_missing_and_a_workload_that_is_gone_is(
    learned: tuple[Relations, CountSurprise],
) -> None:
    late, gone = requests(60, 10), requests(60, 10)
    moved = late[50, of(3)] // 2
    late[50, of(3)] -= moved
    late[51, of(3)] += moved
    gone[50:, of(3)] = 0

    evidence = [agree(Layout.of(COLUMNS), *judge(learned, counts))[1].fewer[50, whole(3), 0] for counts in (late, gone)]

    assert evidence[0] == 0
    assert evidence[1] > CLEAR
