"""`…/changes`: what was changed in the workloads of a namespace, and when; charts mark it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.change_shapes import ChangeOut
from detector.api.context import InContext
from detector.api.forms import API
from detector.api.parameters import Cursor, Limit, TimeQuery, page_links, paginate
from detector.api.shapes import PageOut

router = APIRouter(tags=["changes"])


class WorkloadChangesQuery(TimeQuery):
    """Which changes."""

    cursor: Cursor = None
    limit: Limit = 100


@router.get(
    f"{API}/namespaces/{{namespace:path}}/changes",
    summary="Changes of the workloads of a namespace",
    dependencies=[needs(Right.READ)],
)
def workload_changes(
    context: InContext, request: Request, namespace: str, query: Annotated[WorkloadChangesQuery, Query()]
) -> PageOut[ChangeOut]:
    """Roll-outs, new pods and new workloads, as its own lines show them; the newest first."""
    context.status(namespace)
    found = context.reader.changes(namespace, *query.range(context.clock()))
    page = paginate(found, lambda change: (-change.time, change.id), "changes", query.cursor, query.limit)
    return PageOut[ChangeOut](
        items=list(map(ChangeOut.of, page.items)),
        next_cursor=page.next_cursor,
        links=page_links(request, page.next_cursor),
    )
