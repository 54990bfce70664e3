"""People's choices of the model that scores a namespace, through time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detector.findings import ModelChoice

_NEXT = 1_000
"""Microseconds by which a choice comes after the one before: a store may know times only by the millisecond."""

Pin = tuple[int, int | None, str]
"""From when until when (None: for now) a version was to score; microseconds UTC."""


@dataclass(frozen=True, slots=True)
class Choices:
    """All that were ever made of one namespace; each holds for the windows that begin at its time or later."""

    made: tuple[ModelChoice, ...] = ()
    """By time, oldest first."""

    def at(self, time: int) -> str:
        """The version that was chosen for the window that begins then; empty where training chooses."""
        return next((one.version for one in reversed(self.made) if one.time <= time), "")

    def next(self, after: int) -> int | None:
        """When the next choice after a time takes hold; None where none does."""
        return next((one.time for one in self.made if one.time > after), None)

    @property
    def last(self) -> ModelChoice | None:
        """The one that holds in the end."""
        return self.made[-1] if self.made else None

    def pins(self) -> list[Pin]:
        """When which version was chosen, oldest first."""
        ends: list[int | None] = [one.time for one in self.made[1:]]
        return [(one.time, end, one.version) for one, end in zip(self.made, [*ends, None], strict=False) if one.version]


def time_of_choice(namespace: str, known: Sequence[ModelChoice], closed_until: int) -> int:
    """The time at which a choice that is made now takes hold: with the next window that is closed.

    `known` are the choices so far; the new one comes after all of them.
    """
    return max([closed_until, *(one.time + _NEXT for one in known if one.namespace == namespace)])
