"""Every answer, whatever its path and its status, tells browsers to be careful with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from detector.api.app import create_app
from detector.api.limits.install import Limits
from detector.store.sqlite import SqliteStore
from detector.web.mount import mount_pages
from tests.store.shop import minute


@pytest.fixture
def app(store: SqliteStore) -> FastAPI:
    made = create_app(
        store, live=None, clock=lambda: minute(10), say=store.say, host_names=["watch.example.org"],
        limits=Limits(trusted=("127.0.0.1",)),
    )  # fmt: skip
    mount_pages(made)
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as made:
        yield made


def operations(app: FastAPI) -> list[tuple[str, str]]:
    """Method and an address of every route; names in it are of nothing."""
    found = []
    for route in iter_route_contexts(app.routes):
        for method in sorted(getattr(route, "methods", None) or ()):
            path = str(route.path)
            while "{" in path:
                path = path[: path.index("{")] + "none" + path[path.index("}") + 1 :]
            found.append((method, path))
    return found


def test_every_route_and_every_error(app: FastAPI, client: TestClient) -> None:
    cases = operations(app)
    assert len(cases) > 60
    stream = "/api/v1/events"
    refused = [("GET", "/nothing"), ("PUT", "/api/v1/incidents"), ("POST", "/"), ("GET", "/" + "x" * 17_000)]
    for method, path in [*(one for one in cases if one[1] != stream), *refused]:
        answer = client.request(method, path)
        policy = answer.headers["content-security-policy"]
        for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert part in policy, (method, path)
        assert "unsafe" not in policy
        for name, value in (
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ):
            assert answer.headers[name] == value, (method, path)
        assert "camera=()" in answer.headers["permissions-policy"]
        assert "server" not in answer.headers
        assert "strict-transport-security" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
        if path.startswith(("/api", "/metrics", "/healthz", "/readyz")) or answer.status_code >= 400:
            assert answer.headers["cache-control"] == "no-store", (method, path)


def test_https_is_asked_for_where_it_is_spoken(app: FastAPI) -> None:
    def strict(base: str, proto: str = "", peer: str = "192.0.2.1") -> str | None:
        with TestClient(app, base_url=base, client=(peer, 5)) as client:
            said = {"X-Forwarded-Proto": proto} if proto else {}
            return client.get("/healthz", headers=said).headers.get("strict-transport-security")

    assert strict("https://watch.example.org") == "max-age=31536000"
    assert strict("http://watch.example.org") is None
    assert strict("http://watch.example.org", "https", "127.0.0.1") == "max-age=31536000"
    assert strict("http://watch.example.org", "https") is None  # whoever says so is no proxy of ours
    # What else is served by an address may speak no TLS.
    assert strict("https://localhost") is strict("https://192.0.2.7") is None
