"""A name that somebody else points at this machine (DNS rebinding) is answered nothing, however it is listened on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from detector.api.app import create_app
from detector.store.sqlite import SqliteStore
from detector.web.mount import mount_pages
from tests.store.shop import minute

MUTE = {"kind": "mute", "namespace": "shop", "author": "somebody"}


@pytest.fixture(params=["0.0.0.0", "[::ffff:127.0.0.1]"])
def asked(request: pytest.FixtureRequest, store: SqliteStore, api: TestClient) -> Iterator[TestClient]:
    """The API and the page over the morning, with the name `watch.example.org`, come to by several addresses."""
    names = ["watch.example.org"]
    app = create_app(store, live=None, clock=lambda: minute(10), say=store.say, host_names=names)
    mount_pages(app)
    with TestClient(app, base_url=f"http://{request.param}:8765") as client:
        yield client


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8765", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "watch.example",
        "evil.watch.example.org", "me@127.0.0.1", "127.0.0.1/evil.example", "[evil.example]", "[::1", "2130706433",
        ":1", "",
    ],
)  # fmt: skip
def test_who_asks_for_another_name_neither_reads_nor_writes(asked: TestClient, store: SqliteStore, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    for path in ("/api/v1/incidents", "/api/v1/openapi.json", "/", "/namespaces/shop", "/metrics", "/readyz"):
        answer = asked.get(path, headers=headers)
        assert answer.status_code == 403, path
        assert "service.host_names" in answer.json()["detail"]
        assert asked.head(path, headers=headers).status_code == 403
        assert asked.options(path, headers=headers).status_code == 403
    assert asked.post("/api/v1/feedback", json=MUTE, headers=headers).status_code == 403
    assert asked.delete("/api/v1/feedback/x", headers=headers).status_code == 403
    assert store.feedback() == []


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8765", "LOCALHOST", "drainwatch.localhost:8765", "127.0.0.1:8765", "10.1.2.3", "[::1]:8765",
        "[::ffff:10.1.2.3]", "watch.example.org", "Watch.Example.org.:443",
    ],
)  # fmt: skip
def test_addresses_localhost_and_names_of_the_settings_are_ours(asked: TestClient, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert asked.get("/api/v1/incidents", headers=headers).status_code == 200
    assert asked.get("/", headers=headers).status_code == 200
    assert asked.post("/api/v1/feedback", json=MUTE, headers=headers).status_code == 201
