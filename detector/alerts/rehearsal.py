"""A message that tells of nothing: so that people see whether a channel works, and what will come through it."""

from __future__ import annotations

from datetime import datetime, timedelta

from detector.alert import AlertKind, Event
from detector.alerts.notice import IncidentNotice, Notice, ReasonNotice
from detector.findings import ReasonKind, Severity

ALERT = "drainwatch-test"
"""Id of the alert that all tests are about, so that a test that says that it is over ends the one before."""
_TEXT = "connection to <IP>:<NUM> refused after <NUM> ms"
_SLOW = "POST /v1/charge took <NUM> ms (budget <NUM> ms)"


def rehearsal(event: Event, now: datetime, *, page: str = "") -> Notice:
    """What `drainwatch alert test` sends: made up, and saying so; `page` is the address of the page, if any."""
    start = now.replace(second=0, microsecond=0) - timedelta(minutes=6)
    home = page.rstrip("/")
    score, before = (91.0, Severity.MINOR) if event is Event.WORSENED else (83.0, None)
    return Notice(
        id=f"{ALERT}-{event.value}-{now:%Y%m%dT%H%M%S%f}",
        event=event,
        alert=ALERT,
        kind=AlertKind.INCIDENT,
        severity=Severity.of(score),
        score=score,
        title=f"This is a test, nothing is wrong. payments: 41 × “{_TEXT}” in ledger, never seen before",
        summary="This is a test of this channel. Nothing is wrong: what follows is made up.",
        start=start,
        end=now.replace(second=0, microsecond=0),
        decided=now,
        namespaces=("payments",),
        incidents=(_incident(start, now, score, home),),
        before=before,
        page=f"{home}/" if home else "",
    )


def _incident(start: datetime, now: datetime, score: float, home: str) -> IncidentNotice:
    return IncidentNotice(
        id=ALERT,
        namespace="payments",
        severity=Severity.of(score),
        score=score,
        start=start,
        end=now.replace(second=0, microsecond=0),
        summary="Nothing is wrong: this incident is made up.",
        reasons=(
            ReasonNotice(
                text=_TEXT,
                workload="ledger",
                level="error",
                kind=ReasonKind.NEW,
                observed=41,
                expected_low=0.0,
                expected_high=0.0,
                windows=5,
                template_id="test",
                samples=("connection to <IP>:5432 refused after 3000 ms",),
            ),
            ReasonNotice(
                text=_SLOW,
                workload="checkout",
                level="warn",
                kind=ReasonKind.MORE,
                observed=212,
                expected_low=4.0,
                expected_high=19.0,
                windows=5,
                template_id="test",
                samples=("POST /v1/charge took 3021 ms (budget 800 ms)",),
            ),
        ),
        change="image 1.5 of ledger was rolled out (before: 1.4)",
        api=f"{home}/api/v1/incidents" if home else "",
    )
