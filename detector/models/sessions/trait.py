"""What a session can stand out by, and the port of the detectors that look for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions.shape import Sessions

Floats = NDArray[np.float64]

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

    def sentence(self, text: Callable[[str], str]) -> str:
        """For people; `text` gives the words of a template by its id."""
        its, other = f"“{text(self.template)}”", f"“{text(self.other)}”" if self.other else ""
        share = _share(self.chance)
        usual = f"{self.usual:g}"
        match self.kind:
            case TraitKind.NEW:
                return f"{its} was never seen before."
            case TraitKind.RARE:
                return f"{its} comes in {share}."
            case TraitKind.MISSING:
                return f"{its} is missing; it is so in {share}."
            case TraitKind.MORE | TraitKind.FEWER:
                return f"{its} comes {self.observed:,} ×, usually {usual} ×; so many or {self.kind} in {share}."
            case TraitKind.UNEXPECTED:
                return f"{its} comes; with {other} as it is here that is so in {share}."
            case TraitKind.ALONE:
                return f"{its} comes without {other}; that is so in {share}."
            case TraitKind.UNFINISHED:
                return f"{its} is missing; with {other} as it is here that is so in {share}."
            case TraitKind.UNEVEN:
                return (
                    f"{its} comes {self.observed:,} ×; with {other} as it is here usually {usual} ×, else in {share}."
                )
            case TraitKind.ORDER:
                return f"{its} comes before {other}; that is so in {share}."


class SessionDetector(Protocol):
    """Fitted on sessions; a value, never changed by scoring."""

    has_kinds: ClassVar[bool]
    """Whether its traits are there or not, so that trouble that comes again makes a heap of its own among them.

    Amounts, and the order of things that run at once, vary without a gap.
    """

    @classmethod
    def fit(cls, sessions: Sessions, *, seed: int) -> Self:
        """Learn from sessions, anomalies among them or not; the same sessions and seed give the same detector."""

    def score(self, sessions: Sessions) -> Floats:
        """The chance of each session's rarest trait, shape (n,), above 0 up to 1.

        The sessions are over the templates that were fitted, new ones behind them (`Sessions.over`).
        """

    def explain(self, sessions: Sessions) -> list[Trait]:
        """The traits of the one session that is given, in any order; those of `TOLD` or more are left out."""


def _share(chance: float) -> str:
    if chance >= 0.000_95:
        return f"{100 * chance:.2g} % of sessions"
    if chance >= 1e-9:
        return f"one session in {round(1 / chance, 1 - len(str(int(1 / chance)))):,.0f} or fewer"
    return "practically none"
