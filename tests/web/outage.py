"""The outage of the ledger, told whole: rolled out, refused, seen by several detectors, elsewhere too, and told."""

from __future__ import annotations

from dataclasses import replace

from detector.alert import Alert, AlertKind, Event, ToldTo
from detector.findings import Anomaly, Change, ChangeKind, Incident, Severity, finding_id
from detector.store.port import ALERTS, PassResult
from detector.store.sqlite import SqliteStore
from tests.web.story import MINUTE, REFUSED, payments_incident, template_id

DETECTORS = {"new": 1.0, "more": 0.6, "forest": 0.4}
"""What each said, as a part of the score."""


def _change(minutes: int, end: int, workload: str, kind: ChangeKind, before: str, after: str) -> Change:
    """So many minutes before the incident began."""
    at = end - (40 + minutes) * MINUTE
    return Change(finding_id("payments", at, workload), "payments", workload, at, kind, before, after)


def _elsewhere(end: int, incident: Incident) -> Incident:
    """In another namespace, by the same template, a minute later."""
    reason = replace(incident.reasons[0], template_id=template_id("shop", REFUSED), workload="checkout")
    start = end - 39 * MINUTE
    summary = "shop: a new error in checkout, “Booking … failed: ledger at … refused the connection”"
    return Incident("elsewhere", "shop", start, start + 3 * MINUTE, 61.0, (reason,), 3, False, summary)


def outage(store: SqliteStore, end: int) -> Incident:
    """Written into a store that has the whole story up to `end`, microseconds UTC; the incident."""
    anomalies, incident = payments_incident(end)
    known = tuple(replace(reason, first_seen=end - 5 * 60 * MINUTE) for reason in incident.reasons[1:])
    reasons = (replace(incident.reasons[0], first_seen=incident.start + 4_000_000), *known)

    def seen(one: Anomaly) -> Anomaly:
        scores = {name: one.score * part for name, part in DETECTORS.items()}
        return replace(one, reasons=reasons, scores=scores)

    changes = [
        _change(6, end, "ledger", ChangeKind.IMAGE, "registry.example/ledger:2.3", "registry.example/ledger:2.4"),
        _change(55, end, "payment", ChangeKind.PODS, "2", "3"),
        _change(200, end, "payment", ChangeKind.ROLLOUT, "6c9f", "77d1"),
    ]
    incident = replace(incident, reasons=reasons, change=changes[0])
    store.commit(
        PassResult(
            end, anomalies=[seen(one) for one in anomalies], incidents=[incident, _elsewhere(end, incident)],
            changes=changes,
        )
    )  # fmt: skip
    opened = incident.start + 2 * MINUTE
    alert = Alert(
        "ledger", AlertKind.INCIDENT, ("payments",), (incident.id,), incident.start, end, incident.score,
        incident.summary, opened, opened,
        told=(ToldTo("slack", Event.OPENED, Severity.CRITICAL, ("payments",), opened),),
    )  # fmt: skip
    apart = store.scope(ALERTS)
    apart.commit(PassResult(None, alerts=[alert]))
    apart.close()
    return incident
