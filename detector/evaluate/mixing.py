"""Days that never were, mixed from whole traces of real minutes, so that no minute repeats and none is invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.background import MINUTE, Background
from detector.evaluate.lines import Lines
from detector.rarity import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_MINUTES = 1_440
PEAK_SHARE = 0.6
"""Of the median real minute's traces: the mean of a weekday, so that its peak is about as busy as the real logs."""
_SWING = 2 / 3
"""Night to noon as 1 to 5."""
_NOON = 13 * 60
_WEEKEND = 0.6
_BURST = 0.25
"""Standard deviation of the logarithm of a minute's load."""
_MINUTES_MIXED = 3
"""A minute is mixed of one to so many real ones."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Traces that are played: which one, and when its first line is logged."""

    trace: Ints
    """Numbers in the background, shape (n,)."""
    start: Ints
    """Microseconds UTC."""

    def plus(self, other: Draws) -> Draws:
        """Both."""
        return Draws(np.concatenate([self.trace, other.trace]), np.concatenate([self.start, other.start]))


def expected_load(day: int, mean: float) -> Floats:
    """Traces a minute that are expected, shape (1440,); `day` is its first microsecond, `mean` that of a weekday."""
    minute = np.arange(DAY_MINUTES)
    curve = 1 + _SWING * np.cos(2 * np.pi * (minute - _NOON) / DAY_MINUTES)
    weekday = (day // DAY + 3) % 7  # 1 January 1970 was a Thursday
    return np.asarray(mean * curve * (_WEEKEND if weekday >= 5 else 1.0), np.float64)


def draw(background: Background, day: int, load: Floats, rng: np.random.Generator) -> Draws:
    """The traces of a day whose expected load a minute is given; each minute is more or less busy than that."""
    sizes = rng.poisson(load * rng.lognormal(-(_BURST**2) / 2, _BURST, len(load)))
    traces = []
    for size in sizes.tolist():
        real = rng.integers(len(background.minutes), size=rng.integers(1, _MINUTES_MIXED + 1))
        whose = real[rng.integers(len(real), size=size)]
        traces += [background.minutes[minute][rng.integers(len(background.minutes[minute]))] for minute in whose]
    at = np.repeat(np.arange(len(load)), sizes) * MINUTE + rng.integers(MINUTE, size=len(traces))
    return Draws(np.array(traces, np.int64), day + at.astype(np.int64))


def play(background: Background, draws: Draws, first: int) -> Lines:
    """Every line of these traces at its time; they are numbered from `first` on.

    A trace that begins shortly before the end of a minute goes on in the next one, as real traces do.
    """
    length = (background.begin[1:] - background.begin[:-1])[draws.trace]
    which = np.repeat(np.arange(len(draws.trace), dtype=np.int64), length)
    within = np.arange(len(which)) - np.repeat(np.cumsum(length) - length, length)
    row = background.begin[draws.trace][which] + within
    return Lines(draws.start[which] + background.offset[row], background.template[row], which + first)
