"""The port of a channel; a new one is one class with a method or two."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from detector.alerts.notice import Notice
from detector.errors import DrainwatchError
from detector.outputs.port import LaterError as LaterError


class NeverError(DrainwatchError):
    """The message is refused for good: sending it again would hold all others up for ever.

    Not for what is wrong with the address or the key: once that is mended, what waits is told.
    """


class Channel(Protocol):
    """Hands on notices, one at a time, in order; called by one thread."""

    @property
    def name(self) -> str:
        """As the settings call it."""

    @property
    def kind(self) -> str:
        """What it is, such as `slack`."""

    @property
    def repeats(self) -> bool:
        """Whether it wants to hear again and again of what goes on (`Event.FIRING`), as Alertmanager does."""

    def send(self, notice: Notice, now: datetime) -> str:
        """Send it, and return when it has arrived, with what the peer said to it: a few words for a person.

        What was sent may be sent again after a crash: where the peer can know a repeat by an id it is given one. Raises
        `LaterError`, `NeverError`, or another `DrainwatchError` where it is worth another attempt.
        """

    def close(self) -> None:
        """Let go of connections."""
