"""What people were told of, as JSON."""

from __future__ import annotations

from urllib.parse import quote

from pydantic import BaseModel, Field

from detector.alert import Alert, AlertKind, Event
from detector.api import alert_examples as examples
from detector.api.forms import SECOND, Links, Score, Time, example, path, shown_score
from detector.api.shapes import IncidentOut
from detector.api.times import rfc3339
from detector.findings import Incident, Severity
from detector.store.port import Reader

_AROUND = 86_400 * SECOND
"""An alert of an incident is opened no longer before or after it: one joins what began within minutes, and what is
judged later than a day is told to nobody."""
_LOOKED_AT = 500
_ONE_BY_ONE, _AT_ONCE = 20, 2_000
"""Incidents of an alert."""


class ToldOut(BaseModel):
    """What a channel was last told of an alert."""

    channel: str
    event: Event
    severity: Severity = Field(description="As it was then.")
    namespaces: tuple[str, ...] = Field(description="Likewise.")
    at: Time = Field(description="When it was decided; it is sent from then on until it has arrived.")


class AlertOut(BaseModel):
    """One story for people: opened, worsened, resolved."""

    model_config = example(examples.ALERT)

    id: str
    kind: AlertKind = Field(
        description="`incident`, or that drainwatch itself is amiss: `no-lines`, `behind`, `failing`."
    )
    namespaces: tuple[str, ...] = Field(description="In the order in which they came to it.")
    incidents: tuple[str, ...] = Field(description="Ids, likewise.")
    start: Time = Field(description="Start of the first anomalous window, by the time of the logs.")
    end: Time = Field(description="End of the last one so far.")
    score: Score = Field(description="The highest so far.")
    severity: Severity
    open: bool = Field(description="Whether it goes on.")
    summary: str
    opened: Time = Field(description="When it was decided that there is one, by the clock.")
    changed: Time = Field(description="When it was last decided anew.")
    resolved: Time | None = None
    told: tuple[ToldOut, ...] = Field(description="The last message to each channel.")
    quiet: str = Field(description="Why nobody, or not everybody, was told last; empty where all were.")
    links: Links

    @classmethod
    def of(cls, alert: Alert) -> AlertOut:
        """From the alert."""
        return cls(
            id=alert.id,
            kind=alert.kind,
            namespaces=alert.namespaces,
            incidents=alert.incidents,
            start=rfc3339(alert.start),
            end=rfc3339(alert.end),
            score=shown_score(alert.score),
            severity=alert.severity,
            open=alert.open,
            summary=alert.summary,
            opened=rfc3339(alert.opened),
            changed=rfc3339(alert.changed),
            resolved=None if alert.resolved is None else rfc3339(alert.resolved),
            told=tuple(
                ToldOut(
                    channel=one.channel,
                    event=one.event,
                    severity=one.severity,
                    namespaces=one.namespaces,
                    at=rfc3339(one.at),
                )
                for one in alert.told
            ),
            quiet=alert.quiet,
            links={"self": path("alerts", alert.id), "page": f"/alerts/{quote(alert.id, safe='')}"},
        )


class AlertDetailOut(AlertOut):
    """An alert with its incidents."""

    model_config = example(examples.ALERT_DETAIL)

    members: tuple[IncidentOut, ...] = Field(
        description="Its incidents, in the order in which they came to it; those already pruned are missing."
    )

    @classmethod
    def with_members(cls, alert: Alert, members: list[Incident]) -> AlertDetailOut:
        """From the alert and its incidents."""
        return cls(**dict(AlertOut.of(alert)), members=tuple(map(IncidentOut.of, members)))


def members_of(reader: Reader, alert: Alert) -> list[Incident]:
    """The incidents of an alert that are still there, in its order; of thousands, most of them.

    A few are asked for one by one. Of an outage that took all namespaces they are read in a go.
    """
    found: dict[str, Incident | None] = {}
    if len(alert.incidents) > _ONE_BY_ONE:
        page = reader.incidents(since=alert.start, until=alert.end + 1, limit=_AT_ONCE)
        found |= {one.id: one for one in page.items}
    rest = [name for name in alert.incidents if name not in found]
    found |= {name: reader.incident(name) for name in rest[:_ONE_BY_ONE]}
    return [one for name in alert.incidents if (one := found.get(name)) is not None]


def alert_of(reader: Reader, incident: Incident) -> Alert | None:
    """The alert that an incident is in, or that the one is in that it is a part of."""
    wanted = {incident.id, incident.part_of}
    since, until = incident.start - _AROUND, incident.end + _AROUND
    near = reader.alerts(incident.namespace, since, until, limit=_LOOKED_AT).items
    return next((one for one in near if wanted.intersection(one.incidents)), None)
