"""Which templates a session logs at all: one never seen before, one that is seldom there, one that is missing.

Chances are shares of the fitted sessions, by the estimator of Krichevsky and Trofimov (The Performance of Universal
Encoding, IEEE Trans. Inf. Theory 1981), so that what was never seen is rare and not impossible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from detector.models.sessions.table import SessionTable
from detector.models.sessions.trait import TOLD, Floats, Trait, TraitKind


@dataclass(frozen=True, slots=True)
class SessionPresence:
    """The chance of each template to be there."""

    has_kinds: ClassVar[bool] = True

    share: Floats
    """Of the sessions that have each template, shape (m,), above 0 and below 1."""
    lacking: Floats
    """Of the sessions that lack it, among those that had time for it, shape (m,), above 0 and below 1."""
    usual: Floats
    """The median of its lines in those sessions, shape (m,)."""
    never: float
    """The share of what no session had."""

    @classmethod
    def fit(cls, table: SessionTable, *, seed: int) -> Self:
        """Learn shares."""
        counts = table.counts
        usual = [float(np.median(one[one > 0])) if one.any() else 0.0 for one in counts.T]
        there = (counts > 0).sum(axis=0)
        absent = ((counts == 0) & ~table.is_open).sum(axis=0)
        n = len(table)
        lacking = (absent + 0.5) / (there + absent + 1)
        return cls((there + 0.5) / (n + 1), lacking, np.array(usual), 0.5 / (n + 1))

    def score(self, table: SessionTable) -> Floats:
        """The chance of the template whose presence or absence is the rarest."""
        there = table.counts > 0
        known = len(self.share)
        missing = np.where(table.is_open[:, :known], 1.0, self.lacking)
        chances = np.where(there[:, :known], self.share, missing)
        new = np.where(there[:, known:].any(axis=1), self.never, 1.0)
        return np.asarray(np.minimum(chances.min(axis=1, initial=1.0), new), np.float64)

    def explain(self, table: SessionTable) -> list[Trait]:
        """Templates that are new, seldom there, or missing."""
        traits = []
        for at, observed in enumerate(table.counts[0].tolist()):
            template = table.templates[at]
            if at >= len(self.share):
                traits.append(Trait(TraitKind.NEW, self.never, template, observed, 0.0))
                continue
            kind = TraitKind.RARE if observed else TraitKind.MISSING
            chance = float(self.share[at] if observed else self.lacking[at])
            if chance < TOLD and (observed or not table.is_open[0, at]):
                traits.append(Trait(kind, chance, template, observed, float(self.usual[at])))
        return traits
