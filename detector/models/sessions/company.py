"""What comes without its usual company.

Along each edge of the dependence tree, in both directions: the chance of a template in sessions that lack the other.
Many templates come alone now and then, so this is told only where it hardly ever happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions.table import SessionTable
from detector.models.sessions.trait import TOLD, Floats, Trait, TraitKind
from detector.models.sessions.tree import dependence_tree

_FOLLOWS = 0.05
"""Of the sessions with both."""


@dataclass(frozen=True, slots=True)
class SessionCompany:
    """One entry a pair of templates in every column."""

    has_kinds: ClassVar[bool] = False

    one: NDArray[np.int64]
    """Column of the template that comes."""
    other: NDArray[np.int64]
    """Column of the one that it usually comes with."""
    may_follow: NDArray[np.bool_]
    """Whether the other comes after the one now and then: then it may still come."""
    alone: Floats
    """The chance of the one in sessions that lack the other."""

    @classmethod
    def fit(cls, table: SessionTable, *, seed: int) -> Self:
        """Make the tree, then learn the chances along it; few sessions borrow one session's worth from all of them."""
        counts = table.counts
        edges = np.array(dependence_tree(counts, seed), np.int64).reshape(-1, 2)
        one, other = np.concatenate((edges, edges[:, ::-1])).T
        there = counts > 0
        both = there[:, one] & there[:, other]
        after = both & (table.first[:, one] < table.first[:, other])
        may_follow = after.sum(axis=0) > _FOLLOWS * both.sum(axis=0)
        lacking = ~there[:, other] & ~(table.is_open[:, other] & may_follow)
        share = (there.sum(axis=0) + 0.5) / (len(there) + 1)
        alone = (there[:, one] & lacking).sum(axis=0)
        return cls(one, other, may_follow, (alone + share[one]) / (lacking.sum(axis=0) + 1))

    def score(self, table: SessionTable) -> Floats:
        """The chance of the template that is the most unlikely without its company."""
        there = table.counts > 0
        lacking = self._lacking(table)
        chances = np.where(there[:, self.one] & lacking, self.alone, 1.0)
        return np.asarray(chances.min(axis=1, initial=1.0), np.float64)

    def explain(self, table: SessionTable) -> list[Trait]:
        """Templates that come alone and seldom do."""
        counts = table.counts[0].tolist()
        lacking = self._lacking(table)[0].tolist()
        return [
            Trait(TraitKind.ALONE, chance, table.templates[one], counts[one], 0.0, table.templates[other])
            for one, other, chance, lacks in zip(
                self.one.tolist(), self.other.tolist(), self.alone.tolist(), lacking, strict=True
            )
            if counts[one] and lacks and chance < TOLD
        ]

    def _lacking(self, table: SessionTable) -> NDArray[np.bool_]:
        """Which sessions lack the other of each pair for good, shape (n, pairs)."""
        may_come = table.is_open[:, self.other] & self.may_follow
        return np.asarray((table.counts[:, self.other] == 0) & ~may_come)
