"""What a session can stand out by, and the port of the detectors that look for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions.table import SessionTable

Floats = NDArray[np.float64]

_TELLING = 0.0005
"""Smaller chances come of an assumption about what was never seen; people are not told their digits."""
TOLD = 0.1
"""Traits of a chance as high or higher are no reasons."""


class TraitKind(StrEnum):
    """By what a session stands out."""

    NEW = "new"
    """A template that no fitted session has."""
    RARE = "rare"
    """A template that few of them have."""
    MISSING = "missing"
    """Nearly all of them have it, this one hasn't."""
    MORE = "more"
    FEWER = "fewer"
    OTHERWISE = "otherwise"
    """It comes as often as it seldom does, where it nearly always comes a certain number of times."""
    UNEXPECTED = "unexpected"
    """It seldom comes with as many lines of the other template as there are here."""
    ALONE = "alone"
    """It seldom comes without the other."""
    UNFINISHED = "unfinished"
    """It is missing although the other template is there, as often as it is."""
    UNEVEN = "uneven"
    """As often as it comes doesn't go with how often the other does."""
    ORDER = "order"
    """It comes before the other, which it seldom does."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing about a session, and how seldom it comes."""

    kind: TraitKind
    chance: float
    """Of a fitted session to have it, or one that is as rare: 0 to 1."""
    template: str
    """Template id."""
    observed: int
    """Lines of the template in the session."""
    usual: float
    """Lines of it in a usual session (where there is another template: that logs as much of that)."""
    other: str = ""
    """Template id; empty where the kind concerns none."""
    others: int = 0
    """Lines of the other in the session."""

    def sentence(self, text: Callable[[str], str]) -> str:
        """For people; `text` gives the words of a template by its id."""
        its, share, usual = f"“{text(self.template)}”", _share(self.chance), f"{self.usual:g} ×"
        other = f"“{text(self.other)}”" if self.other else ""
        beside = f"{self.others:,} × {other}"
        match self.kind:
            case TraitKind.NEW:
                return f"{its} was never seen before."
            case TraitKind.RARE:
                return f"{its} comes in {share} of sessions."
            case TraitKind.MISSING:
                return f"{its} is missing: {share} of sessions lack it."
            case TraitKind.MORE | TraitKind.FEWER:
                amount = "many" if self.kind is TraitKind.MORE else "few"
                return (
                    f"{its} comes {self.observed:,} ×, usually {usual}: so {amount} in {share} of the sessions with it."
                )
            case TraitKind.OTHERWISE:
                return f"{its} comes {self.observed:,} ×, usually {usual}: another number in {share} of those with it."
            case TraitKind.UNEXPECTED:
                return f"{its} comes beside {beside}: so in {share} of such sessions."
            case TraitKind.ALONE:
                return f"{its} comes without {other}: in {share} of the sessions without that."
            case TraitKind.UNFINISHED:
                return f"{its} is missing beside {beside}: so in {share} of such sessions."
            case TraitKind.UNEVEN:
                return f"{its} comes {self.observed:,} × beside {beside}, usually {usual}: not so in {share}."
            case TraitKind.ORDER:
                return f"{its} comes before {other}: so in {share} of the sessions with both."


class SessionDetector(Protocol):
    """Fitted on sessions; a value, never changed by scoring."""

    has_kinds: ClassVar[bool]
    """Whether its traits are there or not, so that trouble that comes again makes a heap of its own among them.

    Amounts, and the order of things that run at once, vary without a gap.
    """

    @classmethod
    def fit(cls, table: SessionTable, *, seed: int) -> Self:
        """Learn from sessions, anomalies among them or not; the same sessions and seed give the same detector."""

    def score(self, table: SessionTable) -> Floats:
        """The chance of each session's rarest trait, shape (n,), above 0 up to 1.

        The first columns are those that were fitted.
        """

    def explain(self, table: SessionTable) -> list[Trait]:
        """The traits of the one session that is given, in any order; those of `TOLD` or more are left out."""


def _share(chance: float) -> str:
    return f"{100 * chance:.2g} %" if chance >= _TELLING else f"less than {100 * _TELLING:.2g} %"
