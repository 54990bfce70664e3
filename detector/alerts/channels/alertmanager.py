"""Alerts of Alertmanager, by its API v2: one for each namespace, so that its routes and silences can go by that.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, https://prometheus.io/docs/alerting/latest/clients/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from detector.alert import AlertKind, Event
from detector.alerts.channels import wording
from detector.alerts.channels.harmless import visible
from detector.alerts.channels.port import NeverError
from detector.alerts.channels.posting import Peer
from detector.alerts.notice import IncidentNotice, Notice
from detector.alerts.rehearsal import ALERT as TEST
from detector.errors import DrainwatchError
from detector.findings import Severity

log = structlog.get_logger("drainwatch.alerts")

LASTS = timedelta(minutes=5)
"""An alert that isn't repeated for so long is over: the service is gone, or can't be heard."""
_NAMES = {
    AlertKind.INCIDENT: "DrainwatchAnomaly",
    AlertKind.NO_LINES: "DrainwatchNoLines",
    AlertKind.BEHIND: "DrainwatchBehind",
    AlertKind.FAILING: "DrainwatchFailing",
}
_TEST = "DrainwatchTest"
_PATH = "/api/v2/alerts"


class Alertmanager:
    """Posts to all of a cluster; it is enough that one takes it, since they tell each other."""

    kind, repeats = "alertmanager", True

    def __init__(
        self,
        name: str,
        urls: Sequence[str],
        *,
        labels: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        ca_file: str = "",
    ) -> None:
        self.name, self._labels = name, dict(labels or {})
        secrets = [auth[1]] if auth else []
        self._peers = [
            Peer(
                f"Alertmanager (channel {name}" + (f", the {n}. of its urls)" if len(urls) > 1 else ")"),
                url.rstrip("/").removesuffix(_PATH) + _PATH,
                secrets=secrets,
                auth=auth,
                ca_file=ca_file,
            )
            for n, url in enumerate(urls, 1)
        ]

    def send(self, notice: Notice, now: datetime) -> str:
        """Post it; the labels say that a repeat is one. Raises as the port says, where none takes it."""
        body = json.dumps(alerts(notice, now, self._labels), ensure_ascii=False).encode(errors="replace")
        took, failed = [], list[DrainwatchError]()
        for peer in self._peers:
            try:
                took.append(peer.post(body, {"Content-Type": "application/json"}, now))
            except DrainwatchError as error:
                failed.append(error)
        if not took:
            raise next((one for one in failed if not isinstance(one, NeverError)), failed[0])
        for one in failed:
            log.warning("one of several wasn't told", channel=self.name, problem=one.problem)
        beside = f", by {len(took)} of {len(self._peers)}" if failed else ""
        return f"{took[0].status} {took[0].text}".strip() + beside

    def close(self) -> None:
        """Let go of the connections."""
        for peer in self._peers:
            peer.close()


def alerts(notice: Notice, now: datetime, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is posted.

    Labels are what an alert is known by, and severity is one of them, since routes go by it: so what was told with a
    lower one is ended along with it. So is what is over in one namespace while the alert goes on in others.
    """
    found = []
    for namespace, incident in _places(notice):
        # What is new fires even where it is over by now: its end is told with the next message.
        over = notice.event is Event.RESOLVED or (notice.event is not Event.OPENED and namespace in notice.over)
        severity = incident.severity if incident else notice.severity
        known = _identity(notice, namespace, labels)
        bands = list(Severity)[: list(Severity).index(severity) + 1]
        for band in reversed(bands):
            ends = now - timedelta(seconds=1) if over or band is not severity else now + LASTS
            start = min(incident.start if incident else notice.start, ends - timedelta(seconds=1))
            found.append(
                {
                    "labels": known | {"severity": band.value},
                    "annotations": _annotations(notice, incident, now) if band is severity else {},
                    "startsAt": _time(start),
                    "endsAt": _time(ends),
                    **_address(notice, incident),
                }
            )
    return found


def _places(notice: Notice) -> Iterator[tuple[str, IncidentNotice | None]]:
    """Each namespace with the severest incident in it, as far as that is told."""
    severest: dict[str, IncidentNotice] = {}
    for incident in notice.incidents:
        known = severest.get(incident.namespace)
        if known is None or incident.score > known.score:
            severest[incident.namespace] = incident
    for namespace in dict.fromkeys((*notice.namespaces, *severest)) or ("",):
        yield namespace, severest.get(namespace)


def _identity(notice: Notice, namespace: str, labels: Mapping[str, str]) -> dict[str, str]:
    name = _TEST if notice.alert == TEST else _NAMES[notice.kind]
    known = {**labels, "alertname": name, "drainwatch_alert": notice.alert}
    return known | {"namespace": visible(namespace, 200)} if namespace else known


def _annotations(notice: Notice, incident: IncidentNotice | None, now: datetime) -> dict[str, str]:
    found = {
        "summary": wording.title(notice),
        "description": "\n".join(wording.incident_lines(incident)) if incident else visible(notice.summary, 1_000),
        "score": wording.sureness(notice) if notice.kind is AlertKind.INCIDENT else "",
        "note": wording.note(notice),
        "late": wording.late(notice, now),
        "kibana": incident.kibana if incident else "",
    }
    return {name: value for name, value in found.items() if value}


def _address(notice: Notice, incident: IncidentNotice | None) -> dict[str, str]:
    links = wording.links(notice)
    page = incident.page if incident and incident.page.startswith(("https://", "http://")) else ""
    return {"generatorURL": page or links[0][1]} if page or links else {}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
