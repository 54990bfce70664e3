"""Windows of a namespace to anomalies: what its model says of them, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeAlias

import numpy as np

from detector.explain import explain
from detector.findings import Anomaly, Change, ModelCard, Reason, ReasonKind, finding_id
from detector.history import History, between
from detector.models.circumstances import Circumstances
from detector.models.ensemble import CONTEXT, NamespaceModel, Verdict
from detector.models.reading import Reading
from detector.vectors import Column, CountMatrix, WindowCounts, to_matrix
from parsers.engine import Template

_AT_ONCE = 1_440
"""Windows that are scored together: a day of minutes, so that a month of them fits into memory."""
RECENT = timedelta(hours=1) // timedelta(microseconds=1)
"""A change so long before an anomaly, in microseconds, is told with it."""
_AGO = timedelta(days=1) // timedelta(microseconds=1)
"""What was first seen so long ago, in microseconds, isn't new any more, also where the model is older still."""
_DIGITS = 2
"""Of a score: what two runs may differ by in the last bits is not shown."""

Lines: TypeAlias = Callable[[str, int], tuple[str, ...]]
"""Finds sample lines of a template in a window."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of some windows."""

    anomalies: list[Anomaly]
    """Oldest first, without incidents."""
    scores: list[float]
    """Of every window, also of those that are no anomalies."""

    @property
    def last(self) -> float:
        """The score of the last window."""
        return self.scores[-1]


@dataclass(frozen=True, slots=True)
class Scorer:
    """A namespace's model at work. All times are microseconds UTC, on the grid of windows."""

    namespace: str
    model: NamespaceModel
    card: ModelCard
    first: int
    """Start of the namespace's first window: what was before gives no context."""
    keep_score: float
    """Windows that are scored lower are no anomalies."""
    changes: Sequence[Change] = ()
    """What was changed in the namespace, from `RECENT` before the first window that is scored on."""
    muted: frozenset[str] = frozenset()
    """Ids of templates that are no evidence."""
    recent: Recent | None = None
    """Remembers what was read of the newest windows."""

    def score(
        self,
        history: Iterable[WindowCounts],
        columns: Mapping[str, Column],
        begin: int,
        end: int,
        templates: Mapping[str, Template],
        lines: Lines,
    ) -> Scored:
        """Score the windows from `begin` up to but not with `end`, one or more.

        `history` holds their counts and those of `CONTEXT` windows before; `columns` knows all templates of it.
        """
        span, scored = self.model.span, Scored([], [])
        for since in range(begin, end, _AT_ONCE * span):
            until = min(end, since + _AT_ONCE * span)
            part = self._score_part(history, columns, since, until, templates, lines)
            scored = Scored(scored.anomalies + part.anomalies, scored.scores + part.scores)
        return scored

    def _score_part(
        self,
        history: Iterable[WindowCounts],
        columns: Mapping[str, Column],
        begin: int,
        end: int,
        templates: Mapping[str, Template],
        lines: Lines,
    ) -> Scored:
        span = self.model.span
        verdict = self._judge(history, columns, begin, end)
        anomalies = []
        scores = np.round(verdict.score, _DIGITS).tolist()
        for row, score in enumerate(scores):
            if score < self.keep_score:
                continue
            window = begin + row * span
            reasons = explain(self.model, verdict, row, templates, partial(_lines_at, lines, window))
            reasons = tuple(_back(reason, max(self.card.trained_until, window - _AGO)) for reason in reasons)
            anomalies.append(
                Anomaly(
                    id=finding_id("anomaly", self.namespace, window, span),
                    namespace=self.namespace,
                    window=window,
                    span=span,
                    score=score,
                    scores={name: round(float(part[row]), _DIGITS) for name, part in verdict.by_detector.items()},
                    reasons=reasons,
                    model=self.card.version,
                    change=change_before(window + span, reasons[0].workload, self.changes),
                )
            )
        return Scored(anomalies, scores)

    def _judge(self, history: Iterable[WindowCounts], columns: Mapping[str, Column], begin: int, end: int) -> Verdict:
        span, around = self.model.span, (self.changes, self.muted)
        known = self.recent.until(begin, self.model, *around) if self.recent is not None else None
        if known is not None:
            reading, lead = known.and_then(self._read(history, columns, begin, end)), len(known)
        else:
            since = max(self.first, begin - CONTEXT * span)
            matrix = to_matrix(between(history, since, end), columns, since, end, span)
            reading, lead = self.model.read_after(matrix, (begin - since) // span, *around)
        if self.recent is not None:
            self.recent.keep(reading, self.model, self.muted)
        return self.model.judge(reading, lead, *around)

    def _read(self, history: Iterable[WindowCounts], columns: Mapping[str, Column], begin: int, end: int) -> Reading:
        """What the model reads in windows that follow what was read."""
        span, around = self.model.span, (self.changes, self.muted)
        if isinstance(history, History):
            known = history.laid_out(begin, end, self.model.surprise.layout.at)
            if known is not None:
                return self.model.read_laid_out(known, _nobody(begin, span, len(known)), *around)
        return self.model.read(to_matrix(between(history, begin, end), columns, begin, end, span), *around)


class Recent:
    """What a model read in the newest windows of a namespace, for those that come next."""

    def __init__(self) -> None:
        self._model: NamespaceModel | None = None
        self._readings: dict[frozenset[str], Reading] = {}
        """By what was muted."""

    def forget(self) -> None:
        """Have everything be read again: windows have other counts now."""
        self._readings.clear()

    def until(
        self, end: int, model: NamespaceModel, changes: Sequence[Change], muted: frozenset[str]
    ) -> Reading | None:
        """What the model would read in the windows before `end`; None where that isn't known."""
        known = self._readings.get(muted) if model is self._model else None
        if known is None or known.end != end:
            return None
        if not changes:
            return None if any(known.starting) else known
        windows = _nobody(known.start, known.span, len(known))
        return known if Circumstances.of(windows, changes, muted).started(len(known)) == known.starting else None

    def keep(self, reading: Reading, model: NamespaceModel, muted: frozenset[str]) -> None:
        """Remember what was read of the newest windows; of what was muted earlier nothing is needed any more."""
        if model is not self._model:
            self._readings.clear()
        self._model = model
        for other in [one for one in self._readings if one and one != muted]:
            if muted:
                del self._readings[other]
        self._readings[muted] = reading.newest()


def _nobody(start: int, span: int, windows: int) -> CountMatrix:
    """Windows in which there is nothing to be counted."""
    return CountMatrix(start, span, (), np.zeros((windows, 0), np.int64))


def change_before(end: int, workload: str, changes: Iterable[Change]) -> Change | None:
    """The last change of the workload shortly before the end of a window; failing that, of any in its namespace."""
    recent = [change for change in changes if end - RECENT <= change.time < end]
    of_it = [change for change in recent if change.workload == workload]
    return max(of_it or recent, key=lambda change: (change.time, change.id), default=None)


def _back(reason: Reason, known_since: int) -> Reason:
    """A template that was there before the model was made, or a day ago, is back rather than new."""
    if reason.kind is ReasonKind.NEW and reason.first_seen is not None and reason.first_seen < known_since:
        return replace(reason, kind=ReasonKind.BACK)
    return reason


def _lines_at(lines: Lines, window: int, template: str) -> tuple[str, ...]:
    return lines(template, window)
