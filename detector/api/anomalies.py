"""`/api/v1/…/anomalies`: windows that stand out, with reasons."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.context import InContext, shown
from detector.api.forms import API
from detector.api.parameters import FindingsQuery, NoQuery, page_links
from detector.api.problems import NotFoundError
from detector.api.shapes import AnomalyOut, PageOut

router = APIRouter(tags=["anomalies"])


@router.get(
    f"{API}/namespaces/{{namespace:path}}/anomalies",
    summary="Anomalies of a namespace, newest first",
    dependencies=[needs(Right.READ)],
)
def anomalies(
    context: InContext, request: Request, namespace: str, query: Annotated[FindingsQuery, Query()]
) -> PageOut[AnomalyOut]:
    """Those whose window starts in the range of time."""
    context.status(namespace)
    since, until = query.range(context.clock())
    page = context.reader.anomalies(namespace, since, until, query.min_score, query.cursor, query.limit)
    return PageOut[AnomalyOut](
        items=list(map(AnomalyOut.of, page.items)),
        next_cursor=page.next_cursor,
        links=page_links(request, page.next_cursor),
    )


@router.get(f"{API}/anomalies/{{anomaly}}", summary="One anomaly", dependencies=[needs(Right.READ)])
def one_anomaly(context: InContext, anomaly: str, query: Annotated[NoQuery, Query()]) -> AnomalyOut:
    """By its id."""
    if (found := context.reader.anomaly(anomaly)) is None:
        raise NotFoundError(
            f"There is no anomaly {shown(anomaly)}.",
            "Take the id from a list of anomalies; old ones are removed after the time set by store.keep_findings.",
        )
    return AnomalyOut.of(found)
