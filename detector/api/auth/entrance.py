"""What logging in needs, put together once: sessions, the provider, and where people reach the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from detector.access.acts import Deed
from detector.access.door import Door
from detector.access.principal import Principal
from detector.access.records import Session, Token
from detector.api.auth.access import Gate
from detector.api.auth.cookies import is_secure
from detector.api.auth.often import refused_too_often
from detector.api.auth.oidc import Oidc
from detector.api.auth.sessions import Sessions
from detector.api.problems import problem
from detector.errors import UsageError
from detector.settings.addresses import is_loopback

CALLBACK = "/auth/oidc/callback"


@dataclass(frozen=True)
class Entrance:
    """Where people come in."""

    gate: Gate
    sessions: Sessions
    oidc: Oidc | None
    """None where no provider is named."""
    page: str = ""
    """`alerts.page`."""
    behind_proxy: bool = False

    def secure(self, scope: Scope) -> bool:
        """Whether cookies are for TLS alone."""
        return is_secure(scope, behind_proxy=self.behind_proxy)

    def found(self, scope: Scope) -> tuple[Session, Principal] | None:
        """The session that a request comes by, and whose it is. Raises `StoreError`."""
        return self.sessions.of_request(scope, self.gate.keys.holder, secure=self.secure(scope))

    def token(self, given: str, scope: Scope) -> Token | None:
        """The token that somebody shows, where it is in force. Raises `TooOftenError` after many that weren't."""
        who = self.gate.keys.open(given)
        if who is None:
            refused_too_often(self.gate, scope)
            return None
        return self.gate.keys.token(who.key)

    def note(self, scope: Scope, who: Principal, deed: Deed, subject: str, detail: str) -> None:
        """Write into the audit log who did what, to what, and more of it."""
        audit = self.gate.audit
        write = audit.note_again if deed is Deed.LOG_IN_REFUSED else audit.note
        write(scope, deed, subject, who=who, detail=detail)

    def address(self, request: Request) -> str:
        """Where people reach the page, without a slash at its end: what the provider is told to send them back to.

        Nothing that is asked by another name than the public one says what that is, but a browser on this machine.
        Raises `UsageError` where nobody can know.
        """
        if self.page:
            return self.page.rstrip("/")
        own = f"{request.url.scheme}://{request.url.netloc}"
        if is_loopback(own):
            return own
        raise UsageError(
            "The provider can't be told where to send you back to.",
            "Set alerts.page to the address by which people reach this page.",
        )

    @property
    def provider(self) -> str:
        """Its host; empty where there is none."""
        return self.oidc.provider.host if self.oidc else ""


def entrance_of(request: Request) -> Entrance | None:
    """That of the application; None where nobody has to log in."""
    found: Entrance | None = getattr(request.app.state, "entrance", None)
    return found


def shown(request: Request, door: Door) -> Response:
    """The page at the door, or where no page is served what it would say."""
    show: Callable[[Door], Response] | None = getattr(request.app.state, "door", None)
    if show is not None:
        return show(door)
    told = f"{door.problem} {door.advice}".strip() or "Show a token: Authorization: Bearer dw_…"
    return problem(request, door.status if door.problem else 401, told)
