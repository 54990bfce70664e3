"""Logging in with a token at the page, and logging out; `detector.api.auth.sign_on` has the other way in."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse

from detector.access.acts import Deed
from detector.access.door import Door
from detector.access.principal import NOBODY, Principal
from detector.access.records import Session
from detector.access.returning import HOME, own_path
from detector.api.auth import cookies
from detector.api.auth.entrance import Entrance, entrance_of, shown
from detector.api.auth.often import TooOftenError
from detector.api.problems import problem
from detector.api.writes import proves_own
from detector.errors import DrainwatchError

router = APIRouter(include_in_schema=False)
LONGEST_FORM = 8_192
"""Bytes."""
Back = Annotated[str, Query(alias="next")]
_SECONDS = 1_000_000
_FOREIGN = "Only drainwatch's own page may do that: this came from another site, or from no browser."
_NO_TOKEN = "This token opens nothing here: it is wrong, has expired or was revoked."


@router.get("/login")
def door(request: Request, back: Back = HOME, out: str = "") -> Response:
    """The page to log in at."""
    entrance = entrance_of(request)
    if entrance is None or (not out and entrance.found(request.scope) is not None):
        return away(own_path(back))
    return shown(request, Door(own_path(back), entrance.provider, is_out=bool(out)))


@router.post("/auth/token")
async def show_token(request: Request) -> Response:
    """Log in with a token, typed at the page."""
    entrance = entrance_of(request)
    if entrance is None:
        return away(HOME)
    if not proves_own(request.scope):
        return problem(request, 403, _FOREIGN)
    form = bytearray()
    async for chunk in request.stream():
        form += chunk
        if len(form) > LONGEST_FORM:
            return problem(request, 413, f"At most {LONGEST_FORM:,} bytes are read.")
    try:
        fields = parse_qs(form.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return problem(request, 422, "What was sent is no form of the page.")
    given, back = (fields.get(name, [""])[0].strip() for name in ("token", "next"))
    return await run_in_threadpool(_by_token, request, entrance, given, own_path(back))


@router.post("/auth/logout")
def log_out(request: Request) -> Response:
    """End the session; the answer says where to go next, which may be the provider."""
    if not proves_own(request.scope):
        return problem(request, 403, _FOREIGN)
    entrance, where = entrance_of(request), "/login?out=1"
    if entrance is None:
        return JSONResponse({"next": HOME})
    if found := entrance.found(request.scope):
        session, who = found
        id_token = entrance.sessions.end(session)
        entrance.note(request.scope, who, Deed.LOG_OUT, session.name, "")
        with suppress(DrainwatchError):  # logged out here, whatever becomes of it there
            if entrance.oidc and session.subject:
                where = entrance.oidc.log_out(f"{entrance.address(request)}/login", id_token) or where
    response = JSONResponse({"next": where}, headers={"Cache-Control": "no-store"})
    cookies.drop(response, cookies.SESSION, secure=entrance.secure(request.scope))
    return response


def entered(
    request: Request, entrance: Entrance, made: tuple[str, Session], who: Principal, back: str, how: str
) -> Response:
    """Into a new session, whichever there was before: nobody gets in by one that somebody else knew of."""
    if before := entrance.found(request.scope):
        entrance.sessions.end(before[0])
    secret, session = made
    entrance.note(request.scope, who, Deed.LOG_IN, session.name, how)
    response = away(back)
    seconds = (session.expires - session.created) // _SECONDS
    cookies.keep(response, cookies.SESSION, secret, seconds, secure=entrance.secure(request.scope))
    return response


def away(where: str) -> RedirectResponse:
    """To one of our own paths, or where the provider is."""
    return RedirectResponse(where, 303, headers={"Cache-Control": "no-store"})


def _by_token(request: Request, entrance: Entrance, given: str, back: str) -> Response:
    try:
        token = entrance.token(given, request.scope)
        who = entrance.gate.keys.holder(token.id) if token else None
        if token is None or who is None:
            entrance.note(request.scope, NOBODY, Deed.LOG_IN_REFUSED, "", "a token that opens nothing")
            return shown(request, Door(back, entrance.provider, 401, _NO_TOKEN, "Ask whoever made it for another."))
        return entered(request, entrance, entrance.sessions.holder(token), who, back, "with a token")
    except DrainwatchError as error:
        status = 429 if isinstance(error, TooOftenError) else 503
        return shown(request, Door(back, entrance.provider, status, error.problem, error.advice))


def door_path(back: str) -> str:
    """Where somebody logs in who wants to come back there."""
    return f"/login?next={quote(back, safe='/')}"
