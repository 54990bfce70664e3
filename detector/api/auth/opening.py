"""Puts together by what people and programs come in, where they have to."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from fastapi import FastAPI, Request
from starlette.types import Scope

from detector.access.acts import Deed
from detector.access.principal import Principal
from detector.access.records import Token
from detector.api.auth.access import Access, Gate
from detector.api.auth.entrance import Entrance
from detector.api.auth.middleware import Authenticated
from detector.api.auth.often import refused_too_often
from detector.api.auth.oidc import Oidc
from detector.api.auth.sessions import BY, Sessions
from detector.errors import StoreError
from detector.saying import Saying

log = structlog.get_logger("drainwatch.service")


def require(app: FastAPI, gate: Gate, access: Access, say: Saying | None, clock: Callable[[], int]) -> None:
    """Let nobody in but by a token or a session. Raises `SettingsError` where the provider's settings can't be read."""
    _advise(gate, access, clock())
    app.state.entrance = entrance = _entrance(gate, access, say, clock)

    def session(scope: Scope) -> Principal | None:
        found = entrance.sessions.of_request(scope, gate.keys.holder, secure=entrance.secure(scope))
        if found is None:
            return None
        scope[BY], who = found
        return who

    app.add_middleware(Authenticated, gate=gate, session=session)


def _advise(gate: Gate, access: Access, now: int) -> None:
    """Say how to come in where nobody can."""
    oidc, roles = bool(access.settings.oidc.issuer), bool(access.settings.roles)
    if oidc and not roles:
        log.warning("nobody has a role who logs in by the provider", advice="Give groups of it one, in access.roles.")
    if oidc and roles:
        return
    try:
        if any(one.holds(now) for one in gate.reader.tokens()):
            return
    except StoreError:
        return  # told by who reads it
    log.warning(
        "nobody can log in yet", advice="Make a token on this machine: drainwatch token create admin --right admin"
    )


def _entrance(gate: Gate, access: Access, say: Saying | None, clock: Callable[[], int]) -> Entrance:
    def token(given: str, request: Request) -> Token | None:
        who = gate.keys.open(given)
        if who is None:
            refused_too_often(gate, request.scope)
        return None if who is None else gate.keys.token(who.key)

    def note(request: Request, who: Principal, deed: Deed, subject: str, detail: str) -> None:
        if deed is Deed.LOG_IN_REFUSED:
            gate.audit.note_again(request.scope, deed, subject, who=who, detail=detail)
        else:
            gate.audit.note(request.scope, deed, subject, who=who, detail=detail)

    settings = access.settings
    return Entrance(
        sessions=Sessions(gate.reader, say, settings, clock, access.random),
        oidc=Oidc(settings.oidc, clock, access.monotonic) if settings.oidc.issuer else None,
        token=token,
        holder=gate.keys.holder,
        note=note,
        page=access.page,
        behind_proxy=access.behind_proxy,
    )
