"""A namespace through time: when it learns, is trained, is given up, and that being stopped changes nothing."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
import pytest

from detector.findings import ReasonKind
from detector.namespace import Findings
from detector.schedule import LEAST_WINDOWS, Schedule
from detector.settings import DetectionSettings
from detector.vectors import WindowCounts
from tests.detector.history import SCHEDULE, SETTINGS, TEMPLATES, at, busy, go, state, template, window
from tests.detector.records import MINUTE

DAY = 24 * 60
FAULT = {minute: {"refused": 25} for minute in range(100, 105)}


def trained_until(findings: Findings) -> list[int]:
    """Minutes."""
    return [(card.trained_until - at(0)) // MINUTE for card in findings.models]


def test_a_new_namespace_learns_and_says_until_when() -> None:
    namespace = state()
    go(namespace, busy(range(10)), until=10)
    status = namespace.status()

    assert (status.model, status.learning_until) == (None, at(30))
    assert (status.windows, status.first_window, status.last_window, status.templates) == (10, at(0), at(9), 3)
    assert status.lines == sum(int(one.counts.sum()) for one in busy(range(10)))


def test_it_is_trained_when_it_learned_then_as_its_history_doubles_then_every_24_hours() -> None:
    found = go(state(), busy(range(4 * DAY)), until=4 * DAY)

    assert trained_until(found) == [30, 60, 120, 240, 480, 960, 1920, 1920 + DAY, 1920 + 2 * DAY]


def test_a_model_learns_from_no_more_than_the_training_span() -> None:
    settings = SETTINGS.model_copy(update={"train_span": timedelta(minutes=100)})
    found = go(state(settings), busy(range(300)), until=300)

    assert [(card.trained_from - at(0)) // MINUTE for card in found.models] == [0, 0, 20, 140]


def test_nothing_is_said_before_there_is_a_model_but_of_new_errors() -> None:
    assert go(state(), busy(range(30), {10: {"refused": 100}}), until=30).anomalies == [], "they may be there always"
    assert go(state(), busy(range(30), {20: {"request": 400}}), until=30).anomalies == [], "they are no errors"

    found = go(state(), busy(range(30), {20: {"refused": 100}}), until=30)
    (anomaly,), (incident,) = found.anomalies, found.incidents.values()
    assert (anomaly.window, anomaly.model, anomaly.incident) == (at(20), "", incident.id)
    assert incident.summary.startswith("shop: 100 × “refused <NUM>” in cart, never seen before")


def test_an_error_never_seen_before_is_an_anomaly_and_an_incident() -> None:
    found = go(state(), busy(range(130), FAULT), until=130)
    (incident,) = found.incidents.values()

    assert (incident.start, incident.end, incident.open) == (at(100), at(105), False)
    assert [anomaly.window for anomaly in found.anomalies if anomaly.incident == incident.id] == [
        at(minute) for minute in FAULT
    ]
    assert (incident.reasons[0].kind, incident.reasons[0].template) == (ReasonKind.NEW, "refused <NUM>")


@pytest.mark.parametrize("step", [1, 7, 45])
def test_in_how_many_pieces_it_is_read_makes_no_difference(step: int) -> None:
    windows = busy(range(130), FAULT)
    together, pieces, namespace = go(state(), windows, until=130), Findings(), state()
    for begin in range(0, 130, step):
        until = min(130, begin + step)
        pieces.add(go(namespace, windows[begin:until], until))

    assert pieces == together


@pytest.mark.parametrize("stop", [15, 40, 102])
def test_a_restart_is_no_restart(stop: int) -> None:
    windows = busy(range(130), FAULT)
    undisturbed = state()
    before = go(undisturbed, windows[:stop], until=stop)
    restarted = state()
    restarted.restore(
        windows[:stop], TEMPLATES, undisturbed.status(), at(stop), before.models, incidents=before.incidents.values()
    )

    assert go(restarted, windows[stop:], until=130) == go(undisturbed, windows[stop:], until=130)
    assert restarted.status() == undisturbed.status()


def test_where_the_counts_of_the_model_are_gone_it_learns_anew() -> None:
    namespace = state()
    go(namespace, busy(range(60)), until=60)
    month = 31 * DAY
    restarted = state()
    restarted.restore([], TEMPLATES, namespace.status(), at(month))

    found = go(restarted, busy(range(month, month + 60)), until=month + 60)

    assert restarted.status().model is not None
    assert all(card.trained_until >= at(month) for card in found.models)


def test_too_few_lines_to_learn_from_are_waited_for() -> None:
    namespace = state()
    rare = [window(minute, {"request": 1}) for minute in range(0, 60, 6)]

    assert trained_until(go(namespace, rare[:9], until=50)) == []
    status = namespace.status()
    assert status.learning_until is not None
    assert status.learning_until > at(50), "not in the past"
    assert trained_until(go(namespace, rare[9:], until=60)) == [55]


def test_training_by_hand_says_what_is_missing() -> None:
    namespace = state()
    namespace.learn(busy(range(12)), TEMPLATES, at(12))

    with pytest.raises(ValueError, match="12 windows, 12 of them with a line; at least 20 and 10 are needed"):
        namespace.train(at(0), at(12))


def test_a_silence_is_told_once_and_given_up_after_a_day() -> None:
    namespace = state()
    found = go(namespace, busy(range(2 * DAY)), until=4 * DAY)
    windows = [anomaly.window for anomaly in found.anomalies if anomaly.score >= 25 and anomaly.window >= at(2 * DAY)]

    assert min(windows) < at(2 * DAY + 10)
    assert max(windows) < at(2 * DAY + DAY)
    assert not any(incident.open for incident in found.incidents.values())
    assert max(trained_until(found)) <= 3 * DAY, "nothing is learned from a namespace that is gone"


def test_one_that_comes_back_is_scored_again() -> None:
    namespace = state()
    go(namespace, busy(range(120)), until=5 * DAY)
    back = range(5 * DAY, 5 * DAY + 60)
    found = go(namespace, busy(back, {5 * DAY + 30: {"refused": 25}}), until=5 * DAY + 60)

    assert at(5 * DAY + 30) in [anomaly.window for anomaly in found.anomalies if anomaly.incident]


def test_years_without_a_line_cost_nothing() -> None:
    namespace, years = state(), 20 * 365 * DAY
    began = time.process_time()
    go(namespace, [*busy(range(60)), *busy(range(years, years + 60))], until=years + 60)
    go(namespace, [], until=2 * years)

    assert time.process_time() - began < 5
    assert namespace.status().last_window == at(2 * years - 1)


def test_late_lines_join_the_history_and_are_not_scored() -> None:
    namespace = state()
    go(namespace, busy(range(60)), until=60)
    before = namespace.status().lines
    namespace.add_late([window(50, {"refused": 40})], TEMPLATES)

    assert namespace.status().lines == before + 40
    assert go(namespace, busy([60]), until=61).anomalies == []


def test_a_namespace_of_late_lines_only_is_one_that_learns() -> None:
    namespace = state()
    namespace.add_late([window(3, {"request": 2})], TEMPLATES)
    go(namespace, [], until=10)
    status = namespace.status()

    assert (status.first_window, status.last_window, status.windows, status.lines) == (at(3), at(9), 7, 2)
    assert status.learning_until == at(3 + 30)


@pytest.mark.parametrize("seconds", [7, 50, 420])
def test_windows_that_divide_neither_hour_nor_day_stay_on_their_grid(seconds: int) -> None:
    settings = DetectionSettings(window=timedelta(seconds=seconds), learn=timedelta(minutes=30), trees=10)
    span = seconds * 1_000_000
    first = at(0) // span * span
    even = {"request": 40, "query": 20}
    windows = [
        WindowCounts("shop", first + row * span, one.templates, one.counts)
        for row, one in enumerate(window(0, even | ({"refused": 25} if row == 450 else {})) for row in range(500))
    ]
    namespace = state(settings)
    found = go(namespace, windows, until=(first + 500 * span - at(0)) / MINUTE)

    assert first + 450 * span in [anomaly.window for anomaly in found.anomalies]
    for anomaly in found.anomalies:
        assert (anomaly.window - first) % span == 0
    for card in found.models:
        assert (card.trained_until - first) % span == (card.trained_from - first) % span == 0


def test_the_schedule_is_in_whole_windows_and_has_enough_of_them() -> None:
    schedule = Schedule.of(DetectionSettings(window=timedelta(minutes=7), learn=timedelta(minutes=10)))

    assert schedule.learn == LEAST_WINDOWS * schedule.span
    for length in (schedule.train_span, schedule.retrain, schedule.alive, schedule.history):
        assert length % schedule.span == 0
    assert schedule.alive >= 24 * 60 * MINUTE


def test_a_model_is_due_after_learning_then_as_history_doubles_then_daily() -> None:
    def due(trained: float | None) -> float:
        return (SCHEDULE.next_training(at(0), None if trained is None else at(trained)) - at(0)) / MINUTE

    assert [due(None), due(30), due(500), due(5_000)] == [30, 60, 1_000, 5_000 + DAY]


def test_a_template_without_a_level_whose_words_are_alarming_counts_as_an_error() -> None:
    templates = {**TEMPLATES, "x": template("x", "")}
    templates["x"].text = "connection to <IP> refused"
    plain, alarming = state(), state()
    for namespace, name in ((plain, "audit2"), (alarming, "x")):
        templates["audit2"] = template("audit2", "info")
        usual = busy([60])[0]
        new = WindowCounts("shop", at(60), (*usual.templates, name), np.append(usual.counts, 3))
        namespace.advance(busy(range(60)), templates, at(60), lambda *_: ())
        namespace.advance([new], templates, at(61), lambda *_: ())

    assert alarming.status().last_score > plain.status().last_score


def test_one_that_is_retired_lets_go_of_models_and_columns_and_goes_on_the_same_when_it_comes_back() -> None:
    back = 6 * DAY
    windows = busy(
        [*range(130), *range(back, back + 60)], {minute: {"refused": 25} for minute in range(back + 5, back + 9)}
    )
    together = go(state(), windows, until=back + 60)

    namespace = state()
    pieces = go(namespace, windows[:130], until=130)
    pieces.add(go(namespace, [], until=back))
    assert (namespace.resting, namespace.trained._made, namespace.history.columns) == (True, {}, {})
    assert namespace.status_to_keep().last_window == at(129 + DAY - 1)
    namespace.wake(lambda since, until: [one for one in windows[:130] if since <= one.window < until], TEMPLATES)
    assert not namespace.resting
    pieces.add(go(namespace, windows[130:], until=back + 60))

    assert together.anomalies
    assert pieces == together


def test_one_that_is_retired_rests_also_after_a_restart_and_learns_anew_where_its_counts_are_gone() -> None:
    namespace = state()
    before = go(namespace, busy(range(60)), until=2 * DAY)
    restarted = state()
    restarted.restore(busy(range(60)), TEMPLATES, namespace.status_to_keep(), at(2 * DAY), before.models)

    assert restarted.resting
    assert restarted.status_to_keep() == namespace.status_to_keep()
    restarted.wake(lambda since, until: [], TEMPLATES)
    assert restarted.status().model is None
