"""What a history of a namespace's metrics teaches: how far out each number is by chance, and which steps stood out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.metrics.channels import Channels, Warp, in_a_row
from detector.metrics.level import LOOK_HOURS, beyond, looks
from detector.metrics.trees import Scaling, Trees
from detector.metrics.usual import Grid, usual
from detector.rarity import Tail

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REFRESH_HOURS = 1 / 12
"""How often what is usual is looked at anew."""
SETTLED_HOURS = 2.0
"""What has lasted so long is how the namespace is from now on."""
_DOUBTFUL = 1
"""Episodes of a history that may have been a fault; with two, half as much again is told on healthy days."""
_LEAST_SCALE = 0.25
"""Of a tail, in widths of the usual range; a short history looks lighter-tailed than it is."""
_LEAST_SCALE_OF_TREES = 0.02
_LEAST_SCALE_OF_LEVELS = 0.05
"""In widths of a day."""
_DAY_HOURS, _TWO_DAYS_HOURS = 24.0, 36.0
"""With more than the second, the first day only shows what is usual at each time of the day."""
_ENOUGH = 40
"""Scores that make a tail."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a namespace is judged."""

    channels: Channels
    grid: Grid
    row: int
    """Steps in a row."""
    rising: NDArray[np.intp]
    """Places of the queries whose level is looked at."""
    chance: float
    """Per step and number, at which one is told."""
    seed: int


@dataclass(frozen=True, slots=True)
class Trained:
    """Everything but the history itself."""

    warp: Warp
    tails: tuple[Tail | None, ...]
    """By channel; None where too little is known of it."""
    level_tails: tuple[Tail | None, ...]
    """Of those whose level is looked at."""
    odd: Flags
    """Which values stood out, shape (queries, steps)."""
    scaling: Scaling
    trees: Trees
    trees_tail: Tail | None


def train(values: Floats, rules: Rules) -> Trained:
    """Learn from a history of shape (queries, steps), oldest first, NaN where nothing is known.

    Twice: what stood out the first time is left out of what is usual the second time.
    """
    warp = Warp.of(values, rules.channels.least)
    warped, odd = warp.there(values), np.zeros(values.shape, np.bool_)
    tails: tuple[Tail | None, ...] = ()
    for _ in range(2):
        begin = first_judged(values.shape[1], rules.grid)
        scores = _scores(warp, warped, odd, begin, rules)
        tails = tuple(_tail(np.maximum(one, 0.0), _LEAST_SCALE) for one in scores)
        odd = _stood_out(scores, tails, begin, values.shape[1], rules)
    return Trained(warp, tails, _level_tails(warp, warped, rules), odd, *_trees(warped, odd, rules))


def first_judged(steps: int, grid: Grid) -> int:
    """The first step of a history that has enough before it."""
    if steps >= grid.steps(_TWO_DAYS_HOURS):
        return grid.steps(_DAY_HOURS)
    return max(steps // 4, 1)


def settled(odd: Flags, grid: Grid) -> Flags:
    """The same without what lasted so long that it is usual by now; shape (queries, steps)."""
    longest = grid.steps(SETTLED_HOURS)
    kept = odd.copy()
    for row in kept:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
        for begin, end in edges.reshape(-1, 2).tolist():
            if end - begin >= longest:
                row[begin:end] = False
    return kept


def _scores(warp: Warp, values: Floats, odd: Flags, begin: int, rules: Rules) -> Floats:
    """Of each channel from the step `begin` on."""
    steps = values.shape[1]
    refresh = rules.grid.steps(REFRESH_HOURS)
    at = np.arange(begin, steps, refresh)
    seen = usual(values, odd, at, rules.grid).spread((np.arange(begin, steps) - begin) // refresh)
    return in_a_row(rules.channels.raw(warp, values[:, begin:], seen), rules.row)


def _level_tails(warp: Warp, values: Floats, rules: Rules) -> tuple[Tail | None, ...]:
    """By the looks that have a day before them."""
    raw = beyond(warp, values, looks(values.shape[1], rules.grid), rules.grid, rules.channels.least)
    return tuple(_tail(raw[place], _LEAST_SCALE_OF_LEVELS, 0) for place in rules.rising)


def level_chance(tail: Tail | None, raw: float, grid: Grid) -> float:
    """Per step, as of everything else, though it is looked at less often."""
    if tail is None or not raw > 0:
        return 1.0
    return float(tail.probability(np.array([raw]))[0]) / grid.steps(LOOK_HOURS)


def _tail(scores: Floats, least_scale: float, doubtful: int = _DOUBTFUL) -> Tail | None:
    known = scores[np.isfinite(scores)]
    return Tail.fit(known, least_scale, doubtful) if len(known) >= _ENOUGH else None


def _stood_out(scores: Floats, tails: tuple[Tail | None, ...], begin: int, steps: int, rules: Rules) -> Flags:
    odd = np.zeros((len(rules.channels.least), steps), np.bool_)
    for place, (one, tail) in enumerate(zip(scores, tails, strict=True)):
        if tail is None:
            continue
        crossed = (tail.probability(np.nan_to_num(one, nan=-np.inf)) <= rules.chance) & (one > 0)
        for back in range(rules.row):  # the steps in a row that made it so
            odd[rules.channels.query[place], begin - back : steps - back] |= crossed[max(back - begin, 0) :]
    return settled(odd, rules.grid)


def _trees(values: Floats, odd: Flags, rules: Rules) -> tuple[Scaling, Trees, Tail | None]:
    steps = values.shape[1]
    scaling = Scaling.of(values)
    trees = Trees.draw(len(values), min(rules.grid.steps(_DAY_HOURS), max(steps // 3, 1)), rules.seed)
    scores = trees.score_then_learn(scaling.of_rows(values), np.logical_not(odd.any(axis=0)))
    return scaling, trees, _tail(in_a_row(scores[None], rules.row)[0], _LEAST_SCALE_OF_TREES)
