"""`/api/v1/me`: who asks, as the service knows them, and what they may."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from detector.access.principal import Kind, Principal, Right
from detector.access.records import Session
from detector.api.auth.rights import needs
from detector.api.auth.sessions import BY
from detector.api.context import InContext
from detector.api.forms import API, Links, Time, example
from detector.api.parameters import NoQuery
from detector.api.times import rfc3339

router = APIRouter(tags=["service"])


class GrantOut(BaseModel):
    """Rights in some namespaces."""

    namespaces: list[str] = Field(description="Names, or patterns in which `*` stands for any text; `*` is all.")
    rights: list[Right]


class MeOut(BaseModel):
    """Who asks."""

    model_config = example(
        {
            "how": "session",
            "name": "ana",
            "grants": [{"namespaces": ["pay*"], "rights": ["read", "feedback"]}],
            "session_ends": "2026-11-21T19:00:00Z",
            "links": {"self": "/api/v1/me"},
        }
    )

    how: Literal["open", "token", "session"] = Field(
        description="By what they are known; `open` where nobody has to log in."
    )
    name: str = Field(description="What feedback and acts are put down to; empty where nobody has to log in.")
    grants: list[GrantOut]
    session_ends: Time | None = Field(description="When a log-in at the page ends; null for a token.")
    links: Links

    @classmethod
    def of(cls, who: Principal, session: Session | None) -> MeOut:
        """A principal, and the session by which they come."""
        how: Literal["open", "token"] = "open" if who.kind is Kind.OPEN else "token"
        return cls(
            how="session" if session else how,
            name=who.name,
            grants=[
                GrantOut(namespaces=list(one.namespaces), rights=[right for right in Right if right in one.rights])
                for one in who.grants
            ],
            session_ends=rfc3339(session.expires) if session else None,
            links={"self": f"{API}/me"},
        )


@router.get(f"{API}/me", summary="Who asks, and what they may", dependencies=[needs(Right.READ)])
def me(request: Request, context: InContext, query: Annotated[NoQuery, Query()]) -> MeOut:
    """By token, by a log-in at the page, or anybody where nobody has to log in."""
    return MeOut.of(context.who, request.scope.get(BY))
