"""Everything at once: read all, learn from what is before a point in time, score what is after it.

This is `drainwatch detect`: nothing is stored, and the same input gives the same output.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from detector.changes import observe, sightings
from detector.counting import count
from detector.findings import Anomaly, Change, Deployed, Incident, NamespaceStatus
from detector.hindsight import look_back
from detector.namespace import NamespaceState
from detector.pipeline import advice
from detector.restoring import by_namespace
from detector.schedule import RETIRED
from detector.settings import Settings, micros
from detector.vectors import WindowCounts
from detector.windows import WindowBuffer
from ingest.accounting import Tally
from ingest.batch import LogBatch
from ingest.source import Progress, Source
from parsers.engine import TemplateEngine

_WHOLE = 0.9
"""Share of a window after which the end of the input is taken for the end of the window."""


@dataclass(slots=True)
class DetectResult:
    """What was found, and what it rests on. Times are microseconds UTC, None where there was nothing to read."""

    incidents: list[Incident] = field(default_factory=list)
    """By start, then namespace."""
    anomalies: list[Anomaly] = field(default_factory=list)
    statuses: list[NamespaceStatus] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    trained_from: int | None = None
    trained_until: int | None = None
    scored_until: int | None = None
    looked_back_from: int | None = None
    """In hindsight: where judging began."""
    judged: int = 0
    """In hindsight: how many namespaces were."""
    notes: list[str] = field(default_factory=list)
    """Sentences on what was left out, and what to do about it."""


def detect(
    source: Source,
    engine: TemplateEngine,
    settings: Settings,
    train_until: int | None = None,
    on_progress: Callable[[Progress, Tally], None] = lambda *_: None,
    *,
    hindsight: bool = False,
) -> DetectResult:
    """Read a source to its end, fit on what is before `train_until` (default: the first half) and score the rest.

    In hindsight all of it is scored, each quarter of the time by a model of the other three.
    """
    span = micros(settings.detection.window)
    watched = _Watched(span)
    windows, last = count_all(source, engine, span, on_progress, watched.add)
    result = DetectResult(tally=source.tally)
    if not windows:
        result.notes.append("No line could be counted, so there is nothing to score.")
        return result
    begin = min(window.window for window in windows)
    end = max(window.window for window in windows) + span
    whole = end if last >= end - (1 - _WHOLE) * span else end - span
    split = _middle(windows, span) if train_until is None else min(max(train_until // span * span, begin), end)
    if hindsight:
        return _look_back(windows, watched.changes, (begin, whole, end), engine, settings, result)
    result.trained_from, result.trained_until, result.scored_until = begin, split, max(split, whole)
    unwell = advice(engine)
    for name, own in sorted(by_namespace(windows).items()):
        state = _score(name, own, watched.changes[name], (split, whole, end), engine, settings, result)
        result.statuses.append(state.status(unwell.get(name, ())))
    if split >= whole:
        result.notes.append("All that was read is for learning, so nothing was scored: give an earlier --train-until.")
    elif whole < end:
        result.notes.append("The last window is cut short by the end of the input: it is counted, not scored.")
    result.incidents.sort(key=lambda incident: (incident.start, incident.namespace))
    return result


class _Watched:
    """What is changed in workloads, as their records come in."""

    def __init__(self, span: int) -> None:
        self._span = span
        self._deployed: dict[str, Deployed | None] = {}
        self.changes: dict[str, list[Change]] = defaultdict(list)
        """By namespace, oldest first."""

    def add(self, batch: LogBatch) -> None:
        """Look at the records of windows that were closed."""
        for name, seen in sightings(batch, self._span).items():
            self._deployed[name], found = observe(name, self._deployed.get(name), seen)
            self.changes[name] += found


def _look_back(
    windows: list[WindowCounts],
    changes: Mapping[str, Sequence[Change]],
    times: tuple[int, int, int],
    engine: TemplateEngine,
    settings: Settings,
    result: DetectResult,
) -> DetectResult:
    result.looked_back_from, result.scored_until = times[0], times[1]
    unwell = advice(engine)
    for name, own in sorted(by_namespace(windows).items()):
        templates, state = engine.catalogue(name), NamespaceState(name, settings.detection)
        state.learn(own, templates, times[2])
        result.statuses.append(state.status(unwell.get(name, ())))
        begin = min(window.window for window in own)
        try:
            told = changes.get(name, ())
            found = look_back(name, own, templates, settings.detection, begin, times[1], told)
        except ValueError as error:
            result.notes.append(f"{error} Give more history or a shorter --window.")
            continue
        result.judged += 1
        result.anomalies += found.anomalies
        result.incidents += found.incidents
    result.incidents.sort(key=lambda incident: (incident.start, incident.namespace))
    return result


def _middle(windows: list[WindowCounts], span: int) -> int:
    """The middle of the time that the input spans, days on which nothing at all was logged left out."""
    starts = sorted({window.window for window in windows})
    steps = [min(later - window, micros(RETIRED)) for window, later in pairwise([*starts, starts[-1] + span])]
    passed, half = 0, sum(steps) / 2
    for window, step in zip(starts, steps, strict=True):
        if passed + step >= half:
            return (window + int(half - passed)) // span * span
        passed += step
    return starts[-1]


def _score(
    name: str,
    windows: list[WindowCounts],
    changes: Sequence[Change],
    times: tuple[int, int, int],
    engine: TemplateEngine,
    settings: Settings,
    result: DetectResult,
) -> NamespaceState:
    split, whole, end = times
    state = NamespaceState(name, settings.detection)
    templates = engine.catalogue(name)
    state.note(changes)
    state.learn(windows, templates, end)
    first = min(window.window for window in windows)
    try:
        state.train(first, split)
    except ValueError as error:
        result.notes.append(f"{error} Give more history, a later --train-until or a shorter --window.")
        return state
    found = state.score(max(split, first), whole, templates, lambda *_: ())
    result.anomalies += found.anomalies
    result.incidents += found.incidents.values()
    return state


def count_all(
    source: Source,
    engine: TemplateEngine,
    span: int,
    on_progress: Callable[[Progress, Tally], None],
    on_closed: Callable[[LogBatch], None] = lambda _: None,
) -> tuple[list[WindowCounts], int]:
    """Counts of all windows, and the time of the last record; `on_closed` is given the records of windows in order."""
    buffer = WindowBuffer(span, None, {})
    counts: dict[tuple[str, int], list[WindowCounts]] = {}
    last = 0
    while True:
        batch = source.poll()
        last = max(last, int(batch.time.max(initial=0)))
        buffer.add(batch)
        ended = source.exhausted and not len(batch)
        closed = buffer.close(last + 2 * span if ended else source.watermark)
        if closed is not None:
            on_closed(closed.on_time)
            # Nothing is scored before all is counted, so a late line is as good as any other here.
            for records in (closed.late, closed.on_time):
                for window in count(records, engine, span, "none").windows:
                    counts.setdefault((window.namespace, window.window), []).append(window)
        on_progress(source.progress(), source.tally)
        if ended:
            return [_merge(parts) for _, parts in sorted(counts.items())], last


def _merge(parts: list[WindowCounts]) -> WindowCounts:
    if len(parts) == 1:
        return parts[0]
    templates = [template for part in parts for template in part.templates]
    distinct, inverse = np.unique(np.array(templates), return_inverse=True)
    total = np.bincount(inverse, weights=np.concatenate([part.counts for part in parts])).astype(np.int64)
    return WindowCounts(parts[0].namespace, parts[0].window, tuple(distinct.tolist()), total)
