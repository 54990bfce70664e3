"""Logging in by the provider of OpenID Connect: people are sent there, and come back."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request, Response

from detector.access.acts import Deed
from detector.access.door import Door
from detector.access.people import Person, person
from detector.access.principal import NOBODY
from detector.access.returning import HOME, own_path
from detector.api.auth import cookies
from detector.api.auth.attempts import AT_ONCE, LASTS, Attempt, label, restored
from detector.api.auth.entrance import CALLBACK, Entrance, entrance_of, shown
from detector.api.auth.login import Back, away, door_path, entered
from detector.api.auth.oidc import Oidc
from detector.errors import DrainwatchError

router = APIRouter(include_in_schema=False)


@router.get("/auth/oidc/start")
def start(request: Request, back: Back = HOME, again: str = "") -> Response:
    """Send somebody to the provider; `again`: to say anew who they are, be they logged in there or not."""
    entrance, back = entrance_of(request), own_path(back)
    if entrance is None or entrance.oidc is None:
        return away(door_path(back) if entrance else back)
    attempt, secure = Attempt(secrets.token_urlsafe(32), back), entrance.secure(request.scope)
    try:
        where = entrance.oidc.address(attempt, entrance.address(request) + CALLBACK, again=bool(again))
    except DrainwatchError as error:
        return shown(request, Door(back, entrance.provider, 503, error.problem, error.advice))
    response = away(where)
    prefix = cookies.name_of(cookies.ATTEMPT, secure=secure)
    older = [name for name in cookies.given(request.scope) if name.startswith(prefix)]
    for name in older[: max(0, len(older) + 1 - AT_ONCE)]:
        cookies.drop(response, cookies.ATTEMPT + name.removeprefix(prefix), secure=secure)
    cookies.keep(response, cookies.ATTEMPT + label(attempt.state), attempt.stored, LASTS, secure=secure)
    return response


@router.get(CALLBACK)
def come_back(request: Request) -> Response:
    """Whom the provider sends back."""
    entrance = entrance_of(request)
    if entrance is None or entrance.oidc is None:
        return away(HOME)
    answer = dict(request.query_params)
    state, secure = answer.get("state", ""), entrance.secure(request.scope)
    name = cookies.ATTEMPT + label(state)
    attempt = restored(cookies.given(request.scope).get(cookies.name_of(name, secure=secure), ""), state)
    if attempt is None:
        told = "This log-in wasn't begun in this browser, or too long ago, or is over already."
        response = shown(request, Door(HOME, entrance.provider, 400, told, "Log in anew."))
    else:
        response = _finished(request, entrance, entrance.oidc, answer, attempt)
    cookies.drop(response, name, secure=secure)
    return response


def _finished(request: Request, entrance: Entrance, oidc: Oidc, answer: dict[str, str], attempt: Attempt) -> Response:
    """The session of somebody who was sent back, or why there is none."""

    def refused(status: int, problem: str, advice: str) -> Response:
        entrance.note(request.scope, NOBODY, Deed.LOG_IN_REFUSED, "", problem)
        return shown(request, Door(attempt.back, entrance.provider, status, problem, advice))

    if "code" not in answer:
        return refused(403, f"{oidc.provider.host} didn't log you in: {_told(answer)}.", "Log in anew.")
    try:
        claims, id_token = oidc.claims(answer, attempt, entrance.address(request) + CALLBACK)
        found = person(claims, oidc.settings.name_claim, oidc.settings.groups_claim)
        if not (who := entrance.sessions.stands_for(found)).grants:
            entrance.note(request.scope, NOBODY, Deed.LOG_IN_REFUSED, found.name, f"no role for {_groups(found)}")
            return shown(request, _no_role(entrance, attempt.back, found))
        return entered(request, entrance, entrance.sessions.person(found, id_token), who, attempt.back, "")
    except DrainwatchError as error:
        return refused(403, error.problem, error.advice)


def _no_role(entrance: Entrance, back: str, found: Person) -> Door:
    problem = f"{entrance.provider} knows you as {found.name}, who has no role here."
    advice = "Ask whoever runs drainwatch to give one of your groups a role, in access.roles."
    return Door(back, entrance.provider, 403, problem, advice, found.name, found.groups)


def _groups(found: Person) -> str:
    return ", ".join(found.groups) or "somebody without groups"


def _told(answer: dict[str, str]) -> str:
    """Why, in the provider's words, as far as they can be shown."""
    told = answer.get("error_description") or answer.get("error") or "it doesn't say why"
    return "".join(one for one in told[:200] if one.isprintable()).rstrip(". ")
