"""Incidents in metrics: alone in the lists, or inside the incident in the logs that they are a part of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.testclient import TestClient

from detector.findings import Source
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.store.shop import incident, minute


def get(api: TestClient, path: str) -> Any:
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_part_is_shown_inside_its_whole_and_in_no_list(api: TestClient, store: SqliteStore) -> None:
    whole = incident(3, 5)
    part = replace(whole, id="m1", source=Source.METRICS, part_of=whole.id)
    store.commit(PassResult(minute(10), incidents=[whole, part]))
    for path in ("/api/v1/incidents", "/api/v1/namespaces/shop/incidents"):
        assert "m1" not in [one["id"] for one in get(api, f"{path}?since=2026-11-21T00:00:00Z")["items"]]
    (shown,) = get(api, f"/api/v1/incidents/{whole.id}")["parts"]
    assert (shown["id"], shown["source"], shown["part_of"]) == ("m1", "metrics", whole.id)
    alone = get(api, "/api/v1/incidents/m1")
    assert alone["links"]["whole"] == f"/api/v1/incidents/{whole.id}"
    assert alone["windows"] == []


def test_one_that_is_no_part_is_listed_as_what_it_is(api: TestClient, store: SqliteStore) -> None:
    store.commit(PassResult(minute(10), incidents=[replace(incident(3, 5), id="m1", source=Source.METRICS)]))
    listed = get(api, "/api/v1/incidents?since=2026-11-21T00:00:00Z")["items"]
    assert {one["id"]: one["source"] for one in listed}["m1"] == "metrics"
    assert "whole" not in get(api, "/api/v1/incidents/m1")["links"]


def test_of_one_in_metrics_no_feedback_is_taken(api: TestClient, store: SqliteStore) -> None:
    store.commit(PassResult(minute(10), incidents=[replace(incident(3, 5), id="m1", source=Source.METRICS)]))
    answer = api.post("/api/v1/feedback", json={"kind": "expected", "incident": "m1", "author": "Kim"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Of incidents in metrics nothing can be said.")


def test_of_a_namespace_that_logs_nothing_incidents_in_metrics_are_listed(api: TestClient, store: SqliteStore) -> None:
    alone = replace(incident(3, 5), id="m1", namespace="mesh", source=Source.METRICS)
    store.commit(PassResult(minute(10), incidents=[alone]))
    listed = get(api, "/api/v1/namespaces/mesh/incidents?since=2026-11-21T00:00:00Z")["items"]
    assert [one["id"] for one in listed] == ["m1"]
    answer = api.get("/api/v1/namespaces/mesh")
    assert answer.status_code == 404, "how its logs are doing nobody knows"
    assert answer.json()["detail"] == (
        "No line of 'mesh' was read: what is known of it are incidents in metrics. "
        "They are at /api/v1/namespaces/mesh/incidents."
    )
    assert api.get("/api/v1/namespaces/nobody/incidents").status_code == 404
