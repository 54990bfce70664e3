"""The number of lines that a template always has in a session: one start, one end, three replicas.

The invariants of one variable of Lou et al., Mining Invariants from Console Logs for System Problem Detection, USENIX
ATC 2010, with a chance in place of always. Where the number varies, nothing follows from another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions.table import SessionTable
from detector.models.sessions.trait import TOLD, Floats, Trait, TraitKind


@dataclass(frozen=True, slots=True)
class SessionUsual:
    """One entry a template in every column."""

    has_kinds: ClassVar[bool] = True

    number: NDArray[np.int64]
    """The most usual number of its lines in sessions that have it."""
    otherwise: Floats
    """The chance of any other number in such a session."""

    @classmethod
    def fit(cls, table: SessionTable, *, seed: int) -> Self:
        """Learn the numbers, and how often they are kept."""
        pairs = [most_usual(one[one > 0]) for one in table.counts.T]
        number, kept = np.array(pairs, np.int64).reshape(-1, 2).T
        having = (table.counts > 0).sum(axis=0)
        return cls(number, (having - kept + 0.5) / (having + 1))

    def score(self, table: SessionTable) -> Floats:
        """The chance of the other number that is the most unusual."""
        counts = table.counts[:, : len(self.number)]
        seen = self._other(counts, table.is_open[:, : len(self.number)])
        chances = np.where(seen, self.otherwise, 1.0)
        return np.asarray(chances.min(axis=1, initial=1.0), np.float64)

    def explain(self, table: SessionTable) -> list[Trait]:
        """Templates that have more or fewer lines than they always have."""
        known = len(self.number)
        counts = table.counts[0, :known]
        seen = self._other(counts, table.is_open[0, :known]) & (self.otherwise < TOLD)
        return [
            Trait(
                TraitKind.OTHERWISE,
                float(self.otherwise[at]),
                table.templates[at],
                int(counts[at]),
                float(self.number[at]),
            )
            for at in np.flatnonzero(seen).tolist()
        ]

    def _other(self, counts: NDArray[np.int64], is_open: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Where the number is another one and stays so."""
        return (counts > self.number) & (counts > 0) | (counts < self.number) & (counts > 0) & ~is_open


def most_usual(counts: NDArray[np.int64]) -> tuple[int, int]:
    """The most usual of the counts, and how many sessions have it; noughts where there are none."""
    if not len(counts):
        return 0, 0
    values, often = np.unique(counts, return_counts=True)
    return int(values[often.argmax()]), int(often.max())
