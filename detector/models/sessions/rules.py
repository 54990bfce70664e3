"""Rules between the templates of a session: what must come along with what, and how often.

Along each edge of the dependence tree, in both directions, a session that logs one template shows whether it logs the
other, whether as often as is usual then, and whether in the usual ratio: the invariants of Lou et al., Mining
Invariants from Console Logs for System Problem Detection, USENIX ATC 2010 (a start without its end, an end too many). A
rule that sessions seldom keep says nothing when it is broken; one that they always keep says much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions.table import SessionTable
from detector.models.sessions.trait import TOLD, Floats, Trait, TraitKind
from detector.models.sessions.tree import STATES, dependence_tree, state
from detector.models.sessions.usual import most_usual


@dataclass(frozen=True, slots=True)
class Rule:
    """How one template depends on how often another comes."""

    given: int
    """Column of the other."""
    then: int
    """Column of the one."""
    there: Floats
    """The chance that it is there, for each state of the other, shape (STATES,)."""
    usual: NDArray[np.int64]
    """How often it usually comes where it is there, shape (STATES,)."""
    otherwise: Floats
    """The chance that it comes as often as it usually doesn't, shape (STATES,)."""
    ratio: float
    """The usual ratio to the other where both are there; `nan` where they never are."""
    uneven: float
    """The chance of any other ratio."""

    @classmethod
    def fit(cls, given: int, then: int, table: SessionTable) -> Rule:
        """Learn from finished sessions.

        States that few sessions are in borrow one session's worth from all of them.
        """
        y, x = table.counts[:, given], table.counts[:, then]
        told = (x > 0) | ~table.is_open[:, then]
        y, x = y[told], x[told]
        states, here = state(y), x > 0
        total = np.bincount(states, minlength=STATES)
        having = np.bincount(states[here], minlength=STATES)
        share = (here.sum() + 0.5) / (len(x) + 1)
        usual, agreeing = np.zeros(STATES, np.int64), np.zeros(STATES, np.int64)
        for one in range(STATES):
            usual[one], agreeing[one] = most_usual(x[here & (states == one)])
        _, agreeing_at_all = most_usual(x[here])
        other = (here.sum() - agreeing_at_all + 0.5) / (here.sum() + 1)
        both = here & (y > 0)
        ratios, kept = np.unique(x[both] / y[both], return_counts=True)
        return cls(
            given,
            then,
            (having + share) / (total + 1),
            usual,
            (having - agreeing + other) / (having + 1),
            float(ratios[kept.argmax()]) if len(kept) else float("nan"),
            float((both.sum() - kept.max(initial=0) + 0.5) / (both.sum() + 1)),
        )

    def chances(self, table: SessionTable) -> dict[TraitKind, Floats]:
        """For each kind of trait the chance of it in each session, 1 where the rule is kept or may still be."""
        y, x, later = table.counts[:, self.given], table.counts[:, self.then], table.is_open[:, self.then]
        states, here = state(y), x > 0
        there, both = self.there[states], here & (y > 0)
        usual, even = self.usual[states], self.ratio * y
        other = (x > usual) | (x < usual) & ~later
        amount = np.where(both & other & (usual > 0), self.otherwise[states], 1.0)
        ratio = np.where(both & ((x > even) | (x < even) & ~later), self.uneven, 1.0)
        return {
            TraitKind.UNEXPECTED: np.where(both, there, 1.0),
            TraitKind.UNFINISHED: np.where((y > 0) & ~here & ~later, 1.0 - there, 1.0),
            TraitKind.UNEVEN: np.minimum(amount, ratio),
        }

    def expected(self, counts: NDArray[np.int64]) -> float:
        """How often the one usually comes in this session, shape (m,)."""
        usual = int(self.usual[state(counts[self.given])])
        return float(usual) if usual else float(np.round(np.nan_to_num(self.ratio) * counts[self.given], 1))


@dataclass(frozen=True, slots=True)
class SessionRules:
    """The rules along the tree, both ways."""

    has_kinds: ClassVar[bool] = True

    rules: tuple[Rule, ...]

    @classmethod
    def fit(cls, table: SessionTable, *, seed: int) -> Self:
        """Make the tree, then learn the rules along it."""
        both = [pair for a, b in dependence_tree(table.counts, seed) for pair in ((a, b), (b, a))]
        return cls(tuple(Rule.fit(given, then, table) for given, then in both))

    def score(self, table: SessionTable) -> Floats:
        """The chance of the rule that is broken most seldom."""
        rarest = np.ones(len(table))
        for rule in self.rules:
            rarest = np.minimum.reduce([rarest, *rule.chances(table).values()])
        return np.asarray(rarest, np.float64)

    def explain(self, table: SessionTable) -> list[Trait]:
        """The rules that are broken."""
        return list(self._traits(table))

    def _traits(self, table: SessionTable) -> Iterator[Trait]:
        counts = table.counts
        for rule in self.rules:
            one, other = table.templates[rule.then], table.templates[rule.given]
            observed, usual = int(counts[0, rule.then]), rule.expected(counts[0])
            for kind, chance in rule.chances(table).items():
                if chance[0] < TOLD:
                    yield Trait(kind, float(chance[0]), one, observed, usual, other, int(counts[0, rule.given]))
