"""Chaos experiments: the same seeds for every detector, each seed a process of its own where there are cores."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from detector.errors import UsageError
from detector.evaluate.days import Days, make_days
from detector.evaluate.driving import drive
from detector.evaluate.plan import Options, plan
from detector.evaluate.rivals import rival_trial
from detector.evaluate.trial import Trial
from detector.evaluate.world import World
from detector.rarity import DAY
from detector.settings import DetectionSettings, micros

FIRST_REPORTED_SEED = 1_000
"""Whoever tunes takes seeds below; what is reported is measured from here on."""
FOLD = "fold "
"""What the names of folds begin with."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is tried; the same experiment gives the same trials, on however many cores."""

    settings: DetectionSettings
    options: Options = field(default_factory=Options)
    rivals: tuple[str, ...] = ()
    """Detectors that are tried beside, by name."""
    folds: int = 1
    """Parts of the test days that are scored each by a model of all that is before it: each as if it were a rival."""


def run_seed(world: World, experiment: Experiment, seed: int) -> list[Trial]:
    """One seed: what drainwatch says of its days, then the rivals in their order."""
    settings = experiment.settings
    days = make_days(world, plan(world, experiment.options, seed), seed, micros(settings.window))
    trials = [drive(world, days, settings, seed), *_folds(world, days, experiment, seed)]
    return trials + [rival_trial(name, world, days, settings, seed) for name in experiment.rivals]


def _folds(world: World, days: Days, experiment: Experiment, seed: int) -> list[Trial]:
    """Cross-validation in order of time, from the earliest fold on; none where there is only one."""
    if experiment.folds < 2:
        return []
    first, last = days.plan.split, days.plan.end
    edges = [first + (last - first) * at // experiment.folds // days.span * days.span for at in range(experiment.folds)]
    parts = zip(edges, [*edges[1:], last], strict=True)
    trials = [drive(world, days, experiment.settings, seed, part) for part in parts]
    return [replace(trial, detector=f"{FOLD}{number}") for number, trial in enumerate(trials, 1)]


def run(
    world: World,
    experiment: Experiment,
    seeds: Sequence[int],
    jobs: int = 1,
    on_done: Callable[[int], None] = lambda _: None,
) -> dict[str, list[Trial]]:
    """All seeds; the trials by detector, drainwatch first, in the order of the seeds.

    `on_done` is called with each seed that is done. Raises `UsageError` for windows that don't fill a day evenly.
    """
    if DAY % micros(experiment.settings.window):
        raise UsageError(
            "Windows of this length don't fill a day evenly.", "Take 30s, 60s, 2m, 5m or 10m, for example."
        )
    by_seed: dict[int, list[Trial]] = {}
    for seed, trials in _all(world, experiment, seeds, jobs):
        by_seed[seed] = trials
        on_done(seed)
    grouped: dict[str, list[Trial]] = {}
    for seed in seeds:
        for trial in by_seed[seed]:
            grouped.setdefault(trial.detector, []).append(trial)
    return grouped


def _all(world: World, experiment: Experiment, seeds: Sequence[int], jobs: int) -> Iterator[tuple[int, list[Trial]]]:
    if jobs <= 1 or len(seeds) <= 1:
        for seed in seeds:
            yield seed, run_seed(world, experiment, seed)
        return
    # Started anew, not forked: a fork takes over the locks of the threads that draw the progress bar.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(seeds)), context, _prepare, (world, experiment)) as pool:
        waiting = {pool.submit(_run_prepared, seed): seed for seed in seeds}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


_PREPARED: list[tuple[World, Experiment]] = []
"""In a process of the pool: what all its seeds share."""


def _prepare(world: World, experiment: Experiment) -> None:
    _PREPARED[:] = [(world, experiment)]


def _run_prepared(seed: int) -> list[Trial]:
    world, experiment = _PREPARED[0]
    return run_seed(world, experiment, seed)
