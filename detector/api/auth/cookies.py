"""The cookies that log-ins are kept by: their names, and what browsers are told of them.

Over https their names begin with `__Host-`, which browsers take only from the very host that they go back to, with TLS
(https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-__host-prefix). Plain http is for
loopback alone, where nobody is on the way.
"""

from __future__ import annotations

from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

SESSION = "drainwatch"
ATTEMPT = "drainwatch-login-"
_HOST = "__Host-"


def is_secure(scope: Scope, *, behind_proxy: bool) -> bool:
    """Whether the browser that asks does so with TLS, as far as is known: a proxy in front does it for us."""
    return bool(scope.get("scheme") == "https") or behind_proxy


def given(scope: Scope) -> dict[str, str]:
    """All cookies of a request, by name."""
    return {
        name: value
        for key, header in scope["headers"]
        if key == b"cookie"
        for name, value in cookie_parser(header.decode("latin-1")).items()
    }


def name_of(name: str, *, secure: bool) -> str:
    """As it is sent."""
    return _HOST + name if secure else name


def keep(response: Response, name: str, value: str, seconds: int, *, secure: bool) -> None:
    """Have the browser keep it for so long; scripts don't see it, and no other site's request brings it."""
    response.set_cookie(
        name_of(name, secure=secure), value, seconds, path="/", secure=secure, httponly=True, samesite="lax"
    )


def drop(response: Response, name: str, *, secure: bool) -> None:
    """Have the browser forget it."""
    response.delete_cookie(name_of(name, secure=secure), path="/", secure=secure, httponly=True, samesite="lax")
