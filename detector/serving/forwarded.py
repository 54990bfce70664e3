"""Who really asks, where a proxy that is trusted says so; nobody else's word is taken.

`X-Forwarded-Host` isn't looked at at all: a browser can be made to send it, and by the name that somebody asks for it
is known that no other site does (`detector.api.hosts`). Proxies hand `Host` on.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from detector.serving.clients import Network


class Forwarded:
    """Takes `X-Forwarded-For` and `X-Forwarded-Proto` of `trusted` proxies."""

    def __init__(self, app: ASGIApp, trusted: Collection[Network]) -> None:
        self._app = ProxyHeadersMiddleware(app, [str(one) for one in trusted])  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        await self._app(scope, receive, send)  # type: ignore[arg-type]
