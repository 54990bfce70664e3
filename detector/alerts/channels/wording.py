"""What all channels say in the same words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from detector.alert import AlertKind, Event
from detector.alerts.channels.harmless import visible
from detector.alerts.notice import IncidentNotice, Notice, ReasonNotice
from detector.alerts.rehearsal import ALERT as TEST
from detector.findings import ReasonKind, Severity, Source
from parsers.formats.structured import read_json

LATE = timedelta(minutes=3)
"""What is sent so long after it was decided says so."""
_INCIDENTS, _REASONS = 5, 3
"""Where there are several incidents, that many are told in full, with that many reasons each."""
_SUBJECTS = {
    AlertKind.NO_LINES: "no lines arrive",
    AlertKind.BEHIND: "detection is behind",
    AlertKind.FAILING: "detection fails",
}
_SELDOM = {
    Severity.CRITICAL: "by chance less than once a year",
    Severity.MAJOR: "by chance less than once in 30 days",
    Severity.MINOR: "by chance less than once a day",
    Severity.WARNING: "by chance about once a day",
}
SYMBOLS = {Severity.CRITICAL: "🔴", Severity.MAJOR: "🟠", Severity.MINOR: "🟡", Severity.WARNING: "🔵"}
RESOLVED, TESTING = "✅", "🧪"


def headline(notice: Notice, limit: int = 150) -> str:
    """Severity, event and place, at a glance: `CRITICAL: payments`."""
    band, where = notice.severity.value.upper(), subject(notice)
    match notice.event:
        case Event.OPENED:
            said = f"{band}: {where}"
        case Event.WORSENED:
            before = f" (was {notice.before.value})" if notice.before else ""
            said = f"Worse, now {band}{before}: {where}"
        case Event.SPREAD:
            said = f"{band}, spreading: {where}"
        case Event.FIRING:
            said = f"Still {band}: {where}"
        case Event.RESOLVED:
            said = f"Resolved: {where} (was {notice.severity.value})"
        case Event.TEST:
            said = f"TEST, nothing is wrong: {where}"
    return visible(said, limit)


def symbol(notice: Notice) -> str:
    """One character for severity and event; what it says stands in words beside it."""
    if notice.event is Event.TEST:
        return TESTING
    return RESOLVED if notice.event is Event.RESOLVED else SYMBOLS[notice.severity]


def subject(notice: Notice) -> str:
    """Where it is, or what is wrong with drainwatch itself: `payments, shop and 2 more`."""
    if not notice.namespaces:
        return _SUBJECTS.get(notice.kind, "drainwatch")
    named = [visible(name, 63) for name in notice.namespaces[:3]]
    others = len(notice.namespaces) - len(named)
    return ", ".join(named) + (f" and {others} more" if others else "")


def title(notice: Notice, limit: int = 300) -> str:
    """What is wrong, in one line, without the names of namespaces that stand beside it."""
    if notice.kind is not AlertKind.INCIDENT:
        return visible(notice.summary or notice.title, limit)
    said = notice.title
    for names in (", ".join(notice.namespaces), subject(notice)):
        said = said.removeprefix(f"{names}: ")
    return visible(said, limit)


def began(notice: Notice) -> str:
    """The word before `since`."""
    return "From" if notice.event is Event.RESOLVED else "Since"


def since(notice: Notice, now: datetime) -> str:
    """When it began and, where it is over, ended: `02:41 UTC (6 min ago)`."""
    if notice.event is Event.RESOLVED:
        return f"{span(notice.start, notice.end)} UTC ({length(notice.end - notice.start)})"
    ago = now - notice.start
    when = f"{_day(notice.start, now)}{notice.start.astimezone(UTC):%H:%M} UTC"
    return f"{when} ({length(ago)} ago)" if ago >= timedelta(minutes=1) else when


def span(start: datetime, end: datetime) -> str:
    """`2026-11-21 02:41 to 03:05`."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    day = "" if start.date() == end.date() else f"{end:%Y-%m-%d} "
    return f"{start:%Y-%m-%d %H:%M} to {day}{end:%H:%M}"


