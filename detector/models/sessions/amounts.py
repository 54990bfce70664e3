"""How often a session logs a template that it has: too often, or too seldom.

The chance is the rank among sessions that have the template; beyond what was seen the tail is continued as a power law
(Hill, A Simple General Approach to Inference About the Tail of a Distribution, Annals of Statistics 1975): ten reads
more are nothing where reads vary tenfold, and one end more is much where all sessions end once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions.table import SessionTable
from detector.models.sessions.trait import TOLD, Floats, Trait, TraitKind

LEAST = 1e-12
"""No chance is told to be smaller."""
_SPREAD = 0.02
"""Of the logarithm of a count where sessions show none: counts that are always equal vary by 2 %."""
_TOP = 0.9
"""The quantile from which on counts make up the tail."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Logarithms of the counts of one template in the sessions that have it, and its tails."""

    seen: Floats
    """Ascending."""
    spread_up: float
    spread_down: float

    @classmethod
    def fit(cls, counts: NDArray[np.int64]) -> Amounts:
        """Learn from counts above nought, one a session."""
        seen = np.sort(np.log(counts))
        return cls(seen, _spread(seen), _spread(-seen[::-1]))

    def many(self, counts: NDArray[np.int64]) -> Floats:
        """The chance of so many or more in a session that has the template."""
        return _tail(self.seen, self.spread_up, np.log(counts))

    def few(self, counts: NDArray[np.int64]) -> Floats:
        """The chance of so few or fewer in a session that has the template."""
        return _tail(-self.seen[::-1], self.spread_down, -np.log(counts))

    @property
    def usual(self) -> float:
        """The median of the counts."""
        return float(np.round(np.exp(self.seen[len(self.seen) // 2])))


@dataclass(frozen=True, slots=True)
class SessionAmounts:
    """The counts of each template by itself."""

    has_kinds: ClassVar[bool] = False

    amounts: tuple[Amounts, ...]
    """One a template."""

    @classmethod
    def fit(cls, table: SessionTable, *, seed: int) -> Self:
        """Learn the tails."""
        return cls(tuple(Amounts.fit(one[one > 0]) for one in table.counts.T))

    def score(self, table: SessionTable) -> Floats:
        """The chance of the oddest count."""
        counts = table.counts
        rarest = np.ones(len(counts))
        for at, (amounts, one) in enumerate(zip(self.amounts, counts.T, strict=False)):
            there = np.flatnonzero(one)
            few = np.where(table.is_open[there, at], 1.0, amounts.few(one[there]))
            rarest[there] = np.minimum.reduce([rarest[there], amounts.many(one[there]), few])
        return rarest

    def explain(self, table: SessionTable) -> list[Trait]:
        """Templates that come too often or too seldom."""
        traits = []
        for at, (amounts, one) in enumerate(zip(self.amounts, table.counts.T, strict=False)):
            if one[0]:
                for kind, chance in ((TraitKind.MORE, amounts.many(one)), (TraitKind.FEWER, amounts.few(one))):
                    if chance[0] < TOLD and not (kind is TraitKind.FEWER and table.is_open[0, at]):
                        traits.append(Trait(kind, float(chance[0]), table.templates[at], int(one[0]), amounts.usual))
        return traits


def _spread(seen: Floats) -> float:
    """Mean excess over the median, or over the top tenth where that is more: with two of the least as a prior."""
    return max(_excess(seen, 0.5), _excess(seen, _TOP)) if len(seen) else _SPREAD


def _excess(seen: Floats, quantile: float) -> float:
    start = np.quantile(seen, quantile)
    above = seen[seen >= start]
    return float((np.sum(above - start) + 2 * _SPREAD) / (len(above) + 2))


def _tail(seen: Floats, spread: float, logs: Floats) -> Floats:
    """The share of sessions as high or higher, the session itself counted in; beyond them all, the power law.

    Twice that share, for both tails are looked at.
    """
    above = len(seen) - np.searchsorted(seen, logs, side="left")
    share = np.minimum(1.0, 2.0 * (above + 1.0) / (len(seen) + 1.0))
    beyond = np.maximum(logs - seen[-1], 0.0) / spread if len(seen) else np.zeros(len(logs))
    return np.asarray(np.maximum(share * np.exp(-beyond), LEAST), np.float64)
