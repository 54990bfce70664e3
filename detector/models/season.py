"""What happens at this hour of most days, or of this day of most weeks, is no wonder: nightly jobs, Monday mornings.

For every half hour the strongest evidence is kept that was reached on at least half of the days that were learned (and
on two at least); evidence no stronger than that is set aside. So a backup at two in the morning needs no rule, and the
same burst at three in the afternoon is still told. Taken with the half hours beside it, as jobs don't start on the
second; where clocks are set forward or back an hour, jobs by local time are told once.
"""

from __future__ import annotations

import math
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
    shape: tuple[int, ...]
    """Of the evidence of a window."""
    begins: tuple[NDArray[np.int32], ...]
    """By period, where the entries of each slot begin and the last one's end, shape (slots of the period + 1,)."""
    places: tuple[NDArray[np.int32], ...]
    """By period, which evidence of the window each entry is about, shape (entries,): most is never notable."""
    usual: tuple[Floats, ...]
    """By period, the evidence that is usual there, shape (entries,)."""

    def __post_init__(self) -> None:
        """Raises `ValueError` where parts don't fit together, as only what was tampered with can be."""
        width = math.prod(self.shape)
        for period, begins, places, usual in zip(self.periods, self.begins, self.places, self.usual, strict=True):
            inside = [
                period > 0 and begins.shape == (period // SLOT + 1,) and not begins[0],
                places.shape == usual.shape == (begins[-1],) and bool((np.diff(begins) >= 0).all()),
                bool(((places >= 0) & (places < width)).all()),
            ]
            if not all(inside):
                raise ValueError("These are no seasons.")

    @classmethod
    def fit(cls, begin: Ints, evidence: Floats) -> Season:
        """Learn from -log10 chances of shape (n, …) in windows that begin then, microseconds UTC, in any order."""
        known = int(begin.max() - begin.min()) if len(begin) else 0
        periods = [DAY] * (known >= DAY) + [7 * DAY] * (known >= _WEEKS * 7 * DAY)
        begins, places, values = [], [], []
        for period in periods:
            usual = _usual(begin, evidence, period).reshape(period // SLOT, -1)
            slot, place = np.nonzero(usual)
            begins.append(np.searchsorted(slot, np.arange(len(usual) + 1)).astype(np.int32))
            places.append(place.astype(np.int32))
            values.append(usual[slot, place])
        return cls(tuple(periods), evidence.shape[1:], tuple(begins), tuple(places), tuple(values))

    def without(self, begin: Ints, evidence: Floats) -> Floats:
        """The evidence, nought or more, shape (n, …), with nought where it is no stronger than usual at that time."""
        if evidence.shape[1:] != self.shape:
            raise ValueError(f"Evidence of shape {evidence.shape[1:]} where {self.shape} was learned.")
        left = None
        for period, begins, places, usual in zip(self.periods, self.begins, self.places, self.usual, strict=True):
            slots = begin % period // SLOT
            for slot in set(slots.tolist()):
                first, last = begins[slot], begins[slot + 1]
                if first == last:
                    continue
                if left is None:
                    left = np.array(evidence).reshape(len(evidence), -1)
                rows, at = np.flatnonzero(slots == slot)[:, None], places[first:last]
                some = left[rows, at]
                left[rows, at] = np.where(some <= usual[first:last], 0.0, some)
        return evidence if left is None else left.reshape(evidence.shape)


@dataclass(frozen=True, slots=True)
class DailyLevel:
    """How many lines a namespace logs in a window at each half hour of the day, on the quietest day that was learned.

    By which a night that comes back after a load test is no silence.
    """

    lines: Floats
    """Shape (48,), infinite where nothing is known."""

    @classmethod
    def fit(cls, begin: Ints, total: Ints) -> DailyLevel:
        """Learn from the lines (n,) of windows that begin then, microseconds UTC, in any order; a day or more."""
        lines = np.full(DAY // SLOT, np.inf)
        if not len(begin) or begin.max() - begin.min() < DAY:
            return cls(lines)
        day, slot = begin // DAY, begin % DAY // SLOT
        for at in range(len(lines)):
            near = np.isin(slot, [(at - 1) % len(lines), at, (at + 1) % len(lines)])
            days = [total[near & (day == one)] for one in np.unique(day)]
            medians = [float(np.median(some)) for some in days if len(some) * 2 >= max(len(one) for one in days) > 0]
            lines[at] = min(medians, default=np.inf)
        return cls(lines)

    def at(self, begin: Ints) -> Floats:
        """Lines that are usual in windows that begin then, shape (n,)."""
        return np.asarray(self.lines[begin % DAY // SLOT], np.float64)


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
