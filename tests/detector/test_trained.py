"""The models of a namespace: what is left out of them, which is at work when, and which can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pytest

from detector.choices import Choices, time_of_choice
from detector.counting import columns_of
from detector.findings import Cause, ModelChoice
from detector.history import History, Stretch, learnable, moved_to, stand_ins
from detector.models.ensemble import METHOD
from detector.models.saved import dump
from detector.scoring import Scorer
from detector.settings import DetectionSettings
from detector.store.port import Fitted
from detector.telling import Findings
from detector.trained import Lesson, Trained
from detector.vectors import WindowCounts
from tests.detector.history import SETTINGS, TEMPLATES, at, busy, go, state, window
from tests.detector.records import MINUTE

FAULT = {minute: {"refused": 25} for minute in range(100, 110)}


def learner(
    windows: Sequence[WindowCounts], kept: Fitted | None = None, settings: DetectionSettings = SETTINGS
) -> Trained:
    history = History(MINUTE)
    for one in windows:
        history.add(one, TEMPLATES)
    return Trained("shop", settings, history, lambda: kept)


def chosen(version: str, minute: int) -> ModelChoice:
    return ModelChoice("shop", version, at(minute), "ana", "why not")


def versions(found: Findings) -> list[str]:
    return [card.version for card in found.models]


def moved(windows: Sequence[WindowCounts], minutes: int, left_out: Sequence[Stretch]) -> list[WindowCounts]:
    return moved_to(windows, stand_ins(at(0), at(minutes), left_out, MINUTE))


def test_the_windows_before_stand_in_for_those_that_are_left_out() -> None:
    windows = [window(minute, {"request": minute + 1}) for minute in range(10)]
    kept = moved(windows, 10, [(at(4), at(7))])

    assert [one.window for one in kept] == [at(minute) for minute in range(10)]
    assert [int(one.counts[0]) for one in kept] == [1, 2, 3, 4, 4, 3, 2, 8, 9, 10]


def test_where_nothing_is_before_the_windows_after_stand_in() -> None:
    windows = [window(minute, {"request": minute + 1}) for minute in range(6)]

    assert [int(one.counts[0]) for one in moved(windows, 6, [(at(0), at(2))])] == [3, 4, 3, 4, 5, 6]
    assert moved(windows, 6, [(at(0), at(6))]) == []


def test_a_quiet_window_and_late_lines_stand_in_as_they_are() -> None:
    windows = [window(0, {"request": 1}), window(1, {"request": 2}), window(3, {"request": 9}), window(1, {"query": 5})]

    assert [(one.window, one.templates) for one in moved(windows, 4, [(at(2), at(4))])] == [
        (at(0), ("request",)), (at(1), ("request",)), (at(1), ("query",)),
        (at(2), ("request",)), (at(2), ("query",)), (at(3), ("request",)),
    ]  # fmt: skip


def test_what_is_learned_has_the_times_at_which_it_was_logged() -> None:
    day = 24 * 60
    windows = [window(minute, {"request": 1}) for minute in [0, 1, 2, 3, 4, *range(3 * day, 3 * day + 4)]]
    columns = columns_of(windows, TEMPLATES)
    matrix, begin = learnable(windows, columns, (at(0), at(3 * day + 4)), MINUTE, day * MINUTE, [(at(2), at(4))])

    assert len(matrix) == 9
    assert [(one - at(0)) // MINUTE for one in begin.tolist()] == [0, 1, 1, 0, 4, *range(3 * day, 3 * day + 4)]


def test_hours_are_told_apart_by_when_they_were_also_after_a_silence() -> None:
    """A job at one o'clock each day, whose days were not logged now and then."""
    hour, day, settings = 60, 24 * 60, SETTINGS.model_copy(update={"train_span": timedelta(days=9)})
    logged = [*range(2 * day), *range(4 * day + 90, 6 * day)]
    job = {minute: {"request": 400} for minute in logged if minute % day in range(hour, hour + 3)}
    history = History(MINUTE)
    for one in busy(logged, job):
        history.add(one, TEMPLATES)
    trained = Trained("shop", settings, history)
    card = trained.train(Lesson(at(0), at(6 * day)))
    model = trained.model()
    assert model is not None

    def score(minute: int) -> float:
        windows = busy(range(minute - 100, minute + 1), {minute: {"request": 400}})
        columns = columns_of(windows, TEMPLATES)
        scorer = Scorer("shop", model, card, at(0), 0.0)
        return scorer.score(windows, columns, at(minute), at(minute + 1), TEMPLATES, lambda *_: ()).last

    assert score(6 * day + hour) < SETTINGS.keep_score < score(6 * day + 13 * hour)


def test_a_model_does_not_know_what_it_left_out_and_its_card_says_so() -> None:
    windows = busy(range(200), FAULT)
    left_out = ((at(98), at(112)),)
    trained = learner(windows)
    card = trained.train(Lesson(at(0), at(200), Cause.SCHEDULE, left_out=left_out))
    model = trained.model()

    assert (card.left_out, card.cause, card.method) == (left_out, Cause.SCHEDULE, METHOD)
    assert model is not None
    assert "refused" not in {column.template for column in model.columns}


def test_a_model_is_made_again_from_its_card_and_the_counts_the_very_same() -> None:
    windows = busy(range(200), FAULT)
    trained = learner(windows)
    card = trained.train(Lesson(at(0), at(200), left_out=((at(98), at(112)),)))
    model = trained.model()
    fresh = learner([])
    again = fresh.of(
        card,
        lambda since, until: [one for one in windows if since <= one.window < until],
        partial(columns_of, templates=TEMPLATES),
    )
    matrix, _ = trained._history.to_learn_from(at(0), at(200), 10**12)

    assert model is not None
    assert again is not None
    np.testing.assert_array_equal(model.score(matrix).score, again.score(matrix).score)


