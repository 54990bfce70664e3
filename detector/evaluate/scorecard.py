"""The trials of all seeds as figures: what was found and what was told for nothing, by kind and over all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.events import SIZES, Event
from detector.evaluate.faults import FAULTS, HELD_OUT_KINDS, SLOW_KINDS
from detector.evaluate.harmless import HARMLESS, HELD_OUT_HARMLESS
from detector.evaluate.measures import (
    Flags,
    Interval,
    areas,
    blamed,
    first_told,
    is_false,
    label,
    names_it,
    over_seeds,
    wilson,
)
from detector.evaluate.trial import Told, Trial

Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fault."""

    seed: int
    event: Event
    delay: int | None
    """Windows until it was told, 1 for the one in which it began; None where it was missed."""
    named: bool
    summary: str


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """An incident that has nothing to do with a fault."""

    seed: int
    told: Told
    during: str
    """The kind of harmless event that it came with; empty for none."""


@dataclass(frozen=True, slots=True)
class Group:
    """Faults of one kind, size, or of several."""

    name: str
    found: int
    of: int
    share: Interval
    delay: float | None
    """Median windows until told."""
    named: int
    nameable: int
    """Found faults that are in one workload."""


@dataclass(frozen=True, slots=True)
class Peace:
    """False incidents with a harmless kind, or with nothing (`""`)."""

    name: str
    events: int
    false: int


@dataclass(frozen=True, slots=True)
class Card:
    """All figures of one detector."""

    detector: str
    seeds: int
    days: float
    """Tested in all."""
    faults: int
    found: Interval
    false_a_day: Interval
    delay: float | None
    named: Interval
    auc_roc: Interval
    auc_pr: Interval
    precision: Interval
    recall: Interval
    false_positive_rate: Interval
    """These three by windows that are kept as anomalies."""
    recall_without_ramps: Interval
    """Likewise, the windows of slow ramps left out: in the first of them hardly anything is wrong yet."""
    alert_precision: Interval
    alert_recall: Interval
    alert_false_positive_rate: Interval
    """These three by windows that cross the threshold of incidents."""
    tuned: Group
    held_out: Group
    tuned_false_a_day: Interval
    """Without those that came with harmless kinds that are held out."""
    kinds: tuple[Group, ...]
    sizes: tuple[Group, ...]
    """By kind and size."""
    peace: tuple[Peace, ...]
    missed: tuple[Outcome, ...]
    false: tuple[FalseAlarm, ...]


def outcomes(trial: Trial) -> list[Outcome]:
    """What became of every fault."""
    found = []
    for event in trial.events:
        if not event.harmless:
            hit = first_told(event, trial.told, trial.span)
            delay, told = hit if hit else (None, None)
            found.append(
                Outcome(trial.seed, event, delay, bool(told and names_it(event, told)), told.summary if told else "")
            )
    return found


def false_alarms(trial: Trial) -> list[FalseAlarm]:
    """Every incident that has nothing to do with a fault."""
    return [
        FalseAlarm(trial.seed, told, blamed(told, trial.events, trial.span))
        for told in trial.told
        if is_false(told, trial.events, trial.span)
    ]


