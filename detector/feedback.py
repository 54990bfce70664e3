"""What people say of findings, and what stays quiet for it.

Pure: shapes are in `detector.findings`, keeping them is the store's part. All times are microseconds UTC; those that
findings are compared with are the time of the logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import sqrt

from detector.findings import Anomaly, Feedback, FeedbackKind, Incident, Reason, ReasonKind, finding_id
from detector.vectors import Column

_MOST = 0.8
"""Share of its score by which an anomaly is told; what is less than the rest of it can't open an incident alone."""
_LARGER = 2.0
"""Beyond so many times the count that was marked expected, it is something else."""
_NOISE = 3.0
"""Standard deviations of a Poisson count: 4 lines after 1 are no other thing, though four times as many."""
_DOWNWARD = (ReasonKind.FEWER, ReasonKind.GONE)
_UNKNOWN = (ReasonKind.NEW, ReasonKind.BACK, ReasonKind.RULE)
_HARMLESS = ("trace", "debug", "info")
_PLACEHOLDER = re.compile(r"<[^<>\s]*>|\d")
"""What a miner puts in the place of a variable part, or what is one."""


def expected(incident: Incident, author: str, note: str, now: int, until: int | None = None) -> Feedback:
    """The word that an incident was none: from now on, until `until`, the like of it stays quiet."""
    return _of_incident(FeedbackKind.EXPECTED, incident, author, note, now, until)


def real(incident: Incident, author: str, note: str, now: int) -> Feedback:
    """The word that an incident was one: replays and suggestions must find it again."""
    return _of_incident(FeedbackKind.REAL, incident, author, note, now, incident.end)


def _of_incident(
    kind: FeedbackKind, incident: Incident, author: str, note: str, now: int, until: int | None
) -> Feedback:
    return Feedback(
        id=finding_id("feedback", kind, incident.id, now),
        kind=kind,
        namespace=incident.namespace,
        incident=incident.id,
        like=tuple(replace(reason, samples=()) for reason in incident.reasons),
        since=incident.start,
        until=until,
        author=author,
        note=note,
        created=now,
    )


def mute(
    namespace: str,
    author: str,
    note: str,
    now: int,
    until: int | None = None,
    *,
    template: str = "",
    workload: str = "",
) -> Feedback:
    """The word that a template (its id) or a workload is not to be told of; with neither, the whole namespace."""
    return Feedback(
        id=finding_id("feedback", FeedbackKind.MUTE, namespace, template, workload, now),
        kind=FeedbackKind.MUTE,
        namespace=namespace,
        template=template,
        workload=workload,
        since=now,
        until=until,
        author=author,
        note=note,
        created=now,
    )


def withdraw(feedback: Feedback, now: int) -> Feedback:
    """The same, taken back; it stays with the time at which it was. Twice is as good as once."""
    return feedback if feedback.withdrawn is not None else replace(feedback, withdrawn=now)


def said(known: Iterable[Feedback], new: Feedback) -> list[Feedback]:
    """What is to be kept when something new is said, the new one last.

    The word before of the same thing, still active, is taken back, with who said it, why and until when: the new one
    stands beside it, whether it prolongs or shortens the other or says the opposite. Where it says nothing else, by
    nobody else, the word before is all there is to be kept.
    """
    kept, ids = [], set()
    for one in known:
        ids.add(one.id)
        if not _is_active(one, new.created) or (one.namespace, _subject(one)) != (new.namespace, _subject(new)):
            continue
        if _is_repeated(one, new):
            return [one]
        if one.kind is new.kind or FeedbackKind.MUTE not in (one.kind, new.kind):
            kept.append(withdraw(one, new.created))
    while new.id in ids:  # taken back in the moment in which it was said: it stays beside the new one
        new = replace(new, id=finding_id(new.id))
    return [*kept, new]


