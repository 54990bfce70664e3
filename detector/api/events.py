"""`/api/v1/events`: what a page that stays open is told by itself, as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.auth.who import still
from detector.api.context import Context, InContext
from detector.api.event_shapes import EventOut
from detector.api.forms import API
from detector.api.limits.clients import client
from detector.api.live import LiveStatus
from detector.api.parameters import NoQuery
from detector.api.problems import AMISS
from detector.api.times import rfc3339
from detector.errors import StoreError
from detector.store.port import Reader

router = APIRouter(tags=["service"])
_RETRY = 3_000
"""Milliseconds until a browser asks again where the stream has ended."""
_LAG_STEP = 60
"""Seconds: what only grows with the clock is news now and then."""


async def _place(context: InContext, request: Request) -> AsyncIterator[None]:
    """On the event loop, before the answer begins: refused as other requests are."""
    with context.news.place(client(request.scope)):
        yield


@router.get(
    f"{API}/events",
    summary="What happens, as it happens",
    response_class=EventSourceResponse,
    responses={200: {"model": EventOut, "description": "Events whose data is this, as JSON."}},
    dependencies=[needs(Right.READ), Depends(_place)],
)
async def events(
    context: InContext, request: Request, query: Annotated[NoQuery, Query()]
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `status` at once and whenever something changed, a comment every 15 s to keep it open.

    The data of an event is JSON. `version` is another one whenever the store has something new: a closed window, an
    incident, an alert, feedback, a silence. At most 100 may follow at once, 20 of one client; it ends when the service
    stops, and where a token or log-in does.
    """
    told: EventOut | None = None
    async for news in context.news.follow(still(request)):
        own = news if context.who.sees_all else await asyncio.to_thread(_in_part, context, news)
        if told is None or differs(told, own):
            told = own
            yield ServerSentEvent(event="status", data=own, retry=_RETRY)


def _in_part(context: Context, news: EventOut) -> EventOut:
    """What it tells who doesn't see all namespaces: its version is another one when something of theirs was written."""
    try:
        version = context.remember("version", context.reader.version)
    except StoreError:
        version = ""
    begun, dash, _ = news.version.partition("-") if context.live is not None else ("", "", "")
    return news.model_copy(update={"version": begun + dash + version, "error": news.error and AMISS})


def looking(reader: Reader, live: LiveStatus | None) -> Callable[[], EventOut]:
    """What looks at the service and its store; of the store no more than its version, while that stays the same."""
    version, closed_until = "", None

    def look() -> EventOut:
        nonlocal version, closed_until
        error = None if live is None else live.error
        try:
            if (now := reader.version()) != version:
                version, closed_until = now, reader.closed_until()
        except StoreError as unreadable:
            version, error = "", error or str(unreadable)
        # Versions are the reader's own: one of an earlier process must not look like one of this.
        begun = "" if live is None else f"{live.started_at:x}-"
        return EventOut(
            closed_until=None if closed_until is None else rfc3339(closed_until),
            phase="not running" if live is None else live.phase,
            lag_seconds=None if live is None else live.lag_seconds,
            read=None if live is None else _share(live),
            error=error,
            version=begun + version,
        )

    return look


def differs(told: EventOut, now: EventOut) -> bool:
    """Whether it is to be told again: by anything but how the clock goes on."""
    return _without_clock(told) != _without_clock(now)


def _without_clock(news: EventOut) -> EventOut:
    lag = news.lag_seconds
    return news.model_copy(update={"lag_seconds": None if lag is None else lag // _LAG_STEP})


def _share(live: LiveStatus) -> float | None:
    """How much of what was there at the start has been read, in thousandths that are never rounded up to all."""
    if live.phase == "live":
        return 1.0
    if live.progress is None or not live.progress.total:
        return None
    return math.floor(1000 * min(live.progress.done / live.progress.total, 1)) / 1000
