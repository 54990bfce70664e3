"""`/api/v1/changes` and `/api/v1/compare`: what a namespace logs differently since a roll-out, or than before."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.api.change_shapes import ChangedOut
from detector.api.context import Context, InContext
from detector.api.forms import API, SECOND
from detector.api.parameters import NoQuery, TimeQuery, TimeText, named_time, page_links
from detector.api.times import parse_time
from detector.comparison import compare, compare_stretches
from detector.errors import UsageError

router = APIRouter(tags=["changes"])

LAST_DEPLOY = "last-deploy"
PREVIOUS = "previous"
_HOUR = 3_600 * SECOND


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


@router.get(f"{API}/compare", summary="What a namespace logs differently than at an earlier time")
def compared(context: InContext, request: Request, query: Annotated[CompareQuery, Query()]) -> ChangedOut:
    """Templates that are new, gone, or changed in rate, held against the load; the strongest evidence first."""
    status = context.status(query.namespace)
    after = _after(context, query)
    found = compare_stretches(context.reader, status, _before(query, after, context.clock()), after, context.span)
    return ChangedOut.of(found, page_links(request, None)["self"])


def _after(context: Context, query: CompareQuery) -> tuple[int, int]:
    """What is closed of the range, else of its last hour; microseconds UTC, as all of these."""
    since, until = query.range(context.clock())
    closed = context.reader.closed_until() or 0
    until = closed if until is None else until
    since = until - _HOUR if since is None else since
    if since >= until:
        raise UsageError("since is not earlier than until.", "Exchange them, or leave one out.")
    return since, (min(until, closed) if since < closed else until)


def _before(query: CompareQuery, after: tuple[int, int], now: int) -> tuple[int, int]:
    length = after[1] - after[0]
    since, until = (
        named_time("before_since", query.before_since, now),
        named_time("before_until", query.before_until, now),
    )
    if since is None and until is None:
        shift = _shift(query.against or PREVIOUS, length)
        return after[0] - shift, after[1] - shift
    if query.against is not None:
        raise UsageError("against and before_since say the same.", "Give one of them.")
    if since is None:
        since = (until or 0) - length
    if until is None:
        until = since + length
    if since >= until:
        raise UsageError("before_since is not earlier than before_until.", "Exchange them, or leave one out.")
    return since, until


def _shift(against: str, length: int) -> int:
    wanted = against.strip()
    if wanted == PREVIOUS:
        return length
    try:
        shift = -parse_time(wanted, 0) if wanted.startswith("-") else 0
    except UsageError:
        shift = 0
    if shift <= 0:
        raise UsageError(f"against: {against[:60]!r} says no time earlier.", "Write it like -1h, -1d or previous.")
    if shift < length:
        raise UsageError(
            f"against: what is compared is longer than {wanted.removeprefix('-')[:20]}, so both would overlap.",
            "Give a shorter time, or previous.",
        )
    return shift
