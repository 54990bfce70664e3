"""What drainwatch is compared with, on the same days and alert budget: textbook ways, and its single detectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from detector.evaluate.days import Days
from detector.evaluate.trial import Told, Trial
from detector.evaluate.world import World
from detector.models.port import Detector
from detector.models.registry import DETECTORS
from detector.rarity import DAY, Tail
from detector.settings import DetectionSettings
from detector.vectors import CountMatrix

Floats = NDArray[np.float64]

_SIGMAS = 3.0
_HELD_OUT = 3
"""A single detector's tail is learned from the last of so many parts of the days that are learned from."""
_CONTEXT = 120
"""Windows before the tested ones that detectors with a memory are given."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rival says of the tested windows."""

    score: Floats
    """The higher the odder, shape (n,)."""
    alert: float
    """Windows with more than this make incidents."""
    column: NDArray[np.intp] | None = None
    """The oddest template of each window, where it can say that."""


Rival = Callable[[CountMatrix, CountMatrix, float, int], Judged]
"""Counts that are learned from, counts that are tested, the share of windows that may be alerts, and a seed.

Both have the same columns, also those that occur in the tested ones alone.
"""


def textbook(train: CountMatrix, test: CountMatrix, budget: float, seed: int) -> Judged:
    """An Isolation Forest on raw counts (Liu, Ting and Zhou, ICDM 2008), as tutorials have it; it names nothing.

    The columns are those that it learned from: a vector of fixed length. The threshold is the quantile of what it
    learned from that keeps the budget; no rate of anomalies is assumed.
    """
    seen = train.counts.any(axis=0)
    forest = IsolationForest(n_estimators=100, random_state=seed, n_jobs=1).fit(train.counts[:, seen])
    usual = -forest.score_samples(train.counts[:, seen])
    return Judged(-forest.score_samples(test.counts[:, seen]), float(np.quantile(usual, 1 - budget)))


def three_sigma(train: CountMatrix, test: CountMatrix, budget: float, seed: int) -> Judged:
    """Each template alone: an alert where its count is more than three standard deviations from its mean."""
    mean, deviation = train.counts.mean(axis=0), np.maximum(train.counts.std(axis=0), 0.5)
    off = np.abs(test.counts - mean) / deviation
    return Judged(off.max(axis=1), _SIGMAS, off.argmax(axis=1))


def single(detector: type[Detector], train: CountMatrix, test: CountMatrix, budget: float, seed: int) -> Judged:
    """One of our own detectors alone, its tail learned from windows that it was not fitted on."""
    cut = len(train) - len(train) // _HELD_OUT
    before = max(0, cut - _CONTEXT)
    usual = detector.fit(_seen(train.rows(0, cut)), seed=seed).score(train.rows(before, len(train)), cut - before).raw
    tail = Tail.fit(usual, max(0.1 * float(usual.std()), 1e-9))
    lead = max(0, len(train) - _CONTEXT)
    counts = np.vstack([train.counts[lead:], test.counts])
    matrix = CountMatrix(train.window(lead), train.span, test.columns, counts)
    evidence = detector.fit(_seen(train), seed=seed).score(matrix, len(train) - lead)
    rarity = -np.log10(np.maximum(tail.probability(evidence.raw), 1e-300))
    return Judged(np.asarray(rarity, np.float64), float(-np.log10(budget)), evidence.by_column.argmax(axis=1))


def _seen(matrix: CountMatrix) -> CountMatrix:
    """Without the columns that it has nothing in: nobody knows of them yet."""
    kept = np.flatnonzero(matrix.counts.any(axis=0))
    columns = tuple(matrix.columns[at] for at in kept.tolist())
    return CountMatrix(matrix.start, matrix.span, columns, matrix.counts[:, kept])


RIVALS: Mapping[str, Rival] = MappingProxyType(
    {"isolation forest (textbook)": textbook, "three sigma": three_sigma}
    | {f"{name} alone": partial(single, detector) for name, detector in DETECTORS.items()}
)
"""By the name under which they are told."""


def rival_trial(name: str, world: World, days: Days, settings: DetectionSettings, seed: int) -> Trial:
    """What a rival says of the test days, fitted once on the days before; incidents are made of windows as ours are."""
    start, split = days.plan.split, (days.plan.split - days.plan.start) // days.span
    kept = np.flatnonzero(days.counts.any(axis=0))
    columns = tuple(world.columns[at] for at in kept.tolist())
    train = CountMatrix(days.plan.start, days.span, columns, days.counts[:split, kept])
    test = CountMatrix(start, days.span, columns, days.counts[split:, kept])
    judged = RIVALS[name](train, test, min(1.0, settings.alert_budget * days.span / DAY), settings.seed)
    told = []
    for run in runs(np.flatnonzero(judged.score > judged.alert), settings.incident_gap):
        worst = int(run[judged.score[run].argmax()])
        workload = "" if judged.column is None else columns[int(judged.column[worst])].workload
        windows = tuple(int(start + at * days.span) for at in run.tolist())
        score = float(judged.score[worst])
        told.append(Told(windows, score, workload, f"{name}: {score:.2f} in {workload or 'the namespace'}"))
    above = float(np.nextafter(judged.alert, np.inf))
    return Trial(name, seed, start, days.span, judged.score, above, above, tuple(told), tuple(days.plan.tested()))


def runs(flagged: NDArray[np.intp], gap: int) -> list[NDArray[np.intp]]:
    """Numbers of windows, ascending, in groups with at most `gap` quiet windows between neighbours."""
    if not len(flagged):
        return []
    return np.split(flagged, np.flatnonzero(np.diff(flagged) > gap + 1) + 1)