def test_one_of_another_method_is_not_made_again() -> None:
    windows = busy(range(60))
    card = replace(learner(windows).train(Lesson(at(0), at(60))), method=METHOD - 1)
    trained = learner(windows)
    trained.restore(card, [card])

    assert (trained.card, trained.newest, trained.outdated) == (None, None, True)
    assert trained.of(card, lambda *_: windows, partial(columns_of, templates=TEMPLATES)) is None


def test_after_an_upgrade_a_namespace_is_trained_anew_at_once() -> None:
    before = state()
    found = go(before, busy(range(100)), until=100)
    old = [replace(card, method=METHOD - 1) for card in found.models]
    restarted = state()
    restarted.restore(busy(range(100)), TEMPLATES, replace(before.status(), model=old[-1]), at(100), old)
    later = go(restarted, busy(range(100, 103), {101: {"refused": 25}}), until=103)

    (card,) = later.models
    assert (card.cause, card.trained_until, card.method) == (Cause.METHOD, at(100), METHOD)
    assert at(101) in [anomaly.window for anomaly in later.anomalies if anomaly.incident]


def test_a_model_that_people_chose_scores_until_it_is_released_and_nothing_is_trained() -> None:
    namespace, windows = state(), busy(range(400))
    first = go(namespace, windows[:130], until=130)
    oldest = versions(first)[0]
    namespace.choose([chosen(oldest, 140)], lambda *_: windows, TEMPLATES)
    pinned = go(namespace, windows[130:300], until=300)

    assert namespace.status().model == first.models[0]
    assert pinned.models == []
    assert namespace.trained.periods(at(130), at(300)) == [
        (at(130), at(140), first.models[-1]),
        (at(140), at(300), first.models[0]),
    ]

    namespace.choose([chosen(oldest, 140), chosen("", 300)], lambda *_: windows, TEMPLATES)
    released = go(namespace, windows[300:], until=400)
    assert [(card.trained_until, card.cause) for card in released.models] == [(at(301), Cause.SCHEDULE)]
    assert namespace.status().model == released.models[-1]


def test_a_choice_survives_a_restart() -> None:
    windows = busy(range(400))
    together, first = state(), go(one := state(), windows[:130], until=130)
    choices = [chosen(versions(first)[0], 130)]
    go(together, windows[:130], until=130)
    for namespace in (one, together):
        namespace.choose(choices, lambda *_: windows, TEMPLATES)
    go(one, windows[130:200], until=200)
    restarted = state()
    restarted.restore(windows[:200], TEMPLATES, one.status(), at(200), first.models, choices=choices)

    go(together, windows[130:200], until=200)
    faulty = busy(range(200, 300), {250: {"refused": 25}})
    assert go(restarted, faulty, until=300) == go(together, faulty, until=300)
    assert restarted.status() == together.status()


def test_a_chosen_model_whose_counts_are_gone_leaves_the_newest_at_work() -> None:
    namespace, windows = state(), busy(range(200))
    found = go(namespace, windows[:130], until=130)
    del namespace.trained._made[found.models[0].version]
    namespace.history.forget(at(60))
    namespace.choose([chosen(found.models[0].version, 130)], lambda *_: [], TEMPLATES)
    go(namespace, windows[130:140], until=140)

    assert namespace.status().model == found.models[-1]


def test_the_last_choice_before_a_window_holds() -> None:
    choices = Choices((chosen("a", 10), chosen("", 20), chosen("b", 30)))

    assert [choices.at(at(minute)) for minute in (9, 10, 25, 31)] == ["", "a", "", "b"]
    assert [choices.next(at(minute)) for minute in (0, 10, 30)] == [at(10), at(20), None]
    assert choices.pins() == [(at(10), at(20), "a"), (at(30), None, "b")]


def test_a_choice_takes_hold_with_the_next_window_and_after_those_before_it() -> None:
    assert time_of_choice("shop", [], at(50)) == at(50)
    assert time_of_choice("shop", [chosen("a", 50)], at(50)) == at(50) + 1_000
    assert time_of_choice("bank", [chosen("a", 60)], at(50)) == at(50)


def test_a_model_that_was_kept_is_not_made_again() -> None:
    windows = busy(range(200), FAULT)
    first = learner(windows)
    card = first.train(Lesson(at(0), at(150)))
    kept = first.to_keep()
    assert kept is not None
    assert (kept.namespace, first.to_keep()) == ("shop", None), "it is to be kept once"

    again = learner(windows, kept)
    again.restore(card, ())
    assert again.to_keep() is None
    one, other = first.model(), again.model()
    assert one is not None
    assert other is not None
    assert (dump(other), one is other) == (dump(one), False)


@pytest.mark.parametrize("change", ["late lines", "another seed", "damage"])
def test_what_was_made_of_anything_else_is_made_again(change: str) -> None:
    windows = busy(range(200), FAULT)
    first = learner(windows)
    card = first.train(Lesson(at(0), at(150)))
    kept = first.to_keep()
    assert kept is not None

    late = [window(20, {"query": 2})] if change == "late lines" else []
    seed = SETTINGS.model_copy(update={"seed": 7}) if change == "another seed" else SETTINGS
    again = learner([*windows, *late], replace(kept, model=kept.model[:-1]) if change == "damage" else kept, seed)
    again.restore(card, ())

    assert again.model() is not None
    assert (made := again.to_keep()) is not None
    assert (made == kept) == (change == "damage")
