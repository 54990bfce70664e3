"""What the pass says of itself while it is at work: which step it takes, and how much came of it.

The pass has no clock: whoever runs it hands in a meter that has one (`detector.api.metrics.measured`), or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from detector.findings import Cause


class Step(StrEnum):
    """What takes its time."""

    READ = "read"
    """Taking in what the source has; looks that brought nothing don't count."""
    CLOSE = "close"
    """Counting, scoring and learning of all windows that were closed together, without storing that."""
    SCORE = "score"
    """Scoring the windows of one namespace."""
    TRAIN = "train"
    """Fitting a namespace's model."""
    COMMIT = "commit"
    """Writing a pass to the store."""
    REVISE = "revise"
    """Judging closed windows again whose lines came late, and storing that."""
    PRUNE = "prune"
    """Forgetting what was kept for long enough."""


@dataclass(slots=True)
class Lap:
    """One time that a step is taken."""

    counts: bool = True
    """Set to False where there was nothing to do."""


class Meter(Protocol):
    """Called from several threads."""

    def step(self, step: str) -> AbstractContextManager[Lap]:
        """A step (one of `Step`, or the name of a job beside) begins, and ends with the block, however that ends."""

    def scored(self, windows: int) -> None:
        """So many windows got a score, of one namespace."""

    def trained(self, cause: Cause) -> None:
        """A new model was put to work."""


class Unmeasured:
    """Nobody wants to know."""

    @contextmanager
    def step(self, step: str) -> Iterator[Lap]:
        """Take it without looking at the clock."""
        yield Lap()

    def scored(self, windows: int) -> None:
        """Not counted."""

    def trained(self, cause: Cause) -> None:
        """Not counted."""


UNMEASURED = Unmeasured()
