"""What every answer tells a browser, unless it says otherwise itself.

https://owasp.org/www-project-secure-headers/ says what each of them is for.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detector.api.forms import API
from detector.api.hosts import is_bare

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
UNLESS_SAID = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""What is no page shows nothing; and who may see an answer today may not tomorrow."""
_DATA = (API, "/healthz", "/readyz", "/metrics")
"""Never kept by a cache, whatever the answer says."""
STRICT = "max-age=31536000"
"""Seconds for which a browser asks by HTTPS alone; of this name, not of those below it, which are others' perhaps."""


class OwnHeaders:
    """Adds them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                for name, value in UNLESS_SAID.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith(_DATA):
                    headers["Cache-Control"] = "no-store"
                if scope["scheme"] == "https" and not _is_bare(scope):
                    headers["Strict-Transport-Security"] = STRICT
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _is_bare(scope: Scope) -> bool:
    """Whether it was asked by an address or localhost: what else is served there may speak no TLS."""
    return any(name == b"host" and is_bare(value.decode("latin-1")) for name, value in scope["headers"])
