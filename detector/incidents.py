"""Incidents: adjoining anomalous windows told as one story, and the sentence that tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from detector.findings import Anomaly, Change, ChangeKind, Incident, Reason, ReasonKind, finding_id
from parsers.level import ERRORS

_REASONS = 10
_NEW_ERROR, _TOTAL = 3.0, 0.5
"""How much more, or less, weight decides which reason is told first."""
_AROUND = 2
"""Windows after the start of an incident in which a change may still be where it came from: a roll-out is seen by its
first line, which its first effects may be a little before."""
_QUOTE = 100
"""Characters of a template that are quoted in a sentence."""


def extend(incident: Incident | None, anomaly: Anomaly, gap: int) -> Incident:
    """The incident with one more anomalous window, or a new one where there is none or it ended.

    `gap` is the length of time without an anomalous window, in microseconds, that ends an incident.
    """
    end = anomaly.window + anomaly.span
    if incident is None or anomaly.window - incident.end > gap:
        name = finding_id("incident", anomaly.namespace, anomaly.window)
        incident = Incident(name, anomaly.namespace, anomaly.window, end, 0.0, (), 0, True, "")
    score = max(incident.score, anomaly.score)
    reasons = _merge(incident, anomaly, score)
    change = incident.change or _shortly_before(incident.start + _AROUND * anomaly.span, anomaly.change)
    return replace(
        incident,
        end=max(incident.end, end),
        score=score,
        reasons=reasons,
        anomalies=incident.anomalies + 1,
        summary=summarise(anomaly.namespace, incident.start, reasons, change),
        change=change,
    )


def _shortly_before(time: int, change: Change | None) -> Change | None:
    """The change, unless it came later: what was done about an incident is not where it came from."""
    return change if change is not None and change.time < time else None


def settle(incident: Incident, closed_until: int, gap: int) -> Incident:
    """The incident, ended if no window that is still to come can belong to it."""
    return replace(incident, open=closed_until - incident.end <= gap)


def tell(anomalies: Iterable[Anomaly], closed_until: int, gap: int) -> tuple[list[Anomaly], list[Incident]]:
    """All anomalies of a time that make incidents, oldest first, told from the beginning.

    Returned are the same anomalies, each with the id of its incident, and the incidents, oldest first; `closed_until`
    and `gap` as above.
    """
    told: list[Anomaly] = []
    incidents: dict[str, Incident] = {}
    incident: Incident | None = None
    for anomaly in anomalies:
        incident = extend(incident, anomaly, gap)
        incidents[incident.id] = incident
        told.append(replace(anomaly, incident=incident.id))
    return told, [settle(one, closed_until, gap) for one in incidents.values()]


def summarise(namespace: str, start: int, reasons: Iterable[Reason], change: Change | None = None) -> str:
    """One sentence to be read out.

    `payments: 41 × "connection refused to <IP>" in ledger, never seen before, since 2026-11-21 14:02 UTC, 2 minutes
    after image 1.5 of ledger was rolled out (before: 1.4)`.
    """
    told = list(reasons)
    since = _minute(start)
    if change is not None:
        since += f", {_after(change, start)} {describe(change)}"
    if not told:
        return f"{namespace}: an unusual mixture of lines, since {since}"
    others = len({reason.workload for reason in told[1:]} - {told[0].workload})
    beside = f"; {others} other workload{'s' if others > 1 else ''} as well" if others else ""
    return f"{namespace}: {phrase(told[0])}, since {since}{beside}"


def describe(change: Change) -> str:
    """What was changed, in a few words that go on a sentence.

    `image 1.5 of ledger was rolled out (before: 1.4)`.
    """
    match change.kind:
        case ChangeKind.APPEARED:
            image = f" with image {_image(change.after)}" if change.after else ""
            return f"{change.workload} logged its first line{image}"
        case ChangeKind.IMAGE:
            before, after = short_images(change.before, change.after)
            return f"image {after} of {change.workload} was rolled out (before: {before})"
        case ChangeKind.ROLLOUT:
            return f"{change.workload} was rolled out anew, no other image seen"
        case ChangeKind.PODS:
            return f"{change.workload} went from {change.before} to {change.after} pods"


def short_images(before: str, after: str) -> tuple[str, str]:
    """Two images as one tells them apart: by their tags or digests, where the rest is the same.

    >>> short_images("registry.example/pay:1.4", "registry.example/pay:1.5")
    ('1.4', '1.5')
    """
    (old, old_tag), (new, new_tag) = _parted(before), _parted(after)
    if old == new and old_tag and new_tag:
        return _tag(old_tag), _tag(new_tag)
    if old.rpartition("/")[2] == new.rpartition("/")[2]:
        return before, after
    return _image(before), _image(after)


def _image(image: str) -> str:
    """An image without its registry and folders."""
    name, tag = _parted(image)
    return name.rpartition("/")[2] + (f":{_tag(tag)}" if tag else "")


def _tag(tag: str) -> str:
    return tag[:19] if tag.startswith("sha256:") else tag


def _parted(image: str) -> tuple[str, str]:
    """Name and tag or digest; a colon before a slash is the registry's port."""
    name, at, digest = image.partition("@")
    if at:
        return name, digest
    folder, slash, last = image.rpartition("/")
    name, _, tag = last.partition(":")
    return folder + slash + name, tag


