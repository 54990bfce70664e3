"""The application that answers under `/api/v1`, `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from detector.access.principal import NOBODY, OPEN
from detector.api import (
    alerts,
    anomalies,
    audit,
    changes,
    events,
    feedback,
    incident_views,
    incidents,
    lanes,
    me,
    models,
    namespaces,
    problems,
    series,
    settings,
    silences,
    status,
    templates,
    tokens,
    volumes,
    workload_changes,
)
from detector.api.auth import login, sign_on
from detector.api.auth.access import Access, gate
from detector.api.auth.opening import require
from detector.api.auth.rights import check_declared, describe
from detector.api.context import Context
from detector.api.forms import API, SECOND
from detector.api.hosts import OwnNames
from detector.api.limits.install import Limits, guard, limit_addresses, limit_clients
from detector.api.live import LiveStatus
from detector.api.metrics import endpoint as metrics
from detector.api.metrics.requests import Timed
from detector.api.news import News
from detector.api.remembered import Remembered
from detector.api.service_shapes import ProblemOut
from detector.api.sources import InForce
from detector.api.writes import OwnWrites
from detector.saying import Saying
from detector.settings import DetectionSettings
from detector.settings.access import AccessSettings
from detector.settings.alerts import AlertSettings
from detector.store.port import Reader

_LEAST, _LEVEL = 1_000, 5
"""Answers are compressed from so many bytes on, which fit into one packet; at the level that halves no further without
doubling the time: 260 kB of templates and scores are 42 kB after 2.7 ms, 39 after 4.9 at level 6, 37 after 33 at 9."""


def create_app(
    reader: Reader,
    *,
    live: LiveStatus | None,
    clock: Callable[[], int],
    span: int = 60 * SECOND,
    version: str = "0.1.0",
    say: Saying | None = None,
    detection: DetectionSettings | None = None,
    alerting: AlertSettings | None = None,
    host_names: Collection[str] = (),
    look_every: float = 1.0,
    in_force: InForce | None = None,
    limits: Limits | None = None,
    access: Access | None = None,
) -> FastAPI:
    """The API over a store; `live` is None where no service runs.

    `clock` gives now and `span` is the length of a window, both in microseconds (UTC). `say` writes feedback and
    silences down, None where nothing can be written; `detection` is what suggestions are measured by, `alerting`
    says where people reach the page and Kibana. `host_names` (lower case) are those by which it may be asked beside
    addresses and localhost. The store is looked at every `look_every` seconds while somebody follows what happens;
    `in_force` is how the service is set, to be shown, `limits` are what one client may take. `access` says how people
    and programs are known; without, or where that isn't required, everybody may do everything. Closing the reader is
    the caller's part, and so is to call `app.state.drainwatch.news.end` before the server waits for answers that
    were begun.
    """
    app = FastAPI(
        title="drainwatch",
        version=version,
        summary="Anomalies in the logs of Kubernetes namespaces, with reasons.",
        openapi_url=f"{API}/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={code: {"model": ProblemOut, "description": text} for code, text in _ERRORS.items()},
    )
    news = News(events.looking(reader, live), events.differs, look_every)
    limits = limits or Limits()
    detection, alerting = detection or DetectionSettings(), alerting or AlertSettings()
    access = access or Access(AccessSettings())
    entry = gate(access, reader, say, clock)
    app.state.drainwatch = Context(
        reader, live, clock, span, version, say, detection, alerting, news, in_force, Remembered(reader), entry,
        NOBODY if access.settings.required else OPEN,
    )  # fmt: skip
    problems.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=_LEAST, compresslevel=_LEVEL)
    app.add_middleware(OwnWrites)
    limit_clients(app, limits)
    if access.settings.required:
        require(app, entry, access, say, clock)
    limit_addresses(app, limits)
    app.add_middleware(OwnNames, names=host_names)
    if live is not None:
        app.add_middleware(Timed, measured=live.measured)
    guard(app, limits)
    for module in (
        anomalies, incidents, incident_views, alerts, silences, models, changes, feedback, templates, series, volumes,
        workload_changes, lanes, status, settings, events, metrics, tokens, audit, namespaces, me,
    ):  # fmt: skip
        app.include_router(module.router)
    app.include_router(namespaces.one_router)
    app.include_router(login.router)
    app.include_router(sign_on.router)
    check_declared(app.routes)
    document = app.openapi
    app.openapi = lambda: describe(_with_problem_type(document()), app.routes)  # type: ignore[method-assign]  # as FastAPI's manual has it
    return app


_ERRORS: dict[int | str, str] = {
    401: "Who asks has to say who they are.",
    403: "Who asks may not; or not by this name; or nothing can be written here, or not from there.",
    404: "What was asked for isn't there.",
    413: "More was sent than is read.",
    414: "The address is longer than is read.",
    415: "What was sent isn't JSON.",
    422: "A parameter can't be read.",
    429: "That was asked for too often, or too much at once: Retry-After says when to ask again.",
    431: "Its headers are longer than is read.",
    503: "The store can't be read, or nothing is scored yet.",
}


def _with_problem_type(document: dict[str, Any]) -> dict[str, Any]:
    """The document with errors under the media type that they really have."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for code in map(str, _ERRORS):
                content = operation["responses"].get(code, {}).get("content", {})
                for media_type in content.keys() - {problems.PROBLEM_JSON}:
                    content[problems.PROBLEM_JSON] = content.pop(media_type)
    return document
