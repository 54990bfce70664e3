"""Incidents of PagerDuty, by its Events API v2.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from detector.alert import AlertKind, Event
from detector.alerts.channels import wording
from detector.alerts.channels.harmless import visible
from detector.alerts.channels.port import NeverError
from detector.alerts.channels.posting import Peer
from detector.alerts.notice import Notice
from detector.errors import ServerError
from detector.findings import Severity

if TYPE_CHECKING:
    from detector.outgoing import Network

_SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.MAJOR: "error",
    Severity.MINOR: "warning",
    Severity.WARNING: "info",
}
_SUMMARY = 1_024
"""Characters; https://developer.pagerduty.com/docs/pd-cef ."""


class PagerDuty:
    """Posts to one service. What is said again of an alert goes to the incident that its first message opened."""

    kind, repeats = "pagerduty", False

    def __init__(self, name: str, routing_key: str, url: str, inside: Collection[Network] | None = None) -> None:
        self.name, self._key = name, routing_key
        self._peer = Peer(f"PagerDuty (channel {name})", url, secrets=[routing_key], inside=inside)

    def send(self, notice: Notice, now: datetime) -> str:
        """Post it; PagerDuty knows a repeat by the alert. Raises as the port says."""
        body = json.dumps(event(notice, now, self._key), ensure_ascii=False).encode(errors="replace")
        try:
            answer = self._peer.post(body, {"Content-Type": "application/json"}, now)
        except NeverError as error:
            if "routing" not in error.problem.lower():
                raise
            raise ServerError(error.problem, "See whether its routing key is still right.") from None
        return f"{answer.status} {answer.text}".strip()

    def close(self) -> None:
        """Let go of the connection."""
        self._peer.close()


def event(notice: Notice, now: datetime, routing_key: str) -> dict[str, Any]:
    """What is posted: a trigger, or the end of what was triggered."""
    key = {"routing_key": routing_key, "dedup_key": notice.alert[:255]}
    if notice.event is Event.RESOLVED:
        return key | {"event_action": "resolve"}
    links = [{"href": address, "text": words} for words, address in wording.links(notice)]
    home = {"client_url": links[0]["href"]} if links else {}
    return (
        key
        | home
        | {
            "event_action": "trigger",
            "client": "drainwatch",
            "links": links,
            "payload": {
                "summary": _summary(notice),
                "source": wording.subject(notice),
                "severity": "info" if notice.event is Event.TEST else _SEVERITIES[notice.severity],
                "timestamp": notice.start.astimezone(UTC).isoformat(timespec="seconds"),
                "component": _component(notice),
                "group": visible(", ".join(notice.namespaces), 200),
                "class": notice.kind.value,
                "custom_details": _details(notice, now),
            },
        }
    )


def _summary(notice: Notice) -> str:
    """PagerDuty reads this aloud."""
    return visible(f"{wording.headline(notice)}. {wording.title(notice)}", _SUMMARY)


def _component(notice: Notice) -> str:
    workloads = (reason.workload for incident in notice.incidents for reason in incident.reasons)
    return visible(next(filter(None, workloads), "drainwatch"), 200)


def _details(notice: Notice, now: datetime) -> dict[str, Any]:
    details: dict[str, Any] = {"since": wording.since(notice, now)}
    if notice.kind is AlertKind.INCIDENT:
        details["score"] = wording.sureness(notice)
    if said := wording.note(notice):
        details["note"] = said
    if typed := wording.commands(notice):
        details["to type"] = typed
    if said := wording.late(notice, now):
        details["late"] = said
    for incident in wording.fitting(notice):
        place = f"{visible(incident.namespace, 63)}, {wording.place(incident)}"
        details[place] = wording.incident_lines(incident)
    if said := wording.others(notice):
        details["beside"] = said
    return details
