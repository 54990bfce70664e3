"""Load balancers ask with HEAD whether a service is well: it is answered as GET is, without the body."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from detector.store.sqlite import SqliteStore


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/v1/incidents", "/api/v1/incidents/nothing"])
def test_head_is_answered_as_get_is_without_the_body(api: TestClient, path: str) -> None:
    whole, head = api.get(path), api.head(path)
    assert head.status_code == whole.status_code
    assert head.content == b""
    assert whole.content
    for name in ("content-type", "cache-control", "x-content-type-options"):
        assert head.headers[name] == whole.headers[name], name
    if path != "/metrics":  # which count themselves
        assert head.headers["content-length"] == whole.headers["content-length"]


def test_head_of_the_stream_does_not_wait_for_its_end(api: TestClient) -> None:
    assert api.head("/api/v1/events").status_code == 405


def test_head_writes_nothing(api: TestClient, store: SqliteStore) -> None:
    assert api.head("/auth/token").status_code in (404, 405)
    assert api.head("/api/v1/silences").status_code == 200
    assert store.silences() == []
