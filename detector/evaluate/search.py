"""A random search over the settings of detection (Bergstra and Bengio, JMLR 2012): which find most and disturb least.

Whatever it finds is tuned on its seeds: it is to be measured again on others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

import numpy as np

from detector.evaluate.chaos import Experiment, run
from detector.evaluate.scorecard import Card, score_card
from detector.evaluate.trial import OURS
from detector.evaluate.world import World
from detector.settings import DetectionSettings

Value = timedelta | float | int

SEARCHED: Mapping[str, tuple[Value, ...]] = MappingProxyType(
    {
        "window": (timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)),
        "train_span": (timedelta(days=1), timedelta(days=2), timedelta(days=3)),
        "keep_score": (5.0, 10.0, 15.0, 20.0),
        "alert_budget": (0.1, 0.25, 0.5, 1.0, 2.0),
        "incident_gap": (3, 5, 10),
        "trees": (50, 100, 200),
    }
)
"""The settings that are varied, each with the values that are tried."""
_TOO_MANY = 0.1
"""Share of found faults that one false incident a day above the limit outweighs."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One choice of settings, and what came of it."""

    values: Mapping[str, Value]
    card: Card
    objective: float
    """Share of the faults found, less a tenth for each false incident a day above the limit."""


def objective(found: float, false_a_day: float, limit: float) -> float:
    """What is made as great as can be."""
    return found - _TOO_MANY * max(0.0, false_a_day - limit)


def choices(settings: DetectionSettings, trials: int, seed: int) -> Iterator[dict[str, Value]]:
    """The settings as they are, then others at random, none twice; fewer than `trials` where there are no more."""
    rng = np.random.default_rng([seed, 6])
    first: dict[str, Value] = {name: getattr(settings, name) for name in SEARCHED}
    known = [first]
    yield first
    for _ in range(100 * trials):
        if len(known) >= trials:
            return
        one = {name: values[int(rng.integers(len(values)))] for name, values in SEARCHED.items()}
        if one not in known:
            known.append(one)
            yield one


def search(
    world: World,
    experiment: Experiment,
    seeds: range,
    trials: int,
    limit: float,
    jobs: int = 1,
    on_attempt: Callable[[Attempt], None] = lambda _: None,
) -> Attempt:
    """The best of so many choices; `limit` is how many false incidents a day are no shame."""
    best: Attempt | None = None
    for values in choices(experiment.settings, trials, seeds[0]):
        settings = experiment.settings.model_copy(update=dict(values))
        card = score_card(run(world, replace(experiment, settings=settings), seeds, jobs)[OURS])
        attempt = Attempt(values, card, objective(card.found.value, card.false_a_day.value, limit))
        on_attempt(attempt)
        best = attempt if best is None or attempt.objective > best.objective else best
    assert best is not None  # the settings as they are were tried
    return best


def snippet(values: Mapping[str, Value]) -> str:
    """The settings as a part of a settings file."""
    return "\n".join(["[detection]", *(f"{name} = {shown(value)}" for name, value in values.items())])


def shown(value: Value) -> str:
    """A value as a settings file has it."""
    if not isinstance(value, timedelta):
        return f"{value:g}"
    seconds = int(value.total_seconds())
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds % length == 0:
            return f'"{seconds // length}{unit}"'
    return f'"{seconds}s"'
