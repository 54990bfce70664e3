"""Errors as RFC 9457 has them: `application/problem+json` with a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from detector.access.acts import Deed
from detector.api.auth.who import asking
from detector.api.forms import API
from detector.api.news import CrowdedError
from detector.api.service_shapes import NotReadyOut, ProblemOut
from detector.api.status_shapes import PartOut
from detector.errors import DrainwatchError, ForbiddenError, StoreError, UsageError
from detector.saying import UnknownError

PROBLEM_JSON = "application/problem+json"
_TOLD = 5
"""Errors of a request that are told one by one: a long one makes no longer answer."""
_NO_JSON = "What was sent is no JSON that can be read"
_TAKEN = f"{API}/openapi.json shows what is taken."


AMISS = "The last pass failed; who may read all namespaces sees why."
AWAY, LATER = "The store can't answer that just now.", "Ask again in a while; who runs drainwatch sees why."
"""In the place of what may name paths, servers or namespaces."""


class NotFoundError(UsageError):
    """What was asked for isn't there."""


class ReadOnlyError(UsageError):
    """Nothing can be written here."""


class UnknownCallerError(UsageError):
    """Who asks has to say first who they are."""


class NotReadyError(DrainwatchError):
    """Nothing can be scored yet, or answered just now; `parts` says which part it is for."""

    def __init__(self, problem: str, advice: str, parts: Sequence[PartOut] = ()) -> None:
        super().__init__(problem, advice)
        self.parts = list(parts)


def problem(request: Request, status: int, detail: str, parts: Sequence[PartOut] | None = None) -> Response:
    """An answer that says what is wrong and what to do about it; with the parts of the service where some are given."""
    path = quote(request.scope["path"], errors="replace")
    told = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, "instance": path}
    body = ProblemOut(**told) if parts is None else NotReadyOut(**told, parts=list(parts))
    return JSONResponse(body.model_dump(mode="json"), status, media_type=PROBLEM_JSON)


def install(app: FastAPI) -> None:
    """Answer every error of the API this way."""
    app.add_exception_handler(DrainwatchError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


def _ours(request: Request, error: Exception) -> Response:
    kinds = (
        (NotFoundError, 404), (UnknownError, 404), (ReadOnlyError, 403), (ForbiddenError, 403),
        (UnknownCallerError, 401), (UsageError, 422),
        (StoreError, 503), (NotReadyError, 503), (CrowdedError, 503),
    )  # fmt: skip
    status = next((status for kind, status in kinds if isinstance(error, kind)), 500)
    detail = str(error)
    if isinstance(error, StoreError) and not asking(request).sees_all:
        detail = f"{AWAY} {LATER}"
    answer = problem(request, status, detail, error.parts if isinstance(error, NotReadyError) else None)
    if isinstance(error, ForbiddenError):
        # What may be asked for is bounded, which ids are asked for isn't.
        asked = getattr(request.scope.get("route"), "path", "")
        request.app.state.drainwatch.gate.audit.note_again(request.scope, Deed.DENIED, f"{request.method} {asked}")
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    told = [_sentence(entry["loc"], entry["type"], entry["msg"]) for entry in errors[:_TOLD]]
    more = [f"And {len(errors) - _TOLD:,} more like that."] if len(errors) > _TOLD else []
    return problem(request, 422, " ".join(told + more))


def _sentence(place: tuple[str | int, ...], kind: str, message: str) -> str:
    if kind == "json_invalid":
        return f"{_NO_JSON} (from character {place[-1]} on): {_TAKEN}"
    name = str(place[-1])[:80] if place else "request"
    if kind == "extra_forbidden":
        return f"There is no parameter {name!r} here: see {API}/openapi.json for those that there are."
    return f"{name}: {message}."


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        400: f"{_NO_JSON}: {_TAKEN}",  # nested too deeply, or a number of thousands of digits
        404: f"There is nothing at this path: see {API}/openapi.json for the paths that there are.",
        405: f"This can't be done with this path: use {Headers(error.headers or {}).get('allow', 'GET')}.",
    }
    answer = problem(request, error.status_code, details.get(error.status_code, str(error.detail)))
    answer.headers.update(error.headers or {})
    return answer


def _unforeseen(request: Request, error: Exception) -> Response:
    return problem(request, 500, "This is a fault of drainwatch; its log says more. Please report it.")
