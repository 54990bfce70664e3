"""What comes without its usual company.

Along each edge of the dependence tree, in both directions: the chance of a template in sessions that lack the other.
Many templates come alone now and then, so this is told only where it hardly ever happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions.shape import Sessions
from detector.models.sessions.trait import TOLD, Floats, Trait, TraitKind
from detector.models.sessions.tree import dependence_tree


@dataclass(frozen=True, slots=True)
class SessionCompany:
    """One entry a pair of templates in every column."""

    has_kinds: ClassVar[bool] = False

    one: NDArray[np.int64]
    """Column of the template that comes."""
    other: NDArray[np.int64]
    """Column of the one that it usually comes with."""
    alone: Floats
    """The chance of the one in sessions that lack the other."""

    @classmethod
    def fit(cls, sessions: Sessions, *, seed: int) -> Self:
        """Make the tree, then learn the chances along it; few sessions borrow one session's worth from all of them."""
        counts = sessions.counts()
        edges = np.array(dependence_tree(counts, seed), np.int64).reshape(-1, 2)
        one, other = np.concatenate((edges, edges[:, ::-1])).T
        there = counts > 0
        share = (there.sum(axis=0) + 0.5) / (len(there) + 1)
        alone = (there[:, one] & ~there[:, other]).sum(axis=0)
        return cls(one, other, (alone + share[one]) / ((~there[:, other]).sum(axis=0) + 1))

    def score(self, sessions: Sessions) -> Floats:
        """The chance of the template that is the most unlikely without its company."""
        there = sessions.counts() > 0
        chances = np.where(there[:, self.one] & ~there[:, self.other], self.alone, 1.0)
        return np.asarray(chances.min(axis=1, initial=1.0), np.float64)

    def explain(self, sessions: Sessions) -> list[Trait]:
        """Templates that come alone and seldom do."""
        counts = sessions.counts()[0].tolist()
        return [
            Trait(TraitKind.ALONE, chance, sessions.templates[one], counts[one], 0.0, sessions.templates[other])
            for one, other, chance in zip(self.one.tolist(), self.other.tolist(), self.alone.tolist(), strict=True)
            if counts[one] and not counts[other] and chance < TOLD
        ]
