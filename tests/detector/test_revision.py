"""How far a second thought reaches: which windows are judged again, by which model, and what becomes of the story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from detector.findings import ModelCard
from detector.history import History
from detector.periods import Period, Scored
from detector.revision import Changes, changes, judged
from detector.schedule import Schedule
from detector.settings import DetectionSettings
from detector.trained import Trained
from detector.vectors import WindowCounts
from tests.detector.history import at, window
from tests.detector.records import MINUTE

SETTINGS = DetectionSettings(learn=timedelta(minutes=30), trees=10)
SCHEDULE = Schedule.of(SETTINGS)
DAY = 24 * 60
CONTEXT = 75
"""Windows that the score of one looks back on."""


def card(begin: int, end: int) -> ModelCard:
    return ModelCard(f"until {end}", "shop", at(begin), at(end), end - begin, 1, 1)


def in_minutes(periods: Sequence[Period] | Sequence[Scored]) -> list[tuple[int, int, str]]:
    return [
        ((begin - at(0)) // MINUTE, (end - at(0)) // MINUTE, card.version if card else "")
        for begin, end, card in periods
    ]


def always(begin: int, end: int) -> list[Period]:
    return [(begin, end, card(0, 30))]


def changed(*minutes: int) -> Changes:
    return Changes([window(minute, {}) for minute in minutes], [window(minute, {"request": 1}) for minute in minutes])


def busy(minutes: range) -> list[WindowCounts]:
    return [window(minute, {"request": 1}) for minute in minutes]


def test_windows_are_judged_again_as_far_as_their_context_reaches() -> None:
    again = judged(changed(200, 205), busy(range(1_000)), SCHEDULE, always, at(1_000))
    assert (again.begin, again.end) == (at(200), at(206 + CONTEXT))
    assert in_minutes(again.parts) == [(200, 206 + CONTEXT, "until 30")]


def test_nothing_that_is_still_open_is_judged() -> None:
    again = judged(changed(200), busy(range(210)), SCHEDULE, always, at(210))
    assert (again.begin, again.end) == (at(200), at(210))


def test_where_it_turns_out_to_have_been_alive_for_longer_its_silence_is_judged_as_well() -> None:
    silent_since = [*busy(range(100)), window(1_000, {"request": 1})]
    again = judged(changed(1_000), silent_since, SCHEDULE, always, at(5_000))
    assert (again.begin, again.end) == (at(1_000), at(1_000 + DAY))
    assert in_minutes(again.parts) == [(1_000, 1_000 + DAY, "until 30")]


def test_where_it_turns_out_not_to_have_been_alive_what_was_found_is_judged_away() -> None:
    taken_back = Changes([window(1_000, {"request": 1})], [window(1_000, {})])
    again = judged(taken_back, busy(range(100)), SCHEDULE, always, at(5_000))
    assert again.holds(at(1_000 + DAY - 1))
    assert in_minutes(again.parts) == [(1_000, 99 + DAY, "until 30")], "until a day after the last line there is"


def test_only_what_is_different_is_a_change() -> None:
    known = [window(1, {"request": 2, "audit": 1}), window(2, {"request": 2}), window(1, {"request": 3})]
    counted = [window(1, {"audit": 1, "request": 5}), window(2, {"request": 4})]
    found = changes(known, counted)
    assert [one.window for one in found.after] == [at(2)]
    assert [one.counts.tolist() for one in found.before] == [[2]]


def test_each_window_is_judged_by_the_model_of_its_time() -> None:
    trained = Trained("shop", SETTINGS, History(MINUTE))
    assert trained.periods(at(0), at(500)) == []
    trained.restore(None, [card(100, 200), card(10, 40)])

    assert in_minutes(trained.periods(at(30), at(500))) == [(40, 200, "until 40"), (200, 500, "until 200")]
    assert in_minutes(trained.periods(at(50), at(60))) == [(50, 60, "until 40")]


def test_what_was_before_all_learning_is_judged_by_the_newest_model() -> None:
    trained = Trained("shop", SETTINGS, History(MINUTE))
    trained.restore(None, [card(100, 200), card(10, 40)])

    assert in_minutes(trained.periods(at(0), at(35))) == [(0, 10, "until 200")]
