"""Second thoughts: what changes in findings when closed windows turn out to hold other lines than were counted.

A window's score rests on its counts and on those of the windows before it, an incident on all its anomalies. So what is
judged again reaches further than the windows that changed, and what is told again further still.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detector.findings import Anomaly, Incident, ModelCard, Source
from detector.incidents import tell
from detector.models.ensemble import CONTEXT
from detector.periods import Period
from detector.schedule import Schedule
from detector.scoring import Lines
from detector.store.pages import pages
from detector.store.port import Reader
from detector.vectors import WindowCounts
from ingest.source import Revisit

_BESIDE = 1_000
"""Microseconds: a store may know times only by the millisecond."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Counts of a namespace's windows that are other than they were; a window without a line has no templates."""

    before: list[WindowCounts]
    after: list[WindowCounts]
    """Of the same windows, in the same order."""

    @property
    def begin(self) -> int:
        """Start of the first such window."""
        return self.after[0].window

    def end(self, span: int) -> int:
        """End of the last one."""
        return self.after[-1].window + span


@dataclass(frozen=True, slots=True)
class Judged:
    """Which windows are judged again."""

    begin: int
    end: int
    periods: list[Period]
    """Of these, those that a model can judge; what is stored of the time of learning stays."""
    parts: list[Period]
    """Of those, the ones in which the namespace is alive: they are scored."""

    def holds(self, window: int) -> bool:
        """Whether a window is judged again."""
        return any(begin <= window < end for begin, end, _ in self.periods)


@dataclass(slots=True)
class Revision:
    """What is to be written of it. Findings that stay as they are are not in it."""

    anomalies: list[Anomaly] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    withdrawn: list[Anomaly | Incident] = field(default_factory=list)
    """Those that are none any more, as they were."""
    told: list[Incident] = field(default_factory=list)
    """All incidents of the time that was told again, as they are now, oldest first."""
    retold: list[str] = field(default_factory=list)
    """Ids of all that there were."""
    models: list[ModelCard] = field(default_factory=list)
    """Of models that learn from other windows now."""

    @property
    def retracted(self) -> list[str]:
        """Ids of what is withdrawn."""
        return [one.id for one in self.withdrawn]


@dataclass(frozen=True, slots=True)
class Story:
    """What was told of a time: incidents, none of which adjoins another that isn't here, and all anomalies therein."""

    anomalies: list[Anomaly]
    incidents: list[Incident]


def changes(known: Iterable[WindowCounts], counted: Sequence[WindowCounts]) -> Changes:
    """What is different in windows that were counted again; `known` are the parts that were known of them."""
    totals = by_window(known)
    result = Changes([], [])
    for one in sorted(counted, key=lambda window: window.window):
        before = totals.get(one.window, Counter())
        if before != dict(zip(one.templates, one.counts.tolist(), strict=True)):
            result.before.append(_window(one, before))
            result.after.append(one)
    return result


def by_window(parts: Iterable[WindowCounts]) -> dict[int, Counter[str]]:
    """How often each template was counted in each window, given in one part or more."""
    totals: dict[int, Counter[str]] = {}
    for one in parts:
        total = totals.setdefault(one.window, Counter())
        for template, count in zip(one.templates, one.counts.tolist(), strict=True):
            total[template] += count
    return totals


def replaced(history: Iterable[WindowCounts], windows: Iterable[WindowCounts]) -> list[WindowCounts]:
    """Counts of a time with other ones in the place of some of them, oldest first."""
    new = {one.window: one for one in windows}
    kept = [one for one in history if one.window not in new]
    return sorted([*kept, *(one for one in new.values() if one.templates)], key=lambda one: one.window)


def time_around(changed: Changes, schedule: Schedule) -> tuple[int, int]:
    """The time of which counts are needed to judge again."""
    reach = max(schedule.alive, CONTEXT * schedule.span)
    return changed.begin - reach, changed.end(schedule.span) + reach


def judged(
    changed: Changes,
    around: Sequence[WindowCounts],
    schedule: Schedule,
    periods: Callable[[int, int], list[Period]],
    closed_until: int,
    least: int = 0,
) -> Judged:
    """What has to be judged again; `around` are the counts, as they are now, of `time_around`.

    Those are the windows that changed and as many after them as a window's context is long; and if by their lines the
    namespace was alive for longer (or shorter), up to the end of that. `periods` says by which models a time can be
    judged. Up to `least` all are, where a model is another one now.
    """
    span, begin = schedule.span, changed.begin
    furthest = min(closed_until, changed.end(span) + max(schedule.alive, CONTEXT * span))
    before = {one.window for one in replaced(around, changed.before)}
    now = {one.window for one in around}
    alive, was_alive = (schedule.stretches(lines, begin, furthest) for lines in (now, before))
    differing = np.flatnonzero(_grid(alive, begin, furthest, span) != _grid(was_alive, begin, furthest, span))
    end = changed.end(span) + CONTEXT * span
    if len(differing):
        end = max(end, begin + (int(differing[-1]) + 1) * span)
    end = min(max(end, min(least, furthest)), closed_until)
    able = periods(begin, end)
    parts: list[Period] = [
        (max(since, since_alive), min(until, until_alive), card)
        for since, until, card in able
        for since_alive, until_alive in alive
    ]
    return Judged(begin, end, able, [part for part in parts if part[0] < part[1]])


