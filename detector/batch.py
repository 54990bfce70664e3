"""Everything at once: read all, learn from what is before a point in time, score what is after it.

This is `drainwatch detect`: nothing is stored, and the same input gives the same output.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

import numpy as np

from detector.changes import Sighting, Sightings, observe
from detector.counting import count
from detector.findings import Anomaly, Change, Deployed, Incident, NamespaceStatus
from detector.hindsight import look_back
from detector.namespace import NamespaceState
from detector.pipeline import advice
from detector.restoring import by_namespace
from detector.runs import PIECE_ROWS
from detector.schedule import RETIRED
from detector.settings import Settings, micros
from detector.vectors import WindowCounts
from detector.windows import MEMORY, WindowBuffer
from ingest.accounting import Tally
from ingest.source import Progress, Source
from parsers.engine import TemplateEngine

_SAID_AFTER = 32_768
"""Records after which it is told how far reading is: asking has a price where there are many files."""
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
    watched = _Watched()
    windows, last = count_all(source, engine, span, on_progress, watched.add, memory=settings.ingest.memory)
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

    def __init__(self) -> None:
        self._deployed: dict[str, Deployed | None] = {}
        self.changes: dict[str, list[Change]] = defaultdict(list)
        """By namespace, oldest first."""

    def add(self, sightings: Mapping[str, Sequence[Sighting]]) -> None:
        """Look at who has lines in windows that were closed, by namespace."""
        for name, seen in sightings.items():
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
            by_rules = state.unjudged(begin, times[1], templates, lambda *_: ())
            result.anomalies += by_rules.anomalies
            result.incidents += by_rules.incidents.values()
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
    judged = max(split, first)
    try:
        state.train(first, split)
    except ValueError as error:
        result.notes.append(f"{error} Give more history, a later --train-until or a shorter --window.")
        judged = whole
    found = state.unjudged(first, min(judged, whole), templates, lambda *_: ())
    if judged < whole:
        found.add(state.score(judged, whole, templates, lambda *_: ()))
    result.anomalies += found.anomalies
    result.incidents += found.incidents.values()
    return state


def count_all(
    source: Source,
    engine: TemplateEngine,
    span: int,
    on_progress: Callable[[Progress, Tally], None],
    on_closed: Callable[[Mapping[str, Sequence[Sighting]]], None] = lambda _: None,
    *,
    memory: int = MEMORY,
) -> tuple[list[WindowCounts], int]:
    """Counts of all windows, and the time of the last record.

    `on_closed` is told by namespace who has lines in the windows that were just closed; `memory` is that of
    `WindowBuffer`.
    """
    buffer = WindowBuffer(span, None, {}, memory)
    counts: dict[tuple[str, int], WindowCounts] = {}
    last = unsaid = 0
    while True:
        batch = source.poll()
        last, unsaid = max(last, int(batch.time.max(initial=0))), unsaid + len(batch)
        buffer.add(batch)
        ended = source.exhausted and not len(batch)
        due = last + 2 * span if ended else source.watermark
        closed = buffer.close(due) if ended or _is_worth_closing(buffer, due) else None
        if closed is not None:
            seen = Sightings(span)
            # Nothing is scored before all is counted, so a late line is as good as any other here.
            for window in count(chain(closed.late, seen.watching(closed.on_time)), engine, span, "none").windows:
                known = counts.get((window.namespace, window.window))
                counts[window.namespace, window.window] = window if known is None else _merged(known, window)
            on_closed(seen.by_namespace())
        if unsaid >= _SAID_AFTER or not len(batch):
            on_progress(source.progress(), source.tally)
            unsaid = 0
        if ended:
            return [one for _, one in sorted(counts.items(), key=lambda entry: entry[0])], last


def _is_worth_closing(buffer: WindowBuffer, watermark: int | None) -> bool:
    """Whether enough records wait: each closing has a price."""
    return (buffer.crowded or buffer.rows >= PIECE_ROWS) and (buffer.has_late or buffer.closable(watermark) > 0)


def _merged(one: WindowCounts, other: WindowCounts) -> WindowCounts:
    """The counts of both, templates by id."""
    total = Counter(dict(zip(one.templates, one.counts.tolist(), strict=True)))
    total.update(dict(zip(other.templates, other.counts.tolist(), strict=True)))
    ids = sorted(total)
    return WindowCounts(one.namespace, one.window, tuple(ids), np.array([total[id_] for id_ in ids], np.int64))
