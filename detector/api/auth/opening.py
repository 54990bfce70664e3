"""Puts together by what people and programs come in, where they have to."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from fastapi import FastAPI

from detector.api.auth.access import Access, Gate
from detector.api.auth.entrance import Entrance
from detector.api.auth.middleware import Authenticated
from detector.api.auth.oidc import Oidc
from detector.api.auth.sessions import Sessions
from detector.errors import StoreError
from detector.saying import Saying

log = structlog.get_logger("drainwatch.service")


def require(app: FastAPI, gate: Gate, access: Access, say: Saying | None, clock: Callable[[], int]) -> None:
    """Let nobody in but by a token or a session. Raises `SettingsError` where the provider's settings can't be read."""
    _advise(gate, access, clock())
    settings = access.settings
    app.state.entrance = entrance = Entrance(
        gate,
        Sessions(gate.reader, say, settings, clock, access.random),
        Oidc(settings.oidc, clock, access.monotonic) if settings.oidc.issuer else None,
        access.page,
        access.behind_proxy,
    )
    app.add_middleware(Authenticated, gate=gate, session=entrance.found)


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
