"""Which incidents are one alert."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from detector.alert import Alert
from detector.alerts.grouping import group, members, summary, title
from detector.findings import Incident, Source
from tests.detector.alerts.stories import MINUTE, at, incident

TOGETHER = 5 * MINUTE


def grouped(
    incidents: Sequence[Incident], alerts: Sequence[Alert] = (), gone: Collection[str] = (), now: float = 10
) -> list[Alert]:
    by_id = {one.id: one for one in incidents}
    return group(alerts, by_id, gone, together=TOGETHER, now=at(now))


def names(alerts: Sequence[Alert]) -> list[tuple[str, ...]]:
    return [alert.namespaces for alert in alerts]


def test_what_begins_together_is_one_alert_in_the_order_in_which_it_began() -> None:
    (alert,) = grouped([incident("shop", 2), incident("payments", 0, score=60), incident("auth", 5, score=90)])
    assert alert.namespaces == ("payments", "shop", "auth")
    assert (alert.start, alert.end, alert.score) == (at(0), at(6), 90)
    assert (alert.opened, alert.changed, alert.open) == (at(10), at(10), True)


def test_each_may_begin_a_while_after_the_first_one_and_not_later() -> None:
    assert names(grouped([incident("a", 0), incident("b", 3), incident("c", 5)])) == [("a", "b", "c")]
    assert names(grouped([incident("a", 0), incident("b", 3), incident("c", 5.1)])) == [("a", "b"), ("c",)]


def test_a_namespace_in_which_it_begins_again_soon_after_its_end_goes_on_with_its_alert() -> None:
    other = incident("b", 0, 60)
    assert names(grouped([other, incident("a", 1, 30, over=True), incident("a", 35)])) == [("b", "a")]
    assert names(grouped([other, incident("a", 1, 30, over=True), incident("a", 36)])) == [("b", "a"), ("a",)]


def test_the_same_incidents_give_the_same_alerts_whenever_that_is_decided() -> None:
    incidents = [incident("a", 0), incident("b", 1), incident("c", 30)]
    whole = grouped(incidents)
    first = grouped(incidents[:1])
    step = grouped(incidents, first)
    assert [alert.id for alert in whole] == [alert.id for alert in step]
    assert grouped(incidents, whole) == []


def test_an_alert_grows_with_its_incidents() -> None:
    (alert,) = grouped([incident("a", 0, score=30)])
    (grown,) = grouped([incident("a", 0, 20, score=80)], [alert], now=21)
    assert (grown.end, grown.score, grown.changed, grown.opened) == (at(20), 80, at(21), at(10))


def test_a_score_that_late_lines_lower_does_not_lower_the_alert() -> None:
    (alert,) = grouped([incident("a", 0, score=80)])
    assert grouped([incident("a", 0, score=30)], [alert]) == []


def test_nothing_joins_an_alert_that_is_over() -> None:
    (alert,) = grouped([incident("a", 0, over=True)])
    over = replace(alert, resolved=at(10))
    assert names(grouped([incident("a", 0, over=True), incident("b", 1)], [over])) == [("b",)]
    assert grouped([incident("a", 0, over=True)], [over]) == []


def test_what_is_told_again_by_another_id_after_it_was_over_is_no_new_alert() -> None:
    (alert,) = grouped([incident("a", 0, 8, over=True)])
    over = replace(alert, resolved=at(10))
    (same,) = grouped([incident("a", 1, 8, over=True)], [over])
    assert same.id == over.id
    assert not same.open


def test_an_incident_that_late_lines_took_back_leaves_its_alert() -> None:
    a, b = incident("a", 0), incident("b", 1)
    (alert,) = grouped([a, b])
    (left,) = grouped([b], [alert], gone={a.id})
    assert left.namespaces == ("b",)
    (none,) = grouped([], [left], gone={b.id})
    assert none.incidents == ()


def test_a_part_of_an_incident_counts_as_that() -> None:
    logs = incident("a", 0)
    metrics = incident("a", 9, source=Source.METRICS, part_of=logs.id)
    (alert,) = grouped([logs])
    assert grouped([logs, metrics], [alert]) == []


def test_an_incident_in_logs_joins_that_in_metrics_which_came_first_and_is_told_for_both() -> None:
    metrics = incident("a", 0, 30, source=Source.METRICS)
    (alert,) = grouped([metrics])
    logs = incident("a", 20)
    (joined,) = grouped([metrics, logs], [alert], now=21)
    assert joined.incidents == (metrics.id, logs.id)
    (part,) = grouped([replace(metrics, part_of=logs.id), logs], [joined], now=22) or [joined]
    assert [one.id for one in members(part, {metrics.id: replace(metrics, part_of=logs.id), logs.id: logs})] == [
        logs.id
    ]


def test_it_is_told_by_its_severest_incident() -> None:
    some = [incident(name, score=score) for name, score in (("a", 30), ("b", 90), ("c", 50), ("d", 20), ("e", 10))]
    assert title(some) == "b, c, a and 2 more: in b, 41 × “no route to <IP>” in ledger, never seen before"
    assert summary(some).startswith("5 namespaces at once (b, c, a and 2 more); first of all b: 41 ×")
    assert title(some[:1]) == "a: 41 × “no route to <IP>” in ledger, never seen before"
    assert title([incident(reasons=())]) == "payments: an unusual mixture of lines"
