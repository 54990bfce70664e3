"""Templates never seen before, by how alarming they are and how often that namespace brings forth new ones anyway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detector.vectors import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ALARM = {"critical": 2.0, "error": 2.0, "warning": 1.3, "": 1.0, "info": 0.5, "debug": 0.3, "trace": 0.3}
"""A new error is what an on-call engineer wants to know of; a new line of information comes with every release."""
_BLOCKS = 4
"""Blocks of the later half of the history, each compared with all that came before it, as a new window will be."""
_PRIOR_RATE = 5 / 1440
"""Share of windows with something new that is granted beforehand.

Five a day of minutes, a release and a rare branch or two.
"""
_PRIOR_WINDOWS = 720
"""How many windows of history that belief is worth."""
_PRIOR_PEAKS = 2.0
_LEAST_SCALE = 1.0 / np.log(10.0)
"""In units of the raw score: one unit is at most ten times rarer."""


@dataclass(frozen=True, slots=True)
class Novelty:
    """How often new templates show in a healthy window, and how alarming they are then."""

    rate: float
    """Share of windows with a template that was unknown."""
    typical: float
    """Raw score from which the tail falls."""
    scale: float

    @classmethod
    def fit(cls, columns: Sequence[Column], counts: Ints) -> Novelty:
        """Learn from counts of shape (n, m), replaying the later half as if it were new."""
        n, raw = len(counts), np.zeros(0)
        edges = np.linspace(n // 2, n, _BLOCKS + 1).astype(int)
        for begin, end in pairwise(edges.tolist()):
            unknown = np.flatnonzero(counts[:begin].sum(axis=0) == 0).tolist()
            raw = np.append(raw, raw_novelty([columns[index] for index in unknown], counts[begin:end][:, unknown]))
        born = raw[raw > 0]
        typical = min(_ALARM.values())
        scale = (np.maximum(born - typical, 0).sum() + _PRIOR_PEAKS * _LEAST_SCALE) / (len(born) + _PRIOR_PEAKS)
        return cls(
            (len(born) + _PRIOR_RATE * _PRIOR_WINDOWS) / (len(raw) + _PRIOR_WINDOWS),
            typical,
            max(float(scale), _LEAST_SCALE),
        )

    def probability(self, raw: Floats) -> Floats:
        """Chance of new templates this alarming or more in a healthy window, shape (n,)."""
        tail = self.rate * np.exp(-np.maximum(raw - self.typical, 0.0) / self.scale)
        return np.asarray(np.where(raw > 0, tail, 1.0), np.float64)


def strength(columns: Sequence[Column], counts: Ints) -> Floats:
    """How alarming each unknown template is in each window, shape (n, f): its level times the order of its count."""
    alarm = np.array([_ALARM.get(column.level, 1.0) for column in columns])
    return np.asarray(np.where(counts > 0, alarm * (1.0 + np.log10(np.maximum(counts, 1))), 0.0), np.float64)


def raw_novelty(columns: Sequence[Column], counts: Ints) -> Floats:
    """Raw score of each window: its most alarming unknown template, and a little for how many there are, shape (n,)."""
    if not len(columns):
        return np.zeros(len(counts))
    strongest = strength(columns, counts).max(axis=1)
    return np.asarray(strongest + 0.2 * np.log2(np.maximum((counts > 0).sum(axis=1), 1)), np.float64)
