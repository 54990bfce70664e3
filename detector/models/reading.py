"""What a model reads in windows, each by itself: what sums over several windows are made of.

A window is read once. What is made of it later, with those that come after it, is made of the reading: so the newest
window of a namespace costs what one window costs, and not what all those cost that it is held against.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.models.silence import BASELINE
from detector.models.surprise import SCALES
from detector.vectors import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAD = max(SCALES) - 1
"""Windows before one that sums over several windows need."""
PAST = LEAD + BASELINE
"""Windows before one whose number of lines is needed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Of `n` windows in order of time, without gaps."""

    start: int
    """Of the first window, microseconds UTC."""
    span: int
    values: Floats
    """What is summed over several windows, shape (n, …); the model knows what is where."""
    odd: Floats
    """The oddness of each window, shape (n,)."""
    bent: Ints
    """How many templates are bent, shape (n,)."""
    strangers: tuple[Column, ...]
    """Templates that the model doesn't know, by id."""
    unknown: Ints
    """Their lines, shape (n, f)."""
    starting: tuple[frozenset[str], ...]
    """By window, the workloads whose lines of a start are left out in it."""
    totals: Ints
    """Lines of these windows and of those at hand before them, shape (n or more,)."""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def end(self) -> int:
        """Of the last window, microseconds UTC."""
        return self.start + len(self) * self.span

    def newest(self) -> Reading:
        """As much of it as windows that come now need."""
        surplus = len(self) - LEAD
        totals = self.totals[-PAST:]
        if surplus <= 0:
            return replace(self, totals=totals)
        unknown = self.unknown[surplus:]
        seen = np.flatnonzero(unknown.any(axis=0)).tolist() if self.strangers else []
        # A copy, so that a day of windows that were read together can be let go of.
        values = self.values[surplus:]
        return Reading(
            self.start + surplus * self.span,
            self.span,
            values.copy() if surplus > LEAD else values,
            self.odd[surplus:],
            self.bent[surplus:],
            tuple(self.strangers[at] for at in seen) if seen else (),
            unknown[:, seen] if self.strangers else unknown,
            self.starting[surplus:],
            totals,
        )

    def and_then(self, later: Reading) -> Reading:
        """Both; the other begins where this one ends, and has no windows before its own."""
        strangers = self.strangers
        if later.strangers:
            strangers = tuple(sorted({*strangers, *later.strangers}, key=lambda column: column.template))
        return Reading(
            self.start,
            self.span,
            np.concatenate((self.values, later.values)),
            np.concatenate((self.odd, later.odd)),
            np.concatenate((self.bent, later.bent)),
            strangers,
            np.concatenate((self._unknown_of(strangers), later._unknown_of(strangers))),
            self.starting + later.starting,
            np.concatenate((self.totals, later.totals)),
        )

    def _unknown_of(self, strangers: tuple[Column, ...]) -> Ints:
        """The lines of these, those of this reading among them, shape (n, f)."""
        if strangers == self.strangers:
            return self.unknown
        result = np.zeros((len(self), len(strangers)), np.int64)
        result[:, [strangers.index(column) for column in self.strangers]] = self.unknown
        return result
