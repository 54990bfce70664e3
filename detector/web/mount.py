"""Hangs the page into the application; `mount_pages` is all that others need."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader

from detector.web import door
from detector.web.assets import Asset, Assets

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline, nothing from another host: log lines are written by strangers."""

_PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_ASSET_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}
PAGES = {
    "/": ("overview", "Overview"),
    "/incidents/{incident_id}": ("finding", "Incident"),
    "/anomalies/{anomaly_id}": ("finding", "Anomaly"),
    "/namespaces/{namespace:path}": ("namespace", "Namespace"),
    "/compare": ("compare", "Compare"),
    "/changes": ("changes", "What changed"),
    "/alerts": ("alerts", "Alerts"),
    "/alerts/{alert_id}": ("alert", "Alert"),
    "/silences": ("silences", "Silences"),
    "/templates": ("templates", "Templates"),
    "/models": ("models", "Models"),
    "/status": ("status", "Status"),
    "/settings": ("settings", "Settings"),
    "/access": ("access", "Access"),
}
"""Messages link to incidents and alerts, people to all of them: these addresses never change."""
_SECTIONS = (
    ("/", "Overview", ("overview",)),
    ("/alerts", "Alerts", ("alerts", "alert")),
    ("/silences", "Silences", ("silences",)),
    ("/compare", "Compare", ("compare", "changes")),
    ("/templates", "Templates", ("templates",)),
    ("/models", "Models", ("models",)),
    ("/status", "Status", ("status",)),
    ("/settings", "Settings", ("settings",)),
)
"""Of the navigation: address, name, and the pages that are in it."""


def _sent(request: Request, asset: Asset) -> Response:
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.content, media_type=asset.media_type, headers=_ASSET_HEADERS)
    headers = _ASSET_HEADERS | {"Content-Encoding": "gzip"}
    return Response(asset.compressed, media_type=asset.media_type, headers=headers)


def _missing() -> Response:
    return Response("There is no such file: load the page again.\n", 404, media_type="text/plain")


def mount_pages(app: FastAPI) -> None:
    """Serve the page at the addresses of `PAGES`, and its files under `/static`.

    The answers are the same for all: what is shown is read from the API by the browser, which also says when an id is
    unknown. Raises `UsageError` where the page isn't built.
    """
    assets = Assets()
    environment = Environment(loader=PackageLoader("detector.web"), autoescape=True, trim_blocks=True)
    environment.globals.update(
        asset=assets.url, chunks=assets.chunks, sections=_SECTIONS, version=version("drainwatch")
    )

    app.state.door = partial(door.show, environment)

    def add_page(path: str, name: str, title: str) -> None:
        body = environment.get_template(f"{name}.html").render(page=name, title=title)

        def page() -> HTMLResponse:
            return HTMLResponse(body, headers=_PAGE_HEADERS)

        app.add_api_route(path, page, methods=["GET", "HEAD"], include_in_schema=False, name=f"page {path}")

    def static(request: Request, digest: str, name: str) -> Response:
        asset = assets.files.get(name) if digest == assets.digest else None
        return _sent(request, asset) if asset else _missing()

    def favicon() -> RedirectResponse:
        return RedirectResponse(assets.url("mark.svg"))

    app.add_api_route("/static/{digest}/{name}", static, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/favicon.ico", favicon, methods=["GET", "HEAD"], include_in_schema=False)
    for path, (name, title) in PAGES.items():
        add_page(path, name, title)
