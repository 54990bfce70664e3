"""Counts by the hour, of which the windows are long gone: how a roll-up meets what was rolled up before.

An hour remembers in which of its minutes windows began that are in it. So counting the same windows again never doubles
them, whether a roll-up was cut off halfway or a past time was read anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detector.sparse import HOUR, MINUTE
from detector.vectors import WindowCounts

Part = Literal["both", "new", "old"]


def told_by(old: int, new: int) -> Part:
    """What tells of an hour: what was rolled up of it (`old`), windows that are there (`new`), or both together.

    Both are the minutes that they have, a bit each. Where they have some in common the hour was counted twice: then the
    new counts are taken where they are of as many minutes, and else those that are there already.

    >>> told_by(0b0011, 0b1100), told_by(0b0011, 0b0111), told_by(0b0111, 0b0001)
    ('both', 'new', 'old')
    """
    if not old & new:
        return "both"
    return "new" if new.bit_count() >= old.bit_count() else "old"


def minute_of(window: int) -> int:
    """The bit of the minute of its hour in which a window begins (microseconds UTC)."""
    return 1 << window % HOUR // MINUTE


def together(namespace: str, hour: int, parts: Iterable[WindowCounts]) -> WindowCounts:
    """The sum of all of these."""
    sums: dict[str, int] = {}
    for part in parts:
        for template, count in zip(part.templates, part.counts.tolist(), strict=True):
            sums[template] = sums.get(template, 0) + count
    ids = sorted(sums)
    counts: NDArray[np.int64] = np.array([sums[name] for name in ids], np.int64)
    return WindowCounts(namespace, hour, tuple(ids), counts)


def by_hour(
    namespace: str, old: Iterable[tuple[int, WindowCounts]], new: Iterable[tuple[int, WindowCounts]]
) -> Iterator[WindowCounts]:
    """The hours of a namespace, oldest first, from what was rolled up and from the windows that are there.

    Each with its minutes, by hour.
    """
    rolled = {one.window: (minutes, one) for minutes, one in old}
    there = {one.window: (minutes, one) for minutes, one in new}
    for hour in sorted({*rolled, *there}):
        before, after = rolled.get(hour), there.get(hour)
        match told_by(before[0] if before else 0, after[0] if after else 0):
            case "both":
                parts = [one for _, one in filter(None, (before, after))]
            case "new":
                parts = [after[1]] if after else []
            case "old":
                parts = [before[1]] if before else []
        yield together(namespace, hour, parts)
