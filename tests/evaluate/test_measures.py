"""What the figures mean, by numbers that can be counted on fingers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detector.evaluate.events import Event
from detector.evaluate.measures import (
    FAULTY,
    HEALTHY,
    LEFT_OUT,
    Flags,
    areas,
    blamed,
    first_told,
    is_false,
    label,
    names_it,
    over_seeds,
    wilson,
)
from detector.evaluate.scorecard import score_card
from detector.evaluate.trial import Told, Trial

MINUTE = 60_000_000


def fault(begin: float, end: float, workload: str = "cart", also: tuple[str, ...] = ()) -> Event:
    return Event("silent", "small", workload, round(begin * MINUTE), round(end * MINUTE), 0, also=also)


def harmless(begin: int, end: int) -> Event:
    return Event("surge", "", "", begin * MINUTE, end * MINUTE, 0, harmless=True)


def told(*minutes: int, workload: str = "cart") -> Told:
    return Told(tuple(minute * MINUTE for minute in minutes), 50.0, workload, "cart: all is silent")


def trial(*events: Event, some: tuple[Told, ...] = (), score: list[float] | None = None, seed: int = 1) -> Trial:
    values = np.zeros(1_440) if score is None else np.array(score)
    return Trial("drainwatch", seed, 0, MINUTE, values, 10.0, 25.0, some, events)


def test_windows_in_a_fault_are_faulty_those_just_after_are_left_out_and_surges_are_healthy() -> None:
    labels = label(trial(fault(30, 34), harmless(60, 70)))
    assert np.flatnonzero(labels == FAULTY).tolist() == [30, 31, 32, 33]
    assert np.flatnonzero(labels == LEFT_OUT).tolist() == list(range(34, 49))
    assert labels[65] == HEALTHY


def test_windows_of_kinds_that_are_not_asked_for_are_left_out() -> None:
    labels = label(trial(fault(30, 34)), without=("silent",))
    assert set(labels[30:34].tolist()) == {LEFT_OUT}


def test_a_window_that_a_fault_fills_less_than_half_is_neither() -> None:
    labels = label(trial(fault(30.75, 34.5)))
    assert labels[30] == LEFT_OUT
    assert (labels[31:35] == FAULTY).all()


def test_the_delay_counts_windows_from_the_one_in_which_the_fault_begins() -> None:
    assert first_told(fault(30, 34), [told(30)], MINUTE) == (1, told(30))
    assert first_told(fault(30, 34), [told(32, 33)], MINUTE) == (3, told(32, 33))
    assert first_told(fault(30, 34), [told(28, 29, 31)], MINUTE) == (2, told(28, 29, 31))


def test_a_fault_counts_as_found_until_two_windows_after_its_end() -> None:
    assert first_told(fault(30, 34), [told(35)], MINUTE) == (6, told(35))
    assert first_told(fault(30, 34), [told(36)], MINUTE) is None
    assert first_told(fault(30, 34), [told(29)], MINUTE) is None


def test_what_is_told_in_the_aftermath_is_neither_right_nor_false() -> None:
    events = [fault(30, 34), harmless(100, 110)]
    assert not is_false(told(48), events, MINUTE)
    assert is_false(told(50), events, MINUTE)
    assert blamed(told(50), events, MINUTE) == ""
    assert blamed(told(105), events, MINUTE) == "surge"


def test_the_workload_at_fault_is_named_or_one_that_calls_it_where_that_is_where_it_shows() -> None:
    assert names_it(fault(1, 2), told(1))
    assert not names_it(fault(1, 2), told(1, workload="gateway"))
    assert names_it(fault(1, 2, also=("gateway",)), told(1, workload="gateway"))


def test_flags() -> None:
    labels = np.array([FAULTY] * 4 + [HEALTHY] * 10 + [LEFT_OUT] * 3, np.int8)
    flagged = np.zeros(17, np.bool_)
    flagged[[0, 1, 2, 5, 14, 15]] = True
    flags = Flags.of(labels, flagged)
    assert (flags.true, flags.false, flags.missed, flags.quiet) == (3, 1, 1, 9)
    assert (flags.precision, flags.recall, flags.false_positive_rate) == (0.75, 0.75, 0.1)
    assert flags.plus(flags).true == 6


def test_areas_leave_out_the_aftermath() -> None:
    labels = np.array([FAULTY, FAULTY, HEALTHY, HEALTHY, LEFT_OUT], np.int8)
    # Of the four pairs of a faulty and a healthy window three are in the right order.
    roc, pr = areas(labels, np.array([9.0, 3.0, 5.0, 1.0, 99.0]))
    assert roc == 0.75
    assert pr == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert math.isnan(areas(np.zeros(3, np.int8), np.ones(3))[0])


def test_wilsons_interval() -> None:
    # Worked by hand: 9 of 10 with z = 1.96.
    interval = wilson(9, 10)
    assert interval.value == 0.9
    assert interval.low == pytest.approx(0.5958, abs=1e-3)
    assert interval.high == pytest.approx(0.9821, abs=1e-3)
    assert wilson(0, 0).high == 1.0


def test_seeds_are_drawn_anew_for_the_interval() -> None:
    values = np.array([0.0, 1.0])
    interval = over_seeds(2, lambda at: float(values[at].mean()))
    assert (interval.value, interval.low, interval.high) == (0.5, 0.0, 1.0)
    assert over_seeds(1, lambda at: 0.25).low == 0.25


def test_a_card_of_two_seeds() -> None:
    first = trial(
        fault(100, 104), fault(200, 204), harmless(300, 310),
        some=(told(101, 102), told(305, workload="gateway"), told(500)),
    )  # fmt: skip
    second = trial(fault(100, 104), some=(told(100, workload="gateway"),), seed=2)
    card = score_card([first, second])
    assert (card.faults, card.days, card.seeds) == (3, 2.0, 2)
    assert card.found.value == pytest.approx(2 / 3)
    assert card.false_a_day.value == 1.0
    assert card.delay == 1.5
    assert card.named.value == 0.5
    assert {row.name: (row.events, row.false) for row in card.peace} == {"surge": (1, 1), "": (0, 1)}
    assert [one.event.begin for one in card.missed] == [200 * MINUTE]
    assert [(group.name, group.found, group.of) for group in card.kinds] == [("silent", 2, 3)]


def test_windows_are_flagged_by_the_score_from_which_they_are_kept_and_by_that_of_incidents() -> None:
    score = [0.0] * 1_440
    for minute, value in {100: 30.0, 101: 12.0, 102: 12.0, 700: 12.0}.items():
        score[minute] = value
    card = score_card([trial(fault(100, 104), score=score)])
    assert (card.recall.value, card.precision.value) == (0.75, 0.75)
    assert (card.alert_recall.value, card.alert_precision.value) == (0.25, 1.0)
    assert card.false_positive_rate.value == pytest.approx(1 / (1_440 - 4 - 15))
