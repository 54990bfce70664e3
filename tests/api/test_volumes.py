"""Levels, trends and detectors: what the charts of a namespace are drawn from, on one grid of columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from detector.rarity import score_of_budget
from detector.store.port import PassResult, WindowCounts
from detector.store.sqlite import SqliteStore
from tests.api.test_endpoints import SHOP, get, refused
from tests.store.shop import MINUTE, anomaly, counts, minute, status, template

MORNING = {"since": "2026-11-21T07:00:00Z", "until": "2026-11-21T07:10:00Z"}


@pytest.fixture
def levelled(api: TestClient, store: SqliteStore) -> TestClient:
    """The morning, in which `refused` is an error and `sent` has no level."""
    error = template("refused", count=603, text="could not connect to <HOST>")
    unknown = template("sent", workload="mailer")
    store.commit(PassResult(minute(10), templates=[replace(error, level="error"), replace(unknown, level="")]))
    return api


def test_lines_are_told_by_level_the_worst_first(levelled: TestClient) -> None:
    found = get(levelled, f"{SHOP}/levels", **MORNING)
    assert list(found["levels"]) == ["error", "info", "none"]
    assert found["levels"]["error"] == [0, 0, 0, 203, 204, 205, 0, 0, 0, 0]
    assert found["levels"]["info"] == [5, 5, 300, 6, 6, 6, 0, 0, 0, 5]
    assert found["total"] == get(levelled, f"{SHOP}/counts", **MORNING)["counts"]
    assert (found["since"], found["until"], found["step_seconds"]) == (*MORNING.values(), 60.0)
    assert get(levelled, found["links"]["self"]) == found


def test_columns_are_whole_windows_on_the_clock_and_null_where_nothing_is_known(levelled: TestClient) -> None:
    wide = {"since": "2026-11-21T06:52:00Z", "until": "2026-11-21T07:23:00Z"}
    found = get(levelled, f"{SHOP}/levels", **wide, buckets=8)
    assert (found["since"], found["until"]) == ("2026-11-21T06:50:00Z", "2026-11-21T07:25:00Z")
    assert (found["step_seconds"], found["closed_until"]) == (300.0, "2026-11-21T07:10:00Z")
    assert found["total"] == [None, None, 70_734, 216, None, None, None]
    trend = get(levelled, f"{SHOP}/trends", **wide, buckets=8, template="refused")
    assert trend["items"][0]["counts"] == [None, None, 407, 205, None, None, None]


def test_the_column_that_is_not_over_shows_what_is_closed_of_it(levelled: TestClient, store: SqliteStore) -> None:
    store.commit(PassResult(minute(12), counts=[counts(11, paid=3)]))
    found = get(levelled, f"{SHOP}/levels", since="2026-11-21T07:05:00Z", until="2026-11-21T07:20:00Z", buckets=3)
    assert (found["total"], found["closed_until"]) == ([216, 3, None], "2026-11-21T07:12:00Z")


def test_trends_come_in_the_order_asked_for(levelled: TestClient) -> None:
    asked = "template=sent&template=refused&template=nobody&template=sent"
    found = get(levelled, f"{SHOP}/trends?{asked}&since=2026-11-21T07:00:00Z&buckets=2")
    assert [one["template_id"] for one in found["items"]] == ["sent", "refused", "nobody", "sent"]
    assert [one["counts"] for one in found["items"]] == [[70_005, 0], [407, 205], [0, 0], [70_005, 0]]
    assert get(levelled, found["links"]["self"]) == found


def test_scores_are_told_by_detector_beside_the_score_that_makes_an_incident(
    levelled: TestClient, store: SqliteStore
) -> None:
    store.commit(PassResult(minute(10), anomalies=[replace(anomaly(9), score=20.0, scores={"season": 20.0})]))
    found = get(levelled, f"{SHOP}/detectors", **MORNING, buckets=5)
    assert found["step_seconds"] == 120
    assert found["score"] == [None, 76.0, 80.0, None, 20.0]
    assert found["detectors"] == {
        "forest": [None, 12.5, 12.5, None, 12.5],
        "season": [None, None, None, None, 20.0],
        "surprise": [None, 76.0, 80.0, None, 12.0],
    }
    assert found["threshold"] == score_of_budget(1.0, MINUTE) == 25.0


@pytest.mark.parametrize("part", ["levels", "detectors", "trends?template=paid"])
def test_without_a_range_it_is_the_last_day(levelled: TestClient, part: str) -> None:
    found = get(levelled, f"{SHOP}/{part}")
    assert found["until"] >= "2026-11-21T07:10:00Z"
    assert found["since"][:13] in ("2026-11-20T06", "2026-11-20T07")


@pytest.mark.parametrize(
    ("path", "status_code", "said"),
    [
        ("shop/trends", 422, "template"),
        ("shop/trends?" + "&".join(f"template={n}" for n in range(201)), 422, "200"),
        ("shop/levels?buckets=0", 422, "buckets"),
        ("shop/levels?buckets=1001", 422, "buckets"),
        ("shop/levels?step=hour", 422, "no parameter 'step'"),
        ("shop/detectors?since=now&until=-1h", 422, "later than"),
        ("shopp/levels", 404, "no namespace"),
    ],
)
def test_what_cannot_be_drawn_is_told(api: TestClient, path: str, status_code: int, said: str) -> None:
    assert said in refused(api, f"/api/v1/namespaces/{path}", status_code)


def test_what_was_rolled_up_is_told_by_the_hour_and_the_same(empty: TestClient, store: SqliteStore) -> None:
    chance = np.random.default_rng(1)
    days = 3 * 1440
    windows = [
        WindowCounts("shop", minute(at), ("paid", "sent"), chance.integers(1, 50, 2).astype(np.int64))
        for at in range(days)
        if at % 7
    ]
    store.commit(PassResult(minute(days), counts=windows, statuses=[status(last=days - 1)]))
    whole = {"since": "2026-11-21T07:00:00Z", "until": "2026-11-24T07:00:00Z", "buckets": 100}
    asked = ((f"{SHOP}/levels", whole), (f"{SHOP}/trends", whole | {"template": "sent"}))
    levels, trends = (get(empty, path, **query) for path, query in asked)
    assert levels["step_seconds"] == trends["step_seconds"] == 3600
    assert sum(levels["total"]) == sum(int(one.counts.sum()) for one in windows)
    assert sum(trends["items"][0]["counts"]) == sum(int(one.counts[1]) for one in windows)
    store.prune(minute(1500), 0)
    assert [get(empty, path, **query) for path, query in asked] == [levels, trends]
    first = {"since": "2026-11-21T10:00:00Z", "until": "2026-11-21T12:00:00Z"}
    found = get(empty, f"{SHOP}/levels", **first)
    assert found["step_seconds"] == 3600, "minutes of that time are not known any more"
    assert found["total"] == levels["total"][3:5]
    assert (
        get(empty, f"{SHOP}/levels", since="2026-11-24T06:00:00Z", until="2026-11-24T07:00:00Z")["step_seconds"] == 60
    )
