"""How many lines of what a namespace logged, by columns of time: read as columns, never window by window.

All times are microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from detector.grid import Grid, grid
from detector.sparse import HOUR
from detector.store.port import Reader

_WINDOWS_AT_ONCE, _HOURS_AT_ONCE = 48 * HOUR, 100 * 24 * HOUR
"""So much is held at a time: a month of minutes of a large namespace would be half a gigabyte."""


def grid_of(reader: Reader, namespace: str, since: int, until: int, most: int, span: int) -> Grid:
    """The finest grid of at most so many columns that the counts of this range are kept for.

    `span` is the length of a window. Where windows of the range were rolled up, columns are whole hours.
    """
    found = grid(since, until, most, span)
    rolled = reader.rolled_until(namespace)
    if rolled is None or found.since >= rolled or found.step % HOUR == 0:
        return found
    return grid(since, until, most, span if span % HOUR == 0 else HOUR)


def lines(
    reader: Reader, namespace: str, on: Grid, group: Mapping[str, int], groups: int, others: int = -1
) -> NDArray[np.int64]:
    """Lines by group of templates and by column of a grid that `grid_of` made, shape (groups, columns).

    `group` says to which group a template belongs, by id, from 0 on; `others` where those go that it doesn't name, -1
    leaves them out.
    """
    found = np.zeros((groups, len(on)), np.int64)
    if not len(on) or not groups:
        return found
    rolled = reader.rolled_until(namespace)
    begin = on.since if rolled is None else min(max(on.since, rolled), on.until)
    for read, since, until, length in (
        (reader.hourly, on.since, begin, _HOURS_AT_ONCE),
        (reader.vectors, begin, on.until, _WINDOWS_AT_ONCE),
    ):
        for low in range(since, until, length):
            high = min(low + length, until)
            first, last = on.column(low), on.column(high - 1)
            some = read(namespace, low, high)
            numbers = np.fromiter((group.get(one, others) for one in some.templates), np.int64, len(some.templates))
            places = on.columns(some.window) - first
            found[:, first : last + 1] += some.binned(places, last + 1 - first, numbers, groups)
    return found
