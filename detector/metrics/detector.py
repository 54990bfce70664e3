"""One namespace: how seldom its numbers come by chance, at each step, and which of them it is.

Each number has a raw score for each direction that matters: its distance from what is usual, measured by the width of
that. It counts only after some steps in a row, and is turned into a chance against its own history, as all raw scores
are (`detector.rarity`). Half-Space Trees look at all numbers together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.metrics.channels import Channels, Warp
from detector.metrics.level import beyond, looks, looks_a_day
from detector.metrics.training import REFRESH_HOURS, SETTLED_HOURS, Rules, Trained, level_chance, train
from detector.metrics.trees import Trees
from detector.metrics.usual import Grid, Usual, usual
from detector.rarity import DAY, Tail, to_score
from ingest.prometheus.settings import Query

Floats = NDArray[np.float64]

_ROW_MICROS, _ROW_LEAST, _ROW_MOST = 60_000_000, 2, 4
"""How long a number has to be out of range: a minute, in so many steps at least and at most."""
_TRAINED_HOURS = 6.0
"""After so long chances are worked out anew."""
_TOLD = 5
"""Numbers that a finding is told by, at most."""
_ASIDE = 100.0
"""A number is told beside the most unlikely one where it is up to so many times as likely as what is told alone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One number that stands out."""

    query: Query
    rising: bool
    """Above what is usual, else below it."""
    observed: float
    low: float
    high: float
    """The range that is usual."""
    share: float
    """Of the score, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One step."""

    score: float
    """0 to 100, as everywhere."""
    crossed: bool
    """Whether it comes by chance less often than the budget allows."""
    seen: tuple[Seen, ...] = ()
    """What it rests on, the most unlikely first; where only all numbers together are odd, those furthest out."""


class Detector:
    """A namespace's history in memory, and what was learned from it. Not for two threads at once."""

    def __init__(
        self, queries: Sequence[Query], grid: Grid, *, budget: float, learn: int, keep: int, seed: int
    ) -> None:
        """`budget` is how many incidents a day may come by chance.

        `learn` is how many steps of history it needs to judge, `keep` how many it remembers.
        """
        channels = Channels.of(queries)
        rising = np.array([place for place, query in enumerate(queries) if query.direction == "up"], np.intp)
        self._queries, self._learn, self._keep = tuple(queries), learn, keep
        self._rules = Rules(
            channels,
            grid,
            int(np.clip(_ROW_MICROS // grid.step, _ROW_LEAST, _ROW_MOST)),
            rising,
            min(budget * grid.step / DAY, 1.0) / (len(channels) + len(rising) + 1),
            seed,
        )
        self._short = np.zeros((len(queries), 0), np.float32)
        """The history; in the short form, as there is one of each namespace."""
        self._odd = np.zeros((len(queries), 0), np.bool_)
        """Which of it stood out."""
        self._raw = np.full((len(channels) + 1, self._rules.row), np.nan)
        """Of the last steps, that of the trees last."""
        self._running = np.zeros(len(queries), np.int64)
        """For how many steps each number has stood out."""
        self._mixed = 0
        """For how many steps the numbers together have been odd."""
        self._trained: Trained | None = None
        self._usual: Usual | None = None
        self._levels = np.ones(len(rising))
        """Chances of levels, as of the last look."""
        self._until_refresh = self._until_training = 0

    @property
    def judges(self) -> bool:
        """Whether it knows enough to."""
        return self._trained is not None

    def remember(self, values: Floats | NDArray[np.float32]) -> None:
        """A history of shape (queries, steps), oldest first, in place of any other; what is usual is learned of it."""
        self._short = np.array(values[:, -self._keep :], np.float32)
        self._odd = np.zeros(self._short.shape, np.bool_)
        self._until_training = 0
        self._train_if_due()

    def step(self, values: Floats) -> Verdict:
        """The next step, shape (queries,), NaN where nothing is known."""
        self._train_if_due()
        if self._trained is not None and self._until_refresh <= 0:
            self._refresh(self._trained)
        self._append(values)
        self._until_refresh -= 1
        self._until_training -= 1
        if self._trained is None or self._usual is None:
            return Verdict(0.0, False)
        return self._judged(values, self._trained, self._usual)

    def _append(self, values: Floats) -> None:
        oldest = max(self._short.shape[1] + 1 - self._keep, 0)
        self._short = np.concatenate([self._short[:, oldest:], values[:, None].astype(np.float32)], axis=1)
        self._odd = self._odd[:, oldest:]
        self._odd = np.concatenate([self._odd, np.zeros((len(values), 1), np.bool_)], axis=1)

    @property
    def _values(self) -> Floats:
        return self._short.astype(np.float64)

    def _train_if_due(self) -> None:
        if self._until_training > 0:
            return
        known = int(np.isfinite(self._short).any(axis=0).sum())
        if known < self._learn:
            self._until_training = self._learn - known
            return
        self._trained = train(self._values, self._rules)
        self._odd = self._trained.odd.copy()
        # A young namespace is looked at again when it has twice the history.
        self._until_training = min(self._rules.grid.steps(_TRAINED_HOURS), known)
        self._until_refresh = 0

    def _refresh(self, trained: Trained) -> None:
        end = np.array([self._short.shape[1]])
        self._usual = usual(trained.warp.there(self._values), self._odd, end, self._rules.grid)
        self._until_refresh = self._rules.grid.steps(REFRESH_HOURS)
        self._levels = self._level_chances(trained, end[0])

    def _level_chances(self, trained: Trained, end: int) -> Floats:
        """Of each number whose level is looked at."""
        grid, channels = self._rules.grid, self._rules.channels
        if not any(trained.level_tails):
            return np.ones(len(trained.level_tails))
        at = looks(end, grid, looks_a_day(grid))
        raw = beyond(trained.warp, trained.warp.there(self._values), at, grid, channels.least)[:, -1]
        places = zip(trained.level_tails, self._rules.rising.tolist(), strict=True)
        return np.array([level_chance(tail, raw[place], grid) for tail, place in places])

    def _judged(self, values: Floats, trained: Trained, usual: Usual) -> Verdict:
        rules, column = self._rules, trained.warp.there(values[:, None])
        row = trained.scaling.of_rows(column)
        together = trained.trees.score(row) if trained.trees.ready and np.isfinite(values).any() else [np.nan]
        raw = np.append(rules.channels.raw(trained.warp, column, usual)[:, 0], together)
        self._raw = np.concatenate([self._raw[:, 1:], raw[:, None]], axis=1)
        least = self._raw.min(axis=1)
        tails = (*trained.tails, trained.trees_tail)
        chances = np.array([_chance(tail, one) for tail, one in zip(tails, least, strict=True)])
        chances[:-1][~(least[:-1] > 0)] = 1.0  # within its range nothing is unlikely by itself
        self._take_note(chances <= rules.chance, row, trained.trees)
        best = float(min(chances.min(), self._levels.min(initial=1.0)))
        numbers = len(chances) + len(self._levels)
        score = float(to_score(np.array([min(best * numbers, 1.0)]), rules.grid.step)[0])
        if best > rules.chance:
            return Verdict(score, False)
        for place, chance in zip(rules.rising.tolist(), self._levels.tolist(), strict=True):
            up = np.flatnonzero((rules.channels.query == place) & (rules.channels.sign > 0))
            chances[up] = np.minimum(chances[up], chance)
        return Verdict(score, True, self._told(values, chances[:-1], trained.warp, usual))

    def _take_note(self, crossed: NDArray[np.bool_], row: Floats, trees: Trees) -> None:
        """Leave what stands out aside, until it has lasted so long that it is usual."""
        longest = self._rules.grid.steps(SETTLED_HOURS)
        standing = np.zeros(len(self._running), np.bool_)
        standing[self._rules.channels.query[crossed[:-1]]] = True
        self._running = np.where(standing, self._running + 1, 0)
        self._odd[standing, -self._rules.row :] = True
        for place in np.flatnonzero(self._running >= longest).tolist():
            self._odd[place, -(longest + self._rules.row) :] = False
            self._running[place] = self._until_refresh = 0
        self._mixed = self._mixed + 1 if crossed.any() else 0
        if not crossed.any():
            trees.learn(row)
        elif self._mixed >= longest:
            rows = self._scaled(longest)
            trees.accept(rows)
            self._mixed = 0

    def _scaled(self, steps: int) -> Floats:
        """The last steps as the trees take them."""
        assert self._trained is not None
        return self._trained.scaling.of_rows(self._trained.warp.there(self._values[:, -steps:]))

    def _told(self, values: Floats, chances: Floats, warp: Warp, usual: Usual) -> tuple[Seen, ...]:
        """What to name, the most unlikely first; where only all together are, those furthest out."""
        channels = self._rules.channels
        low, high = warp.back(usual.low)[:, 0], warp.back(usual.high)[:, 0]
        if chances.min() <= self._rules.chance:
            unlikely = np.where(chances <= self._rules.chance * _ASIDE, -np.log10(np.maximum(chances, 1e-300)), 0.0)
            places = zip(unlikely.tolist(), channels.query.tolist(), (channels.sign > 0).tolist(), strict=True)
            ranked = list(places)
        else:
            away = np.nan_to_num(
                (warp.there(values[:, None]) - usual.middle)[:, 0] / np.maximum(usual.above, usual.below)[:, 0]
            )
            ranked = [(abs(float(one)), place, bool(one > 0)) for place, one in enumerate(away)]
        ranked = sorted((one for one in ranked if one[0] > 0), reverse=True)[:_TOLD]
        total = sum(one for one, _, _ in ranked) or 1.0
        return tuple(
            Seen(self._queries[q], rising, float(values[q]), float(low[q]), float(high[q]), weight / total)
            for weight, q, rising in ranked
        )


def _chance(tail: Tail | None, raw: float) -> float:
    """Of a raw score this high; of one that isn't known nothing follows."""
    if tail is None or not np.isfinite(raw):
        return 1.0
    return float(tail.probability(np.array([raw]))[0])
