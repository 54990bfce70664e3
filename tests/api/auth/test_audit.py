"""What was done by whom over HTTP: written down, put down to who is known, and shown to admins."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from detector.access.acts import Deed
from detector.access.principal import NOBODY, Right
from detector.api.auth.audit import MOST, Audit
from detector.store.sqlite import SqliteStore
from tests.api.auth.doors import NOW, Time, by, given, service, token
from tests.store.shop import morning


@pytest.fixture
def store(store: SqliteStore) -> SqliteStore:
    """With something in it to speak of."""
    for result in morning():
        store.commit(result)
    return store


def test_what_people_say_is_put_down_to_who_they_are_whatever_they_sent(api: TestClient, store: SqliteStore) -> None:
    kim = by(given(store, "kim", "shop", right=Right.FEEDBACK))
    word = api.post("/api/v1/feedback", json={"kind": "mute", "namespace": "shop", "author": "ana"}, headers=kim).json()
    silence = api.post("/api/v1/silences", json={"namespace": "shop", "for": "1h", "author": "ana"}, headers=kim).json()
    assert (word["author"], silence["author"]) == ("kim", "kim")
    api.delete(f"/api/v1/feedback/{word['id']}", headers=kim)
    api.delete(f"/api/v1/silences/{silence['id']}", headers=kim)
    how = f"token {token('kim')[0].id}"
    # At the same moment they come by their ids.
    assert sorted(
        (one.what, one.who, one.how, one.subject, one.namespace, one.address) for one in store.acts().items
    ) == [
        ("feedback-given", "kim", how, word["id"], "shop", "testclient"),
        ("feedback-withdrawn", "kim", how, word["id"], "shop", "testclient"),
        ("silence-ended", "kim", how, silence["id"], "shop", "testclient"),
        ("silence-made", "kim", how, silence["id"], "shop", "testclient"),
    ]
    assert {one.detail for one in store.acts().items} == {"mute namespace shop", "until 2026-11-21T08:10:00Z"}


def test_where_nobody_is_known_it_is_put_down_to_who_they_say_they_are(store: SqliteStore, time: Time) -> None:
    with service(store, time, required=False) as api:
        said = api.post("/api/v1/feedback", json={"kind": "mute", "namespace": "shop", "author": " ana "})
    assert said.json()["author"] == "ana"
    assert [(one.what, one.who, one.how) for one in store.acts().items] == [("feedback-given", "", "open")]


def test_what_is_refused_leaves_no_word_that_it_was_done(api: TestClient, store: SqliteStore) -> None:
    kim = by(given(store, "kim", "shop", right=Right.FEEDBACK))
    assert api.post("/api/v1/feedback", json={"kind": "mute", "namespace": "bank"}, headers=kim).status_code >= 400
    assert [one.what for one in store.acts().items if one.what != "denied"] == []


def test_admins_read_it_page_by_page_and_by_who_and_what(api: TestClient, store: SqliteStore, time: Time) -> None:
    root = by(given(store, "root", right=Right.ADMIN))
    for name in ("a", "b", "c"):
        time.seconds += 1
        api.post("/api/v1/tokens", json={"name": name, "namespaces": ["*"]}, headers=root)

    def details(**query: str) -> list[str]:
        answer = api.get("/api/v1/audit", params=query, headers=root)
        assert answer.status_code == 200, answer.text
        return [one["detail"][0] for one in answer.json()["items"]]

    assert details() == ["c", "b", "a"]
    assert details(since="2026-11-21T07:10:02Z") == ["c", "b"]
    assert details(until="2026-11-21T07:10:02Z") == ["a"]
    assert details(who="root", what="token-made", limit="1") == ["c"]
    assert details(who="nobody") == details(what="erased") == []
    first = api.get("/api/v1/audit?limit=2", headers=root).json()
    rest = api.get(first["links"]["next"], headers=root).json()
    assert [one["detail"][0] for one in rest["items"]] == ["a"]
    assert rest["next_cursor"] is None
    act = first["items"][0]
    assert (act["time"], act["who"], act["what"]) == ("2026-11-21T07:10:03Z", "root", "token-made")
    assert act["address"] == "testclient"


def test_a_crowd_of_addresses_can_not_fill_it(store: SqliteStore, time: Time) -> None:
    audit = Audit(store.say, time.now, time.watch)
    for number in range(1_000):
        scope = {"type": "http", "client": (f"10.0.{number // 250}.{number % 250}", 1)}
        for _ in range(3):
            audit.note_again(scope, Deed.LOG_IN_REFUSED, "", who=NOBODY)
    kept = store.acts(limit=1_000).items
    assert len(kept) == MOST + 1
    (crowd,) = [one for one in kept if one.address == "many"]
    assert crowd.detail == "2,048 times in this minute"
    time.seconds += 3_600
    audit.note_again({"type": "http", "client": ("10.1.0.1", 1)}, Deed.LOG_IN_REFUSED, "", who=NOBODY)
    assert store.acts(since=NOW + 1).items[0].address == "10.1.0.1"


def test_somebody_who_logs_in_at_the_page_with_a_token_is_its_holder(api: TestClient, store: SqliteStore) -> None:
    sent, own = given(store, "kim", "shop"), {"Sec-Fetch-Site": "same-origin"}
    refused = api.post("/auth/token", data={"token": sent[:-1], "next": "/"}, headers=own)
    assert refused.status_code == 401
    answer = api.post("/auth/token", data={"token": sent, "next": "/alerts"}, headers=own)
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts")
    me = api.get("/api/v1/me").json()
    assert (me["how"], me["name"]) == ("session", "kim")
    assert api.post("/auth/logout", headers=own).status_code == 200
    assert api.get("/api/v1/me").status_code == 401
    assert sorted((one.what, one.who) for one in store.acts().items) == [
        ("log-in", "kim"),
        ("log-in-refused", ""),
        ("log-out", "kim"),
    ]


def test_a_log_in_ends_with_the_token_that_it_was_made_with(api: TestClient, store: SqliteStore) -> None:
    root, sent = by(given(store, "root", right=Right.ADMIN)), given(store, "kim", "shop")
    api.post("/auth/token", data={"token": sent}, headers={"Sec-Fetch-Site": "same-origin"})
    assert api.get("/api/v1/me").status_code == 200
    assert api.delete(f"/api/v1/tokens/{token('kim')[0].id}", headers=root).status_code == 200
    assert api.get("/api/v1/me").status_code == 401


def test_too_many_wrong_tokens_at_the_page_have_to_wait_too(api: TestClient) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    codes = [api.post("/auth/token", data={"token": f"dw_{at}"}, headers=own).status_code for at in range(12)]
    assert codes == [401] * 10 + [429] * 2
