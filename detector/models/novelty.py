"""Templates never seen before, by how alarming they are and how often that namespace brings forth new ones anyway.

Two questions: how often does a healthy window hold an unknown template, and how many lines has it then? The number
falls as a power law (a new statement mostly shows once or twice), whose exponent is estimated as by Hill, A Simple
General Approach to Inference About the Tail of a Distribution, Annals of Statistics 1975. Lines come whole, so that
estimate has a bound: n new templates of a single line each say that one with two comes less than once in about n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detector.models.negative_binomial import rolling_sums
from detector.vectors import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCALES = (1, 5)
"""Windows whose lines are added up: a trickle of new errors tells itself apart by not ending."""
_ALARM = {"critical": 1.0, "error": 1.0, "warning": 0.75, "": 0.75, "info": 0.5, "debug": 0.0, "trace": 0.0}
"""Weight of a line. A new error is what an on-call engineer wants to know of; a new line of information comes with
every release, and a hundred of them weigh as much as ten errors. Lines for debugging show that somebody asked for them,
however many there are."""
_ALARMING = 0.75
"""Weight from which a template counts as alarming."""
_PRIOR_A_DAY = (5 / 1440, 1 / 1440)
"""Share of windows with an unknown template that is granted beforehand, plain and alarming."""
_PRIOR_WINDOWS = 720
"""How many windows of history that belief is worth."""
_PRIOR_EXPONENT, _PRIOR_BIRTHS = 2.0, 2.0
_BLOCKS = 4
"""Blocks of the later half of the history, each compared with all that came before it, as a new window will be."""


@dataclass(frozen=True, slots=True)
class Novelty:
    """How often new templates show in a healthy window, and with how many lines."""

    rate: tuple[float, float]
    """Share of windows with an unknown template, plain and alarming."""
    exponent: float
    """Of the power law that the weighted number of their lines follows."""

    @classmethod
    def fit(cls, columns: Sequence[Column], counts: Ints) -> Novelty:
        """Learn from counts of shape (n, m), replaying the later half as if it were new."""
        n, logs, born = len(counts), np.zeros(0), np.zeros(2)
        for begin, end in pairwise(np.linspace(n // 2, n, _BLOCKS + 1).astype(int).tolist()):
            unknown = np.flatnonzero(counts[:begin].sum(axis=0) == 0).tolist()
            seen, weight = counts[begin:end][:, unknown], _weight([columns[index] for index in unknown])
            logs = np.append(logs, (np.log(np.maximum(seen, 1)) * weight)[seen > 0])
            for kind, chosen in enumerate((weight < _ALARMING, weight >= _ALARMING)):
                born[kind] += (seen[:, chosen] > 0).any(axis=1).sum()
        prior = np.array(_PRIOR_A_DAY) * _PRIOR_WINDOWS
        rate = np.minimum((born + prior) / (n - n // 2 + _PRIOR_WINDOWS), 1.0)
        exponent = (len(logs) + _PRIOR_BIRTHS) / (logs.sum() + _PRIOR_BIRTHS / _PRIOR_EXPONENT)
        steepest = np.log2(len(logs) + 2.0**_PRIOR_EXPONENT)
        return cls((float(rate[0]), float(rate[1])), float(min(exponent, steepest)))

    def probability(self, columns: Sequence[Column], counts: Ints, lead: int = 0) -> Floats:
        """Chance of each unknown template's lines in a healthy window, shape (n - lead, f); 1 where it has none.

        The first `lead` windows only give context.
        """
        seen = counts[lead:]
        if not seen.size:
            return np.ones(seen.shape)
        weight = _weight(columns)
        rate = np.where(weight >= _ALARMING, self.rate[1], self.rate[0])
        chance = np.ones(seen.shape)
        for scale, lines in zip(SCALES, rolling_sums(counts.astype(np.float64), SCALES, lead), strict=True):
            chance = np.minimum(chance, scale * rate * np.maximum(lines, 1.0) ** -(self.exponent * weight))
        return np.asarray(np.where((seen > 0) & (weight > 0), chance, 1.0), np.float64)


def _weight(columns: Sequence[Column]) -> Floats:
    return np.array([_ALARM.get(column.level, _ALARM[""]) for column in columns], np.float64)