def score_card(trials: Sequence[Trial]) -> Card:
    """The figures of one detector over one or more seeds."""
    by_seed = [outcomes(trial) for trial in trials]
    alarms = [false_alarms(trial) for trial in trials]
    days = np.array([trial.days for trial in trials])
    every = [one for some in by_seed for one in some]
    labels = [label(trial) for trial in trials]
    area = np.array([areas(truth, trial.score) for truth, trial in zip(labels, trials, strict=True)])
    kept = [Flags.of(truth, trial.score >= trial.kept) for truth, trial in zip(labels, trials, strict=True)]
    sudden = [Flags.of(label(trial, SLOW_KINDS), trial.score >= trial.kept) for trial in trials]
    alert = [Flags.of(truth, trial.score >= trial.alert) for truth, trial in zip(labels, trials, strict=True)]
    tuned_alarms = [[one for one in some if one.during not in HELD_OUT_HARMLESS] for some in alarms]
    return Card(
        detector=trials[0].detector,
        seeds=len(trials),
        days=float(days.sum()),
        faults=len(every),
        found=over_seeds(len(trials), _share(by_seed, lambda one: one.delay is not None)),
        false_a_day=over_seeds(len(trials), _a_day(alarms, days)),
        delay=_median(every),
        named=over_seeds(len(trials), _share(_nameable(by_seed), lambda one: one.named)),
        auc_roc=over_seeds(len(trials), lambda at: _mean(area[at, 0])),
        auc_pr=over_seeds(len(trials), lambda at: _mean(area[at, 1])),
        precision=_flagged(kept, lambda flags: flags.precision),
        recall=_flagged(kept, lambda flags: flags.recall),
        false_positive_rate=_flagged(kept, lambda flags: flags.false_positive_rate),
        recall_without_ramps=_flagged(sudden, lambda flags: flags.recall),
        alert_precision=_flagged(alert, lambda flags: flags.precision),
        alert_recall=_flagged(alert, lambda flags: flags.recall),
        alert_false_positive_rate=_flagged(alert, lambda flags: flags.false_positive_rate),
        tuned=group("tuned", [one for one in every if one.event.kind not in HELD_OUT_KINDS]),
        held_out=group("held out", [one for one in every if one.event.kind in HELD_OUT_KINDS]),
        tuned_false_a_day=over_seeds(len(trials), _a_day(tuned_alarms, days)),
        kinds=_kinds(every),
        sizes=_sizes(every),
        peace=_peace(trials, [one for some in alarms for one in some]),
        missed=tuple(one for one in every if one.delay is None),
        false=tuple(one for some in alarms for one in some),
    )


def group(name: str, some: Sequence[Outcome]) -> Group:
    """The figures of some faults."""
    found = [one for one in some if one.delay is not None]
    nameable = [one for one in found if one.event.workload]
    return Group(
        name,
        len(found),
        len(some),
        wilson(len(found), len(some)),
        _median(some),
        sum(one.named for one in nameable),
        len(nameable),
    )


def _kinds(every: Sequence[Outcome]) -> tuple[Group, ...]:
    grouped = (group(kind, [one for one in every if one.event.kind == kind]) for kind in FAULTS)
    return tuple(one for one in grouped if one.of)


def _sizes(every: Sequence[Outcome]) -> tuple[Group, ...]:
    found = []
    for kind in FAULTS:
        for size in SIZES:
            some = [one for one in every if (one.event.kind, one.event.size) == (kind, size)]
            found += [group(f"{kind} {size}", some)] if some else []
    return tuple(found)


def _peace(trials: Sequence[Trial], alarms: Sequence[FalseAlarm]) -> tuple[Peace, ...]:
    events = [event.kind for trial in trials for event in trial.events if event.harmless]
    told = [alarm.during for alarm in alarms]
    rows = [Peace(kind, events.count(kind), told.count(kind)) for kind in (*HARMLESS, "")]
    return tuple(row for row in rows if row.events or row.false or not row.name)


def _nameable(by_seed: Iterable[Sequence[Outcome]]) -> list[list[Outcome]]:
    return [[one for one in some if one.delay is not None and one.event.workload] for some in by_seed]


def _share(by_seed: Sequence[Sequence[Outcome]], holds: Callable[[Outcome], bool]) -> Callable[[Numbers], float]:
    hits = np.array([sum(map(holds, some)) for some in by_seed])
    sizes = np.array([len(some) for some in by_seed])
    return lambda at: float(hits[at].sum() / sizes[at].sum()) if sizes[at].sum() else float("nan")


def _a_day(alarms: Sequence[Sequence[FalseAlarm]], days: NDArray[np.float64]) -> Callable[[Numbers], float]:
    told = np.array([len(some) for some in alarms])
    return lambda at: float(told[at].sum() / days[at].sum())


def _flagged(flags: Sequence[Flags], figure: Callable[[Flags], float]) -> Interval:
    def of(at: Numbers) -> float:
        whole = Flags(0, 0, 0, 0)
        for number in at.tolist():
            whole = whole.plus(flags[number])
        return figure(whole)

    return over_seeds(len(flags), of)


def _mean(values: NDArray[np.float64]) -> float:
    return float("nan") if np.isnan(values).all() else float(np.nanmean(values))


def _median(some: Iterable[Outcome]) -> float | None:
    delays = [one.delay for one in some if one.delay is not None]
    return float(np.median(delays)) if delays else None
