"""The port through which findings leave while they are stored; a new output is one class with one method."""

from __future__ import annotations

from typing import Protocol

from detector.store.port import PassResult


class Output(Protocol):
    """Hands on what a pass came to."""

    def publish(self, result: PassResult) -> None:
        """Send the findings of a pass, and return when they have arrived; called right before they are stored.

        After a crash in between the same result is published again, so messages have deterministic ids and are never
        lost. Raises a `DrainwatchError` where sending failed: then nothing is stored, and the pass is done again.
        """
