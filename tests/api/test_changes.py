"""`/api/v1/changes`, and what findings say of changes."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from detector.findings import Change, ChangeKind
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.api.test_endpoints import get, refused
from tests.store.shop import anomaly, counts, incident, minute, status, template

ROLLED = 200
CHANGE = Change("c1", "shop", "checkout", minute(ROLLED) + 10_000_000, ChangeKind.IMAGE, "r/checkout:1", "r/checkout:2")


@pytest.fixture
def rolled(empty: TestClient, store: SqliteStore) -> TestClient:
    """Four hours of `shop`: at 10:20 checkout:2 is rolled out, and refuses what it paid."""
    before = [counts(at, paid=20 + at % 3, sent=5) for at in range(ROLLED)]
    after = [counts(at, refused=9, sent=5) for at in range(ROLLED, 240)]
    refusals = replace(template("refused", text="refused <NUM>"), first_seen=minute(ROLLED) + 1, level="error")
    store.commit(
        PassResult(
            minute(240),
            counts=[*before, *after],
            templates=[template("paid"), template("sent", workload="mailer"), refusals],
            anomalies=[replace(anomaly(ROLLED), change=CHANGE, incident="i1")],
            incidents=[replace(incident(ROLLED, ROLLED + 2), change=CHANGE)],
            changes=[CHANGE],
            statuses=[status(last=239)],
        )
    )
    return empty


def test_what_the_last_roll_out_changed_is_told_with_evidence(rolled: TestClient) -> None:
    found = get(rolled, "/api/v1/changes", namespace="shop")
    assert (found["before_since"], found["since"], found["until"]) == (
        "2026-11-21T07:20:00Z",
        "2026-11-21T10:20:00Z",
        "2026-11-21T11:00:00Z",
    )
    (release,) = found["release"]
    assert release == found["changes"][0]
    assert release["summary"] == "image 2 of checkout was rolled out (before: 1)"
    assert release["time"] == "2026-11-21T10:20:10Z"
    gone, new = found["differences"]
    assert (gone["template_id"], gone["kind"], gone["lift"], gone["certain"]) == ("paid", "gone", 0.0, True)
    assert (gone["before"], gone["after"], gone["windows_before"], gone["windows_after"]) == (3780, 0, 180, 40)
    assert (new["template_id"], new["kind"], new["lift"], new["level"]) == ("refused", "new", None, "error")
    assert (new["after"], new["example"]) == (360, "refused 17")
    assert get(rolled, found["links"]["self"]) == found


def test_a_time_may_be_asked_about_instead(rolled: TestClient) -> None:
    found = get(rolled, "/api/v1/changes", namespace="shop", since="2026-11-21T09:00:00Z", until="2026-11-21T10:00:00Z")
    assert (found["release"], found["changes"], found["differences"]) == ([], [], [])


def test_findings_say_what_was_changed_before_them_and_where_to_ask_what_it_did(rolled: TestClient) -> None:
    (one,) = get(rolled, "/api/v1/incidents")["items"]
    assert one["change"]["after"] == "r/checkout:2"
    asked = parse_qs(urlsplit(one["links"]["changes"]).query)
    assert asked == {
        "namespace": ["shop"],
        "since": ["2026-11-21T10:20:00Z"],
        "until": ["2026-11-21T11:20:00Z"],
    }
    assert get(rolled, one["links"]["changes"])["differences"]
    assert get(rolled, f"/api/v1/anomalies/{anomaly(ROLLED).id}")["change"] == one["change"]


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ("namespace=shop&since=yesterday", 422, "since: 'yesterday' is not a time"),
        ("namespace=shop&since=2026-11-21T09:00:00Z&until=2026-11-21T08:00:00Z", 422, "since is later than until"),
        ("namespace=shop&since=2026-11-21T07:00:00Z", 422, "Nothing is known of shop before"),
        ("namespace=shop&until=2026-11-21T09:00:00Z", 422, "No roll-out in shop was seen.*Give a time"),
        ("namespace=shopp", 404, "no namespace 'shopp'.*shop"),
        ("since=-1h", 422, "namespace"),
        ("namespace=shop&limit=3", 422, "limit"),
    ],
)
def test_what_cannot_be_answered_is_told_with_advice(rolled: TestClient, query: str, code: int, said: str) -> None:
    assert re.search(said, refused(rolled, f"/api/v1/changes?{query}", code))


def test_changes_of_a_namespace_are_listed_newest_first(rolled: TestClient, store: SqliteStore) -> None:
    earlier = replace(CHANGE, id="c0", workload="mailer", time=minute(30), kind=ChangeKind.APPEARED)
    elsewhere = replace(CHANGE, id="c2", namespace="mail")
    store.commit(PassResult(minute(240), changes=[earlier, elsewhere]))
    path = "/api/v1/namespaces/shop/changes"
    found = get(rolled, path)
    assert [one["id"] for one in found["items"]] == ["c1", "c0"]
    assert found["items"][0] == get(rolled, "/api/v1/changes", namespace="shop")["changes"][0]
    assert [one["id"] for one in get(rolled, path, since="2026-11-21T10:00:00Z")["items"]] == ["c1"]
    assert [one["id"] for one in get(rolled, path, until="2026-11-21T10:20:10Z")["items"]] == ["c0"]
    first = get(rolled, path, limit=1)
    assert [one["id"] for one in get(rolled, first["links"]["next"])["items"]] == ["c0"]
    assert "no namespace" in refused(rolled, "/api/v1/namespaces/shpo/changes", 404)
