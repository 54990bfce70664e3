"""What of each thing is seen by who may read `shop`, and not `payments` of which it tells as well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.access.principal import Grant, Kind, Right, principal
from detector.alert import Event, ToldTo
from detector.feedback import mute
from detector.findings import Change, ChangeKind, Deployed, Drift, Severity, Workload
from detector.permitted.visible import (
    alert_seen,
    anomaly_seen,
    card_seen,
    deployed_seen,
    feedback_seen,
    incident_seen,
    is_alert_seen,
    is_alert_whole,
    is_change_seen,
    is_elsewhere,
    is_template_seen,
    status_seen,
)
from tests.store.alerts import alert
from tests.store.shop import anomaly, incident, minute, model, reason, status, template

WHO = principal(Kind.TOKEN, "x", [Grant(("shop",), frozenset({Right.READ}))])
LEDGER = "payments/ledger"


def change(workload: str, namespace: str = "shop") -> Change:
    return Change("c", namespace, workload, minute(1), ChangeKind.IMAGE, "a:1", "a:2")


def test_a_workload_is_elsewhere_that_is_named_with_a_namespace_they_may_not_read() -> None:
    there = {"checkout": False, LEDGER: True, "shop/cart": False, "/cart": False, "payments/": True, "": False}
    assert {name: is_elsewhere(WHO, name) for name in there} == there


def test_a_change_is_seen_of_their_namespace_and_of_no_workload_elsewhere() -> None:
    assert is_change_seen(WHO, change("checkout"))
    assert not is_change_seen(WHO, change(LEDGER))
    assert not is_change_seen(WHO, change("checkout", "payments"))


def test_a_template_is_seen_of_their_namespace_and_of_no_workload_elsewhere() -> None:
    assert is_template_seen(WHO, template("paid"))
    assert not is_template_seen(WHO, template("paid", workload=LEDGER))
    assert not is_template_seen(WHO, template("paid", "payments"))


def test_of_an_anomaly_reasons_and_change_are_left_out_that_are_of_elsewhere() -> None:
    own, other = reason(), replace(reason("t2"), workload=LEDGER)
    for told, seen in ((change("checkout"), change("checkout")), (change(LEDGER), None), (None, None)):
        whole = replace(anomaly(1), reasons=(own, other), change=told)
        assert anomaly_seen(WHO, whole) == replace(anomaly(1), reasons=(own,), change=seen)


def test_an_incident_that_tells_of_nothing_else_keeps_its_sentence_and_any_other_gets_a_new_one() -> None:
    own, other = reason(), replace(reason("t2"), workload=LEDGER)
    whole = replace(incident(1, 2), change=change("checkout"))
    assert incident_seen(WHO, whole) == whole
    for changed in (replace(whole, reasons=(own, other)), replace(whole, change=change(LEDGER))):
        seen = incident_seen(WHO, changed)
        assert (seen.reasons, seen.change) == ((own,), whole.change if changed.change == whole.change else None)
        assert seen.summary != changed.summary
        assert LEDGER not in seen.summary


def test_of_a_status_advice_and_drift_are_left_out_that_are_of_elsewhere() -> None:
    own = [Drift("score", "", 0.5, 0.01), Drift("paid", "checkout", 0.5, 0.01)]
    others = [Drift("t2", LEDGER, 0.5, 0.01), Drift(LEDGER, "", 0.5, 0.01)]
    card = replace(model(), drift=(own[0], *others, own[1]))
    advice = ("checkout: add a mask: soon.", f"{LEDGER}: add a mask: soon.")
    assert card_seen(WHO, card) == replace(card, drift=tuple(own))
    whole = replace(status(), model=card, unwell=advice)
    assert status_seen(WHO, whole) == replace(whole, model=replace(card, drift=tuple(own)), unwell=advice[:1])
    assert status_seen(WHO, status(learning_until=9)) == status(learning_until=9)


def test_of_what_runs_workloads_are_left_out_that_are_elsewhere() -> None:
    own, other = Workload("checkout", minute(0)), Workload(LEDGER, minute(0))
    assert deployed_seen(WHO, Deployed("shop", minute(0), (own, other))) == Deployed("shop", minute(0), (own,))


def test_an_alert_is_seen_where_any_of_its_namespaces_is_and_whole_where_all_are() -> None:
    for namespaces, seen, whole in (
        (("shop",), True, True),
        (("shop", "bank"), True, False),
        (("bank",), False, False),
    ):
        one = replace(alert(1), namespaces=namespaces)
        assert (is_alert_seen(WHO, one), is_alert_whole(WHO, one)) == (seen, whole)
    assert not is_alert_seen(WHO, replace(alert(1), namespaces=()))
    told = ToldTo("oncall", Event.OPENED, Severity.MINOR, ("shop", "bank"), minute(1))
    assert not is_alert_whole(WHO, replace(alert(1), told=(told,)))
    assert not is_alert_whole(WHO, replace(alert(1), summary=f"{LEDGER} writes no lines."))


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        (Event.OPENED, Event.OPENED), (Event.RESOLVED, Event.RESOLVED),
        (Event.WORSENED, Event.FIRING), (Event.SPREAD, Event.FIRING),
    ],
)  # fmt: skip
def test_what_a_channel_was_told_of_others_is_that_it_goes_on(event: Event, seen: Event) -> None:
    shop, bank = incident(1, 3, 60.0), incident(2, 9, 90.0, "bank")
    told = tuple(ToldTo("oncall", event, severity, ("bank", "shop"), minute(9)) for severity in Severity)
    elsewhere = ToldTo("oncall", event, Severity.MINOR, ("bank",), minute(9))
    whole = replace(alert(3, "shop", "bank"), incidents=(bank.id, shop.id), told=(*told, elsewhere), quiet="")
    found = alert_seen(WHO, whole, {shop.id: shop})
    assert [one.event for one in found.told] == [seen] * len(Severity)
    assert {one.namespaces for one in found.told} == {("shop",)}
    assert [one.severity for one in found.told] == [Severity.WARNING, Severity.MINOR, Severity.MAJOR, Severity.MAJOR]
    assert (found.quiet, found.incidents) == ("", (shop.id,))


def test_an_alert_whose_incidents_are_gone_was_when_it_was_opened() -> None:
    whole = replace(alert(3, "shop", "bank"), opened=minute(5), quiet="it sleeps")
    found = alert_seen(WHO, whole, {})
    assert (found.start, found.end, found.score) == (minute(5), minute(5), 0.0)
    assert (found.quiet, found.incidents) == ("who may read all of it sees why", ())


def test_of_what_was_said_that_of_elsewhere_is_left_out() -> None:
    own, other = reason(), replace(reason("t2"), workload=LEDGER)
    of_both = replace(mute("shop", "ana", "", 1), like=(own, other))
    others = [mute("shop", "ana", "", 1, workload=LEDGER), mute("payments", "ana", "", 1)]
    assert feedback_seen(WHO, [of_both, *others]) == [replace(of_both, like=(own,))]
