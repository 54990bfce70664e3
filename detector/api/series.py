"""`…/counts` and `/api/v1/scores`: what charts are drawn from."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray
from pydantic import Field

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.columns import closed_range
from detector.api.context import Context, InContext, shown
from detector.api.forms import API, SECOND, shown_score
from detector.api.parameters import TimeQuery, page_links
from detector.api.problems import NotFoundError
from detector.api.series_shapes import CountsOut, ScoreRowOut, ScoresOut
from detector.api.times import rfc3339
from detector.errors import UsageError
from detector.findings import NamespaceStatus
from detector.grid import Grid
from detector.sparse import HOUR
from detector.store.port import ScoreSeries, WindowCounts

router = APIRouter(tags=["series"])

MAX_POINTS = 100_000
"""Ten weeks of minutes: more is no chart, and would keep the service busy."""


class CountsQuery(TimeQuery):
    """Whose counts, and when."""

    template: str | None = Field(None, max_length=500, description="Only this template's, by its id.")
    workload: str | None = Field(None, max_length=500, description="Only this workload's.")
    step: Literal["window", "hour"] = Field(
        "window", description="By window, or by the hour: that reaches back as far as store.keep_hours."
    )


class ScoresQuery(TimeQuery):
    """Whose scores, and when."""

    namespace: str | None = Field(None, max_length=500, description="Only this namespace's.")
    buckets: int | None = Field(
        None, ge=1, le=5000, description="At most so many columns: each shows the highest score of its windows."
    )


@router.get(f"{API}/namespaces/{{namespace:path}}/counts", summary="Lines a window", dependencies=[needs(Right.READ)])
def counts(context: InContext, request: Request, namespace: str, query: Annotated[CountsQuery, Query()]) -> CountsOut:
    """On a regular grid of those windows in the range (else the last 24 h) that are closed and after the first line."""
    status = context.status(namespace)
    wanted = _wanted(context, namespace, query)
    step = max(HOUR, context.span) if query.step == "hour" else context.span
    start, end = _known_part(context, status, *closed_range(context, query), step)
    made = _by_hour if query.step == "hour" else _by_window
    return CountsOut(
        namespace=namespace,
        template=query.template,
        workload=query.workload,
        start=rfc3339(start),
        end=rfc3339(end),
        step_seconds=step / SECOND,
        counts=made(context, namespace, Grid(start, end, step), wanted).tolist(),
        links=page_links(request, None),
    )


@router.get(f"{API}/scores", summary="Scores of namespaces over time", dependencies=[needs(Right.READ)])
def scores(context: InContext, request: Request, query: Annotated[ScoresQuery, Query()]) -> ScoresOut:
    """Those above 0 in the range, else in the last 24 h of the logs."""
    if query.namespace is not None:
        context.status(query.namespace)
    since, until = closed_range(context, query)
    windows = -(-(until - since) // context.span)
    if query.buckets is None and windows > MAX_POINTS:
        raise UsageError(f"That would be {windows} windows.", "Ask for a shorter time, or give buckets (such as 500).")
    # Buckets of whole windows, so that each holds as many as the others.
    step = context.span * (1 if query.buckets is None else max(-(-windows // query.buckets), 1))
    found = context.reader.scores(since, until, query.namespace)
    return ScoresOut(
        since=rfc3339(since),
        until=rfc3339(until),
        step_seconds=step / SECOND,
        rows=[_row(series, since, step, bucketed=query.buckets is not None) for series in found],
        links=page_links(request, None),
    )


def _row(series: ScoreSeries, since: int, step: int, *, bucketed: bool) -> ScoreRowOut:
    times, values = series.window, series.score
    if bucketed:
        times, first = np.unique(since + (times - since) // step * step, return_index=True)
        values = np.maximum.reduceat(values, first)
    return ScoreRowOut(
        namespace=series.namespace,
        times=[rfc3339(time) for time in times.tolist()],
        scores=[shown_score(score) for score in values.tolist()],
    )


def _known_part(context: Context, status: NamespaceStatus, since: int, until: int, step: int) -> tuple[int, int]:
    """Without the steps before the first line and those still open: a 0 there would say what nobody knows."""
    start = max(since, status.first_window) // step * step
    closed = context.reader.closed_until()
    end = -(-until // step) * step
    end = end if closed is None else min(end, closed // step * step)
    if (end - start) // step > MAX_POINTS:
        advice = "Ask for a shorter time, or by the hour (step=hour)." if step < HOUR else "Ask for a shorter time."
        raise UsageError(f"That would be {(end - start) // step} windows.", advice)
    return start, max(end, start)


def _wanted(context: Context, namespace: str, query: CountsQuery) -> set[str] | None:
    """The ids whose counts are asked for; None for all."""
    if query.template is None and query.workload is None:
        return None
    workloads = {template.id: template.workload for template in context.reader.templates(namespace)}
    if query.template is not None and query.template not in workloads:
        raise NotFoundError(
            f"Namespace {shown(namespace)} has no template {shown(query.template)}.", "Take the id from its templates."
        )
    if query.workload is not None and query.workload not in workloads.values():
        known = ", ".join(sorted(set(workloads.values()))[:10])
        raise NotFoundError(
            f"Namespace {shown(namespace)} has no workload {shown(query.workload)}.", f"It has {known or 'none yet'}."
        )
    return {
        template
        for template, workload in workloads.items()
        if query.template in (None, template) and query.workload in (None, workload)
    }


def _by_window(context: Context, namespace: str, on: Grid, wanted: set[str] | None) -> NDArray[np.int64]:
    vectors = context.reader.vectors(namespace, on.since, on.until)
    if not len(vectors):
        return np.zeros(len(on), np.int64)
    group = [0 if wanted is None or name in wanted else -1 for name in vectors.templates]
    totals: NDArray[np.int64] = vectors.binned(on.columns(vectors.window), len(on), np.array(group, np.int64), 1)[0]
    return totals


def _by_hour(context: Context, namespace: str, on: Grid, wanted: set[str] | None) -> NDArray[np.int64]:
    totals = np.zeros(len(on), np.int64)
    for hour in context.reader.hours(namespace, on.since, on.until):
        totals[on.column(hour.window)] += _total(hour, wanted)
    return totals


def _total(window: WindowCounts, wanted: set[str] | None) -> int:
    if wanted is None:
        return int(window.counts.sum())
    mask: NDArray[np.bool_] = np.fromiter((template in wanted for template in window.templates), np.bool_)
    return int(window.counts[mask].sum())
