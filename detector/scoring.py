"""Windows of a namespace to anomalies: what its model says of them, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from detector.explain import explain
from detector.findings import Anomaly, ModelCard, finding_id
from detector.models.ensemble import CONTEXT, NamespaceModel
from detector.vectors import Column, WindowCounts, to_matrix
from parsers.engine import Template

_AT_ONCE = 1_440
"""Windows that are scored together: a day of minutes, so that a month of them fits into memory."""
_DIGITS = 2
"""Of a score: what two runs may differ by in the last bits is not shown."""

Lines: TypeAlias = Callable[[str, int], tuple[str, ...]]
"""Finds sample lines of a template in a window."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of some windows."""

    anomalies: list[Anomaly]
    """Oldest first, without incidents."""
    last: float
    """The score of the last window."""


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
        span, windows = self.model.span, list(history)
        scored = Scored([], 0.0)
        for since in range(begin, end, _AT_ONCE * span):
            until = min(end, since + _AT_ONCE * span)
            part = self._score_part(windows, columns, since, until, templates, lines)
            scored = Scored(scored.anomalies + part.anomalies, part.last)
        return scored

    def _score_part(
        self,
        history: list[WindowCounts],
        columns: Mapping[str, Column],
        begin: int,
        end: int,
        templates: Mapping[str, Template],
        lines: Lines,
    ) -> Scored:
        span = self.model.span
        since = max(self.first, begin - CONTEXT * span)
        verdict = self.model.score(to_matrix(history, columns, since, end, span), (begin - since) // span)
        anomalies = []
        scores = np.round(verdict.score, _DIGITS).tolist()
        for row, score in enumerate(scores):
            if score < self.keep_score:
                continue
            window = begin + row * span
            anomalies.append(
                Anomaly(
                    id=finding_id("anomaly", self.namespace, window, span),
                    namespace=self.namespace,
                    window=window,
                    span=span,
                    score=score,
                    scores={name: round(float(part[row]), _DIGITS) for name, part in verdict.by_detector.items()},
                    reasons=explain(self.model, verdict, row, templates, partial(_lines_at, lines, window)),
                    model=self.card.version,
                )
            )
        return Scored(anomalies, scores[-1])


def _lines_at(lines: Lines, window: int, template: str) -> tuple[str, ...]:
    return lines(template, window)
