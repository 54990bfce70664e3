"""Lets nobody write through a reader's browser but the page itself.

Any page that is open in a browser could send it forms, and the browser would add the cookie of who is logged in. So
what writes has to be JSON, which no form can send, and to come from the page itself: by the browser's word
(`Sec-Fetch-Site`, https://www.w3.org/TR/fetch-metadata/) or by `Origin`: scheme, host and port. Programs send
none of these headers and are let through, unless they come by a cookie. What is not asked by a name of ours has been
refused before, see `detector.api.hosts`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detector.api.forms import API
from detector.api.problems import problem
from detector.serving.forwarded import SCHEMES

LONGEST = 64 * 1024
"""Bytes of a request."""
_PORTS = {"http": 80, "https": 443}
_READING = ("GET", "HEAD", "OPTIONS")


class OwnWrites:
    """Refuses what would write and isn't the page's own, or a program's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or scope["method"] in _READING or not scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        if (refused := refusal(scope)) is not None:
            await problem(Request(scope), *refused)(scope, receive, send)
            return
        body, more = bytearray(), True
        while more and len(body) <= LONGEST:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if (refused := _unreadable(bytes(body))) is not None:
            await problem(Request(scope), *refused)(scope, receive, send)
            return
        told = False

        async def whole() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, whole, send)


TOO_LONG = f"At most {LONGEST:,} bytes are read: shorten the note."


def refusal(scope: Scope) -> tuple[int, str] | None:
    """Status and sentence where a request that writes is refused."""
    headers = Headers(scope=scope)
    if not _is_own(scope, headers):
        return 403, "Only the page of drainwatch itself may write: this came from another site."
    length = headers.get("content-length", "0")
    is_json = headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"
    if not is_json and (length != "0" or "transfer-encoding" in headers):
        return 415, "Send JSON, and say so: Content-Type: application/json."
    return (413, TOO_LONG) if not length.isdecimal() or int(length[:20]) > LONGEST else None


def _unreadable(body: bytes) -> tuple[int, str] | None:
    """Likewise for what was sent."""
    if len(body) > LONGEST:
        return 413, TOO_LONG
    try:
        body.decode()
    except UnicodeDecodeError:
        return 422, "What was sent isn't UTF-8."
    return None


def proves_own(scope: Scope) -> bool:
    """Whether a browser says that a request comes from the page itself."""
    headers = Headers(scope=scope)
    return ("sec-fetch-site" in headers or "origin" in headers) and _is_ours(scope, headers)


def _is_own(scope: Scope, headers: Headers) -> bool:
    """Likewise, or it is a program's: one that comes by a cookie is a browser's, which says where it is from."""
    by_cookie = "cookie" in headers and not headers.get("authorization", "").lower().startswith("bearer ")
    return proves_own(scope) if by_cookie else _is_ours(scope, headers)


def _is_ours(scope: Scope, headers: Headers) -> bool:
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    if (origin := headers.get("origin")) is None:
        return True
    schemes = scope.get(SCHEMES, (scope.get("scheme"),))
    scheme, _, host = origin.lower().partition("://")
    return scheme in schemes and _place(scheme, host) == _place(scheme, headers.get("host", "").lower()) is not None


def _place(scheme: str, host: str) -> tuple[str, int] | None:
    """Name and port of what is no more than that; the port of the scheme where there is none."""
    try:
        parts = urlsplit(f"{scheme}://{host}")
        plain = parts.hostname and parts.username is None and parts.netloc == host
        return (parts.hostname or "", parts.port or _PORTS[scheme]) if plain else None
    except ValueError:
        return None
