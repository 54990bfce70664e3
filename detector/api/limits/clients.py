"""Who a request is counted for."""

from __future__ import annotations

from starlette.types import Scope

from detector.access.principal import Principal
from detector.api.auth.who import WHO
from detector.serving.clients import client_of

PROBES = ("/healthz", "/readyz")
"""Never limited: who asks them decides whether the service is well."""


def client(scope: Scope) -> str:
    """Whose request it is: of a token or log-in where there is one, else of an address."""
    who: Principal | None = scope.get(WHO)
    return f"{who.kind} {who.key}" if who is not None and who.key else address(scope)


def address(scope: Scope) -> str:
    """Where it comes from; of IPv6 the network of 64 bits."""
    return client_of(scope["client"][0]) if scope.get("client") else ""
