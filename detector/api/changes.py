"""`/api/v1/changes` and `/api/v1/compare`: what a namespace logs differently since a roll-out, or than before."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.change_shapes import ChangedOut
from detector.api.context import InContext
from detector.api.forms import API
from detector.api.parameters import NoQuery, TimeQuery, TimeText, named_time, page_links
from detector.api.stretches import PREVIOUS, asked_about, held_against
from detector.comparison import compare, compare_stretches
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


@router.get(
    f"{API}/changes", summary="What a namespace logs differently since a roll-out", dependencies=[needs(Right.READ)]
)
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


class CompareQuery(TimeQuery):
    """Which two times of what."""

    namespace: str = Field(max_length=500, description="Whose logs.")
    before_since: TimeText = None
    before_until: TimeText = None
    against: str | None = Field(
        None,
        max_length=100,
        description="Instead of both: the same length so much earlier (`-1h`, `-1d`, `-7d`), or `previous`: directly "
        "before, which is the default.",
        examples=["-1d", PREVIOUS],
    )


@router.get(
    f"{API}/compare",
    summary="What a namespace logs differently than at an earlier time",
    dependencies=[needs(Right.READ)],
)
def compared(context: InContext, request: Request, query: Annotated[CompareQuery, Query()]) -> ChangedOut:
    """Templates that are new, gone, or changed in rate, held against the load; the strongest evidence first."""
    status = context.status(query.namespace)
    now, reader = context.clock(), context.reader
    after = asked_about(*query.range(now), reader.closed_until() or 0)
    given = named_time("before_since", query.before_since, now), named_time("before_until", query.before_until, now)
    found = compare_stretches(reader, status, held_against(after, *given, query.against), after, context.span)
    return ChangedOut.of(found, page_links(request, None)["self"])