def length(duration: timedelta) -> str:
    """`40 s`, `6 min`, `3 h 5 min`, `2 d 4 h`."""
    seconds = max(round(duration.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"


def late(notice: Notice, now: datetime) -> str:
    """That it is told long after it was so; empty where it isn't."""
    delay = now - notice.decided
    if delay < LATE:
        return ""
    then = f"{_day(notice.decided, now)}{notice.decided.astimezone(UTC):%H:%M} UTC"
    return f"Told {length(delay)} late, as it was at {then}: it could not be sent before."


def sureness(notice: Notice) -> str:
    """The score, and how seldom one like it comes: `87 of 100, by chance less than once a year`.

    That isn't known of rules.
    """
    said = f"{notice.score:.0f} of 100"
    reasons = [reason for one in notice.incidents[:1] for reason in one.reasons[:1]]
    is_chance = notice.kind is AlertKind.INCIDENT and all(one.kind is not ReasonKind.RULE for one in reasons)
    return f"{said}, {_SELDOM[Severity.of(notice.score)]}" if is_chance else said


def finding(reason: ReasonNotice) -> str:
    """What was seen against what was expected: `41 lines, never seen before`, `no lines, 40 to 61 expected`.

    Without a template the number is what `where` says, and may be no lines at all.
    """
    amount = f"{reason.observed:,}"
    if reason.template_id:
        amount = "no lines" if not reason.observed else f"{amount} line" + "s" * (reason.observed != 1)
    if reason.windows > 1:
        amount += f" in {reason.windows} windows"
    match reason.kind:
        case ReasonKind.NEW:
            return f"{amount}, never seen before"
        case ReasonKind.BACK:
            return f"{amount}, none expected any more"
        case ReasonKind.RULE:
            return f"{amount}, a rule that is always told"
        case _:
            return f"{amount}, {expected(reason)} expected"


def where(reason: ReasonNotice) -> str:
    """Whose lines they are, or what it is that was counted or measured: `ledger`, `latency (ms)`."""
    return visible(reason.workload if reason.template_id else reason.text, 100)


def expected(reason: ReasonNotice) -> str:
    """The range that was expected: `40 to 61`."""
    low, high = _amount(reason.expected_low), _amount(reason.expected_high)
    return low if low == high else f"{low} to {high}"


def shown(reason: ReasonNotice) -> tuple[str, ...]:
    """Lines that look so; the template where none are kept, or none came."""
    lines = tuple(dict.fromkeys(map(_readable, reason.samples)))
    return lines or ((reason.text,) if reason.template_id else ())


def place(incident: IncidentNotice) -> str:
    """Severity, score and time of one of several incidents: `critical 87, since 02:41 UTC`."""
    start = incident.start.astimezone(UTC)
    what = " in metrics" if incident.source is Source.METRICS else ""
    return f"{incident.severity.value} {incident.score:.0f}{what}, since {start:%H:%M} UTC"


def changes(notice: Notice) -> str:
    """What was changed shortly before, and where, if there are several places; empty for nothing."""
    several = len(notice.namespaces) > 1
    told = ((f"{one.namespace}: " if several else "") + one.change for one in notice.incidents if one.change)
    return "" if notice.event is Event.RESOLVED else visible("; ".join(dict.fromkeys(told)), 500)


def fitting(notice: Notice) -> tuple[IncidentNotice, ...]:
    """The incidents with as many reasons as one wants to read; none once it is over."""
    if notice.event is Event.RESOLVED:
        return ()
    if len(notice.incidents) == 1:
        return notice.incidents
    return tuple(replace(one, reasons=one.reasons[:_REASONS]) for one in notice.incidents[:_INCIDENTS])


def others(notice: Notice) -> str:
    """How many incidents there are beside those; empty for none."""
    hidden = notice.more + len(notice.incidents[_INCIDENTS:])
    if not hidden or notice.event is Event.RESOLVED:
        return ""
    return f"and {hidden:,} more incident" + "s" * (hidden > 1)


def links(notice: Notice) -> list[tuple[str, str]]:
    """What to click, as words and address: the page, Kibana and the API, of the severest incident."""
    first = notice.incidents[0] if notice.incidents else None
    found = [
        ("Open in drainwatch", notice.page or (first.page if first else "")),
        ("Logs in Kibana", first.kibana if first else ""),
        ("API", first.api if first else ""),
    ]
    return [(words, address) for words, address in found if re.fullmatch(r"https?://[!-~]{1,2900}", address)]


def note(notice: Notice) -> str:
    """What is to be said beside all that, where that isn't said by the title."""
    return "" if notice.note and notice.note in title(notice, 1_000) else visible(notice.note, 300)


def commands(notice: Notice) -> list[str]:
    """What to type: to see all of it, and to be left alone; nothing for a test, of which nothing is stored."""
    found: list[str] = []
    if notice.alert == TEST:
        return found
    if re.fullmatch(r"[\w-]{1,64}", notice.alert, re.ASCII):
        found.append(f"drainwatch alert show {notice.alert}")
    plain = [name for name in notice.namespaces if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name)]
    if len(notice.namespaces) == 1 and plain and notice.event is not Event.RESOLVED:
        found.append(f"drainwatch silence add {plain[0]} --for 2h")
    return found


def text_of(notice: Notice, now: datetime) -> str:
    """The whole message as plain text, for terminals and mail."""
    lines = [f"{symbol(notice)} {headline(notice)}", ""]
    if said := late(notice, now):
        lines += [said, ""]
    lines += [title(notice), f"{began(notice).lower()} {since(notice, now)}"]
    if notice.kind is AlertKind.INCIDENT:
        lines.append(f"score {sureness(notice)}")
    if said := note(notice):
        lines += ["", said]
    for incident in fitting(notice):
        if len(notice.incidents) > 1:
            lines += ["", f"{visible(incident.namespace, 63)}: {place(incident)}"]
        lines += ["", *incident_lines(incident)]
    if said := others(notice):
        lines += ["", said]
    if found := links(notice):
        lines += ["", *(f"{words}: {address}" for words, address in found)]
    if typed := commands(notice):
        lines += ["", *typed]
    return "\n".join(lines)


def incident_lines(incident: IncidentNotice) -> list[str]:
    """One incident with its reasons, as plain text."""
    lines = []
    if incident.change:
        lines.append(f"changed shortly before: {visible(incident.change, 200)}")
    for reason in incident.reasons:
        whose = " ".join(filter(None, (where(reason), visible(reason.level, 20))))
        lines.append("  " + ": ".join(filter(None, (whose, finding(reason)))))
        lines += [f"    | {visible(line, 300)}" for line in shown(reason)]
    return lines


def _readable(line: str) -> str:
    """What a line of JSON says, without what is around it; any other line as it is."""
    found = read_json(line) if line.startswith("{") else None
    return (found and found.line) or line


def _day(moment: datetime, now: datetime) -> str:
    moment, now = moment.astimezone(UTC), now.astimezone(UTC)
    return "" if moment.date() == now.date() else f"{moment:%Y-%m-%d} "


def _amount(count: float) -> str:
    return f"{count:,.0f}" if count >= 10 or count == round(count) else f"{count:.1f}"
