"""`/api/v1/audit`: what was done by whom, of what others may want to know of later."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.access.principal import Right
from detector.api.access_shapes import ActOut, ActsOut
from detector.api.auth.rights import needs
from detector.api.context import InContext
from detector.api.forms import API
from detector.api.parameters import Cursor, Limit, TimeQuery, page_links

router = APIRouter(tags=["access"])


class AuditQuery(TimeQuery):
    """Which acts."""

    who: str | None = Field(None, max_length=300, description="Only by this name.")
    what: str | None = Field(None, max_length=100, description="Only of this kind, such as `token-made`.")
    cursor: Cursor = None
    limit: Limit = 100


@router.get(f"{API}/audit", summary="What was done by whom, the newest first", dependencies=[needs(Right.ADMIN)])
def audit(context: InContext, request: Request, query: Annotated[AuditQuery, Query()]) -> ActsOut:
    """Log-ins, also refused ones, tokens, feedback, silences, models, and what commands did to the store."""
    since, until = query.range(context.clock())
    found = context.reader.acts(since, until, query.cursor, query.limit, query.who, query.what)
    return ActsOut(
        items=list(map(ActOut.of, found.items)),
        next_cursor=found.next_cursor,
        links=page_links(request, found.next_cursor),
    )
