"""The order of a session: what comes before what.

For each pair of templates, in how many of the sessions that have both one of them first comes earlier than the other:
the temporal invariants of Beschastnikh et al., Leveraging Existing Instrumentation to Automatically Infer
Invariant-Constrained Models, ESEC/FSE 2011, with a chance in place of always and never. Lines of the same time have no
order: they come from different clocks and threads. Things that run at once overtake each other now and then, in one of
many pairs; so the chance of a broken order counts every order that is broken as seldom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions.shape import NEVER
from detector.models.sessions.table import SessionTable
from detector.models.sessions.trait import Floats, Trait, TraitKind

MAX_TEMPLATES = 128
"""Those that most sessions have."""
_SUPPORT = 20
"""Sessions that must have both templates before anything is said of their order."""
_RARE = 0.05
"""Orders that are seen more often are no evidence."""


@dataclass(frozen=True, slots=True)
class SessionOrder:
    """Orders that are seldom seen, the rarest first; one entry an order in every column."""

    has_kinds: ClassVar[bool] = False

    earlier: NDArray[np.int64]
    """Column of the template that comes first in it."""
    later: NDArray[np.int64]
    chance: Floats
    """Of a session that has both templates to show it, what was never seen counted as half a session."""
    seen: Floats
    """The share of the fitted sessions with both that show it."""

    @classmethod
    def fit(cls, table: SessionTable, *, seed: int) -> Self:
        """Learn from sessions in order of time."""
        first = table.first
        having = (first != NEVER).sum(axis=0)
        common = np.sort(np.argsort(-having, kind="stable")[:MAX_TEMPLATES])
        found: list[tuple[int, int, float, float]] = []
        for place, one in enumerate(common.tolist()):
            for other in common[place + 1 :].tolist():
                a, b = first[:, one], first[:, other]
                both = (a != NEVER) & (b != NEVER)
                support = int(both.sum())
                if support < _SUPPORT:
                    continue
                for earlier, later, shown in ((one, other, both & (a < b)), (other, one, both & (b < a))):
                    times = int(shown.sum())
                    chance = (times + 0.5) / (support + 1)
                    if chance < _RARE:
                        found.append((earlier, later, chance, times / support))
        found.sort(key=lambda order: order[2])
        columns = np.array(found, np.float64).reshape(-1, 4)
        return cls(columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2], columns[:, 3])

    def score(self, table: SessionTable) -> Floats:
        """The chance of an order as rare as the rarest that the session shows, among all that it could show."""
        first = table.first
        rarest, could = np.ones(len(first)), np.zeros(len(first))
        found = np.zeros(len(first), bool)
        for earlier, later, chance, seen in self._orders():
            a, b = first[:, earlier], first[:, later]
            both = (a != NEVER) & (b != NEVER)
            shown = both & (a < b) & ~found
            rarest[shown] = np.minimum(1.0, chance + could[shown])
            found |= shown
            could[both] += seen
        return rarest

    def explain(self, table: SessionTable) -> list[Trait]:
        """The rare orders that the session shows."""
        first, counts = table.first[0], table.counts[0]
        traits, could = [], 0.0
        for earlier, later, chance, seen in self._orders():
            if NEVER in (first[earlier], first[later]):
                continue
            if first[earlier] < first[later]:
                one, other = table.templates[earlier], table.templates[later]
                observed = int(counts[earlier])
                traits.append(Trait(TraitKind.ORDER, min(1.0, chance + could), one, observed, observed, other))
            could += seen
        return traits

    def _orders(self) -> list[tuple[int, int, float, float]]:
        columns = (self.earlier.tolist(), self.later.tolist(), self.chance.tolist(), self.seen.tolist())
        return list(zip(*columns, strict=True))
