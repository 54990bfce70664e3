"""Which channels an incident is for: by its place, its severity, and the hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from detector.findings import Incident, Severity
from detector.moments import moment
from detector.settings.hours import Hours, parse_hours
from detector.settings.routing import RouteSettings

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}

Routing = Callable[[Incident, int], frozenset[str]]
"""Names of the channels that an incident is for at a time (microseconds UTC)."""


def rank(severity: Severity) -> int:
    """Greater for the severer one."""
    return _RANKS[severity]


def places(incident: Incident) -> frozenset[str]:
    """The namespaces that it is about: its own and, of events of Falco and Kubernetes, those where they happened.

    Such an event has the workload `payments/ledger`, whichever namespace logged it. None of what is about drainwatch.
    """
    happened = (reason.workload.partition("/") for reason in incident.reasons)
    return frozenset({incident.namespace, *(before for before, slash, _ in happened if slash)} - {""})


def matches(patterns: Sequence[str], names: Iterable[str]) -> bool:
    """Whether one of the names fits a pattern and isn't left out; nothing but what is left out means all others.

    `*` stands for any text. What is about drainwatch itself, which has no name, fits `*` only.
    """
    wanted = [pattern for pattern in patterns if not pattern.startswith("-")] or ["*"]
    left_out = [pattern[1:] for pattern in patterns if pattern.startswith("-")]
    some = tuple(names)
    if not some:
        return "*" in wanted and "*" not in left_out
    return any(_fits(name, wanted) and not _fits(name, left_out) for name in some)


def local(at: int, zone: str) -> datetime:
    """What the clock on the wall shows there, at a time (microseconds UTC)."""
    return moment(at).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def routing_of(routes: Sequence[RouteSettings], channels: Iterable[str]) -> Routing:
    """Without routes all channels are for everything.

    What is about drainwatch itself goes where all namespaces go; where no route is for all of them, along every route,
    at any hour: else nobody would know.
    """
    everybody = frozenset(channels)
    if not routes:
        return lambda incident, at: everybody
    ways = [_Way.of(route) for route in routes]
    if not any(matches(way.namespaces, ()) for way in ways):
        named = frozenset(name for way in ways for name in way.channels)
    else:
        named = frozenset()

    def to(incident: Incident, at: int) -> frozenset[str]:
        about = places(incident)
        if not about and named:
            return named
        return frozenset(name for way in ways if way.fits(about, incident.severity, at) for name in way.channels)

    return to


def never_fits(route: RouteSettings) -> bool:
    """Whether nothing can ever go this way, as all that is wanted is left out again."""
    wanted = {name for name in route.namespaces if not name.startswith("-")} or {"*"}
    return all(_fits(name, [one[1:] for one in route.namespaces if one.startswith("-")]) for name in wanted)


@dataclass(frozen=True, slots=True)
class _Way:
    channels: tuple[str, ...]
    namespaces: tuple[str, ...]
    least: int
    hours: Hours | None
    zone: str

    @classmethod
    def of(cls, route: RouteSettings) -> _Way:
        hours = parse_hours(route.hours) if route.hours else None
        return cls(route.channels, route.namespaces, rank(Severity(route.min_severity)), hours, route.zone)

    def fits(self, about: frozenset[str], severity: Severity, at: int) -> bool:
        if rank(severity) < self.least or not matches(self.namespaces, about):
            return False
        return self.hours is None or self.hours.until(local(at, self.zone)) is not None


def fits(pattern: str, name: str) -> bool:
    """Whether a name is the pattern, in which `*` stands for any text; in time that many stars can't draw out."""
    first, *parts = pattern.split("*")
    if not parts:
        return name == pattern
    *between, last = parts
    at, end = len(first), len(name) - len(last)
    if at > end or not (name.startswith(first) and name.endswith(last)):
        return False
    for part in between:  # the first place that fits is as good as any later one
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fits(pattern, name) for pattern in patterns)
