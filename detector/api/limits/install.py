"""Puts all limits around the application, in their order; `Limits` says how much each is."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.applications import Starlette

from detector.api.heads import Heads
from detector.api.limits.headers import OwnHeaders
from detector.api.limits.rates import Rated
from detector.api.limits.sizes import Sized
from detector.api.limits.timely import Timely
from detector.api.limits.turns import InTurn
from detector.serving.clients import networks
from detector.serving.forwarded import Forwarded, believed
from detector.settings import ServiceSettings

_ADDRESS = 5
"""So many times as much may come from one address: many people may sit behind it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one client: a token, a log-in or, without, an address. Made from the settings by `limits_of`."""

    per_minute: int = 0
    """Requests; 0 is as many as they like."""
    at_once: int = 8
    """Requests that are answered at the same time."""
    seconds: float = 30.0
    """For an answer."""
    trusted: tuple[str, ...] = ()
    """Proxies whose word is taken for who asks: addresses and networks."""
    behind_proxy: bool = False
    """Whether one does TLS."""
    local: bool = False
    """Whether this machine itself is free of the limit per minute: where nobody has to log in, it can do worse."""


def limits_of(service: ServiceSettings, *, required: bool) -> Limits:
    """Of the service; `required` is whether people have to log in."""
    return Limits(
        service.requests_per_minute,
        service.requests_at_once,
        service.answer_within.total_seconds(),
        believed(service),
        service.behind_proxy,
        local=not required,
    )


def limit_clients(app: Starlette, limits: Limits) -> None:
    """Inside of what finds out who asks: to be added before that."""
    app.add_middleware(InTurn, most=limits.at_once)
    app.add_middleware(Timely, seconds=limits.seconds)
    if limits.per_minute:
        app.add_middleware(Rated, per_minute=limits.per_minute, local=limits.local, weighs=True)


def limit_addresses(app: Starlette, limits: Limits) -> None:
    """Outside of it: before anything is looked up for whoever asks."""
    if limits.per_minute:
        app.add_middleware(Rated, per_minute=_ADDRESS * limits.per_minute, local=limits.local)
    app.add_middleware(Sized)


def guard(app: Starlette, limits: Limits) -> None:
    """Outermost: what holds for every answer, and by whom it is asked."""
    app.add_middleware(Heads)
    app.add_middleware(OwnHeaders)
    app.add_middleware(Forwarded, trusted=networks(limits.trusted), behind_proxy=limits.behind_proxy)
