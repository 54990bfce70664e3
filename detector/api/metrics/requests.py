"""Measures every request, by the template of its route: paths that people make up get no series of their own."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detector.api.metrics.measured import Measured

UNROUTED = "(none)"
"""Stands for the route of what was refused before it was looked for, or isn't there."""


class Timed:
    """ASGI middleware; put around all others. `clock` gives seconds that only grow."""

    def __init__(self, app: ASGIApp, measured: Measured, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app, self._measured, self._clock = app, measured, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begin, end = 500, self._clock(), None

        async def send_and_look(message: Message) -> None:
            nonlocal status, end
            if message["type"] == "http.response.start":
                status = message["status"]
                if Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream"):
                    end = self._clock()  # such an answer is there when it begins, and goes on for hours
            await send(message)

        try:
            await self._app(scope, receive, send_and_look)
        finally:
            route = getattr(scope.get("route"), "path", UNROUTED)
            self._measured.answered(route, status, (self._clock() if end is None else end) - begin)
