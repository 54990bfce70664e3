"""Who really asks, where a proxy that is trusted says so; nobody else's word is taken.

`X-Forwarded-Host` isn't looked at at all: a browser can be made to send it, and by the name that somebody asks for it
is known that no other site does (`detector.api.hosts`). Proxies hand `Host` on.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_network

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from detector.serving.clients import Network, is_among, is_loopback
from detector.settings import ServiceSettings

log = structlog.get_logger("drainwatch.service")

SCHEMES = "drainwatch.schemes"
"""In a scope: by which of them a browser may have asked, as far as is known."""
_SAYING = (b"x-forwarded-for", b"x-forwarded-proto", b"forwarded")


def believed(service: ServiceSettings) -> tuple[str, ...]:
    """The proxies whose word is taken.

    Every program on this machine asks from loopback: that is a proxy's address only where somebody says there is one.
    """
    named = service.trusted_proxies
    return named if service.behind_proxy else tuple(one for one in named if not ip_network(one).is_loopback)


def is_handed_on(scope: Scope) -> bool:
    """Whether a request says of itself that it came by a proxy, trusted or not."""
    return any(name in _SAYING for name, _ in scope["headers"])


class Forwarded:
    """Takes `X-Forwarded-For` and `X-Forwarded-Proto` of `trusted` proxies, and says once where another one sends them.

    `behind_proxy`: one does TLS, whether or not it says so.
    """

    def __init__(self, app: ASGIApp, trusted: Collection[Network], *, behind_proxy: bool = False) -> None:
        self._inside, self._trusted, self._behind_proxy = app, trusted, behind_proxy
        self._app = ProxyHeadersMiddleware(self._with_schemes, [str(one) for one in trusted])  # type: ignore[arg-type]
        self._told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if not self._told and scope["type"] == "http" and scope.get("client") and is_handed_on(scope):
            self._look(scope["client"][0])
        await self._app(scope, receive, send)  # type: ignore[arg-type]

    async def _with_schemes(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A proxy that says "http" may stand behind another one, which does TLS.
        either = self._behind_proxy and scope.get("scheme") == "http"
        scope[SCHEMES] = ("http", "https") if either else (scope.get("scheme"),)
        await self._inside(scope, receive, send)

    def _look(self, peer: str) -> None:
        if is_among(peer, self._trusted):
            return
        self._told = True
        if is_loopback(peer) and not self._behind_proxy:
            advice = "If a proxy of yours does that, say --behind-proxy, or set service.behind_proxy."
        else:
            advice = "If that is your proxy, name its address in service.trusted_proxies."
        log.warning("who asks is not believed to be somebody else", peer=peer, advice=advice)
