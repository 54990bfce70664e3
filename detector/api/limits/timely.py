"""A time for each answer, after which it is given up.

A thread can't be stopped from outside, so what it does is told when its time is over (`detector.deadline`): the store
gives up by itself then. What doesn't look at that is answered for; its turn is taken until it is done.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detector.api.limits.clients import PROBES
from detector.api.limits.turns import STREAM
from detector.api.problems import problem
from detector.deadline import within

_GRACE = 2.0
"""Seconds more than the store has: it says better what was given up."""


class Timely:
    """Answers 503 where nothing else was answered within `seconds`."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or scope["path"] in (*PROBES, STREAM):
            await self._app(scope, receive, send)
            return
        began = over = False

        async def send_in_time(message: Message) -> None:
            nonlocal began
            if not over:
                began = True
                await send(message)

        with within(self._seconds):
            task = asyncio.ensure_future(self._app(scope, receive, send_in_time))  # with the context of this moment
        try:
            await asyncio.wait((task,), timeout=self._seconds + _GRACE)
            if began or task.done():
                await task
                return
            over = True
            task.add_done_callback(_forget)
        finally:
            if not task.done() and not over:
                task.cancel()
        await problem(Request(scope), 503, self._sentence)(scope, receive, send)

    @property
    def _sentence(self) -> str:
        return (
            f"This takes longer than {self._seconds:g} s and was given up. Ask for less at once: a shorter time, or "
            "one namespace. Or set service.answer_within."
        )


def _forget(task: asyncio.Future[None]) -> None:
    """What came of it too late is nobody's any more."""
    if not task.cancelled():
        task.exception()
