"""From incidents to alerts: what begins together is one story, whichever namespaces it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from detector.alert import Alert, AlertKind
from detector.findings import Incident, finding_id
from detector.incidents import phrase

WITHDRAWN = "withdrawn: late lines showed that it was none"
_NAMED = 3
"""Namespaces that are named in a sentence."""


def group(
    alerts: Collection[Alert],
    incidents: Mapping[str, Incident],
    gone: Collection[str],
    *,
    together: int,
    now: int,
) -> list[Alert]:
    """The alerts with all that is new; only those that are different, those that go on in their order, then new ones.

    `alerts` are all that go on and those resolved lately, oldest first; `incidents`, by id, the members of those that
    go on and whatever else there is lately. What is `gone` is in the store no more, as late lines showed that it was no
    incident: it leaves its alert. `together` is how long after its first one the others of a story begin, `now` is by
    the clock (both microseconds).
    """
    grown = {alert.id: alert for alert in alerts if alert.kind is AlertKind.INCIDENT}
    known = {incident for alert in grown.values() for incident in alert.incidents}
    for incident in sorted(incidents.values(), key=lambda one: (one.start, one.id)):
        if incident.id in known or incident.part_of in known:
            continue
        home = _home(list(grown.values()), incident, incidents, together)
        if home is None:
            home = _opened(incident, now)
        grown[home.id] = replace(home, incidents=(*home.incidents, incident.id))
        known.add(incident.id)
    before = {alert.id: alert for alert in alerts}
    refreshed = (_refreshed(alert, incidents, gone) if alert.open else alert for alert in grown.values())
    return [replace(alert, changed=now) for alert in refreshed if alert != before.get(alert.id)]


def members(alert: Alert, incidents: Mapping[str, Incident]) -> list[Incident]:
    """The incidents of an alert that are there, in its order, without those that are a part of another one of it."""
    own = [incidents[one] for one in alert.incidents if one in incidents]
    ids = {one.id for one in own}
    return [one for one in own if one.part_of not in ids]


def title(incidents: Sequence[Incident]) -> str:
    """What is wrong, without since when: `payments, shop and 2 more: 41 × “no route” in ledger, never seen before`."""
    worst = severest(incidents)
    what = phrase(worst[0].reasons[0]) if worst and worst[0].reasons else "an unusual mixture of lines"
    names = list(dict.fromkeys(one.namespace for one in worst))
    inside = f"in {worst[0].namespace}, " if len(names) > 1 else ""
    return f"{named(names)}: {inside}{what}"


def summary(incidents: Sequence[Incident]) -> str:
    """One sentence to be read out; of several namespaces the severest incident's, after all that are in it."""
    worst = severest(incidents)
    if not worst:
        return ""
    names = list(dict.fromkeys(one.namespace for one in worst))
    if len(names) == 1:
        return worst[0].summary
    return f"{len(names)} namespaces at once ({named(names)}); first of all {worst[0].summary}"


def severest(incidents: Iterable[Incident]) -> list[Incident]:
    """The severest first; of the same score the one that began first."""
    return sorted(incidents, key=lambda one: (-one.score, one.start, one.id))


def named(names: Sequence[str]) -> str:
    """`payments, shop and 2 more`."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _home(
    alerts: Sequence[Alert], incident: Incident, incidents: Mapping[str, Incident], together: int
) -> Alert | None:
    """The alert that an incident belongs to: the newest of those that it could."""
    newest_first = sorted(alerts, key=lambda alert: (alert.opened, alert.start, alert.id), reverse=True)
    for alert in newest_first:
        known = (incidents[one] for one in alert.incidents if one in incidents)
        if alert.open and any(_same_story(one, incident, together) for one in known):
            return alert
    for alert in newest_first:
        # By the time at which the alert began, not its newest incident: of a thousand namespaces one begins something
        # every few minutes, and all would be one story that never ends.
        if alert.open and abs(incident.start - alert.start) <= together:
            return alert
    # Told again by another id, as late lines moved its first window: of what is over the talk is over, too.
    at_its_time = [
        alert
        for alert in newest_first
        if incident.namespace in alert.namespaces and alert.start <= incident.end and incident.start <= alert.end
    ]
    for alert in at_its_time:
        moved = any(one not in incidents for one in alert.incidents) if alert.open else not incident.open
        if moved:
            return alert
    return None


def _same_story(one: Incident, other: Incident, together: int) -> bool:
    """Whether one goes on with the other, or is a part of it, or will be: what is seen in logs and metrics at once."""
    if one.namespace != other.namespace or one.part_of == other.id:
        return one.part_of == other.id
    apart = max(other.start - one.end, one.start - other.end)
    return apart <= together or (one.open and other.open and one.source is not other.source)


def _opened(incident: Incident, now: int) -> Alert:
    return Alert(
        id=finding_id("alert", incident.id),
        kind=AlertKind.INCIDENT,
        namespaces=(),
        incidents=(),
        start=incident.start,
        end=incident.end,
        score=incident.score,
        summary="",
        opened=now,
        changed=now,
    )


def _refreshed(alert: Alert, incidents: Mapping[str, Incident], gone: Collection[str]) -> Alert:
    """With what its incidents have come to."""
    alert = replace(alert, incidents=tuple(one for one in alert.incidents if one not in gone))
    own = members(alert, incidents)
    if not own:
        return alert
    return replace(
        alert,
        namespaces=tuple(dict.fromkeys(one.namespace for one in own)),
        start=min(one.start for one in own),
        end=max(one.end for one in own),
        score=max(alert.score, *(one.score for one in own)),
        summary=summary(own),
    )
