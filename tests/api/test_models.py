"""`/api/v1/models`: all of them, two held against each other, and an earlier one chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from detector.api.app import create_app
from detector.store.sqlite import SqliteStore, open_store
from tests.cli.learned import learned
from tests.detector.history import at


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learned(tmp_path_factory.mktemp("learned") / "s.sqlite", 130)


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(path)) as opened:
        yield opened


@pytest.fixture
def api(store: SqliteStore) -> Iterator[TestClient]:
    with TestClient(
        create_app(store, live=None, clock=lambda: at(130), say=store.say, host_names=["testserver"])
    ) as client:
        yield client


def models(api: TestClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get("/api/v1/models?namespace=shop").json()["items"]
    return items


def test_all_models_with_why_and_what_they_left_out(api: TestClient) -> None:
    newest, oldest = models(api)

    assert (newest["cause"], newest["at_work"], oldest["cause"], oldest["at_work"]) == (
        "schedule", True, "first", False,
    )  # fmt: skip
    assert {"start": "2026-01-01T01:35:00Z", "end": "2026-01-01T01:46:00Z"} in newest["left_out"]
    assert api.get(newest["links"]["self"]).json() == newest
    assert api.get("/api/v1/models?namespace=bank").status_code == 404
    assert api.get("/api/v1/models/nope").status_code == 404


def test_two_are_held_against_each_other(api: TestClient) -> None:
    newest, oldest = models(api)
    found = api.get(f"/api/v1/models/compare?old={oldest['version']}&new={newest['version'][:8]}").json()

    assert (found["old"], found["new"]) == (oldest, newest)
    assert found["flagged"]["windows"] == 130
    assert api.get("/api/v1/models/compare?old=nope&new=nope").status_code == 404


def test_an_earlier_one_is_chosen_with_the_next_window_and_released(api: TestClient, store: SqliteStore) -> None:
    oldest = models(api)[-1]["version"]
    made = api.post("/api/v1/models/choice", json={"namespace": "shop", "version": oldest, "note": "bad day"})

    assert (made.status_code, made.json()["time"], made.json()["version"]) == (201, "2026-01-01T02:10:00Z", oldest)
    assert models(api)[-1]["chosen"] == made.json()
    assert [one.version for one in store.model_choices("shop")] == [oldest]

    assert api.post("/api/v1/models/choice", json={"namespace": "shop"}).status_code == 201
    assert models(api)[-1]["chosen"] is None
    nothing_chosen = api.post("/api/v1/models/choice", json={"namespace": "shop"})
    assert (nothing_chosen.status_code, "Nobody chose" in nothing_chosen.json()["detail"]) == (422, True)


def test_what_is_not_there_is_not_chosen_nor_where_nothing_can_be_written(api: TestClient, store: SqliteStore) -> None:
    assert api.post("/api/v1/models/choice", json={"namespace": "bank", "version": "abcd"}).status_code == 404
    assert api.post("/api/v1/models/choice", json={"namespace": "shop", "version": "abcd"}).status_code == 404
    assert api.post("/api/v1/models/choice", json={"namespace": "shop", "note": "x" * 2_000}).status_code == 422
    foreign = api.post("/api/v1/models/choice", json={"namespace": "shop"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    with TestClient(create_app(store, live=None, clock=lambda: at(130), host_names=["testserver"])) as reading:
        assert reading.post("/api/v1/models/choice", json={"namespace": "shop"}).status_code in (403, 405, 409)
