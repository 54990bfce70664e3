"""Which right an operation needs: declared beside its path, checked before anything is looked up, and told to all.

`@router.get(path, dependencies=[needs(Right.READ)])`. An application with an operation that declares nothing doesn't
start (`check_declared`). Whether it is held in the namespace in question, `detector.permitted.allowed` asks of what is
written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from detector.access.principal import Kind, Right
from detector.api.auth.who import asking
from detector.api.problems import UnknownCallerError
from detector.errors import ForbiddenError

SCHEMES: dict[str, dict[str, str]] = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token: `Authorization: Bearer dw_…`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-drainwatch",
        "description": "A log-in at the page; over plain loopback HTTP the cookie is called `drainwatch`.",
    },
}
"""How one is known, as OpenAPI has it."""
_SAID = {
    Right.READ: "read anything here",
    Right.FEEDBACK: "mark, mute or silence anything here",
    Right.ADMIN: "do this: it takes the right admin",
}


class Needs:
    """What an operation needs; None: nothing, it answers everybody."""

    def __init__(self, right: Right | None) -> None:
        self.right = right

    async def __call__(self, request: Request) -> None:
        """Raises `UnknownCallerError` for who isn't known, `ForbiddenError` for who lacks the right everywhere."""
        if self.right is None:
            return
        who = asking(request)
        if who.kind is Kind.NOBODY:
            raise UnknownCallerError("Nobody is let in here without logging in.", "Send a token, or log in at /login.")
        if not who.may(self.right):
            raise ForbiddenError(f"You may not {_SAID[self.right]}.", "Ask who runs drainwatch for it.")


def needs(right: Right | None) -> Any:
    """The declaration, for a route's `dependencies`."""
    return Depends(Needs(right))


def declared(route: RouteContext) -> Needs | None:
    """What a route declares; None where it doesn't."""
    found = [one.dependency for one in route.dependencies if isinstance(one, Dependency)]
    return next((one for one in found if isinstance(one, Needs)), None)


def check_declared(routes: Sequence[BaseRoute]) -> None:
    """Raises `RuntimeError` where an operation of the OpenAPI document doesn't say what it needs."""
    for route in _operations(routes):
        if declared(route) is None:
            raise RuntimeError(
                f"{', '.join(sorted(route.methods or ()))} {route.path} doesn't say which right it needs:"
                " add dependencies=[needs(Right.…)] (detector.api.auth.rights)."
            )


def describe(document: dict[str, Any], routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document with what each operation needs: `security`, and `x-drainwatch-right` where it is a right."""
    document.setdefault("components", {})["securitySchemes"] = SCHEMES
    for route in _operations(routes):
        needed = declared(route)
        for method in route.methods or ():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is None or needed is None:
                continue
            if needed.right is None:
                operation["security"] = []
            else:
                operation["security"] = [{name: []} for name in SCHEMES]
                operation["x-drainwatch-right"] = needed.right.value
    return document


def _operations(routes: Sequence[BaseRoute]) -> Iterator[RouteContext]:
    found = iter_route_contexts(routes)
    return (one for one in found if isinstance(one.original_route, APIRoute) and one.include_in_schema)
