"""`/api/v1/incidents/{id}/related` and `…/markdown`: an incident beside others, and as text to be pasted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse

from detector.access.principal import Right
from detector.alerts.links import discover, incident_api, incident_page
from detector.alerts.markdown import Told, markdown
from detector.api.alert_shapes import alert_of, members_of
from detector.api.auth.rights import needs
from detector.api.context import Context, InContext
from detector.api.forms import API, SECOND, path
from detector.api.incidents import found_incident
from detector.api.parameters import NoQuery, page_links
from detector.api.related_shapes import RelatedIncidentsOut, RelatedOut
from detector.findings import Incident
from detector.relatives import NEAR, related

router = APIRouter(tags=["incidents"])

_HOUR, _DAY = 3_600 * SECOND, 86_400 * SECOND
_LOOKED_AT = 1000
_EXAMPLE = """### Critical incident in `shop`

**What happened:** shop: 214 × "could not connect to &lt;HOST&gt;" in checkout, never seen before

**When:** 2026-11-21 07:00 to 07:06 UTC (6 min)
"""


@router.get(
    f"{API}/incidents/{{incident}}/related",
    summary="Incidents in other namespaces that may be the same story",
    dependencies=[needs(Right.READ)],
)
def related_incidents(
    context: InContext, request: Request, incident: str, query: Annotated[NoQuery, Query()]
) -> RelatedIncidentsOut:
    """Of the same alert, with the same template, or at the same time: at most 20, the best reasons first."""
    one = found_incident(context, incident)
    alert = alert_of(context.reader, one)
    members = [] if alert is None else members_of(context.reader, alert)
    found = related(one, [*members, *_around(context, one)], () if alert is None else alert.incidents)
    return RelatedIncidentsOut(
        items=tuple(map(RelatedOut.of, found)),
        links=page_links(request, None) | {"incident": path("incidents", one.id)},
    )


class MarkdownResponse(PlainTextResponse):
    """Markdown, as RFC 7763 has it."""

    media_type = "text/markdown"


@router.get(
    f"{API}/incidents/{{incident}}/markdown",
    summary="One incident as Markdown, to be pasted",
    response_class=MarkdownResponse,
    responses={200: {"content": {"text/markdown": {"example": _EXAMPLE}}}},
    dependencies=[needs(Right.READ)],
)
def incident_markdown(context: InContext, incident: str, query: Annotated[NoQuery, Query()]) -> MarkdownResponse:
    """What happened, reasons, changes and masked lines; nothing in them is markup."""
    one = found_incident(context, incident)
    alerts, reader = context.alerts, context.reader
    told = Told(
        one,
        parts=reader.parts_of(one.id),
        changes=reader.changes(one.namespace, one.start - _HOUR, one.end),
        links=[
            ("Open in drainwatch", incident_page(alerts.page, one.id) or incident_page("/", one.id)[1:]),
            ("Logs in Kibana", discover(alerts.kibana, alerts.kibana_data_view, one)),
            ("API", incident_api(alerts.page, one.id) or path("incidents", one.id)),
        ],
    )
    return MarkdownResponse(markdown(told))


def _around(context: Context, one: Incident) -> list[Incident]:
    """Those of the same time, and those of a day before and after as far as they aren't too many."""
    near = context.reader.incidents(since=one.start - NEAR - 1, until=one.end + NEAR + 1, limit=_LOOKED_AT)
    day = context.reader.incidents(since=one.start - _DAY, until=one.end + _DAY, limit=_LOOKED_AT)
    return [*near.items, *day.items]
