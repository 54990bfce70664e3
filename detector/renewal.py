"""What the next model of a namespace learns from, and whether one is due for what was said or has drifted.

A fault that a model learns as normal is not found when it comes again, so the windows of incidents are left out. But
a filter that drops whatever is odd never learns that a level has shifted. So incidents are learned after all where
they last, where the like of them comes back as a habit does, and where people say that they were expected. That holds
as long as their word does: what was normal by it alone is then as odd as it was. Pure; all times are microseconds UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from detector.counting import level_of
from detector.feedback import active, end_of, going_on, is_news
from detector.findings import Anomaly, Feedback, FeedbackKind, Incident, ModelCard, Reason, ReasonKind
from detector.history import Stretch
from detector.incidents import tell
from detector.rarity import DAY
from detector.vectors import Column, WindowCounts
from parsers.level import ERRORS

_HOUR = 3_600_000_000
LASTING = 6 * _HOUR
"""What is odd for so long is the new normal, and what comes back after so long a habit."""
ALARMING = 12 * _HOUR
"""Likewise errors, and workloads without a line, for somebody may still be at work on them."""
_MOST = 0.25
"""Share of the time that can be left out on suspicion: where more of it is odd, odd is normal."""
_MOST_EVER = 0.5
"""Likewise, also of what is certain to be none: the rest has to stand in for it."""
_TELLING = 0.2
"""Share of a score from which a reason is what something was told by."""
_JUDGED = (FeedbackKind.EXPECTED, FeedbackKind.REAL)


def left_out(
    incidents: Sequence[Incident], feedback: Iterable[Feedback], time: Stretch, margin: int, now: int
) -> tuple[Stretch, ...]:
    """What a model that learns from a time leaves out of it by what is known now, oldest first, none adjoining another.

    `now` is the end of the time or later: incidents count as they were then. `margin` is the time without an anomalous
    window that ends one, and that before and after it in which it may have begun and faded away unnoticed.
    """
    since, until = time
    incidents = [_as_of(one, now, margin) for one in incidents if one.start < now]
    said = {one.incident: one.kind for one in active(feedback, now) if one.kind in _JUDGED}
    inside = [one for one in incidents if one.start < until and one.end > since]
    certain = [
        one for one in inside if said.get(one.id) is FeedbackKind.REAL or (one.id not in said and is_silent(one))
    ]
    doubtful = [
        one
        for one in inside
        if one.id not in said
        and not _is_by_rules(one)
        and not _lasts(one, now)
        and not any(_is_like(one, other) for other in incidents)
    ]
    if _length(_around(doubtful, time, margin, now)) > _MOST * (until - since):
        doubtful = []
    stretches = _around([*certain, *doubtful], time, margin, now)
    return stretches if _length(stretches) <= _MOST_EVER * (until - since) else ()


def gone_by(incidents: Iterable[Incident], feedback: Iterable[Feedback], since: int, until: int) -> tuple[str, ...]:
    """Ids of the feedback on incidents that a model that learns from `since` to `until` goes by, in order."""
    inside = {one.id for one in incidents if one.start < until and one.end > since}
    return tuple(sorted(one.id for one in active(feedback, until) if one.kind in _JUDGED and one.incident in inside))


def quiet_by(quiet: Iterable[Anomaly], feedback: Iterable[Feedback], since: int, until: int) -> tuple[str, ...]:
    """Ids of the feedback by which anomalies from `since` to `until` were kept quiet, and would be then, in order."""
    holding = going_on(feedback, until)
    by = {one.suppressed_by for one in quiet if since <= one.window < until}
    return tuple(sorted({holding[one] for one in by if one in holding}))


def kept_quiet(quiet: Iterable[Anomaly], feedback: Iterable[Feedback], now: int, gap: int) -> list[Incident]:
    """The incidents that there would have been without the words that hold no longer; `quiet` are oldest first.

    What was muted is no more normal for it while it is: else it would be once the mute has ended.
    """
    expected = going_on((one for one in feedback if one.kind is FeedbackKind.EXPECTED), now)
    parts = defaultdict[str, list[Anomaly]](list)
    for one in quiet:
        if one.window < now and one.suppressed_by is not None and one.suppressed_by not in expected:
            parts[one.suppressed_by].append(one)
    return [incident for anomalies in parts.values() for incident in tell(anomalies, now, gap)[1]]


def like_the_expected(
    windows: Sequence[WindowCounts],
    columns: Mapping[str, Column],
    feedback: Iterable[Feedback],
    time: Stretch,
    gap: int,
    span: int,
) -> list[Incident]:
    """What was as odd as what was marked expected, by the counts, while a word held that doesn't at the end of a time.

    The models that went by it knew such windows as normal, so that nothing was kept quiet; the next ones must not.
    """
    found: list[Incident] = []
    words = list(feedback)
    holding = going_on(words, time[1])
    for word in words:
        if word.id in holding:  # also by a word that was said since: it holds from the incident on
            continue
        end = min((one for one in (word.until, word.withdrawn) if one is not None), default=time[1] + 1)
        if word.kind is not FeedbackKind.EXPECTED or end > time[1] or end <= time[0]:
            continue
        held = [one for one in windows if max(word.since, time[0]) <= one.window < end]
        for reason in word.like:
            if reason.share >= _TELLING:
                found += _episodes(_as_odd(held, columns, reason), word, reason, gap, span)
    return found


def _as_odd(windows: Iterable[WindowCounts], columns: Mapping[str, Column], reason: Reason) -> list[int]:
    """The windows, in order, in which a count is nearer to what was marked than to what was usual then."""
    lines: dict[int, int] = defaultdict(int)
    for one in windows:
        for template, count in zip(one.templates, one.counts.tolist(), strict=True):
            whole = not reason.template_id and columns[template].workload == reason.workload
            lines[one.window] += count * (whole or template == reason.template_id)
    marked, low, high = (
        (lines_then + 1) / reason.windows for lines_then in (reason.observed, reason.expected_low, reason.expected_high)
    )
    if reason.kind in (ReasonKind.FEWER, ReasonKind.GONE):
        return [at for at, count in sorted(lines.items()) if count + 1 <= (marked * low) ** 0.5]
    return [at for at, count in sorted(lines.items()) if count + 1 >= (marked * high) ** 0.5]


def _episodes(windows: Iterable[int], word: Feedback, reason: Reason, gap: int, span: int) -> list[Incident]:
    found: list[Incident] = []
    for at in windows:
        if found and at - found[-1].end <= gap:
            found[-1] = replace(found[-1], end=at + span, anomalies=found[-1].anomalies + 1)
        else:
            found.append(Incident(f"{word.id} {at}", word.namespace, at, at + span, 0.0, (reason,), 1, False, ""))
    return found


def is_outspoken(card: ModelCard, words: Iterable[str], feedback: Iterable[Feedback], now: int) -> bool:
    """Whether people have said something that the model doesn't know of, or what it went by holds no longer.

    `words` are what a model that is made now would go by.
    """
    feedback, words = list(feedback), set(words)
    known = [one for one in feedback if one.id in card.feedback]
    told = [one for one in feedback if one.id in words]
    return any(end <= now for end in ends(card, feedback)) or any(is_news(one, known) for one in told)


def ends(card: ModelCard, feedback: Iterable[Feedback]) -> list[int]:
    """When what a model goes by ceases to hold, as far as that is known; a word that is said again goes on."""
    feedback, known = list(feedback), set(card.feedback)
    found = (end_of(one, feedback) for one in feedback if one.id in known)
    return [end for end in found if end is not None]


def may_learn_drift(incident: Incident | None, now: int) -> bool:
    """Whether what has drifted may be normal; while an incident is young, it may be the fault itself."""
    return incident is None or _lasts(incident, now)


def is_normal_after_all(left_out_then: Iterable[Stretch], left_out_now: Sequence[Stretch]) -> bool:
    """Whether some of what was left out of a model would be learned by now."""
    return any(
        2 * sum(max(0, min(end, until) - max(begin, since)) for since, until in left_out_now) < end - begin
        for begin, end in left_out_then
    )


def _lasts(incident: Incident, now: int) -> bool:
    """Whether it is the new normal. A namespace without a line never is."""
    first = incident.reasons[0] if incident.reasons else None
    if is_silent(incident):
        return False
    return _end(incident, now) - incident.start >= (ALARMING if first and _is_alarming(first) else LASTING)


def is_silent(incident: Incident) -> bool:
    """Whether it is told by the namespace as a whole being without a line."""
    return bool(incident.reasons) and _subject(incident.reasons[0]) == ("", "", True)


def _as_of(incident: Incident, now: int, gap: int) -> Incident:
    end = min(incident.end, now)
    return replace(incident, end=end, open=now - end <= gap)


def _end(incident: Incident, now: int) -> int:
    return now if incident.open else incident.end


def _is_like(one: Incident, other: Incident) -> bool:
    """Whether two incidents that are told by the same are so far apart that it is a habit.

    Errors have habits at the same time of day only; a fault comes back whenever it likes.
    """
    if not one.reasons or not other.reasons or _subject(one.reasons[0]) != _subject(other.reasons[0]):
        return False
    apart = abs(one.start - other.start)
    if _is_alarming(one.reasons[0]) or _is_alarming(other.reasons[0]):
        return apart >= ALARMING and min(apart % DAY, -apart % DAY) <= _HOUR
    return apart >= LASTING


def _is_by_rules(incident: Incident) -> bool:
    """Whether it is told by rules alone: they say nothing of whether the counts are as usual."""
    return bool(incident.reasons) and all(reason.kind is ReasonKind.RULE for reason in incident.reasons)


def _is_alarming(reason: Reason) -> bool:
    return reason.kind is ReasonKind.GONE or level_of(reason.level, reason.template) in ERRORS


def _subject(reason: Reason) -> tuple[str, str, bool]:
    return reason.workload, reason.template_id, reason.kind in (ReasonKind.FEWER, ReasonKind.GONE)


def _around(incidents: Iterable[Incident], time: Stretch, margin: int, now: int) -> tuple[Stretch, ...]:
    """The parts of a time in which incidents were, with the margin."""
    since, until = time
    return _joined((max(since, one.start - margin), min(until, _end(one, now) + margin)) for one in incidents)


def _length(stretches: Iterable[Stretch]) -> int:
    return sum(end - begin for begin, end in stretches)


def _joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    result: list[Stretch] = []
    for begin, end in sorted(stretches):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        elif begin < end:
            result.append((begin, end))
    return tuple(result)