def _after(change: Change, start: int) -> str:
    """When a change came, as seen from the beginning of what is told, which is known to the minute at best."""
    if 0 < change.time - start < 60_000_000:
        return "just as"
    minutes = round(abs(start - change.time) / 60e6)
    which = "after" if change.time <= start else "before"
    return f"{minutes} minutes {which}" if minutes > 1 else f"just {which}"


def _minute(time: int) -> str:
    return datetime.fromtimestamp(time / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")


def phrase(reason: Reason) -> str:
    """What stands out and against what, without where and since when: `41 × “no route” in web, never seen before`."""
    text = reason.template if len(reason.template) <= _QUOTE else reason.template[: _QUOTE - 1] + "…"
    what = f"“{text}” in {reason.workload}" if reason.template_id else text
    windows = f" in {reason.windows} windows" if reason.windows > 1 else ""
    expected = f"{reason.expected_low:.0f} to {reason.expected_high:.0f} expected"
    if not stands_out(reason):
        return "an unusual mixture of lines, none of which stands out by itself"
    match reason.kind:
        case ReasonKind.NEW:
            return f"{reason.observed} × {what}, never seen before"
        case ReasonKind.BACK:
            first = f", first seen {_minute(reason.first_seen)}" if reason.first_seen is not None else ""
            return f"{reason.observed} × {what}, none expected{first}"
        case ReasonKind.RULE:
            return f"{reason.observed} × {what}{windows}"
        case ReasonKind.GONE:
            return f"{what}: none{windows}, {expected}"
        case _:
            return f"{what}: {reason.observed}{windows}, {expected}"


def stands_out(reason: Reason) -> bool:
    """Whether its count does; where none does, an anomaly still has a reason."""
    is_within = reason.expected_low <= reason.observed <= reason.expected_high
    return not (is_within and reason.kind in (ReasonKind.MORE, ReasonKind.FEWER))


def _distance(reason: Reason) -> float:
    """How far a count is out of its range, in lines a window."""
    beyond = max(reason.observed - reason.expected_high, reason.expected_low - reason.observed, 0.0)
    return beyond / reason.windows


def _merge(incident: Incident, anomaly: Anomaly, score: float) -> tuple[Reason, ...]:
    """Reasons of all windows, one a template and direction: its greatest weight, and the count that was furthest off.

    Their shares are of the incident's score and need not sum to 1: made to, they would weigh less with every window
    that follows, and an incident would be told by its latest moment instead of its worst.
    """
    best: dict[tuple[str, str, bool], tuple[float, Reason]] = {}
    weighed = [
        *((reason.share * incident.score, reason) for reason in incident.reasons),
        *((reason.share * anomaly.score, reason) for reason in anomaly.reasons),
    ]
    for weight, reason in weighed:
        key = (reason.workload, reason.template_id, reason.kind in (ReasonKind.FEWER, ReasonKind.GONE))
        known, worst = best.get(key, (weight, reason))
        worst = _as_new(max(worst, reason, key=_distance), worst, reason)
        best[key] = (max(weight, known), worst)
    ranked = sorted(best.values(), key=lambda pair: -pair[0] * _telling(pair[1]))
    ranked = _one_way(ranked)[:_REASONS]
    return tuple(replace(reason, share=weight / (score or 1.0)) for weight, reason in ranked)


def _telling(reason: Reason) -> float:
    """What an incident is told by first: a new error says what broke, a total only how much."""
    if reason.kind in (ReasonKind.NEW, ReasonKind.BACK, ReasonKind.RULE) and reason.level in ERRORS:
        return _NEW_ERROR
    return 1.0 if reason.template_id or reason.workload or reason.kind is ReasonKind.GONE else _TOTAL


def _one_way(ranked: list[tuple[float, Reason]]) -> list[tuple[float, Reason]]:
    """Of the namespace as a whole the weightier direction: too much in one window and too little in another is one."""
    told: list[tuple[float, Reason]] = []
    wholes: set[str] = set()
    for weight, reason in ranked:
        if reason.template_id or reason.workload or reason.template not in wholes:
            told.append((weight, reason))
        if not reason.template_id and not reason.workload:
            wholes.add(reason.template)
    return told


def _as_new(told: Reason, *windows: Reason) -> Reason:
    """What an incident began with as new stays so, also when it has gone on for longer than a model lives."""
    is_new = told.kind is ReasonKind.BACK and any(one.kind is ReasonKind.NEW for one in windows)
    return replace(told, kind=ReasonKind.NEW) if is_new else told
