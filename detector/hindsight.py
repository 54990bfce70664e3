"""Judging all that there is, the beginning too: each quarter of the time by what the other three say is usual.

For logs that were saved of an incident, where nothing came before. A statement that one quarter has and the others
lack is new, whenever it came; so is an error that came in a few outbreaks, whichever quarters they fell into. What went
on for most of the time is not told: there is nothing to compare it with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detector.beginning import Evidence
from detector.counting import columns_of
from detector.findings import Anomaly, Cause, Change, Incident, ModelCard, finding_id
from detector.incidents import tell
from detector.models.blocks import blocks
from detector.models.ensemble import METHOD, NamespaceModel
from detector.rarity import score_of_budget
from detector.rules import alarms, beside
from detector.schedule import LEAST_WINDOWS
from detector.scoring import Scorer
from detector.settings import DetectionSettings, micros
from detector.vectors import CountMatrix, WindowCounts, to_matrix
from parsers.engine import Template
from parsers.level import ERRORS

_SELDOM, _FEW, _LINES, _APART = 0.1, 3, 5, 10
"""An error in less than this share of windows, in so few outbreaks of so many lines, each so many windows apart."""
_LEAST_LOGGED = 20
"""Windows with a line below which there is nothing to compare."""


@dataclass(slots=True)
class Hindsight:
    """What was found, oldest first."""

    anomalies: list[Anomaly] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)


def look_back(
    namespace: str,
    windows: Sequence[WindowCounts],
    templates: Mapping[str, Template],
    settings: DetectionSettings,
    begin: int,
    end: int,
    changes: Sequence[Change] = (),
) -> Hindsight:
    """Score all windows of a namespace from `begin` up to but not with `end`, microseconds UTC.

    `changes` are those of the namespace in this time.

    Raises `ValueError` with a sentence where there are too few of them.
    """
    span, columns = micros(settings.window), columns_of(windows, templates)
    matrix = to_matrix(windows, columns, begin, end, span)
    logged = int((matrix.counts.sum(axis=1) > 0).sum())
    if len(matrix) < 2 * LEAST_WINDOWS or logged < _LEAST_LOGGED:
        raise ValueError(
            f"{namespace}: too little to compare: {len(matrix)} windows, {logged} of them with a line; at least "
            f"{2 * LEAST_WINDOWS} and {_LEAST_LOGGED} are needed."
        )
    anomalies: list[Anomaly] = []
    usual = ~_outbreaks(matrix)
    for first, last in blocks(len(matrix)):
        card, model = _of_the_others(namespace, matrix, usual, first, last, settings)
        scorer = Scorer(namespace, model, card, begin, settings.keep_score, tuple(changes))
        since, until = matrix.window(first), matrix.window(last)
        anomalies += scorer.score(windows, columns, since, until, templates, lambda *_: ()).anomalies
    threshold = score_of_budget(settings.alert_budget, span)
    evidence = Evidence(windows, columns, templates, lambda *_: (), tuple(changes), ())
    anomalies = beside(anomalies, alarms(namespace, evidence, begin, end, span, threshold))
    loud = [one for one in anomalies if one.score >= threshold]
    told, incidents = tell(loud, end, settings.incident_gap * span)
    by_id = {one.id: one for one in told}
    return Hindsight([by_id.get(one.id, one) for one in anomalies], incidents)


def _outbreaks(matrix: CountMatrix) -> NDArray[np.bool_]:
    """Errors that came in a few outbreaks, shape (m,): in all of them news, though other quarters know them, too."""
    result = np.zeros(len(matrix.columns), np.bool_)
    for index, column in enumerate(matrix.columns):
        windows = np.flatnonzero(matrix.counts[:, index])
        outbreaks = 1 + int((np.diff(windows) > _APART).sum())
        result[index] = (
            column.level in ERRORS
            and len(windows) < _SELDOM * len(matrix)
            and outbreaks <= _FEW
            and matrix.counts[:, index].sum() >= _LINES * outbreaks
        )
    return result


def _of_the_others(
    namespace: str, matrix: CountMatrix, usual: NDArray[np.bool_], first: int, last: int, settings: DetectionSettings
) -> tuple[ModelCard, NamespaceModel]:
    """A model of all windows but those from `first` up to but not with `last`, and of the `usual` columns (m,)."""
    rows = np.r_[0:first, last : len(matrix)]
    counts = matrix.counts[rows]
    seen = (counts.sum(axis=0) > 0) & usual
    columns = tuple(column for column, was_seen in zip(matrix.columns, seen, strict=True) if was_seen)
    others = CountMatrix(matrix.start, matrix.span, columns, counts[:, seen])
    model = NamespaceModel.fit(
        others, trees=settings.trees, seed=settings.seed, begin=matrix.window(0) + rows * matrix.span
    )
    # What a template's first line is compared with: nothing before the beginning is known.
    since = until = matrix.window(0)
    version = finding_id("hindsight", namespace, matrix.window(first), matrix.window(last), settings.seed)
    return ModelCard(
        version, namespace, since, until, len(others), len(columns), settings.seed, Cause.FIRST, method=METHOD
    ), model
