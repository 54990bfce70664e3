"""Days that are mixed from real traces: none is invented, none torn, and no minute repeats."""

from __future__ import annotations

import numpy as np

from detector.evaluate.lines import Lines
from detector.evaluate.mixing import Draws, draw, expected_load, play
from detector.evaluate.plan import Options, plan
from detector.rarity import DAY
from tests.evaluate.shop import background, shop

MONDAY = 4 * DAY
"""1 January 1970 was a Thursday."""
MINUTE = 60_000_000


def a_day(seed: int = 1, mean: float = 10.0) -> Draws:
    return draw(background(), MONDAY, expected_load(MONDAY, mean), np.random.default_rng(seed))


def test_noon_is_five_times_as_busy_as_the_night_and_the_weekend_is_quieter() -> None:
    load = expected_load(MONDAY, 30.0)
    assert load.mean() == 30.0
    assert round(load.max() / load.min(), 2) == 5.0
    assert 12 * 60 <= load.argmax() <= 14 * 60
    assert expected_load(MONDAY + 5 * DAY, 30.0).mean() == 18.0


def test_every_trace_is_played_whole() -> None:
    real, draws = background(), a_day()
    lines = play(real, draws, 1_000)
    assert len(lines) == np.diff(real.begin)[draws.trace].sum()
    for number in (0, 7, len(draws.trace) - 1):
        mine = lines.where(lines.trace == 1_000 + number)
        rows = slice(real.begin[draws.trace[number]], real.begin[draws.trace[number] + 1])
        assert mine.template.tolist() == real.template[rows].tolist()
        assert (mine.time - draws.start[number]).tolist() == real.offset[rows].tolist()


def test_a_trace_at_the_end_of_a_minute_goes_on_in_the_next() -> None:
    longest = int(np.diff(background().begin).argmax())
    draws = Draws(np.array([longest]), np.array([MONDAY + MINUTE - 30_000]))
    lines = play(background(), draws, 0)
    counts = lines.counts(MONDAY, 2, MINUTE, len(shop().templates))
    assert counts[0].sum() == 2  # steps are 20 ms apart
    assert counts[1].sum() == len(lines) - 2


def test_no_two_minutes_are_the_same() -> None:
    draws = a_day(mean=20.0)
    minute = (draws.start - MONDAY) // MINUTE
    mixed = [tuple(sorted(draws.trace[minute == number].tolist())) for number in range(1_440)]
    assert len(set(mixed)) == 1_440


def test_minutes_vary_more_than_by_chance() -> None:
    at_noon = [int(((a_day(seed).start - MONDAY) // MINUTE == 780).sum()) for seed in range(40)]
    assert np.var(at_noon) > 1.3 * np.mean(at_noon)


def test_counts_are_of_every_line_once() -> None:
    lines = Lines.alone([MONDAY, MONDAY + 1, MONDAY + MINUTE], [3, 3, 1])
    counts = lines.counts(MONDAY, 2, MINUTE, 4)
    assert counts.tolist() == [[0, 0, 0, 2], [0, 1, 0, 0]]


def test_the_mean_is_such_that_the_peak_is_as_busy_as_the_real_minutes() -> None:
    assert plan(shop(), Options(), 0).mean == 0.6 * background().median
    assert plan(shop(), Options(mean=12.0), 0).mean == 12.0
