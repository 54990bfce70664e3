"""What is due of an alert, to which channel, and why some are not told; all of it pure.

A channel hears of an alert once that it is there, once of each higher band, now and then that it has spread, and once
that it is over, the last only where it heard of the first. What keeps it from a message (a silence, the hours of a
route, too many new alerts) keeps that message until it is over, as long as the alert goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from detector.alert import Alert, AlertKind, Event, ToldTo
from detector.alerts.grouping import WITHDRAWN, named, severest
from detector.alerts.quiet import Hush, sentence
from detector.alerts.routing import Routing, rank
from detector.findings import Incident, Severity

HOUR = 3_600_000_000
_REPEATED = 60_000_000
"""How often those that forget are told that it goes on. Alertmanager forgets after 5 minutes, where it isn't told."""
_AT_ONCE = 60_000_000
"""What is over so soon after it was seen (and so may have gone by while drainwatch was away) is told from its begin."""
NO_CHANNEL, NO_ROUTE = "no channel is set up", "no route fits"
TOO_LATE = "was over before anybody was to be told"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long what is waited for; microseconds, as `AlertSettings` has them."""

    group_wait: int = 5_000_000
    throttle: int = 300_000_000
    stale: int = HOUR
    most: int = 20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that deciding goes by beside the alert itself."""

    channels: Sequence[str]
    """All that there are."""
    routing: Routing
    hush: Hush
    timing: Timing = Timing()
    repeats: frozenset[str] = frozenset()
    """Those that want to hear that it goes on."""
    waits: Callable[[str], bool] = lambda channel: False
    """Whether something waits to be sent to a channel."""
    since: int = 0
    """When drainwatch began to tell anybody: what was over by then is no news."""


@dataclass(frozen=True, slots=True)
class Message:
    """One that is due."""

    channel: str
    event: Event
    severity: Severity
    incidents: tuple[Incident, ...]
    """What it is about, the severest first: what goes to this channel, and isn't silenced."""
    before: Severity | None = None
    note: str = ""
    """What is to be said beside it, a sentence."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An alert as it is from now on, and the messages about it, in order."""

    alert: Alert
    messages: tuple[Message, ...] = ()


@dataclass(slots=True)
class _Case:
    """One alert and its members, looked at at one time."""

    alert: Alert
    members: Sequence[Incident]
    around: Surroundings
    now: int
    lately: Mapping[str, int]
    whys: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    """Namespaces of which somebody should have been told."""
    messages: list[Message] = field(default_factory=list)


def decide(
    alert: Alert, members: Sequence[Incident], around: Surroundings, now: int, lately: Mapping[str, int] | None = None
) -> Decided:
    """What is due of an alert that goes on.

    `members` are its incidents as they are now; what is about drainwatch itself has one that stands for it, without a
    namespace. `now` is the clock's time (microseconds UTC), `lately` how many new alerts each channel was told of
    within the last hour.
    """
    case = _Case(alert, members, around, now, lately or {})
    if not members:
        return _over(case, "" if alert.told else WITHDRAWN, WITHDRAWN)
    if is_recent(alert.opened, now, around.timing.group_wait):
        return Decided(alert)
    ended = not any(one.open for one in members)
    loud = _loud(case)
    told = {one.channel: one for one in alert.told}
    for channel in around.channels:
        fitting = severest(one for one in loud if channel in around.routing(one, now))
        if fitting and (message := _due(case, channel, fitting, told.get(channel), ended=ended)):
            case.messages.append(message)
    quiet = _quiet(case, loud)
    if not ended:
        return _decided(case, quiet)
    return _over(case, quiet if alert.told or case.messages else alert.quiet or quiet or TOO_LATE)


def _loud(case: _Case) -> list[Incident]:
    """The members of which anybody may be told; why not of the others is noted."""
    loud: list[Incident] = []
    for one in case.members:
        why = case.around.hush(one, case.now)
        if not why:
            loud.append(one)
            continue
        case.whys.append(why)
        case.untold.append(one.namespace)
    return loud


def _due(case: _Case, channel: str, fitting: Sequence[Incident], last: ToldTo | None, *, ended: bool) -> Message | None:
    """The message to a channel for which some of the members are, if one is due."""
    fresh = [one for one in fitting if not _old(case, one)]
    if last is None:
        return _opening(case, channel, fresh, ended=ended)
    if ended:
        return None
    band = max((one.severity for one in fresh), key=rank, default=last.severity)
    if rank(band) > rank(last.severity):
        return Message(channel, Event.WORSENED, band, tuple(fitting), last.severity)
    # What is about drainwatch itself has no namespace, and none joins it.
    names = {one.namespace for one in fresh if one.namespace}
    repeats = channel in case.around.repeats
    if not repeats and names - set(last.namespaces) and not is_recent(last.at, case.now, case.around.timing.throttle):
        return Message(channel, Event.SPREAD, last.severity, tuple(fitting))
    goes_on = repeats and any(one.open for one in fitting)
    if goes_on and not is_recent(last.at, case.now, _REPEATED) and not case.around.waits(channel):
        return Message(channel, Event.FIRING, last.severity, tuple(fitting))
    return None


