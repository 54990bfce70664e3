"""How long a request may be, whatever it asks for, and that it says so once; uvicorn bounds only what it waits for."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detector.api.problems import problem
from detector.api.writes import LONGEST, TOO_LONG

_ADDRESS = 16 * 1024
"""Bytes of path and query: 200 templates are asked for at once."""
_PARAMETERS = 300
_TWO_LENGTHS = "A request says how long it is by Content-Length or by Transfer-Encoding, not by both."
_HEADERS = 100
_HEAD = 32 * 1024
"""Bytes of all headers."""


class Sized:
    """Refuses with 414, 422, 431 and 413 what is longer, and with 400 what is of two lengths."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (refused := refusal(scope)) is not None:
            # Neither path nor query are repeated: they may be what is too long.
            await problem(Request({**scope, "path": scope["path"][:200]}), *refused)(scope, receive, send)
            return
        if _has_two_lengths(scope):
            answer = problem(Request(scope), 400, _TWO_LENGTHS)
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return
        read = 0

        async def receive_some() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LONGEST:
                # One byte more than is taken, and no more to come: it is refused where it is read.
                return {"type": "http.request", "body": message["body"][:LONGEST] + b" ", "more_body": False}
            return message

        await self._app(scope, receive_some, send)


def _has_two_lengths(scope: Scope) -> bool:
    """Whether a proxy in front may have seen another request than we do, and sends the rest of it in another's name.

    https://www.rfc-editor.org/rfc/rfc9112#section-6.3
    """
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}


def refusal(scope: Scope) -> tuple[int, str] | None:
    """Status and sentence for a request that is too long by what it says of itself."""
    query: bytes = scope["query_string"]
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if len(scope.get("raw_path") or b"") + len(query) > _ADDRESS:
        return 414, f"An address has at most {_ADDRESS:,} bytes: ask for less at once."
    if query.count(b"&") >= _PARAMETERS:
        return 422, f"At most {_PARAMETERS} parameters are taken: ask for less at once."
    if len(headers) > _HEADERS or sum(len(name) + len(value) for name, value in headers) > _HEAD:
        return 431, f"At most {_HEADERS} headers are taken, and {_HEAD:,} bytes of them."
    for name, value in headers:
        if name == b"content-length" and (not value.isdigit() or int(value[:20]) > LONGEST):
            return 413, TOO_LONG
    return None
