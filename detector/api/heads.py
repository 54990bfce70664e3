"""HEAD, answered as GET is: load balancers ask so whether a service is well.

https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2 . FastAPI's operations know GET alone; the server leaves the body
out.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from detector.api.forms import API
from detector.api.limits.clients import PROBES
from detector.api.limits.turns import STREAM


class Heads:
    """Asks what is within for GET where HEAD is asked; but not for the stream of events, which has no end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http" and scope["method"] == "HEAD" and _is_data(scope["path"]):
            # Not changed in place: by this the server knows that it has to leave the body out.
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)


def _is_data(path: str) -> bool:
    return path in (*PROBES, "/metrics") or (path.startswith(f"{API}/") and path != STREAM)