def _opening(case: _Case, channel: str, fresh: Sequence[Incident], *, ended: bool) -> Message | None:
    """That there is an alert, to a channel that hasn't heard of it."""
    timing = case.around.timing
    # Once it is over, or all that would be told is, there is nothing to be done; but what came and went while nobody
    # could look is told.
    if not fresh or (_is_late(case) and (ended or not any(one.open for one in fresh))):
        return None
    lately, note = case.lately.get(channel, 0), ""
    if channel not in case.around.repeats and case.alert.kind is AlertKind.INCIDENT:
        if lately >= timing.most:
            case.whys.append(f"{channel} was told of {lately} new alerts within an hour")
            return None
        if lately == timing.most - 1:
            note = f"This is new alert number {timing.most} within an hour: of further ones this channel isn't told."
    return Message(channel, Event.OPENED, max((one.severity for one in fresh), key=rank), tuple(fresh), note=note)


def _old(case: _Case, one: Incident) -> bool:
    """Whether a member is no news any more; where nobody has heard of it, that is noted."""
    ago = case.now - one.end
    if ago > case.around.timing.stale:
        why = f"{'goes on, but its last anomaly was' if one.open else 'ended'} {_length(ago)} before it was read"
    elif not one.open and one.end < case.around.since:
        why = "was over when drainwatch began to tell of alerts"
    else:
        return False
    if not case.alert.told:
        case.whys.append(TOO_LATE if _is_late(case) and not one.open else why)
    return True


def _is_late(case: _Case) -> bool:
    """Whether the alert has been there for longer than whoever was to be told of it has waited for."""
    return case.now - case.alert.opened > case.around.timing.group_wait + _AT_ONCE


def _quiet(case: _Case, loud: Sequence[Incident]) -> str:
    """Why nobody, or not everybody, is told."""
    told = bool(case.alert.told or case.messages)
    if not told and not case.whys:
        if not case.around.channels:
            return NO_CHANNEL
        if not any(case.around.routing(one, case.now) for one in loud):
            return NO_ROUTE
    why = sentence(case.whys)
    names = list(dict.fromkeys(case.untold))
    if why and loud and names and names != [""]:
        return f"not told of {named(names)}: {why}"
    return why


def _decided(case: _Case, quiet: str) -> Decided:
    """The alert with what was told."""
    told = {one.channel: one for one in case.alert.told}
    for message in case.messages:
        last = told.get(message.channel)
        severity = message.severity if last is None else max(message.severity, last.severity, key=rank)
        names = [*(last.namespaces if last else ()), *(one.namespace for one in message.incidents)]
        namespaces = tuple(dict.fromkeys(name for name in names if name))
        told[message.channel] = ToldTo(message.channel, message.event, severity, namespaces, case.now)
    alert = replace(case.alert, told=tuple(told.values()), quiet=quiet)
    return Decided(alert if alert == case.alert else replace(alert, changed=case.now), tuple(case.messages))


def _over(case: _Case, quiet: str, why: str = "") -> Decided:
    """The alert, resolved, `why` where it isn't just over; whoever was told of it, just now or before, is told."""
    for one in _decided(case, quiet).alert.told:
        if one.channel in case.around.channels:
            about = severest(
                member for member in case.members if not one.namespaces or member.namespace in one.namespaces
            )
            case.messages.append(Message(one.channel, Event.RESOLVED, one.severity, tuple(about), note=_sentence(why)))
    case.alert = replace(case.alert, resolved=case.now, changed=case.now, summary=_ended(case.alert, why))
    return _decided(case, quiet)


def _ended(alert: Alert, why: str) -> str:
    return f"{alert.summary} ({why})" if why and alert.summary else alert.summary or why


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:]}." if why else ""


def is_recent(time: int, now: int, duration: int) -> bool:
    """Whether it was less than so long ago; not what is to come, as the clock was ahead when it was written down."""
    return 0 <= now - time < duration


def _length(duration: int) -> str:
    """`40 minutes`, `3 hours`, `2 days`."""
    for unit, size in (("day", 24 * HOUR), ("hour", HOUR), ("minute", HOUR // 60)):
        if duration >= 2 * size or unit == "minute":
            count = round(duration / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError


def lately(alerts: Iterable[Alert], now: int) -> Counter[str]:
    """How many new alerts each channel was told of within the last hour."""
    counts: Counter[str] = Counter()
    for alert in alerts:
        for one in alert.told:
            told = one.at if one.event is Event.OPENED else alert.opened
            if is_recent(told, now, HOUR) and alert.kind is AlertKind.INCIDENT:
                counts[one.channel] += 1
    return counts
