"""Drift: a shift that lasts is named, whatever the load; healthy days, however they swing, are none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.drift import BLOCKS, Learned, block_of, scores_drifted
from detector.vectors import Column
from tests.models.namespaces import COLUMNS, SPAN, healthy, matrix

DAY = 1_440
NEWEST = BLOCKS * 30
"""Windows."""
Counts = NDArray[np.int64]


def drifted(counts: Counts, end: int, columns: tuple[Column, ...] = COLUMNS) -> list[str]:
    """What has drifted in the newest hours before a window, by what the first three days show."""
    learned = Learned.of(matrix(counts[: 3 * DAY], columns))
    return [one.what for one in learned.drifted(matrix(counts[end - NEWEST : end], columns, (end - NEWEST) * SPAN))]


def with_own_hours(counts: Counts, seed: int) -> Counts:
    """Each template at its own time of day, and wandering for an hour or two by itself."""
    chance = np.random.default_rng(seed)
    wander, noise = np.zeros(counts.shape), np.zeros(counts.shape[1])
    for row in range(len(counts)):
        noise = noise * np.exp(-1 / 120) + chance.normal(0, 0.15 * np.sqrt(1 - np.exp(-1 / 60)), len(noise))
        wander[row] = noise
    phase = chance.uniform(0, 2 * np.pi, counts.shape[1])
    day = 0.5 * np.sin(2 * np.pi * np.arange(len(counts))[:, None] / DAY + phase)
    return np.asarray(chance.poisson(counts * np.exp(wander + day)), np.int64)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("made", ["one load for all", "each template has its own hours"])
def test_healthy_days_do_not_drift(seed: int, made: str) -> None:
    counts = healthy(6 * DAY, seed)
    counts = counts if made == "one load for all" else with_own_hours(counts, seed)

    assert [end for end in range(3 * DAY + NEWEST, 6 * DAY, 60) if drifted(counts, end)] == []


def test_a_surge_of_all_is_no_drift() -> None:
    counts = healthy(4 * DAY, 1, slice(3 * DAY, 4 * DAY), factor=4.0)
    assert drifted(counts, 3 * DAY + NEWEST) == []


@pytest.mark.parametrize(("index", "factor"), [(0, 2.0), (4, 0.4), (7, 2.5)])
def test_a_template_whose_level_shifted_is_named_first(index: int, factor: float) -> None:
    counts, chance = healthy(4 * DAY, 2), np.random.default_rng(2)
    counts[3 * DAY :, index] = chance.poisson(counts[3 * DAY :, index] * factor)

    assert drifted(counts, 3 * DAY + NEWEST)[0] == COLUMNS[index].template


def test_a_workload_that_shifted_as_a_whole_is_named_with_its_templates() -> None:
    counts, chance = healthy(4 * DAY, 3), np.random.default_rng(3)
    counts[3 * DAY :, 3:5] = chance.poisson(counts[3 * DAY :, 3:5] * 3.0)

    assert set(drifted(counts, 3 * DAY + NEWEST)) == {"cart-0", "cart-1", "cart"}


def test_it_takes_hours_not_minutes() -> None:
    counts = healthy(4 * DAY, 4)
    counts[3 * DAY : 3 * DAY + 120, 0] *= 5
    assert drifted(counts, 3 * DAY + NEWEST) == []


def test_a_template_that_is_new_or_gone_for_hours_has_drifted() -> None:
    counts = healthy(4 * DAY, 5)
    counts[: 3 * DAY, 0] = 0
    counts[3 * DAY :, 5] = 0
    found = drifted(counts, 3 * DAY + NEWEST)

    assert {"web-0", "db-0"} <= set(found)


def test_columns_may_come_in_another_order_and_others_beside() -> None:
    counts, chance = healthy(4 * DAY, 2), np.random.default_rng(2)
    counts[3 * DAY :, 0] = chance.poisson(counts[3 * DAY :, 0] * 2.0)
    learned = Learned.of(matrix(counts[: 3 * DAY]))
    newest = matrix(counts[3 * DAY : 3 * DAY + NEWEST], start=3 * DAY * SPAN)
    turned = matrix(newest.counts[:, ::-1], COLUMNS[::-1], newest.start)

    assert learned.drifted(turned) == learned.drifted(newest) != ()


def test_a_silent_namespace_has_not_drifted() -> None:
    counts = healthy(4 * DAY, 6)
    counts[3 * DAY :] = 0
    assert drifted(counts, 3 * DAY + NEWEST) == []


def test_less_than_a_day_tells_nothing() -> None:
    counts = healthy(2 * DAY, 7)
    learned = Learned.of(matrix(counts[: DAY - 30]))
    counts[-NEWEST:, 0] *= 5

    assert not learned.whole_day
    assert learned.drifted(matrix(counts[-NEWEST:], start=(2 * DAY - NEWEST) * SPAN)) == ()


def test_what_was_learned_last_is_no_drift_since_then() -> None:
    counts, chance, begun = healthy(4 * DAY, 8), np.random.default_rng(8), 3 * DAY - 60
    counts[begun:, 0] = chance.poisson(counts[begun:, 0] * 2.0)
    newest = matrix(counts[3 * DAY : 3 * DAY + NEWEST], start=3 * DAY * SPAN)
    learned = Learned.of(matrix(counts[: 3 * DAY]))
    assert [one.what for one in learned.drifted(newest)] == ["web-0"]

    counts[begun - 120 : begun, 0] = chance.poisson(counts[begun - 120 : begun, 0] * 2.0)
    learned = Learned.of(matrix(counts[: 3 * DAY]))
    assert learned.drifted(newest) == (), "it has been learned"
    assert [one.what for one in learned.drifted(newest, since_learned=False)] == ["web-0"]


@pytest.mark.parametrize("seconds", [7, 60, 420, 3_600])
def test_a_block_is_half_an_hour_in_whole_windows(seconds: int) -> None:
    span = seconds * 1_000_000
    assert block_of(span) % span == 0
    assert abs(block_of(span) - 1_800_000_000) < max(span, 1_800_000_001)


def test_chances_that_are_as_they_should_be_are_no_drift_and_smaller_ones_are() -> None:
    chance = np.random.default_rng(9)
    assert scores_drifted(chance.uniform(size=360), SPAN) is None
    assert scores_drifted(np.ones(360), SPAN) is None, "careful chances are too large"
    assert scores_drifted(np.zeros(20), SPAN) is None, "too few to tell"

    found = scores_drifted(chance.uniform(0, 0.2, 360), SPAN)
    assert found is not None
    assert (found.what, found.statistic > 0.7) == ("score", True)
