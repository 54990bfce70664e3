"""Answers only to names that are ours.

A name that somebody else's name server points at this machine (DNS rebinding) makes their page and ours one site to a
browser: `Origin` and `Sec-Fetch-Site` say nothing then, and all could be read as well as written. What a browser can't
be lied to about is the name itself, which it sends as `Host`. So that has to be an address, which no name server has a
say in, `localhost`, or a name in the settings, whatever address the service listens on.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from detector.api.problems import problem

_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^\s/@:?#\[\]\\]+))(?::\d*)?")
"""As RFC 3986 has host and port (section 3.2), without a user's name."""


class OwnNames:
    """Refuses every request that isn't made to an address, to localhost or to one of `names` (lower case)."""

    def __init__(self, app: ASGIApp, names: Collection[str] = ()) -> None:
        self._app, self._names = app, frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            if len(hosts) != 1 or not is_ours(hosts[0], self._names):
                await problem(Request(scope), 403, _sentence(", ".join(hosts)))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_ours(host: str, names: Collection[str]) -> bool:
    """Whether a host, with or without its port, is an address, localhost, or one of `names`."""
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return False
    return (found["six"] or found["name"]).removesuffix(".") in names or is_bare(host)


def is_bare(host: str) -> bool:
    """Whether a host, with or without its port, is an address or localhost."""
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return False
    name = (found["six"] or found["name"]).removesuffix(".")
    # No name server has a say in .localhost: RFC 6761, section 6.3.
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).version == (6 if found["six"] else 4)
    except ValueError:
        return False


def _sentence(host: str) -> str:
    called = f"{host[:80]!r} is no name" if host else "A request without Host is to no name"
    return f"{called} of this service: use its address or localhost, or add the name to service.host_names."
