"""What the figures mean: pure functions of what was planted and what was told. All times are microseconds UTC."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from detector.evaluate.events import AFTERMATH, Event
from detector.evaluate.trial import Told, Trial

Labels = NDArray[np.int8]

FAULTY, HEALTHY, LEFT_OUT = 1, 0, -1
LATE = 2
"""Windows after the end of a fault in which it still counts as found."""
_RESAMPLES = 1_000
_Z = 1.959964
"""Of the normal distribution, for 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its interval of confidence, 95 %."""

    value: float
    low: float
    high: float


def label(trial: Trial, without: Collection[str] = ()) -> Labels:
    """Each window: faulty where half of it or more is in a fault, left out where less is or just after, else healthy.

    Windows in faults of the kinds `without` are left out, too. Shape (n,).
    """
    labels = np.full(len(trial.score), HEALTHY, np.int8)
    start = trial.start + np.arange(len(labels)) * trial.span
    faults = [event for event in trial.events if not event.harmless]
    for fault in faults:
        labels[(start < fault.end + AFTERMATH) & (start + trial.span > fault.begin)] = LEFT_OUT
    for fault in faults:
        inside = np.minimum(start + trial.span, fault.end) - np.maximum(start, fault.begin)
        labels[2 * inside >= trial.span] = LEFT_OUT if fault.kind in without else FAULTY
    return labels


def first_told(fault: Event, told: Sequence[Told], span: int) -> tuple[int, Told] | None:
    """The first anomalous window of an incident in a fault or just after, and that incident; None where it is missed.

    The window is given by number: 1 is the one in which the fault begins.
    """
    begin, end = fault.begin // span * span, fault.end + LATE * span
    hits = [(window, one) for one in told for window in one.windows if begin <= window < end]
    if not hits:
        return None
    window, one = min(hits, key=lambda hit: hit[0])
    return (window - begin) // span + 1, one


def names_it(fault: Event, told: Told) -> bool:
    """Whether what is told first is in the workload at fault (or, for time-outs, in one that calls it)."""
    return told.workload in (fault.workload, *fault.also)


def is_false(told: Told, events: Sequence[Event], span: int) -> bool:
    """Whether an incident has nothing to do with any fault or its aftermath."""
    return not any(_overlaps(told, event, span) for event in events if not event.harmless)


def blamed(told: Told, events: Sequence[Event], span: int) -> str:
    """The kind of the harmless event that a false incident overlaps; empty where there was nothing at all."""
    return next((event.kind for event in events if event.harmless and _overlaps(told, event, span)), "")


def _overlaps(told: Told, event: Event, span: int) -> bool:
    return any(event.begin - span < window < event.end + AFTERMATH for window in told.windows)


@dataclass(frozen=True, slots=True)
class Flags:
    """How well windows are told apart by one threshold; sums over windows."""

    true: int
    false: int
    missed: int
    quiet: int
    """Healthy windows that were not flagged."""

    @classmethod
    def of(cls, labels: Labels, flagged: NDArray[np.bool_]) -> Flags:
        """Count; windows that are left out count nowhere."""
        faulty, healthy = labels == FAULTY, labels == HEALTHY
        return cls(*(int((a & b).sum()) for a, b in (
            (faulty, flagged), (healthy, flagged), (faulty, ~flagged), (healthy, ~flagged)
        )))  # fmt: skip

    def plus(self, other: Flags) -> Flags:
        """Both."""
        return Flags(
            self.true + other.true, self.false + other.false, self.missed + other.missed, self.quiet + other.quiet
        )

    @property
    def precision(self) -> float:
        """Share of the flagged windows that are faulty; 1 where none is flagged."""
        return _ratio(self.true, self.true + self.false, 1.0)

    @property
    def recall(self) -> float:
        """Share of the faulty windows that are flagged."""
        return _ratio(self.true, self.true + self.missed, 1.0)

    @property
    def false_positive_rate(self) -> float:
        """Share of the healthy windows that are flagged."""
        return _ratio(self.false, self.false + self.quiet, 0.0)


def areas(labels: Labels, score: NDArray[np.float64]) -> tuple[float, float]:
    """Area under the ROC curve, and under precision against recall (average precision); windows left out don't count.

    NaN where there is only one kind of window.
    """
    kept = labels != LEFT_OUT
    truth, values = labels[kept] == FAULTY, score[kept]
    if truth.all() or not truth.any():
        return float("nan"), float("nan")
    return float(roc_auc_score(truth, values)), float(average_precision_score(truth, values))


def wilson(found: int, of: int) -> Interval:
    """A share with Wilson's interval (Wilson, Probable Inference, JASA 1927); 0 to 1 where nothing was tried."""
    if not of:
        return Interval(float("nan"), 0.0, 1.0)
    share, z2 = found / of, _Z**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * float(np.sqrt(share * (1 - share) / of + z2 / (4 * of**2)))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def over_seeds(seeds: int, figure: Callable[[NDArray[np.intp]], float]) -> Interval:
    """A figure of all seeds, with the interval that choosing seeds anew gives (Efron's bootstrap, percentiles).

    `figure` is given numbers of seeds, some several times.
    """
    value = figure(np.arange(seeds))
    dice = np.random.default_rng(0)
    drawn = [figure(dice.integers(seeds, size=seeds)) for _ in range(_RESAMPLES if seeds > 1 else 0)]
    known = [one for one in drawn if not np.isnan(one)] or [value]
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _ratio(part: int, whole: int, none: float) -> float:
    return part / whole if whole else none
