"""`/api/v1/…/incidents`: adjoining anomalies told as one story."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from detector.access.principal import Right
from detector.alerts.links import discover
from detector.api.alert_shapes import alert_of
from detector.api.auth.rights import needs
from detector.api.context import Context, InContext, shown
from detector.api.forms import API, path, shown_score
from detector.api.parameters import FindingsQuery, NoQuery, page_links
from detector.api.problems import NotFoundError
from detector.api.shapes import AnomalyOut, IncidentDetailOut, IncidentOut, PageOut
from detector.findings import Anomaly, Incident, Source

router = APIRouter(tags=["incidents"])

_PAGE = 1000


@router.get(f"{API}/incidents", summary="Incidents of all namespaces, newest first", dependencies=[needs(Right.READ)])
def incidents(context: InContext, request: Request, query: Annotated[FindingsQuery, Query()]) -> PageOut[IncidentOut]:
    """Those that were going on at some time in the range."""
    return _page(context, request, None, query)


@router.get(
    f"{API}/namespaces/{{namespace:path}}/incidents",
    summary="Incidents of a namespace, newest first",
    dependencies=[needs(Right.READ)],
)
def incidents_of_namespace(
    context: InContext, request: Request, namespace: str, query: Annotated[FindingsQuery, Query()]
) -> PageOut[IncidentOut]:
    """Those that were going on at some time in the range."""
    context.check_told(namespace)
    return _page(context, request, namespace, query)


@router.get(
    f"{API}/incidents/{{incident}}", summary="One incident with its anomalies", dependencies=[needs(Right.READ)]
)
def one_incident(context: InContext, incident: str, query: Annotated[NoQuery, Query()]) -> IncidentDetailOut:
    """By its id."""
    found = found_incident(context, incident)
    windows = tuple(map(AnomalyOut.of, reversed(_anomalies(context, found))))
    shape = dict(IncidentOut.of(found))
    if (alert := alert_of(context.reader, found)) is not None:
        shape["links"] = shape["links"] | {"alert": path("alerts", alert.id)}
    shape["links"] = shape["links"] | _views(context, found)
    parts = tuple(map(IncidentOut.of, context.reader.parts_of(found.id)))
    return IncidentDetailOut(**shape, threshold=_threshold(context, found), windows=windows, parts=parts)


def found_incident(context: Context, incident: str) -> Incident:
    """The incident with this id. Raises `NotFoundError` where there is none."""
    if (found := context.reader.incident(incident)) is None:
        raise NotFoundError(
            f"There is no incident {shown(incident)}.",
            "Take the id from a list of incidents; old ones are removed after the time set by store.keep_findings.",
        )
    return found


def _views(context: Context, incident: Incident) -> dict[str, str]:
    """Where else it is told of."""
    own = path("incidents", incident.id)
    kibana = discover(context.alerts.kibana, context.alerts.kibana_data_view, incident)
    return {"related": f"{own}/related", "markdown": f"{own}/markdown"} | ({"kibana": kibana} if kibana else {})


def _threshold(context: Context, incident: Incident) -> float | None:
    """The score from which on a window makes an incident; None for one in metrics, which has no windows."""
    return shown_score(context.threshold) if incident.source is Source.LOGS else None


def _page(context: Context, request: Request, namespace: str | None, query: FindingsQuery) -> PageOut[IncidentOut]:
    since, until = query.range(context.clock())
    page = context.reader.incidents(namespace, since, until, query.min_score, query.cursor, query.limit)
    return PageOut[IncidentOut](
        items=list(map(IncidentOut.of, page.items)),
        next_cursor=page.next_cursor,
        links=page_links(request, page.next_cursor),
    )


def _anomalies(context: Context, incident: Incident) -> list[Anomaly]:
    """Newest first; an incident of a thousand windows and more shows its newest thousand."""
    if incident.source is not Source.LOGS:
        return []
    page = context.reader.anomalies(incident.namespace, incident.start, incident.end, limit=_PAGE)
    return [anomaly for anomaly in page.items if anomaly.incident == incident.id]
