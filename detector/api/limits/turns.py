"""So many requests of one client at once, so that nobody takes all threads; others of theirs wait for their turn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from detector.api.forms import API
from detector.api.limits.clients import PROBES, client
from detector.api.problems import problem

STREAM = f"{API}/events"
"""Takes no thread; how many there may be is said elsewhere."""
_WAITING = 8
"""So many times as many may wait as are answered: more than any page asks for."""


@dataclass(slots=True)
class _Place:
    turn: asyncio.Semaphore
    held: int = 0
    """Requests that have a turn or wait for one."""


class InTurn:
    """Lets `most` requests of a client through at once."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most
        self._places: dict[str, _Place] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or scope["path"] in (*PROBES, STREAM):
            await self._app(scope, receive, send)
            return
        who = client(scope)
        place = self._places.setdefault(who, _Place(asyncio.Semaphore(self._most)))
        if place.held >= self._most * (1 + _WAITING):
            answer = problem(Request(scope), 429, f"{place.held} requests of yours wait already: ask less at once.")
            answer.headers["Retry-After"] = "1"
            await answer(scope, receive, send)
            return
        place.held += 1
        try:
            async with place.turn:
                await self._app(scope, receive, send)
        finally:
            place.held -= 1
            if not place.held:
                del self._places[who]
