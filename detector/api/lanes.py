"""`/api/v1/lanes`: all namespaces over time, the worst first; what the overview is drawn from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.columns import ColumnsQuery, closed_range, known_columns, told
from detector.api.context import Context, InContext
from detector.api.forms import API, SECOND, shown_score
from detector.api.lane_shapes import LaneOut, LanesOut
from detector.api.parameters import Cursor, Limit, page_links, paginate
from detector.api.shapes import learning_windows, state_of
from detector.api.times import rfc3339
from detector.feedback import muted_namespaces
from detector.findings import NamespaceStatus, Severity
from detector.grid import Grid, grid
from detector.silencing import in_force, silences_all_of
from detector.store.port import IncidentCount, ScoreSeries

router = APIRouter(tags=["series"])

Order = Literal["worst", "name", "newest"]
_TOP = 10_000
"""A score in hundredths is at most so much."""


class LanesQuery(ColumnsQuery):
    """Whose scores, when, how fine and in which order."""

    q: str | None = Field(None, max_length=500, description="Only those whose name holds all these words.")
    sort: Order = Field(
        "worst", description="First those with open incidents and high scores, the newest incidents, or A."
    )
    cursor: Cursor = None
    limit: Limit = 50


@dataclass(frozen=True, slots=True)
class _Lane:
    """A namespace, as far as its place in the list goes."""

    status: NamespaceStatus
    worst: float
    count: IncidentCount

    def key(self, order: Order) -> tuple[int | str, str]:
        name = self.status.namespace
        match order:
            case "worst":
                return -(self.count.open * (_TOP + 1) + math.floor(self.worst * 100)), name
            case "newest":
                return -self.count.newest, name
            case "name":
                return name, name


@router.get(f"{API}/lanes", summary="All namespaces over time, the worst first", dependencies=[needs(Right.READ)])
def lanes(context: InContext, request: Request, query: Annotated[LanesQuery, Query()]) -> LanesOut:
    """Scores by column in the range, else in the last 24 h of the logs."""
    closed = context.reader.closed_until()
    columns = grid(*closed_range(context, query), query.buckets, context.span)
    found = _found(context, query.q, columns)
    page = paginate(found, lambda lane: lane.key(query.sort), query.sort, query.cursor, query.limit)
    names = [lane.status.namespace for lane in page.items]
    scores = {one.namespace: one for one in context.reader.highest(columns.since, columns.until, columns.step, names)}
    return LanesOut(
        since=rfc3339(columns.since),
        until=rfc3339(columns.until),
        step_seconds=columns.step / SECOND,
        closed_until=None if closed is None else rfc3339(closed),
        total=len(found),
        items=_shown(context, page.items, scores, columns, closed),
        next_cursor=page.next_cursor,
        links=page_links(request, page.next_cursor),
    )


def _found(context: Context, q: str | None, columns: Grid) -> list[_Lane]:
    """All that match, each with its worst score and its incidents."""
    words = (q or "").casefold().split()
    statuses = [one for one in context.reader.statuses() if all(word in one.namespace.casefold() for word in words)]
    since, until = columns.since, columns.until
    peaks = context.reader.highest(since, until, until - since) if len(columns) else []
    worst = {one.namespace: float(one.score.max()) for one in peaks}
    counts = {one.namespace: one for one in context.reader.incident_counts(since, until)}
    return [
        _Lane(one, worst.get(name, 0.0), counts.get(name, IncidentCount(name, 0, 0, 0)))
        for one in statuses
        for name in (one.namespace,)
    ]


def _shown(
    context: Context, found: Sequence[_Lane], scores: dict[str, ScoreSeries], columns: Grid, closed: int | None
) -> list[LaneOut]:
    now = context.clock()
    muted = muted_namespaces(context.reader.said().feedback, now)
    silences = in_force(context.reader.silences(), now)
    items = []
    for lane in found:
        own = lane.status
        items.append(
            LaneOut(
                namespace=own.namespace,
                state=state_of(own, silent=context.silent(own, closed)),
                learning_until=None if own.learning_until is None else rfc3339(own.learning_until),
                learning_windows=learning_windows(own, context.span),
                windows=own.windows,
                last_line=rfc3339(own.last_line) if own.last_line else None,
                muted=own.namespace in muted,
                silenced=silences_all_of(silences, own.namespace, now),
                worst=shown_score(lane.worst),
                severity=Severity.of(lane.worst),
                incidents=lane.count.incidents,
                open=lane.count.open,
                scores=_scores(own, scores.get(own.namespace), columns, closed),
            )
        )
    return items


def _scores(status: NamespaceStatus, series: ScoreSeries | None, columns: Grid, closed: int | None) -> list[int | None]:
    found = np.zeros(len(columns), np.int64)
    if series is not None:
        found[columns.columns(series.window)] = np.floor(series.score)
    return told(found, known_columns(columns, status, closed))
