"""The port through which findings leave once they are stored; a new output is one class with two methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from detector.errors import DrainwatchError
from detector.store.port import PassResult, Told


class LaterError(DrainwatchError):
    """The other side is well, and wants to be asked again after so many seconds, as Slack's 429 says."""

    def __init__(self, problem: str, advice: str, seconds: float) -> None:
        super().__init__(problem, advice)
        self.seconds = seconds


class Output(Protocol):
    """Hands on what passes came to: decided before a pass is stored, stored with it, sent when it is."""

    @property
    def name(self) -> str:
        """Under which its messages wait in the outbox of the store: never another one, nor another output's."""

    def messages(self, result: PassResult) -> Sequence[Told]:
        """What it will say of this pass, in order, under its name. Pure: the same for the same pass."""

    def send(self, told: Sequence[Told]) -> None:
        """Send these in order, and return when all have arrived; called by one thread.

        They are stored. After a failure, or a crash before they were removed from the outbox, all of them are sent
        again, so messages have ids by which a repeat is known. Raises a `DrainwatchError` where sending failed:
        `LaterError` where the other side says when it wants to be asked again.
        """

    def close(self) -> None:
        """Let go of connections."""
