"""`/api/v1/alerts`: what people were told of, by which channel and when, and why somebody wasn't."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.access.principal import Right
from detector.api.alert_shapes import AlertDetailOut, AlertOut, members_of
from detector.api.auth.rights import needs
from detector.api.context import InContext, shown
from detector.api.forms import API
from detector.api.parameters import Cursor, Limit, NoQuery, TimeQuery, page_links
from detector.api.problems import NotFoundError
from detector.api.shapes import PageOut

router = APIRouter(tags=["alerts"])


class AlertsQuery(TimeQuery):
    """Which alerts."""

    namespace: str | None = Field(None, max_length=500, description="Only those that this namespace is in.")
    open: bool = Field(False, description="Only those that go on, all on one page; without a range of time.")
    cursor: Cursor = None
    limit: Limit = 100


@router.get(f"{API}/alerts", summary="What people were told of, newest first", dependencies=[needs(Right.READ)])
def alerts(context: InContext, request: Request, query: Annotated[AlertsQuery, Query()]) -> PageOut[AlertOut]:
    """Those that were opened in the range, also those of which nobody was told: `quiet` says why."""
    if query.open:
        found = [one for one in context.reader.open_alerts() if query.namespace in (None, *one.namespaces)]
        items = [AlertOut.of(one) for one in reversed(found)]
        return PageOut[AlertOut](items=items, next_cursor=None, links=page_links(request, None))
    since, until = query.range(context.clock())
    page = context.reader.alerts(query.namespace, since, until, query.cursor, query.limit)
    return PageOut[AlertOut](
        items=list(map(AlertOut.of, page.items)),
        next_cursor=page.next_cursor,
        links=page_links(request, page.next_cursor),
    )


@router.get(f"{API}/alerts/{{alert}}", summary="One alert with its incidents", dependencies=[needs(Right.READ)])
def one_alert(context: InContext, alert: str, query: Annotated[NoQuery, Query()]) -> AlertDetailOut:
    """By its id."""
    if (found := context.reader.alert(alert)) is None:
        raise NotFoundError(
            f"There is no alert {shown(alert)}.",
            "Take the id from the list of alerts; old ones are removed after the time set by store.keep_findings.",
        )
    return AlertDetailOut.with_members(found, members_of(context.reader, found))
