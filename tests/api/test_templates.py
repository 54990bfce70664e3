"""Templates of a namespace or of all: searched, filtered, with what there is to choose from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from detector.findings import Feedback, FeedbackKind
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.api.test_endpoints import SHOP, get, refused
from tests.store.shop import minute, template

ALL = "/api/v1/templates"


@pytest.fixture
def many(api: TestClient, store: SqliteStore) -> TestClient:
    """Beside the morning's (`paid`, `refused`, `sent`; `login` in bank) an error in each of both namespaces."""
    failed = replace(template("failed", workload="checkout", count=7), level="error")
    denied = replace(template("denied", "bank", "auth", count=4), level="error", first_seen=minute(3))
    odd = replace(template("odd", "bank", "ledger", count=2), level="")
    store.commit(PassResult(minute(10), templates=[failed, denied, odd]))
    return api


def ids(found: dict[str, list[dict[str, str]]]) -> list[str]:
    return [one["id"] for one in found["items"]]


def test_templates_of_all_namespaces_are_one_list(many: TestClient) -> None:
    found = get(many, ALL)
    assert ids(found) == ["refused", "paid", "failed", "denied", "odd", "login", "sent"]
    assert (found["total"], found["next_cursor"]) == (7, None)
    assert ids(get(many, ALL, namespace="bank")) == ["denied", "odd", "login"]
    assert get(many, ALL, namespace="shop")["items"] == get(many, f"{SHOP}/templates")["items"]
    assert get(many, found["links"]["self"]) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "ORDER den"}, ["denied"]),
        ({"level": "error"}, ["failed", "denied"]),
        ({"level": "none"}, ["odd"]),
        ({"workload": "auth"}, ["denied", "login"]),
        ({"new_since": "2026-11-21T07:03:00Z"}, ["denied"]),
        ({"new_since": "2026-11-21T07:03:01Z"}, []),
        ({"gone_since": "2026-11-21T07:02:00Z"}, ["login", "sent"]),
        ({"gone_since": "-8m"}, ["login", "sent"]),
        ({"level": "error", "workload": "checkout", "q": "failed"}, ["failed"]),
    ],
)
def test_they_are_looked_for_by_what_they_are(many: TestClient, query: dict[str, str], found: list[str]) -> None:
    listed = get(many, ALL, **query)
    assert (ids(listed), listed["total"]) == (found, len(found))


def test_beside_them_stands_how_many_there_are_by_another_level_or_workload(many: TestClient) -> None:
    whole = get(many, ALL)["facets"]
    assert list(whole["levels"].items()) == [("error", 2), ("info", 4), ("none", 1)]
    assert whole["workloads"] == {"checkout": 3, "auth": 2, "ledger": 1, "mailer": 1}
    assert next(iter(whole["workloads"])) == "checkout"
    found = get(many, ALL, level="error", workload="auth")["facets"]
    assert found == {"levels": {"error": 1, "info": 1}, "workloads": {"checkout": 1, "auth": 1}}


def test_what_is_muted_is_found_or_left_out(many: TestClient, store: SqliteStore) -> None:
    mute = Feedback("f1", FeedbackKind.MUTE, "bank", workload="auth", since=minute(1), created=minute(1))
    expired = Feedback("f2", FeedbackKind.MUTE, "shop", template="paid", until=minute(5), created=minute(1))
    store.say(mute)
    store.say(expired)
    found = get(many, ALL, muted="true")
    assert ids(found) == ["denied", "login"]
    assert {one["muted_by"] for one in found["items"]} == {"f1"}
    assert found["facets"]["workloads"] == {"auth": 2}
    assert ids(get(many, ALL, muted="false")) == ["refused", "paid", "failed", "odd", "sent"]
    assert ids(get(many, f"{SHOP}/templates", muted="true")) == []


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("level", ["denied", "failed", "login", "paid", "refused", "sent", "odd"]),
        ("namespace", ["denied", "login", "odd", "failed", "paid", "refused", "sent"]),
        ("first_seen", ["denied", "failed", "login", "odd", "paid", "refused", "sent"]),
    ],
)
def test_pages_follow_each_other_in_every_order(many: TestClient, sort: str, found: list[str]) -> None:
    paged, path = [], f"{ALL}?sort={sort}&limit=3"
    while path:
        page = get(many, path)
        assert page["total"] == 7
        paged += ids(page)
        path = page["links"].get("next", "")
    assert paged == found


@pytest.mark.parametrize(
    ("query", "status_code", "said"),
    [
        ("level=bad", 422, "level"),
        ("muted=perhaps", 422, "muted"),
        ("new_since=soon", 422, "new_since: 'soon' is not a time"),
        ("namespace=shopp", 404, "no namespace 'shopp'"),
        ("order=count", 422, "no parameter 'order'"),
    ],
)
def test_what_cannot_be_looked_for_is_told(many: TestClient, query: str, status_code: int, said: str) -> None:
    assert said in refused(many, f"{ALL}?{query}", status_code)


def test_what_was_written_since_is_in_the_list(many: TestClient, store: SqliteStore) -> None:
    assert get(many, ALL, q="later")["items"] == []
    store.commit(PassResult(minute(10), templates=[template("later", "bank", "ledger")]))
    assert ids(get(many, ALL, q="later")) == ["later"]
    assert get(many, f"{ALL}/later")["namespace"] == "bank"


def test_long_texts_are_paged_through_by_text(many: TestClient, store: SqliteStore) -> None:
    texts = ["é" * 2_000, "é" * 1_999, "long " * 400]
    store.commit(PassResult(minute(10), templates=[template(f"l{n}", text=text) for n, text in enumerate(texts)]))
    listed, address = [], f"{ALL}?sort=text&limit=1"
    while address:
        page = get(many, address)
        listed += ids(page)
        address = page["links"].get("next", "")
    assert listed == ids(get(many, ALL, sort="text"))
    assert len(set(listed)) == 10


@pytest.mark.parametrize("path", [ALL, f"{SHOP}/templates"])
def test_what_was_read_once_is_read_again_when_it_is_another(many: TestClient, store: SqliteStore, path: str) -> None:
    assert "late" not in ids(get(many, path))
    store.commit(PassResult(minute(11), templates=[template("late")]))
    assert "late" in ids(get(many, path))
    assert get(many, f"{ALL}/late")["id"] == "late"
