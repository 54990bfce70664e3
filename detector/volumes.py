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
    parts = [reader.vectors(namespace, begin, on.until)]
    if on.since < begin:
        parts.append(reader.hourly(namespace, on.since, begin))
    for one in parts:
        if len(one):
            numbers = np.fromiter((group.get(each, others) for each in one.templates), np.int64, len(one.templates))
            found += one.binned(on.columns(one.window), len(on), numbers, groups)
    return found
