"""What happens at this hour of most days, or of this day of most weeks, is no wonder: nightly jobs, Monday mornings.

For every half hour the strongest evidence is kept that was reached on at least half of the days that were learned (and
on two at least); evidence no stronger than that is set aside. So a backup at two in the morning needs no rule, and the
same burst at three in the afternoon is still told. Taken with the half hours beside it, as jobs don't start on the
second; where clocks are set forward or back an hour, jobs by local time are told once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.rarity import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLOT = 1_800_000_000
"""Half an hour, microseconds."""
_NOTABLE = 2.0
"""-log10 of a chance: weaker evidence is not worth being remembered."""
_WEEKS = 2
"""Weeks of history from which days of the week are told apart."""


@dataclass(frozen=True, slots=True)
class Season:
    """The evidence that is usual by time; the same kind of evidence as it was learned from."""

    periods: tuple[int, ...]
    """A day, or a day and a week, microseconds; none while fewer than two days are known."""
    usual: tuple[Floats, ...]
    """By period, shape (slots of the period, …)."""

    @classmethod
    def fit(cls, begin: Ints, evidence: Floats) -> Season:
        """Learn from -log10 chances of shape (n, …) in windows that begin then, microseconds UTC, in any order."""
        known = int(begin.max() - begin.min()) if len(begin) else 0
        periods = [DAY] * (known >= DAY) + [7 * DAY] * (known >= _WEEKS * 7 * DAY)
        return cls(tuple(periods), tuple(_usual(begin, evidence, period) for period in periods))

    def without(self, begin: Ints, evidence: Floats) -> Floats:
        """The evidence, shape (n, …), with nought where it is no stronger than usual at that time."""
        for period, usual in zip(self.periods, self.usual, strict=True):
            evidence = np.where(evidence <= usual[begin % period // SLOT], 0.0, evidence)
        return evidence


def _usual(begin: Ints, evidence: Floats, period: int) -> Floats:
    turns, turn = np.unique(begin // period, return_inverse=True)
    strongest = np.zeros((len(turns), period // SLOT, *evidence.shape[1:]))
    np.maximum.at(strongest, (turn, begin % period // SLOT), evidence)
    strongest = _largest([np.roll(strongest, shift, axis=1) for shift in (-1, 0, 1)])
    often = min(max(2, -(-len(turns) // 2)), len(turns))
    reached = np.sort(strongest, axis=0)[-often]
    return np.asarray(np.where(reached >= _NOTABLE, reached, 0.0), np.float64)


def _largest(parts: Iterable[Floats]) -> Floats:
    return np.asarray(np.maximum.reduce(list(parts)), np.float64)
