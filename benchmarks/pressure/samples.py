"""What was seen of a service, every few seconds, in a file that outlives whoever writes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import theilslopes

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One look; -1 where something could not be seen."""

    seconds: float
    """Since the service was started."""
    rss: int
    """Bytes in memory, shared ones whole."""
    pss: int
    """Bytes in memory, shared ones by share."""
    files: int
    threads: int
    store: int
    """Bytes of the store's file and its log."""
    waiting: int
    """Messages that wait to be told."""
    lag: float
    """Seconds."""
    read: int
    """Lines."""
    templates: int
    ready: int
    """Namespaces that are scored."""
    messages: int = -1
    """Those that the channel was told."""
    uss: int = -1
    """Bytes in memory that are its own alone: those of libraries come and go with what else runs on the machine."""


def append(file: Path, sample: Sample) -> None:
    """One more, as a line of JSON."""
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(asdict(sample)) + "\n")


def load(file: Path) -> list[Sample]:
    """All that was written."""
    return [Sample(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]


@dataclass(frozen=True, slots=True)
class Slope:
    """How fast something grows, an hour, with 95 % confidence."""

    hourly: float
    low: float
    high: float


def slope(samples: Sequence[Sample], what: str, since: float) -> Slope | None:
    """Of the minutes from `since` (seconds) on; None where there are fewer than five.

    By Theil and Sen, through the median of each minute: no peak pulls at it, and neighbouring looks that say the same
    twice don't count twice (Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 1968).
    """
    minutes: dict[int, list[float]] = {}
    for one in samples:
        if one.seconds >= since and getattr(one, what) >= 0:
            minutes.setdefault(int(one.seconds // 60), []).append(float(getattr(one, what)))
    if len(minutes) < 5:
        return None
    at: NDArray[np.float64] = np.array(list(minutes), np.float64)
    values = np.array([np.median(found) for found in minutes.values()])
    hourly, _, low, high = (float(one) * 60 for one in theilslopes(values, at))
    return Slope(hourly, low, high)


def chart(values: Sequence[float], width: int = 72, height: int = 10) -> str:
    """The course of something, drawn with letters: the highest of each column, from zero on."""
    if not values:
        return ""
    columns = [max(part) for part in np.array_split(np.array(values), min(width, len(values))) if len(part)]
    top = max(columns) or 1.0
    rows = []
    for row in range(height, 0, -1):
        marks = "".join("█" if one / top * height >= row - 0.5 else " " for one in columns)
        rows.append(f"{top * row / height:10,.0f} ┤{marks}")
    return "\n".join([*rows, f"{0:10} └{'─' * len(columns)}"])
