"""Finds out who asks, before anything else is done for them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from detector.access.acts import Deed
from detector.access.principal import NOBODY, Principal
from detector.access.records import Session
from detector.access.tokens import id_of
from detector.api.auth.access import Gate
from detector.api.auth.often import TooOftenError, refused_too_often
from detector.api.auth.sessions import BY
from detector.api.auth.who import STILL, WHO
from detector.api.forms import API
from detector.api.problems import AWAY, LATER, problem
from detector.errors import StoreError

log = structlog.get_logger("drainwatch.service")
Found = Callable[[Scope], tuple[Session, Principal] | None]
"""Finds who has logged in by the cookie of a request; may look into the store."""
_ANYBODYS = ("/healthz", "/readyz", "/favicon.ico", "/login")
_ANYBODYS_BELOW = ("/static/", "/auth/")
_PROGRAMS = (API, "/metrics")
_WRONG = (
    "This token is none that holds: it may be mistyped, expired or revoked. Who runs drainwatch makes another one:"
    " drainwatch token create."
)
_NONE = (
    "Nobody is let in here without logging in. Send a token, Authorization: Bearer dw_…, which `drainwatch token"
    " create` makes; or log in at /login."
)


class Authenticated:
    """Puts the principal into the scope (`WHO`), and lets nobody in who is none but to what is anybody's."""

    def __init__(self, app: ASGIApp, gate: Gate, session: Found) -> None:
        self._app, self._gate, self._session = app, gate, session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sent = bearer(headers)
        try:
            # Probes are answered while all threads are at work.
            shows_nothing = sent is None and "cookie" not in headers
            who = None if shows_nothing else await run_in_threadpool(self._find, scope, sent)
        except StoreError as error:
            if not is_anybodys(scope["path"]):
                log.error("nobody can be let in", problem=error.problem)
                await problem(Request(scope), 503, f"{AWAY} {LATER}")(scope, receive, send)
                return
            who = None
        scope[WHO] = asking = who or NOBODY
        scope[STILL] = lambda: self._gate.still(asking, scope.get(BY))
        if who is None and not is_anybodys(scope["path"]):
            await (await run_in_threadpool(self._refusal, scope, sent))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _find(self, scope: Scope, sent: str | None) -> Principal | None:
        """By the token, where there is one, and by nothing else then."""
        if sent is not None:
            return self._gate.keys.open(sent)
        found = self._session(scope)
        return found[1] if found else None

    def _refusal(self, scope: Scope, sent: str | None) -> Response:
        if sent is not None:
            return self._refuse(scope, sent)
        path = scope["path"]
        if scope["method"] in ("GET", "HEAD") and not path.startswith(_PROGRAMS):
            asked = "/" + quote(path, errors="replace").lstrip("/\\")
            query = scope.get("query_string", b"").decode("latin-1")
            back = quote(f"{asked}?{query}" if query else asked, safe="")
            return RedirectResponse(f"/login?next={back}" if len(back) <= 2_000 else "/login", 303)
        return _unknown(scope, _NONE, "Bearer")

    def _refuse(self, scope: Scope, sent: str) -> Response:
        known = self._gate.keys.token(id_of(sent) or "")
        self._gate.audit.note_again(scope, Deed.LOG_IN_REFUSED, "" if known is None else known.id, who=NOBODY)
        try:
            refused_too_often(self._gate, scope)
        except TooOftenError as error:
            answer = problem(Request(scope), 429, str(error))
            answer.headers["Retry-After"] = str(error.wait)
            return answer
        return _unknown(scope, _WRONG, 'Bearer error="invalid_token"')


def bearer(headers: Headers) -> str | None:
    """What is sent as a token (https://www.rfc-editor.org/rfc/rfc6750#section-2.1), whatever it is; None for none."""
    given = [one.partition(" ") for one in headers.getlist("authorization")]
    # Others than these are a proxy's, by which it knows people itself.
    tokens = [token.strip() for scheme, _, token in given if scheme.lower() == "bearer"]
    return tokens[0] if len(tokens) == 1 else "" if tokens else None


def is_anybodys(path: str) -> bool:
    """Whether a path answers those, too, who aren't known."""
    return path in _ANYBODYS or path.startswith(_ANYBODYS_BELOW)


def _unknown(scope: Scope, sentence: str, challenge: str) -> Response:
    answer = problem(Request(scope), 401, sentence)
    answer.headers["WWW-Authenticate"] = challenge
    return answer