def active(feedback: Iterable[Feedback], at: int) -> list[Feedback]:
    """Those that hold at a time: said by then, neither expired nor taken back. What is REAL always holds."""
    return [one for one in feedback if _is_active(one, at)]


def going_on(feedback: Iterable[Feedback], at: int) -> dict[str, str]:
    """By the id of each word the id of the one that holds at a time and says the same: itself, or one said since."""
    words = list(feedback)
    holding = {_same(one): one.id for one in active(words, at)}
    return {one.id: holding[_same(one)] for one in words if _same(one) in holding}


def end_of(word: Feedback, feedback: Iterable[Feedback]) -> int | None:
    """When a word ceases to hold, as far as that is known; where it was said again by then, when that does."""
    end = _end(word)
    same = (one for one in feedback if _same(one) == _same(word) and one.created >= word.created)
    for one in sorted(same, key=lambda one: one.created):
        if end is None or one.created > end:
            break
        other = _end(one)
        end = None if other is None else max(end, other)
    return end


def is_news(word: Feedback, known: Iterable[Feedback]) -> bool:
    """Whether a word says what none of `known` does."""
    return all(_same(one) != _same(word) for one in known)


def in_hindsight(feedback: Iterable[Feedback]) -> list[Feedback]:
    """What is believed now, as if it had been known from the start, for history that is judged anew.

    Mutes hold from the beginning, what was expected from the incident on; what was taken back is left out.
    """
    believed = [one for one in feedback if one.withdrawn is None]
    return [
        replace(one, created=0, since=0) if one.kind is FeedbackKind.MUTE else replace(one, created=one.since)
        for one in believed
    ]


def muted(feedback: Iterable[Feedback], at: int, columns: Mapping[str, Column]) -> frozenset[str]:
    """Ids of the templates in `columns` that are no evidence at a time: muted themselves, or all of their workload.

    A muted namespace is still scored: what would have been told stays to be seen, see `covers`.
    """
    mutes = [one for one in active(feedback, at) if one.kind is FeedbackKind.MUTE]
    templates = {one.template for one in mutes if one.template}
    workloads = {one.workload for one in mutes if one.workload and not one.template}
    return frozenset(name for name, one in columns.items() if name in templates or one.workload in workloads)


def muted_namespaces(feedback: Iterable[Feedback], at: int) -> frozenset[str]:
    """Those of which nothing at all is told at a time."""
    mutes = (one for one in active(feedback, at) if one.kind is FeedbackKind.MUTE)
    return frozenset(one.namespace for one in mutes if not one.template and not one.workload)


def muting(feedback: Iterable[Feedback], at: int, namespace: str, workload: str, template: str) -> str | None:
    """Id of what mutes a template at a time: itself, its workload or its namespace; None where it may speak."""
    for one in active(feedback, at):
        if one.kind is FeedbackKind.MUTE and one.namespace == namespace:
            named = one.template == template if one.template else one.workload in ("", workload)
            if named:
                return one.id
    return None


def muting_most(feedback: Iterable[Feedback], anomaly: Anomaly) -> str:
    """Id of what mutes the weightiest of an anomaly's reasons that is muted; there is a mute of its namespace.

    Where none of them is, what is muted shows in the mixture of lines only: the first mute there is.
    """
    mutes = [one for one in active(feedback, anomaly.window) if one.kind is FeedbackKind.MUTE]
    mutes = sorted((one for one in mutes if one.namespace == anomaly.namespace), key=lambda one: one.id)
    reasons = sorted(anomaly.reasons, key=lambda reason: -reason.share)
    return next((by for by in (_covering(mutes, reason) for reason in reasons) if by is not None), mutes[0].id)


