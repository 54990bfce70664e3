"""Suggestions are measured: they lower alerts a day, and lose nothing that was marked as real."""

from __future__ import annotations

from dataclasses import replace

from detector.feedback import covers, expected, in_hindsight, mute, real, withdraw
from detector.findings import Feedback, Incident
from detector.replay import Replayed, outcome, replay
from detector.suggestions import marked_real, suggest
from tests.detector.test_replay import DAY, END, MINUTE, SETTINGS, TEMPLATES, anomaly, history, past

NOISY = [anomaly(100 * number, workload="cache") for number in range(1, 11)]
"""Ten false alarms of one template."""


def noisy(*others: object) -> Replayed:
    found = [
        replace(one, reasons=(replace(one.reasons[0], template_id="rebuilt", template="rebuilt in <NUM> ms"),))
        for one in NOISY
    ]
    return past(*sorted([*found, *others], key=lambda one: one.window))  # type: ignore[attr-defined,arg-type]


def labelled(told: Replayed, real_at: set[int]) -> list[Feedback]:
    return [
        real(one, "Kim", "", 3 * DAY) if one.start // MINUTE in real_at else expected(one, "Kim", "", 3 * DAY)
        for one in told.told(1.0)[1]
    ]


def test_ten_false_alarms_of_one_template_suggest_to_mute_it_and_keep_what_is_real() -> None:
    told = noisy(anomaly(150), anomaly(750))
    first, *_ = suggest([told], labelled(told, {150, 750}), 1.0)
    assert (first.namespace, first.template, first.marked) == ("shop", "rebuilt", 10)
    assert first.subject == "rebuilt in <NUM> ms"
    assert (first.before.alerts_a_day, first.after.alerts_a_day) == (6.0, 1.0)
    assert (first.before.found, first.after.found, first.after.known) == (2, 2, 2)


def test_what_would_lose_something_real_is_not_suggested() -> None:
    # One of the bursts was a real incident.
    assert suggest([noisy()], labelled(noisy(), {300}), 1.0) == []


def test_one_mark_suggests_nothing_and_one_taken_back_none_either() -> None:
    one, two, *_ = labelled(noisy(), set())
    assert suggest([noisy()], [one], 1.0) == []
    assert suggest([noisy()], [one, withdraw(two, 3 * DAY)], 1.0) == []
    assert len(suggest([noisy()], [one, two], 1.0)) == 1


def test_what_is_muted_already_is_not_suggested_again() -> None:
    words = labelled(noisy(), set())
    assert suggest([noisy()], [*words, mute("shop", "", "", 3 * DAY, template="rebuilt")], 1.0) == []


def test_a_workload_is_suggested_where_it_is_told_by_all_its_lines() -> None:
    whole = past(
        *(
            replace(one, reasons=(replace(one.reasons[0], template_id="", template="all lines of cache"),))
            for one in NOISY
        )
    )
    (only,) = suggest([whole], labelled(whole, set()), 1.0)
    assert (only.template, only.workload, only.after.alerts_a_day) == ("", "cache", 0.0)


def test_a_lower_budget_is_suggested_where_what_is_real_is_rarer_than_the_rest() -> None:
    weak = [anomaly(100 * number, 30.0) for number in range(1, 11)]
    strong = [anomaly(50 + 100 * number, 90.0) for number in range(1, 4)]
    told = past(*sorted([*weak, *strong], key=lambda one: one.window))
    words = [word for word in labelled(told, {150, 250, 350}) if word.kind == "real"]
    (only,) = suggest([told], words, 1.0)
    assert (only.budget, only.marked, only.namespace) == (0.05, 3, "")
    assert (only.before.alerts_a_day, only.after.alerts_a_day, only.after.found) == (6.5, 1.5, 3)
    assert suggest([told], words[:2], 1.0) == []


def test_marked_real_keeps_what_it_was_told_by_and_not_what_was_taken_back() -> None:
    words = labelled(noisy(), {300, 500})
    first, second = marked_real(words)
    assert (first.name, first.start, first.end) == ("cache: rebuilt in <NUM> ms", 300 * MINUTE, 301 * MINUTE)
    kept = [withdraw(one, 3 * DAY) if one.since == first.start else one for one in words]
    assert marked_real(kept) == [second]


def test_judged_anew_with_the_suggested_mute_the_relief_is_as_large() -> None:
    judged = replay("shop", history(), TEMPLATES, SETTINGS, 0, END)

    def is_real(one: Incident) -> bool:
        return one.reasons[0].template_id == "refused"

    incidents = judged.told(1.0)[1]
    words = [real(one, "", "", END) if is_real(one) else expected(one, "", "", END) for one in incidents]

    def muting(one: Replayed, word: Feedback) -> Replayed:
        return replay("shop", history(), TEMPLATES, SETTINGS, 0, END, feedback=[*one.feedback, word])

    first = next(one for one in suggest([judged], words, 1.0, muting) if one.template)
    assert first.template == "rebuilt"
    assert first.after.alerts_a_day < first.before.alerts_a_day
    assert first.after.found == first.before.found == first.before.known == 2


def test_what_is_applied_speaks_again_by_itself_when_it_expires() -> None:
    word = mute("shop", "Kim", "", 0, 450 * MINUTE, template="rebuilt")
    told = replace(noisy(), feedback=tuple(in_hindsight([word])))
    assert [one.start // MINUTE for one in told.told(1.0)[1]] == [500, 600, 700, 800, 900, 1000]
    assert covers([word], noisy().anomalies[0]) == word.id
    assert outcome([told], [], 1.0).told == 6
