"""When nobody is to be told of an incident: silences, maintenance; each with the words that say so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from detector.alert import Silence
from detector.alerts.routing import fits, local, matches, places
from detector.findings import Incident, Reason
from detector.moments import moment
from detector.settings.routing import MaintenanceSettings, moment_of

_MOST = 0.5
"""The part of an incident's weight from which on it is told by something for the most part."""

Hush = Callable[[Incident, int], str]
"""Why nobody is to be told of an incident at a time (microseconds UTC); empty where everybody may."""


def hush_of(silences: Sequence[Silence], maintenance: Sequence[MaintenanceSettings]) -> Hush:
    """By what people said, then by what the settings say; the one that lasts longest is named."""

    def why(incident: Incident, at: int) -> str:
        holding = [one for one in silences if one.holds(at) and covers(one, incident)]
        if holding:
            return _silenced(max(holding, key=lambda one: (one.until, one.id)), at)
        return next((said for one in maintenance if (said := _maintained(one, incident, at))), "")

    return why


def covers(silence: Silence, incident: Incident) -> bool:
    """Whether what it says is about this incident, at whatever time.

    Of a namespace are the incidents in its own logs and metrics, not what Falco or Kubernetes tell of it: whoever
    silences a migration doesn't mean an intruder. A workload or template has to tell at least half of it.
    """
    if not fits(silence.namespace, incident.namespace):  # of drainwatch itself, which has no name, is `*` alone
        return False
    if silence.template:
        return _told_by(incident, lambda reason: reason.template_id == silence.template)
    return not silence.workload or _told_by(incident, lambda reason: reason.workload == silence.workload)


def _told_by(incident: Incident, ours: Callable[[Reason], bool]) -> bool:
    total = sum(reason.share for reason in incident.reasons)
    part = sum(reason.share for reason in incident.reasons if ours(reason))
    return part > 0 and part >= _MOST * total


def _silenced(silence: Silence, at: int) -> str:
    by = f" by {_brief(silence.author)}" if silence.author else ""
    why = f": {_brief(silence.note)}" if silence.note else ""
    return f"silenced until {_shown(silence.until, at)}{by}{why}"


def _maintained(one: MaintenanceSettings, incident: Incident, at: int) -> str:
    if not matches(one.namespaces, places(incident)):
        return ""
    named = f"maintenance: {_brief(one.note)}" if one.note else "maintenance"
    hours = one.weekly
    if hours is None:
        start, end = moment_of(one.start), moment_of(one.end)
        return f"{named}, until {_shown(end, at)}" if start <= at < end else ""
    now = local(at, one.zone)
    until = hours.until(now)
    return "" if until is None else f"{named}, until {until:%H:%M} {one.zone}"


def _shown(time: int, at: int) -> str:
    """`14:00 UTC`, with the day where it is another one."""
    until, now = (moment(one) for one in (time, at))
    return f"{until:%H:%M} UTC" if until.date() == now.date() else f"{until:%Y-%m-%d %H:%M} UTC"


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else line[:99] + "…"


def sentence(parts: Iterable[str]) -> str:
    """Several whys as one, each once, in the order in which they come."""
    return "; ".join(dict.fromkeys(part for part in parts if part))