def story(reader: Reader, namespace: str, again: Judged, gap: int) -> Story:
    """What is stored of the time that is judged again, and of all incidents that adjoin it.

    `gap` is the length of time that ends an incident, microseconds.
    """
    begin, end = again.begin, again.end
    while True:
        found = incidents_between(reader, namespace, begin - gap - _BESIDE, end + gap + _BESIDE)
        wider = min([begin, *(one.start for one in found)]), max([end, *(one.end for one in found)])
        if wider == (begin, end):
            return Story(_all_anomalies(reader, namespace, begin, end), found)
        begin, end = wider


def revise(stored: Story, again: Judged, scored: Sequence[Anomaly], threshold: float, gap: int, until: int) -> Revision:
    """What becomes of a story when some of its windows are judged again, and `scored` are the anomalies in them.

    `until` is where windows are closed up to; `threshold` the score from which on an anomaly makes an incident.
    """

    def is_notable(one: Anomaly) -> bool:
        return one.score >= threshold and one.suppressed_by is None

    others = [one for one in stored.anomalies if not again.holds(one.window)]
    quiet = [one for one in others if one.incident is None] + [one for one in scored if not is_notable(one)]
    notable = [one for one in others if one.incident is not None] + [one for one in scored if is_notable(one)]
    anomalies, incidents = tell(sorted(notable, key=lambda one: one.window), until, gap)
    known = {one.id: one for one in stored.anomalies}
    known_incidents = {one.id: one for one in stored.incidents}
    told: list[Anomaly | Incident] = [*stored.anomalies, *stored.incidents]
    now = sorted([*quiet, *anomalies], key=lambda one: one.window)
    there = {one.id for one in now} | {one.id for one in incidents}
    return Revision(
        anomalies=[one for one in now if known.get(one.id) != one],
        incidents=[one for one in incidents if known_incidents.get(one.id) != one],
        withdrawn=[one for one in told if one.id not in there],
        told=incidents,
        retold=list(known_incidents),
    )


def told_between(reader: Reader, namespace: str, revision: Revision, since: int, until: int) -> list[Anomaly]:
    """The anomalies of a time that make incidents, oldest first, as they are once the revision is written."""
    gone = {*revision.retracted, *(one.id for one in revision.anomalies)}
    stay = (one for one in _all_anomalies(reader, namespace, since, until) if one.id not in gone)
    found = [*stay, *(one for one in revision.anomalies if since <= one.window < until)]
    return sorted((one for one in found if one.incident is not None), key=lambda one: one.window)


def samples_of(stored: Story) -> Lines:
    """The lines that were shown of a template in a window, for windows whose lines are no longer at hand."""
    shown: Mapping[tuple[str, int], tuple[str, ...]] = {
        (reason.template_id, one.window): reason.samples for one in stored.anomalies for reason in one.reasons
    }
    return lambda template, window: shown.get((template, window), ())


def _window(like: WindowCounts, counts: Mapping[str, int]) -> WindowCounts:
    return WindowCounts(like.namespace, like.window, tuple(counts), np.array(list(counts.values()), np.int64))


def _grid(stretches: Iterable[tuple[int, int]], begin: int, end: int, span: int) -> NDArray[np.bool_]:
    """For each window from `begin` to `end` whether it is in one of the stretches."""
    grid = np.zeros(max(0, end - begin) // span, np.bool_)
    for since, until in stretches:
        grid[(since - begin) // span : (until - begin) // span] = True
    return grid


def lines_again(lines: Lines, shown: Lines, revisit: Revisit, template: str, window: int) -> tuple[str, ...]:
    """Lines of a template in a window that is judged again: those read again or, failing that, those shown before."""
    found = lines(template, window) if revisit.begin <= window < revisit.until else ()
    return found or shown(template, window)


def incidents_between(reader: Reader, namespace: str, since: int, until: int) -> list[Incident]:
    """All that overlap a time, oldest first."""
    found = pages(
        lambda cursor, count: reader.incidents(namespace, since, until, cursor=cursor, limit=count, source=Source.LOGS)
    )
    return sorted(found, key=lambda one: one.start)


def quiet_between(reader: Reader, namespace: str, since: int, until: int, threshold: float) -> list[Anomaly]:
    """The anomalies of a time that feedback kept quiet, oldest first; they have the threshold's score or more."""
    found = _all_anomalies(reader, namespace, since, until, threshold)
    return [one for one in found if one.suppressed_by is not None]


def _all_anomalies(reader: Reader, namespace: str, since: int, until: int, min_score: float = 0.0) -> list[Anomaly]:
    found = pages(lambda cursor, count: reader.anomalies(namespace, since, until, min_score, cursor, count))
    return sorted(found, key=lambda one: one.window)
