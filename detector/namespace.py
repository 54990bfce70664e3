"""One namespace through time: it learns, is trained, is scored, and its anomalies become incidents.

Everything here follows event time and the counts alone, so that the same lines give the same findings whenever and in
however many pieces they are read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from detector.counting import column_of
from detector.explain import explain
from detector.findings import Anomaly, Incident, ModelCard, NamespaceStatus, finding_id
from detector.incidents import extend, settle
from detector.models.ensemble import CONTEXT, NamespaceModel
from detector.rarity import score_of_budget
from detector.schedule import LEAST_WINDOWS, Schedule
from detector.settings import DetectionSettings
from detector.vectors import Column, CountMatrix, WindowCounts, to_matrix, without_gaps
from parsers.engine import Template

LEAST_LOGGED = 10
"""Windows with a line below which there is no telling what is usual."""
_AT_ONCE = 1_440
"""Windows that are scored together: a day of minutes, so that a month of them fits into memory."""
_DIGITS = 2
"""Of a score: what two runs may differ by in the last bits is not shown."""

Lines: TypeAlias = Callable[[str, int], tuple[str, ...]]
"""Finds sample lines of a template in a window."""


@dataclass(slots=True)
class Findings:
    """What came out of some windows."""

    anomalies: list[Anomaly] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    """By id, as they are after the last window."""
    models: list[ModelCard] = field(default_factory=list)

    def add(self, later: Findings) -> None:
        """Append what later windows brought."""
        self.anomalies += later.anomalies
        self.incidents |= later.incidents
        self.models += later.models


class NamespaceState:
    """What is known of a namespace while the program runs. All times are microseconds UTC."""

    def __init__(self, name: str, settings: DetectionSettings) -> None:
        self.name = name
        self._settings = settings
        self._schedule = Schedule.of(settings)
        self._span = self._schedule.span
        self._gap = settings.incident_gap * self._span
        self._threshold = score_of_budget(settings.alert_budget, self._span)
        self._history: deque[WindowCounts] = deque()
        self._columns: dict[str, Column] = {}
        self._first: int | None = None
        self._lines = 0
        self._last_line = 0
        self._until = 0
        self._model: NamespaceModel | None = None
        self._card: ModelCard | None = None
        self._incident: Incident | None = None
        self._last_score = 0.0

    @property
    def first_window(self) -> int | None:
        """Start of the first window with a line."""
        return self._first

    def restore(
        self, history: Iterable[WindowCounts], templates: Mapping[str, Template], status: NamespaceStatus, until: int
    ) -> None:
        """Go on from what an earlier run stored; the model is made again from the counts that it was made of.

        Where those are gone by now, as after a month of silence, the namespace learns anew.
        """
        for window in history:
            self._remember(window, templates)
        self._first, self._lines, self._until = status.first_window, status.lines, until
        self._last_score, self._last_line = status.last_score, status.last_line
        if status.model:
            made_of = self._training_matrix(status.model.trained_from, status.model.trained_until)
            if _is_enough(made_of):
                self._card, self._model = status.model, self._fit(made_of)

    def resume_incident(self, incident: Incident) -> None:
        """Go on with an incident that was open."""
        self._incident = incident

    def learn(self, windows: Sequence[WindowCounts], templates: Mapping[str, Template], until: int) -> None:
        """Take in the counts of closed windows without scoring them."""
        for window in windows:
            self._remember(window, templates)
            self._first = window.window if self._first is None else min(self._first, window.window)
            self._lines += int(window.counts.sum())
            self._last_line = max(self._last_line, window.window)
        self._until = until

    def add_late(self, windows: Sequence[WindowCounts], templates: Mapping[str, Template]) -> None:
        """Add counts of late lines to the history; their windows are not scored again."""
        for window in windows:
            self._first = window.window if self._first is None else self._first
            self._lines += int(window.counts.sum())
            self._last_line = max(self._last_line, window.window)
            if window.window >= self._first:
                self._remember(window, templates)

    def train(self, since: int, until: int) -> ModelCard:
        """Fit a model on the windows from `since` up to but not with `until`.

        Raises `ValueError` with a sentence where there are too few of them.
        """
        history = self._training_matrix(since, until)
        if not _is_enough(history):
            raise ValueError(
                f"{self.name}: too little to learn from: {len(history)} windows, {_logged(history)} of them with a "
                f"line; at least {LEAST_WINDOWS} and {LEAST_LOGGED} are needed."
            )
        self._model = self._fit(history)
        version = finding_id("model", self.name, since, until, self._settings.seed)
        columns = len(self._model.columns)
        self._card = ModelCard(version, self.name, since, until, len(history), columns, self._settings.seed)
        return self._card

    def advance(
        self, windows: Sequence[WindowCounts], templates: Mapping[str, Template], until: int, lines: Lines
    ) -> Findings:
        """Take in the windows that were just closed, up to `until`; score them, training whenever it is due."""
        begin = self._until or min((window.window for window in windows), default=until)
        findings = Findings()
        while begin < until:
            end = min(until, begin + self._schedule.alive, max(self._next_training(begin, windows), begin + self._span))
            inside = [window for window in windows if begin <= window.window < end]
            if not inside and self._is_retired(begin):
                end = min((window.window for window in windows if window.window >= begin), default=until)
            self.learn(inside, templates, end)
            findings.add(self.score(begin, end, templates, lines))
            if not self._is_retired(end) and end >= self._next_training(end, ()):
                since = max(self._first or end, end - self._schedule.train_span)
                with suppress(ValueError):  # too few windows yet: it is due again with the next one
                    findings.models.append(self.train(since, end))
            begin = end
        self._until = until
        self._forget()
        return findings

    def score(self, begin: int, end: int, templates: Mapping[str, Template], lines: Lines) -> Findings:
        """Score the windows from `begin` up to but not with `end`, whose counts were learned before."""
        findings = Findings()
        for since, until in self._stretches(begin, end) if self._model else ():
            for part in range(since, until, _AT_ONCE * self._span):
                self._score_stretch(part, min(until, part + _AT_ONCE * self._span), templates, lines, findings)
        if findings.anomalies or self._incident:
            self._settle(end, findings)
        return findings

    def _score_stretch(
        self, begin: int, end: int, templates: Mapping[str, Template], lines: Lines, findings: Findings
    ) -> None:
        if self._model is None or self._card is None or self._first is None:
            return
        since = max(self._first, begin - CONTEXT * self._span)
        verdict = self._model.score(self._matrix(since, end), (begin - since) // self._span)
        for row, score in enumerate(np.round(verdict.score, _DIGITS).tolist()):
            window = begin + row * self._span
            self._last_score = score
            if score < self._settings.keep_score:
                continue
            reasons = explain(self._model, verdict, row, templates, partial(_lines_at, lines, window))
            anomaly = Anomaly(
                id=finding_id("anomaly", self.name, window, self._span),
                namespace=self.name,
                window=window,
                span=self._span,
                score=score,
                scores={name: round(float(part[row]), _DIGITS) for name, part in verdict.by_detector.items()},
                reasons=reasons,
                model=self._card.version,
            )
            findings.anomalies.append(self._tell(anomaly, findings))

    def _stretches(self, begin: int, end: int) -> list[tuple[int, int]]:
        """The parts of a time in which the namespace is alive: until it has been without a line for `RETIRED`."""
        lines = [one.window for one in self._history if begin - self._schedule.alive <= one.window < end]
        stretches: list[tuple[int, int]] = []
        for window in sorted(lines):
            since, until = max(begin, window), min(end, window + self._schedule.alive)
            if stretches and since <= stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], max(until, stretches[-1][1]))
            elif since < until:
                stretches.append((since, until))
        return stretches

    def _is_retired(self, now: int) -> bool:
        return not self._stretches(now - self._span, now)

    def status(self, unwell: tuple[str, ...] = ()) -> NamespaceStatus:
        """How the namespace is doing."""
        first = self._first if self._first is not None else self._until
        learning = None if self._model else max(first + self._schedule.learn, self._until + self._span)
        return NamespaceStatus(
            namespace=self.name,
            first_window=first,
            last_window=self._until - self._span,
            windows=max(0, (self._until - first) // self._span),
            lines=self._lines,
            templates=len(self._columns),
            learning_until=learning,
            model=self._card,
            last_score=self._last_score,
            last_line=self._last_line,
            unwell=unwell,
        )

    def _tell(self, anomaly: Anomaly, findings: Findings) -> Anomaly:
        """Let an anomaly that crosses the threshold open an incident or go on with one."""
        if anomaly.score < self._threshold:
            return anomaly
        before = self._incident
        self._incident = extend(before, anomaly, self._gap)
        if before and before.id != self._incident.id:
            findings.incidents[before.id] = replace(before, open=False)
        findings.incidents[self._incident.id] = self._incident
        return replace(anomaly, incident=self._incident.id)

    def _settle(self, until: int, findings: Findings) -> None:
        if self._incident is None:
            return
        settled = settle(self._incident, until, self._gap)
        if settled.open != self._incident.open or settled.id in findings.incidents:
            findings.incidents[settled.id] = settled
        self._incident = settled if settled.open else None

    def _next_training(self, now: int, coming: Sequence[WindowCounts]) -> int:
        """When the next model is due, given windows that may be the first."""
        first = self._first if self._first is not None else min((window.window for window in coming), default=now)
        return self._schedule.next_training(first, self._card.trained_until if self._card else None)

    def _fit(self, history: CountMatrix) -> NamespaceModel:
        return NamespaceModel.fit(history, trees=self._settings.trees, seed=self._settings.seed)

    def _training_matrix(self, since: int, until: int) -> CountMatrix:
        windows, end = without_gaps(self._history, since, until, self._schedule.alive, self._span)
        return to_matrix(windows, self._columns, since, end, self._span)

    def _matrix(self, since: int, until: int) -> CountMatrix:
        return to_matrix(self._history, self._columns, since, until, self._span)

    def _remember(self, window: WindowCounts, templates: Mapping[str, Template]) -> None:
        self._history.append(window)
        for template in window.templates:
            if template not in self._columns:
                self._columns[template] = column_of(templates[template])

    def _forget(self) -> None:
        """Drop history that neither a model nor the context of a window will need again."""
        oldest = self._until - self._schedule.history
        while self._history and self._history[0].window < oldest:
            self._history.popleft()


def _lines_at(lines: Lines, window: int, template: str) -> tuple[str, ...]:
    return lines(template, window)


def _logged(history: CountMatrix) -> int:
    return int((history.counts.sum(axis=1) > 0).sum())


def _is_enough(history: CountMatrix) -> bool:
    return len(history) >= LEAST_WINDOWS and _logged(history) >= LEAST_LOGGED
