"""So many requests a minute of one client, by a window that slides; heavy ones count for several."""

from __future__ import annotations

import math
import re
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from detector.api.forms import API
from detector.api.limits.clients import PROBES, client
from detector.api.problems import problem
from detector.serving.clients import is_loopback
from detector.serving.forwarded import is_handed_on

_HEAVY = 5
_LOOKING = re.compile(rf"{API}/(namespaces/.+/)?templates|{API}/compare|{API}/(models/compare|feedback/suggestions)")
"""What looks through all templates, counts or incidents of a time."""


def cost_of(path: str) -> int:
    """For how many requests one of this path counts."""
    return _HEAVY if _LOOKING.fullmatch(path) else 1


class Rated:
    """Answers 429 with Retry-After to who asks more often than `per_minute`; `local`: but not to this machine.

    `weighs`: heavy requests count for several.
    """

    def __init__(self, app: ASGIApp, per_minute: int, *, local: bool = False, weighs: bool = False) -> None:
        self._weighs = weighs
        self._app, self._most, self._local = app, RateLimitItemPerMinute(per_minute), local
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http" and scope["path"] not in PROBES and not self._is_free(scope):
            who = client(scope)
            cost = min(cost_of(scope["path"]), self._most.amount) if self._weighs else 1
            if not await self._limiter.hit(self._most, who, cost=cost):
                await self._refuse(who, cost, scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_free(self, scope: Scope) -> bool:
        """What comes by a proxy on this machine is somebody else's, whether or not its word is taken for whose."""
        here = self._local and bool(scope.get("client")) and is_loopback(scope["client"][0])
        return here and not is_handed_on(scope)

    async def _refuse(self, who: str, cost: int, scope: Scope, receive: Receive, send: Send) -> None:
        again = (await self._limiter.get_window_stats(self._most, who)).reset_time
        seconds = max(1, math.ceil(again - time.time()))
        heavy = f", of which this one counts for {cost}" if cost > 1 else ""
        sentence = f"More than {self._most.amount:,} requests within a minute{heavy}: ask again in {seconds} s."
        answer = problem(Request(scope), 429, sentence)
        answer.headers["Retry-After"] = str(seconds)
        await answer(scope, receive, send)
