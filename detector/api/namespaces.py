"""`/api/v1/namespaces`: how each is doing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.context import InContext
from detector.api.forms import API
from detector.api.parameters import NoQuery
from detector.api.shapes import NamespaceOut, NamespacesOut
from detector.api.times import rfc3339

router = APIRouter(tags=["namespaces"])
one_router = APIRouter(tags=["namespaces"])
"""Last of all, because a namespace's name may hold a slash here: it would take the paths below it."""


@router.get(f"{API}/namespaces", summary="All namespaces, by name", dependencies=[needs(Right.READ)])
def namespaces(context: InContext, query: Annotated[NoQuery, Query()]) -> NamespacesOut:
    """Those that are still learning say until when."""
    closed, now = context.reader.closed_until(), context.clock()
    return NamespacesOut(
        items=[
            NamespaceOut.of(status, now, context.span, silent=context.silent(status, closed))
            for status in context.reader.statuses()
        ],
        closed_until=None if closed is None else rfc3339(closed),
        links={"self": f"{API}/namespaces"},
    )


@one_router.get(f"{API}/namespaces/{{namespace:path}}", summary="One namespace", dependencies=[needs(Right.READ)])
def one_namespace(context: InContext, namespace: str, query: Annotated[NoQuery, Query()]) -> NamespaceOut:
    """How it is doing."""
    status, closed = context.status(namespace), context.reader.closed_until()
    return NamespaceOut.of(status, context.clock(), context.span, silent=context.silent(status, closed))
