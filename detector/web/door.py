"""The page to log in at: plain, without scripts, and the same whoever asks but for what went wrong."""

from __future__ import annotations

from jinja2 import Environment
from starlette.responses import HTMLResponse

from detector.access.door import Door

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    # Without a referrer browsers would send `Origin: null` with the form, which is to prove where it comes from.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""The provider is gone to by a link: no form has to be sent to another host."""


def show(environment: Environment, door: Door) -> HTMLResponse:
    """The page."""
    return HTMLResponse(environment.get_template("login.html").render(door=door), door.status, HEADERS)
