"""Falco's critical rules make an incident by themselves, whatever is usual, unless people say otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from detector.counting import columns_of
from detector.feedback import expected, mute
from detector.findings import Feedback, Incident, ReasonKind, Severity
from detector.hindsight import look_back
from detector.namespace import Findings, NamespaceState
from detector.rules import DETECTOR, SCORE
from detector.vectors import WindowCounts
from parsers.engine import Template
from tests.detector.history import SETTINGS, TEMPLATES, at, busy, state, template
from tests.detector.records import MINUTE, START


def rule(name: str, text: str, level: str = "critical") -> Template:
    return Template(name, "shop", "payments/ledger", text, level, START, START, 1, f"{text} by root")


ALL: Mapping[str, Template] = {
    **TEMPLATES,
    "shell": rule("shell", "Falco: Terminal shell in container"),
    "etc": rule("etc", "Falco: Write below etc"),
    "notice": rule("notice", "Falco: Package management process launched", "info"),
    "fatal": template("fatal", "critical"),
}
LEARNING, JUDGED = 3, 100
"""Minutes."""


def go(
    faults: Mapping[int, Mapping[str, int]],
    until: int = 130,
    feedback: Sequence[Feedback] = (),
    namespace: NamespaceState | None = None,
) -> Findings:
    found = namespace or state()
    return found.advance(busy(range(until), faults), ALL, at(until), lambda *_: (), (), feedback)


def incidents(found: Findings) -> list[Incident]:
    return sorted(found.incidents.values(), key=lambda one: one.start)


@pytest.mark.parametrize("minute", [0, LEARNING, 29, JUDGED])
def test_one_event_opens_an_incident_in_the_first_window_as_in_any_other(minute: int) -> None:
    found = go({minute: {"shell": 1}})
    (incident,) = incidents(found)
    assert (incident.start, incident.severity) == (at(minute), Severity.CRITICAL)
    assert "shop: 1 × “Falco: Terminal shell in container” in payments/ledger, since" in incident.summary
    (anomaly,) = [one for one in found.anomalies if one.incident]
    assert (anomaly.score, anomaly.scores[DETECTOR]) == (SCORE, SCORE)
    assert (anomaly.reasons[0].kind, anomaly.reasons[0].observed) == (ReasonKind.RULE, 1)
    assert anomaly.reasons[0].samples == ("Falco: Terminal shell in container by root",)


def test_it_is_not_learned_away_however_often_it_came() -> None:
    found = go({minute: {"shell": 1} for minute in range(0, 400, 10)}, until=401)
    assert [one.start for one in incidents(found)] == [at(minute) for minute in range(0, 400, 10)]
    assert len(found.models) > 3


@pytest.mark.parametrize("name", ["notice", "fatal"])
def test_a_lower_priority_and_an_applications_own_critical_line_are_judged_by_what_is_usual(name: str) -> None:
    found = go({LEARNING: {name: 1}})
    assert found.anomalies == []
    assert all(DETECTOR not in one.scores for one in go({JUDGED: {name: 3}}).anomalies)


def test_what_else_is_odd_in_that_window_is_told_beside_it() -> None:
    found = go({JUDGED: {"shell": 2, "etc": 1, "refused": 60}})
    (anomaly,) = [one for one in found.anomalies if one.window == at(JUDGED)]
    assert [(reason.template_id, reason.kind) for reason in anomaly.reasons if reason.kind is ReasonKind.RULE] == [
        ("shell", ReasonKind.RULE),
        ("etc", ReasonKind.RULE),
    ]
    assert "refused" in {reason.template_id for reason in anomaly.reasons}
    assert len({reason.template_id for reason in anomaly.reasons}) == len(anomaly.reasons)
    assert sum(reason.share for reason in anomaly.reasons) == pytest.approx(1.0, abs=1e-4)
    assert anomaly.score >= SCORE
    assert set(anomaly.scores) > {DETECTOR}


def test_it_is_told_however_few_alerts_the_budget_allows() -> None:
    thrifty = SETTINGS.model_copy(update={"alert_budget": 0.0001, "keep_score": 95.0})
    (incident,) = incidents(go({LEARNING: {"shell": 1}}, namespace=state(thrifty)))
    assert incident.score == pytest.approx(state(thrifty).threshold)


@pytest.mark.parametrize("minute", [LEARNING, JUDGED])
@pytest.mark.parametrize("which", [{"template": "shell"}, {"workload": "payments/ledger"}, {}])
def test_a_mute_keeps_it_quiet_and_it_stays_to_be_seen(minute: int, which: dict[str, str]) -> None:
    word = mute("shop", "ann", "known", at(-1), **which)  # type: ignore[arg-type]
    found = go({minute: {"shell": 1}}, feedback=[word])
    assert found.incidents == {}
    (anomaly,) = [one for one in found.anomalies if one.window == at(minute)]
    assert (anomaly.suppressed_by, anomaly.reasons[0].template_id) == (word.id, "shell")


@pytest.mark.parametrize("minute", [LEARNING, JUDGED])
def test_another_rule_than_the_muted_one_is_told(minute: int) -> None:
    word = mute("shop", "ann", "known", at(-1), template="shell")
    (incident,) = incidents(go({minute: {"shell": 1, "etc": 1}}, feedback=[word]))
    assert [reason.template_id for reason in incident.reasons if reason.kind is ReasonKind.RULE] == ["etc"]


def test_a_fault_is_told_by_its_own_score_while_the_rule_beside_it_is_muted() -> None:
    for word in (mute("shop", "ann", "known", at(-1), template="shell"), as_expected(at(-1))):
        for minute in (20, JUDGED):
            alone, beside = (go({minute: {**more, "refused": 60}}, feedback=[word]) for more in ({}, {"shell": 1}))
            assert [one.score for one in incidents(beside)] == [one.score for one in incidents(alone)]
            assert incidents(alone)


def as_expected(now: int) -> Feedback:
    """The word that one event of the rule was expected."""
    (incident,) = incidents(go({LEARNING: {"shell": 1}}, until=10))
    return expected(incident, "ann", "a drill", now)


@pytest.mark.parametrize("minute", [20, JUDGED])
def test_what_was_marked_expected_stays_quiet_and_much_more_of_it_does_not(minute: int) -> None:
    word = as_expected(at(10))
    assert incidents(go({minute: {"shell": 1}}, feedback=[word])) == []
    assert len(incidents(go({minute: {"shell": 40}}, feedback=[word]))) == 1


@pytest.mark.parametrize("step", [1, 7, 45])
def test_in_how_many_pieces_it_is_read_makes_no_difference(step: int) -> None:
    faults: dict[int, dict[str, int]] = {minute: {"shell": 1} for minute in (2, 28, 61, 100, 101)}
    faults[101]["refused"] = 20
    windows, together, pieces, namespace = busy(range(130), faults), go(faults), Findings(), state()
    for begin in range(0, 130, step):
        until = min(130, begin + step)
        pieces.add(namespace.advance(windows[begin:until], ALL, at(until), lambda *_: ()))
    assert pieces == together


@pytest.mark.parametrize("minute", [LEARNING, JUDGED])
def test_a_line_that_came_late_is_told_when_its_window_is_judged_again(minute: int) -> None:
    before, after = busy(range(130)), busy(range(130), {minute: {"shell": 1}})
    namespace = state()
    namespace.advance(before, ALL, at(130), lambda *_: ())
    namespace.replace([before[minute]], [after[minute]], ALL, at(130))

    def counts(since: int, until: int) -> list[WindowCounts]:
        return [one for one in after if since <= one.window < until]

    parts = namespace.periods(counts, ALL, at(minute), at(minute + 1))
    (again,) = namespace.score_again(counts, at(0), parts, ALL, lambda *_: ())
    (told,) = [one for one in go({minute: {"shell": 1}}).anomalies if one.window == at(minute)]
    assert (again.id, again.score, again.reasons) == (told.id, told.score, told.reasons)


def test_where_saved_logs_are_looked_back_at_it_is_told_too() -> None:
    settings = SETTINGS.model_copy(update={"window": timedelta(microseconds=MINUTE)})
    windows = busy(range(90), {5: {"shell": 1}})
    assert columns_of(windows, ALL)["shell"].workload == "payments/ledger"
    found = look_back("shop", windows, ALL, settings, at(0), at(90))
    assert [one.start for one in found.incidents] == [at(5)]
