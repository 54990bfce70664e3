"""What comes at the same time of most days is left in peace, and the same at another time is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.models.season import SLOT, Season
from detector.rarity import DAY

MINUTE = 60_000_000


def days(count: int, at: int, strength: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    """Minutes of some days, with evidence of that strength in ten minutes from `at` (minutes) of each day."""
    begin = np.arange(count * 1440) * MINUTE
    evidence = np.where((begin % DAY // MINUTE >= at) & (begin % DAY // MINUTE < at + 10), strength, 0.5)
    return begin, evidence


def at(day: int, hour: float) -> np.ndarray:
    return np.array([day * DAY + int(hour * 60) * MINUTE])


def test_a_job_of_every_night_is_no_wonder_at_its_hour_and_one_at_any_other() -> None:
    season = Season.fit(*days(3, at=120))

    assert season.without(at(5, 2.1), np.array([7.9])) == 0.0
    assert season.without(at(5, 2.4), np.array([7.9])) == 0.0, "a quarter of an hour late"
    assert season.without(at(5, 15.0), np.array([7.9])) == 7.9


def test_something_stronger_than_usual_is_told_at_that_hour_too() -> None:
    season = Season.fit(*days(3, at=120))

    assert season.without(at(5, 2.1), np.array([9.0])) == 9.0


def test_what_happened_once_is_no_habit() -> None:
    begin, evidence = days(3, at=120)
    evidence[begin >= DAY] = 0.5

    assert Season.fit(begin, evidence).without(at(5, 2.1), np.array([3.0])) == 3.0


def test_less_than_a_day_knows_no_hours() -> None:
    begin = np.arange(600) * MINUTE

    season = Season.fit(begin, np.full(600, 9.0))

    assert season.without(at(1, 2.0), np.array([3.0])) == 3.0


def test_two_weeks_tell_the_days_of_the_week_apart() -> None:
    begin = np.arange(21 * 48) * SLOT
    evidence = np.where(begin // DAY % 7 == 4, 9.0, 0.1)

    season = Season.fit(begin, evidence)

    assert season.without(at(25, 9.0), np.array([8.0])) == 0.0
    assert season.without(at(24, 9.0), np.array([8.0])) == 8.0


def test_each_series_has_its_own_hours() -> None:
    begin, evidence = days(3, at=120)
    both = np.stack([evidence, np.full(len(begin), 0.5)], axis=1)

    left = Season.fit(begin, both).without(at(5, 2.1), np.array([[7.0, 7.0]]))

    assert left.tolist() == [[0.0, 7.0]]


def test_of_many_windows_and_series_each_is_held_against_its_own_hour() -> None:
    begin, one = days(3, at=120)
    season = Season.fit(begin, np.stack([one, np.zeros_like(one), np.roll(one, 600)], axis=1))
    hours = np.concatenate([at(5, hour) for hour in (2.1, 12.1, 18.0)])

    left = season.without(hours, np.full((3, 3), 7.9))

    assert left.tolist() == [[0.0, 7.9, 7.9], [7.9, 7.9, 0.0], [7.9, 7.9, 7.9]]
    for row in range(3):
        assert season.without(hours[row : row + 1], np.full((1, 3), 7.9)).tolist() == left[row : row + 1].tolist()
    with pytest.raises(ValueError, match="shape"):
        season.without(hours, np.zeros((3, 2)))


def test_what_is_kept_is_what_is_notable() -> None:
    begin, evidence = days(3, at=120)

    season = Season.fit(begin, np.stack([evidence] + [np.zeros_like(evidence)] * 99, axis=1))

    assert len(season.usual[0]) == 3, "the half hour and those beside it"
    for broken in ({"places": (np.full(3, 100, np.int32),)}, {"usual": (np.zeros(2),)}):
        with pytest.raises(ValueError, match="no seasons"):
            replace(season, **broken)
