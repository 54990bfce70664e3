"""What one namespace's detector finds in series made for it, a minute a step, and what it comes to take for usual."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.metrics.detector import Detector, Verdict
from detector.metrics.usual import Grid
from ingest.prometheus.settings import Query

Floats = NDArray[np.float64]

HOUR, DAY = 60, 1_440
REQUESTS = Query("requests", "", "requests a minute", direction="both", least=10.0, zero=True)
LATENCY = Query("latency", "", "latency", unit="ms", least=20.0)
MEMORY = Query("memory", "", "memory", unit="MiB", least=64.0)
QUERIES = (REQUESTS, LATENCY, MEMORY)


def healthy(steps: int, seed: int = 3) -> Floats:
    """Requests with a day and a night, latency and memory that waver; shape (3, steps)."""
    rng = np.random.default_rng(seed)
    day = 1 + 0.6 * np.sin(2 * np.pi * np.arange(steps) / DAY)
    requests = rng.poisson(800 * day).astype(float)
    latency = 150 * np.exp(0.08 * rng.standard_normal(steps))
    memory = 2_000 * np.exp(0.02 * rng.standard_normal(steps))
    return np.stack([requests, latency, memory])


def judged(values: Floats, begin: int, queries: Sequence[Query] = QUERIES, learn: int = HOUR) -> list[Verdict]:
    """Each step from `begin` on."""
    detector = Detector(queries, Grid(60_000_000), budget=1.0, learn=learn, keep=50 * HOUR, seed=1)
    detector.remember(values[:, max(begin - 50 * HOUR, 0) : begin])
    return [detector.step(values[:, place]) for place in range(begin, values.shape[1])]


def told(verdicts: Sequence[Verdict]) -> list[int]:
    return [place for place, one in enumerate(verdicts) if one.crossed]


BEGIN = 2 * DAY + 2 * HOUR


def test_a_spike_is_found_within_a_few_steps_and_says_which_number_and_what_was_usual() -> None:
    values = healthy(BEGIN + 2 * HOUR)
    values[1, BEGIN + HOUR : BEGIN + HOUR + 10] *= 4
    verdicts = judged(values, BEGIN)
    first = told(verdicts)[0]
    assert HOUR <= first <= HOUR + 3
    (seen, *_) = verdicts[first].seen
    assert (seen.query, seen.rising) == (LATENCY, True)
    assert 400 < seen.observed < 800
    assert 100 < seen.low < 150 < seen.high < 200
    assert verdicts[first].score > 50


def test_a_single_step_out_of_range_is_nothing() -> None:
    values = healthy(BEGIN + HOUR)
    values[1, BEGIN + 30] *= 10
    assert told(judged(values, BEGIN)) == []


def test_an_outage_is_found_though_less_is_bounded_by_nought() -> None:
    values = healthy(BEGIN + HOUR)
    values[0, BEGIN + 30 : BEGIN + 40] = 0.0
    verdicts = judged(values, BEGIN)
    first = told(verdicts)[0]
    assert 30 <= first <= 33
    assert (verdicts[first].seen[0].query, verdicts[first].seen[0].rising) == (REQUESTS, False)


def test_less_than_usual_is_nothing_where_only_more_matters() -> None:
    values = healthy(BEGIN + HOUR)
    values[1, BEGIN + 30 :] /= 3
    queries = (REQUESTS, LATENCY)
    assert not [one for one in judged(values[:2], BEGIN, queries) for seen in one.seen if seen.query is LATENCY]


def test_a_difference_that_means_nothing_is_not_told() -> None:
    values = healthy(BEGIN + HOUR)
    values[2] = 100 + 0.1 * values[2] / 2_000
    values[2, BEGIN + 30 :] += 60
    assert told(judged(values, BEGIN)) == []
    values[2, BEGIN + 30 :] += 60
    assert told(judged(values, BEGIN))


def test_a_new_level_is_told_and_usual_after_two_hours() -> None:
    values = healthy(BEGIN + 5 * HOUR)
    values[1, BEGIN + HOUR :] *= 2
    found = told(judged(values, BEGIN))
    assert HOUR <= found[0] <= HOUR + 3
    assert found[-1] < HOUR + 2 * HOUR + 30


def test_a_leak_is_seen_though_each_step_is_like_the_one_before() -> None:
    values = healthy(BEGIN + 6 * HOUR)
    values[2, BEGIN + HOUR :] *= 1 + np.arange(5 * HOUR) / (6 * HOUR)
    found = [one for one in judged(values, BEGIN) if one.crossed]
    assert found
    assert found[0].seen[0].query is MEMORY


def test_a_fault_of_yesterday_is_not_what_is_usual_at_this_time_today() -> None:
    values = healthy(BEGIN + DAY)
    for day in (0, 1):
        values[1, BEGIN + HOUR + day * DAY - DAY : BEGIN + HOUR + day * DAY - DAY + 15] *= 4
    assert any(HOUR <= place < HOUR + 15 for place in told(judged(values[:, : BEGIN + 2 * HOUR], BEGIN)))


def test_a_fault_is_not_what_the_next_one_is_measured_by() -> None:
    values = healthy(BEGIN + 5 * HOUR)
    for at in (BEGIN + HOUR, BEGIN + 4 * HOUR):
        values[1, at : at + 80] *= 3
    found = told(judged(values, BEGIN))
    assert {place // (3 * HOUR) for place in found} == {0, 1}
    assert len([place for place in found if place >= 4 * HOUR]) > 50


def test_what_came_at_this_time_on_two_days_is_a_habit() -> None:
    values = healthy(BEGIN + HOUR * 2)
    for day in (0, 1, 2):
        at = BEGIN + HOUR - day * DAY
        values[1, at : at + 15] *= 4
    assert told(judged(values, BEGIN)) == []


def test_what_is_not_known_is_neither_odd_nor_does_it_disturb() -> None:
    values = healthy(BEGIN + 2 * HOUR)
    values[:, BEGIN + 20 : BEGIN + 40] = np.nan
    values[2] = np.nan
    assert told(judged(values, BEGIN)) == []


def test_an_odd_combination_of_usual_numbers_is_found_by_the_trees() -> None:
    rng = np.random.default_rng(5)
    steps = BEGIN + 2 * HOUR
    busy = np.repeat(rng.random(steps // 10 + 1) < 0.5, 10)[:steps]
    queries = tuple(Query(name, "", name, direction="both") for name in ("a", "b", "c"))
    level = np.where(busy, 900.0, 100.0) * np.exp(0.05 * rng.standard_normal((3, steps)))
    level[1, BEGIN + HOUR : BEGIN + HOUR + 40] = 1_000 - np.clip(level[0, BEGIN + HOUR : BEGIN + HOUR + 40], 50, 950)
    level[2, BEGIN + HOUR : BEGIN + HOUR + 40] = level[0, BEGIN + HOUR : BEGIN + HOUR + 40]
    verdicts = judged(level, BEGIN, queries)
    found = [place for place in told(verdicts) if HOUR <= place < HOUR + 45]
    assert found
    assert len(verdicts[found[0]].seen) >= 2


def test_without_enough_history_nothing_is_judged_and_then_it_is() -> None:
    values = healthy(3 * HOUR)
    detector = Detector(QUERIES, Grid(60_000_000), budget=1.0, learn=HOUR, keep=50 * HOUR, seed=1)
    for place in range(HOUR):
        detector.step(values[:, place])
    assert not detector.judges
    detector.step(values[:, HOUR])
    assert detector.judges


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_healthy_day_is_quiet(seed: int) -> None:
    assert len(told(judged(healthy(BEGIN + DAY // 2, seed), BEGIN))) <= 2


def test_the_same_history_gives_the_same_scores() -> None:
    values = healthy(BEGIN + HOUR)
    assert judged(values, BEGIN) == judged(values, BEGIN)
