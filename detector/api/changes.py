"""`/api/v1/changes`: what a namespace logs differently since a roll-out, or since any time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.api.change_shapes import ChangedOut
from detector.api.context import InContext
from detector.api.forms import API
from detector.api.parameters import NoQuery, TimeText, named_time, page_links
from detector.comparison import compare
from detector.errors import UsageError

router = APIRouter(tags=["changes"])

LAST_DEPLOY = "last-deploy"


class ChangesQuery(NoQuery):
    """Of what, and since when."""

    namespace: str = Field(max_length=500, description="Whose logs.")
    since: str = Field(
        LAST_DEPLOY,
        max_length=100,
        description="`last-deploy`: the last roll-out that its lines show; or a time as elsewhere.",
        examples=[LAST_DEPLOY, "-1h"],
    )
    until: TimeText = None


@router.get(f"{API}/changes", summary="What a namespace logs differently since a roll-out")
def changes(context: InContext, request: Request, query: Annotated[ChangesQuery, Query()]) -> ChangedOut:
    """Templates that are new, gone, or changed in rate, held against the load; the strongest evidence first."""
    status = context.status(query.namespace)
    now = context.clock()
    since = None if query.since == LAST_DEPLOY else named_time("since", query.since, now)
    until = named_time("until", query.until, now)
    if since is not None and until is not None and since > until:
        raise UsageError("since is later than until.", "Exchange them, or leave one out.")
    found = compare(context.reader, status, since, until, context.span)
    return ChangedOut.of(found, page_links(request, None)["self"])
