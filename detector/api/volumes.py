"""`…/levels`, `…/trends` and `…/detectors`: what the charts of a namespace are drawn from, on one grid of columns."""

from __future__ import annotations

from typing import Annotated, TypedDict

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.columns import ColumnsQuery, closed_range, highest, known_columns, told
from detector.api.context import InContext
from detector.api.forms import API, SECOND, path, shown_score
from detector.api.parameters import page_links
from detector.api.times import rfc3339
from detector.api.volume_shapes import DetectorsOut, LevelsOut, TrendOut, TrendsOut
from detector.grid import Grid
from detector.volumes import grid_of, lines
from parsers.level import LEVELS

router = APIRouter(tags=["series"])

_WORST_FIRST = (*reversed(LEVELS), "")


class TrendsQuery(ColumnsQuery):
    """Of which templates, and when."""

    buckets: int = Field(48, ge=1, le=1000, description="At most so many columns, of whole windows on the clock.")
    template: list[Annotated[str, Field(max_length=500)]] = Field(
        min_length=1, max_length=200, description="Ids, 1 to 200 of them; each as a parameter of its own."
    )


class _Range(TypedDict):
    """What all of these answers say."""

    namespace: str
    since: str
    until: str
    step_seconds: float
    closed_until: str | None
    links: dict[str, str]


@router.get(
    f"{API}/namespaces/{{namespace:path}}/levels",
    summary="Lines of a namespace by level",
    dependencies=[needs(Right.READ)],
)
def levels(context: InContext, request: Request, namespace: str, query: Annotated[ColumnsQuery, Query()]) -> LevelsOut:
    """On a grid of columns over the range, else over the last 24 h."""
    status = context.status(namespace)
    on = grid_of(context.reader, namespace, *closed_range(context, query), query.buckets, context.span)
    order = {level: number for number, level in enumerate(_WORST_FIRST)}
    group = {one.id: order.get(one.level, order[""]) for one in context.reader.templates(namespace)}
    # Counts come before their template where a pass is just being written.
    found = lines(context.reader, namespace, on, group, len(order), order[""])
    closed = context.reader.closed_until()
    known = known_columns(on, status, closed)
    return LevelsOut(
        **_range(request, namespace, on, closed),
        levels={
            level or "none": told(counts, known)
            for level, counts in zip(order, found, strict=True)
            if counts.any()
        },
        total=told(found.sum(axis=0), known),
    )  # fmt: skip


@router.get(
    f"{API}/namespaces/{{namespace:path}}/trends",
    summary="Lines of templates over time",
    dependencies=[needs(Right.READ)],
)
def trends(context: InContext, request: Request, namespace: str, query: Annotated[TrendsQuery, Query()]) -> TrendsOut:
    """In the order asked for; of a template that never was there, noughts."""
    status = context.status(namespace)
    on = grid_of(context.reader, namespace, *closed_range(context, query), query.buckets, context.span)
    group = {template: number for number, template in enumerate(dict.fromkeys(query.template))}
    found = lines(context.reader, namespace, on, group, len(group))
    closed = context.reader.closed_until()
    known = known_columns(on, status, closed)
    return TrendsOut(
        **_range(request, namespace, on, closed),
        items=[TrendOut(template_id=one, counts=told(found[group[one]], known)) for one in query.template],
    )


@router.get(
    f"{API}/namespaces/{{namespace:path}}/detectors",
    summary="Scores of a namespace by detector",
    dependencies=[needs(Right.READ)],
)
def detectors(
    context: InContext, request: Request, namespace: str, query: Annotated[ColumnsQuery, Query()]
) -> DetectorsOut:
    """The highest of each column, with the score from which on a window makes an incident."""
    context.status(namespace)
    reader = context.reader
    on = grid_of(reader, namespace, *closed_range(context, query), query.buckets, context.span)
    found = reader.detector_scores(namespace, on.since, on.until)
    scores: dict[str, list[tuple[int, float]]] = {}
    for one in found:
        for name, score in one.scores.items():
            scores.setdefault(name, []).append((on.column(one.window), shown_score(score)))
    return DetectorsOut(
        **_range(request, namespace, on, reader.closed_until()),
        score=highest(((on.column(one.window), shown_score(one.score)) for one in found), len(on)),
        detectors={name: highest(scores[name], len(on)) for name in sorted(scores)},
        threshold=shown_score(context.threshold),
    )


def _range(request: Request, namespace: str, on: Grid, closed: int | None) -> _Range:
    return _Range(
        namespace=namespace,
        since=rfc3339(on.since),
        until=rfc3339(on.until),
        step_seconds=on.step / SECOND,
        closed_until=None if closed is None else rfc3339(closed),
        links=page_links(request, None) | {"namespace": path("namespaces", namespace)},
    )
