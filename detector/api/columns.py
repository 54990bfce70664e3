"""Columns of time as charts ask for them: which range, how many at most, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from detector.api.context import Context
from detector.api.forms import SECOND
from detector.api.parameters import TimeQuery
from detector.findings import NamespaceStatus
from detector.grid import Grid

_DAY = 86_400 * SECOND
Buckets = Annotated[int, Field(ge=1, le=1000, description="At most so many columns, of whole windows on the clock.")]


class ColumnsQuery(TimeQuery):
    """A range of time in columns."""

    buckets: Buckets = 120


def closed_range(context: Context, query: TimeQuery) -> tuple[int, int]:
    """The range that was asked for, from the begin of a window on; without an end up to the last closed one, else now.

    Without a begin it is a day. Microseconds UTC. Raises `UsageError` as `TimeQuery.range`.
    """
    now = context.clock()
    since, until = query.range(now)
    if until is None:
        closed = context.reader.closed_until()
        until = max(now if closed is None else closed, since or 0)
    since = until - _DAY if since is None else since
    return since // context.span * context.span, until


def known_columns(on: Grid, status: NamespaceStatus, closed: int | None) -> slice:
    """Columns of which something is known: from the namespace's first window to the last one that is closed.

    `closed` is up to where windows are closed, microseconds UTC; None where none is.
    """
    if closed is None:
        return slice(0, 0)
    begin, end = on.column(status.first_window), on.column(closed - 1 + on.step)
    return slice(min(begin, end), end)


def told(values: NDArray[np.int64], known: slice) -> list[int | None]:
    """Counts by column, None where nothing is known: a 0 there would say what nobody knows."""
    found: list[int | None] = [None] * len(values)
    found[known] = values[known].tolist()
    return found


def highest(values: Iterable[tuple[int, float]], many: int) -> list[float | None]:
    """The highest value in each of so many columns, None where there is none; each comes with its column."""
    found: list[float | None] = [None] * many
    for column, value in values:
        if (before := found[column]) is None or before < value:
            found[column] = value
    return found
