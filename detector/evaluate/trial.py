"""One detector on the days of one seed: what it said, in a form that measures need, whichever detector it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.events import Event
from detector.rarity import DAY

OURS = "drainwatch"
"""The whole of it, as users get it; every other detector stands beside it for comparison."""


@dataclass(frozen=True, slots=True)
class Told:
    """One incident."""

    windows: tuple[int, ...]
    """Starts of its anomalous windows, microseconds UTC, ascending."""
    score: float
    workload: str
    """Which is named first; empty for the namespace as a whole."""
    summary: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of the test days of one seed."""

    detector: str
    seed: int
    start: int
    """Start of the first tested window, microseconds UTC."""
    span: int
    """Length of a window, microseconds."""
    score: NDArray[np.float64]
    """Of every window, the higher the odder, shape (n,)."""
    kept: float
    """The score from which on a window is kept as an anomaly."""
    alert: float
    """The score from which on it makes an incident."""
    told: tuple[Told, ...]
    events: tuple[Event, ...]
    """Of the test days."""

    @property
    def days(self) -> float:
        """Length of what was tested."""
        return len(self.score) * self.span / DAY
