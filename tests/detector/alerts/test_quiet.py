"""When nobody is told of an incident, and in which words that is said."""

from __future__ import annotations

from typing import Any

from detector.alert import Silence
from detector.alerts.quiet import covers, hush_of
from detector.settings.routing import MaintenanceSettings
from tests.detector.alerts.stories import at, incident, reason


def silence(namespace: str = "payments", since: float = 0, until: float = 120, **more: Any) -> Silence:
    return Silence("s1", namespace, at(since), at(until), **more)


def test_a_silence_holds_from_its_begin_to_its_end() -> None:
    why = hush_of([silence(author="ana", note="migration")], ())
    assert why(incident(), at(-1)) == ""
    assert why(incident(), at(0)) == "silenced until 14:00 UTC by ana: migration"
    assert why(incident(), at(120)) == ""
    assert why(incident("shop"), at(0)) == ""


def test_of_several_silences_the_one_that_lasts_longest_is_named() -> None:
    why = hush_of([silence(until=1), silence("pay*", until=48 * 60), silence("*", until=2)], ())
    assert why(incident(), at(0)) == "silenced until 2026-11-23 12:00 UTC"


def test_one_that_was_taken_back_holds_no_more() -> None:
    taken_back = Silence("s1", "*", at(0), at(60), withdrawn=at(30))
    assert hush_of([taken_back], ())(incident(), at(29)) != ""
    assert hush_of([taken_back], ())(incident(), at(30)) == ""


def test_a_workload_or_template_is_silenced_where_it_tells_half_of_the_incident_or_more() -> None:
    half = incident(reasons=(reason("ledger", "t1", 0.5), reason("web", "t2", 0.5)))
    less = incident(reasons=(reason("ledger", "t1", 0.4), reason("web", "t2", 0.6)))
    assert covers(silence(workload="ledger"), half)
    assert not covers(silence(workload="ledger"), less)
    assert covers(silence("*", template="t1"), half)
    assert not covers(silence("*", template="t1"), less)
    assert not covers(silence("shop", template="t1"), half)


def test_a_silence_is_of_what_its_pattern_names_and_leaves_nothing_out() -> None:
    assert not covers(silence("-kube*"), incident("payments"))
    assert covers(silence("*"), incident(""))
    assert not covers(silence("pay*"), incident(""))


def test_what_falco_tells_of_a_namespace_is_not_silenced_with_it() -> None:
    event = incident("falco", reasons=(reason("payments/ledger"),))
    assert not covers(silence("payments"), event)
    assert covers(silence("falco", workload="payments/ledger"), event)


def test_what_is_about_drainwatch_itself_is_silenced_with_all() -> None:
    assert covers(silence("*"), incident("", reasons=()))
    assert not covers(silence("payments"), incident("", reasons=()))


def test_maintenance_is_once_or_every_week() -> None:
    once = MaintenanceSettings(start="2026-11-21T12:00:00Z", end="2026-11-21T15:00:00+01:00", note="move")
    weekly = MaintenanceSettings(namespaces="pay*", hours="Sat 12:00-15:00", zone="Europe/Berlin", note="nightly batch")
    assert hush_of([], [once])(incident("shop"), at(60)) == "maintenance: move, until 14:00 UTC"
    assert hush_of([], [once])(incident("shop"), at(120)) == ""
    assert hush_of([], [weekly])(incident(), at(60)) == "maintenance: nightly batch, until 15:00 Europe/Berlin"
    assert hush_of([], [weekly])(incident("shop"), at(60)) == ""
    assert hush_of([], [weekly])(incident(), at(120)) == ""


def test_a_note_of_many_lines_is_said_in_one() -> None:
    why = hush_of([silence(note="a\n b" + "c" * 500)], ())(incident(), at(0))
    assert why.startswith("silenced until 14:00 UTC: a b")
    assert len(why) < 140
