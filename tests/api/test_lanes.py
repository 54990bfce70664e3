"""The overview: all namespaces over time, the worst first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from detector.alert import Silence
from detector.feedback import mute
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.store.shop import anomaly, incident, minute, status

LANES = "/api/v1/lanes"
SEVEN_TO_TEN_PAST = {"since": "2026-11-21T07:00:00Z", "until": "2026-11-21T07:10:00Z"}


def get(api: TestClient, **query: object) -> Any:
    answer = api.get(LANES, params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(api: TestClient, **query: object) -> list[str]:
    return [one["namespace"] for one in get(api, **query)["items"]]


def test_a_lane_has_the_highest_score_of_each_column_rounded_down(api: TestClient) -> None:
    found = get(api, **SEVEN_TO_TEN_PAST, buckets=5)
    assert (found["since"], found["until"]) == tuple(SEVEN_TO_TEN_PAST.values())
    assert (found["step_seconds"], found["closed_until"], found["total"]) == (120, "2026-11-21T07:10:00Z", 2)
    bank, shop = found["items"]
    assert shop["scores"] == [0, 76, 80, 0, 12]
    assert (shop["worst"], shop["severity"], shop["incidents"], shop["open"]) == (80.0, "critical", 1, 0)
    assert bank["scores"] == [0, 0, 0, 0, 30]
    assert (bank["worst"], bank["severity"], bank["incidents"], bank["open"]) == (30.0, "minor", 1, 1)


def test_a_lane_says_how_its_namespace_is(api: TestClient) -> None:
    bank, shop = get(api)["items"]
    assert (shop["state"], shop["learning_until"], shop["learning_windows"]) == ("ready", None, None)
    assert (bank["state"], bank["learning_until"]) == ("learning", "2026-11-21T08:00:00Z")
    assert (bank["windows"], bank["learning_windows"], bank["last_line"]) == (9, 60, None)


def test_nothing_is_known_before_the_first_window_nor_of_what_is_not_closed(
    api: TestClient, store: SqliteStore
) -> None:
    store.commit(PassResult(minute(10), statuses=[replace(status(), first_window=minute(2))]))
    (shop,) = get(api, since="2026-11-21T07:00:00Z", until="2026-11-21T07:12:00Z", buckets=12, q="shop")["items"]
    assert shop["scores"] == [None, None, 0, 76, 80, 51, 0, 0, 12, 0, None, None]


def test_without_a_range_it_is_the_last_day_of_the_logs(api: TestClient) -> None:
    found = get(api)
    assert (found["since"], found["until"]) == ("2026-11-20T07:00:00Z", "2026-11-21T07:15:00Z")
    assert found["step_seconds"] == 900
    assert [one["scores"][-1] for one in found["items"]] == [30, 80]
    assert {len(one["scores"]) for one in found["items"]} == {97}


@pytest.mark.parametrize(("buckets", "columns"), [(1, 1), (3, 2), (1000, 10)])
def test_there_are_no_more_columns_than_asked_for(api: TestClient, buckets: int, columns: int) -> None:
    found = get(api, **SEVEN_TO_TEN_PAST, buckets=buckets)
    assert {len(one["scores"]) for one in found["items"]} == {columns}


def test_an_empty_range_has_no_columns(api: TestClient) -> None:
    found = get(api, since="now", until="now")
    assert [(one["scores"], one["worst"], one["incidents"]) for one in found["items"]] == [([], 0, 0)] * 2


def test_the_worst_come_first_or_the_newest_or_by_name(api: TestClient, store: SqliteStore) -> None:
    store.commit(
        PassResult(
            minute(10),
            statuses=[status("apple"), status("plum"), status("pear")],
            anomalies=[anomaly(1, 90.0, "plum"), anomaly(1, 20.0, "pear")],
            incidents=[incident(1, 1, 90.0, "plum")],
        )
    )
    assert names(api) == ["bank", "plum", "shop", "pear", "apple"], "what goes on, then by score, then by name"
    assert names(api, sort="newest") == ["bank", "shop", "plum", "apple", "pear"]
    assert names(api, sort="name") == ["apple", "bank", "pear", "plum", "shop"]
    assert names(api, since="2026-11-21T07:00:00Z", until="2026-11-21T07:02:00Z") == [
        "plum",
        "pear",
        "apple",
        "bank",
        "shop",
    ], "of that time alone"


@pytest.mark.parametrize("sort", ["worst", "newest", "name"])
def test_pages_follow_each_other_in_every_order(api: TestClient, store: SqliteStore, sort: str) -> None:
    many = [f"n{number:02}" for number in range(20)]
    store.commit(
        PassResult(
            minute(10),
            statuses=[status(name) for name in many],
            anomalies=[anomaly(3, 10.0 + number % 4, name) for number, name in enumerate(many)],
            incidents=[incident(number % 5, 9, 50.0, name) for number, name in enumerate(many[::2])],
        )
    )
    whole = names(api, sort=sort)
    assert len(whole) == len(set(whole)) == 22
    paged, path = [], f"{LANES}?sort={sort}&limit=6"
    while path:
        page = api.get(path).json()
        assert page["total"] == 22
        paged += [one["namespace"] for one in page["items"]]
        path = page["links"].get("next")
    assert paged == whole


def test_lanes_are_found_by_all_words_of_their_name(api: TestClient, store: SqliteStore) -> None:
    store.commit(PassResult(minute(10), statuses=[status("shop-eu-prod"), status("shop-us-prod")]))
    assert names(api, q="SHOP eu") == ["shop-eu-prod"]
    assert get(api, q="prod", limit=1)["total"] == 2
    assert names(api, q="nothing-like-it") == []


def test_a_namespace_is_muted_or_silenced_as_a_whole_only(api: TestClient, store: SqliteStore) -> None:
    def quiet(name: str) -> tuple[bool, bool]:
        (one,) = get(api, q=name)["items"]
        return one["muted"], one["silenced"]

    store.say(mute("shop", "Kim", "", minute(9), workload="checkout"))
    store.say(Silence("s1", "shop", minute(9), minute(60), workload="checkout"))
    assert quiet("shop") == (False, False)
    store.say(mute("shop", "Kim", "", minute(9)))
    store.say(Silence("s2", "ba*", minute(9), minute(60)))
    assert (quiet("shop"), quiet("bank")) == ((True, False), (False, True))
    store.say(Silence("s2", "ba*", minute(9), minute(60), withdrawn=minute(10)))
    assert quiet("bank") == (False, False)


def test_an_empty_store_has_no_lanes(empty: TestClient) -> None:
    found = get(empty)
    assert (found["items"], found["total"], found["closed_until"], found["next_cursor"]) == ([], 0, None, None)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("buckets=0", "buckets"),
        ("buckets=1001", "buckets"),
        ("sort=best", "sort"),
        ("since=yesterday", "since: 'yesterday' is not a time."),
        ("columns=5", "columns"),
        ("cursor=none", "The cursor can't be read."),
    ],
)
def test_what_cannot_be_read_is_refused(api: TestClient, query: str, sentence: str) -> None:
    answer = api.get(f"{LANES}?{query}")
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
