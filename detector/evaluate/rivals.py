"""What drainwatch is compared with: the textbook's forest and plain thresholds, on the same days and alert budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from detector.evaluate.days import Days
from detector.evaluate.mixing import DAY
from detector.evaluate.trial import Told, Trial
from detector.evaluate.world import World
from detector.settings import DetectionSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rival says of windows; higher is odder."""

    learned: Floats
    """Of the windows that it learned from, shape (t,)."""
    tested: Floats
    """Shape (n,)."""
    alert: float | None = None
    """Its own threshold; None: the quantile of what it learned from that keeps the alert budget."""
    column: NDArray[np.intp] | None = None
    """The oddest template of each tested window, where it can say that."""


Rival = Callable[[Ints, Ints, int], Judged]
"""Counts that are learned from, counts that are tested (same columns), and a seed."""


def textbook(train: Ints, test: Ints, seed: int) -> Judged:
    """An Isolation Forest on raw counts (Liu, Ting and Zhou, ICDM 2008), as tutorials have it; it names nothing."""
    forest = IsolationForest(n_estimators=100, random_state=seed, n_jobs=1).fit(train)
    return Judged(-forest.score_samples(train), -forest.score_samples(test))


def thresholds(train: Ints, test: Ints, seed: int) -> Judged:
    """Each template alone: an alert where its count is more than three standard deviations from its mean."""
    mean, deviation = train.mean(axis=0), np.maximum(train.std(axis=0), 0.5)
    off, learned = np.abs(test - mean) / deviation, np.abs(train - mean) / deviation
    return Judged(learned.max(axis=1), off.max(axis=1), _SIGMAS, off.argmax(axis=1))


RIVALS: dict[str, Rival] = {"isolation forest (textbook)": textbook, "three sigma": thresholds}
"""By the name under which they are told."""


def rival_trial(name: str, world: World, days: Days, settings: DetectionSettings, seed: int) -> Trial:
    """What a rival says of the test days, fitted once on the days before; incidents are made of windows as ours are."""
    split = (days.plan.split - days.plan.start) // days.span
    # What was never logged in the days that are learned from has no column: a vector of fixed length, as textbooks do.
    seen = np.flatnonzero(days.counts[:split].sum(axis=0))
    judged = RIVALS[name](days.counts[:split, seen], days.counts[split:, seen], settings.seed)
    alert = judged.alert
    if alert is None:
        alert = float(np.quantile(judged.learned, 1 - min(1.0, settings.alert_budget * days.span / DAY)))
    start = days.plan.split
    told = []
    for run in runs(np.flatnonzero(judged.tested > alert), settings.incident_gap):
        worst = run[int(judged.tested[run].argmax())]
        workload = "" if judged.column is None else world.columns[int(seen[judged.column[worst]])].workload
        windows = tuple(int(start + at * days.span) for at in run.tolist())
        told.append(
            Told(windows, float(judged.tested[worst]), workload, f"{name}: window scored {judged.tested[worst]:.2f}")
        )
    above = float(np.nextafter(alert, np.inf))
    return Trial(name, seed, start, days.span, judged.tested, above, above, tuple(told), tuple(days.plan.tested()))


def runs(flagged: NDArray[np.intp], gap: int) -> list[NDArray[np.intp]]:
    """Numbers of windows, ascending, in groups with at most `gap` quiet windows between neighbours."""
    if not len(flagged):
        return []
    return np.split(flagged, np.flatnonzero(np.diff(flagged) > gap + 1) + 1)