def covers(feedback: Iterable[Feedback], anomaly: Anomaly) -> str | None:
    """Id of the feedback that keeps an anomaly quiet, None where it is to be told.

    Quiet is what all of a muted namespace is told by, and what is told, for most of its share, by what was muted or is
    like what was marked expected: the same statement of the same workload (or all lines of it), in the same direction
    and not clearly larger. A new error beside it, or anything new that isn't known to be harmless, is told.
    """
    holding = [one for one in active(feedback, anomaly.window) if one.namespace == anomaly.namespace]
    for one in holding:
        if one.kind is FeedbackKind.MUTE and not one.template and not one.workload:
            return one.id
    if not holding or not anomaly.reasons:
        return None
    # The weightiest first: the one that covers that is named.
    reasons = sorted(anomaly.reasons, key=lambda reason: -reason.share)
    covering = [_covering(holding, reason) for reason in reasons]
    if any(by is None and _is_alarming(reason) for by, reason in zip(covering, reasons, strict=True)):
        return None
    quiet = sum(reason.share for by, reason in zip(covering, reasons, strict=True) if by is not None)
    if quiet < _MOST * sum(reason.share for reason in reasons):
        return None
    return next((by for by in covering if by is not None), None)


def is_like(reason: Reason, marked: Reason) -> bool:
    """Whether a reason is of the kind that was marked expected, and not clearly larger."""
    if (reason.kind in _DOWNWARD) != (marked.kind in _DOWNWARD) or reason.workload != marked.workload:
        return False
    if reason.template_id != marked.template_id and not _is_same_statement(reason, marked):
        return False
    if reason.kind not in _DOWNWARD:
        usual = marked.observed / marked.windows
        return reason.observed / reason.windows <= max(_LARGER * usual, usual + _NOISE * sqrt(usual))
    if marked.kind is ReasonKind.GONE:
        return True
    return reason.kind is ReasonKind.FEWER and _LARGER * _left(reason) >= _left(marked)


def _covering(holding: Sequence[Feedback], reason: Reason) -> str | None:
    for one in holding:
        if one.kind is FeedbackKind.MUTE:
            named = one.template == reason.template_id if one.template else one.workload == reason.workload
            if named and (one.template or one.workload):
                return one.id
        elif one.kind is FeedbackKind.EXPECTED and any(is_like(reason, marked) for marked in one.like):
            return one.id
    return None


def _is_alarming(reason: Reason) -> bool:
    return reason.kind in _UNKNOWN and reason.level not in _HARMLESS


def _is_same_statement(reason: Reason, marked: Reason) -> bool:
    """Whether two templates differ in nothing but in what is variable; an id changes when a text is mined anew."""
    if not reason.template_id or not marked.template_id:
        return False
    words, others = reason.template.split(), marked.template.split()
    return len(words) == len(others) and all(
        one == other or (_PLACEHOLDER.search(one) and _PLACEHOLDER.search(other))
        for one, other in zip(words, others, strict=True)
    )


def _left(reason: Reason) -> float:
    """Which part of the lines that are usual at least was still there."""
    return reason.observed / reason.expected_low if reason.expected_low > 0 else 1.0


def _is_active(one: Feedback, at: int) -> bool:
    if one.withdrawn is not None and at >= one.withdrawn:
        return False
    if one.kind is FeedbackKind.REAL:
        return True
    # What was told before anybody spoke stays told, also when its windows are judged again for late lines.
    return max(one.since, one.created) <= at and (one.until is None or at < one.until)


def _end(one: Feedback) -> int | None:
    until = None if one.kind is FeedbackKind.REAL else one.until
    return min((end for end in (until, one.withdrawn) if end is not None), default=None)


def _is_repeated(one: Feedback, new: Feedback) -> bool:
    told, anew = ((word.kind, word.like, word.until, word.author, word.note) for word in (one, new))
    return told == anew


def _same(one: Feedback) -> tuple[str, ...]:
    """What words have in common that say the same of the same thing."""
    return (one.kind, one.namespace, *_subject(one))


def _subject(one: Feedback) -> tuple[str, ...]:
    return (one.incident,) if one.kind is not FeedbackKind.MUTE else ("", one.template, one.workload)
