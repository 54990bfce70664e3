"""Who comes in by a token, who doesn't, and that nobody learns why."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Event
from typing import cast

import pytest
import structlog
from starlette.testclient import TestClient

from detector.access.principal import Right
from detector.access.records import Token
from detector.api.auth.keys import Keys
from detector.errors import StoreError
from detector.store.port import Reader
from detector.store.sqlite import SqliteStore, open_notes
from tests.api.auth.doors import NOW, Time, by, given, service, token

DAY = 86_400_000_000


def acts(store: SqliteStore) -> list[tuple[str, str, str, str]]:
    return [(one.who, one.what, one.subject, one.detail) for one in store.acts().items]


def test_a_token_opens_what_it_is_for(api: TestClient, store: SqliteStore) -> None:
    sent, every = given(store, "grafana", "pay*", "shop"), given(store, "all", "*")
    answer = api.get("/api/v1/me", headers=by(sent))
    assert (answer.json()["how"], answer.json()["name"]) == ("token", "grafana")
    assert answer.json()["grants"] == [{"namespaces": ["pay*", "shop"], "rights": ["read"]}]
    for header in (f"Bearer {every}", f"bearer  {every}"):
        assert api.get("/api/v1/incidents", headers={"Authorization": header}).status_code == 200


def test_without_one_nobody_gets_in_and_is_told_how(api: TestClient) -> None:
    for path in ("/api/v1/incidents", "/api/v1/me", "/api/v1/openapi.json", "/api/v1/nothing", "/metrics"):
        answer = api.get(path)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == (
            "Nobody is let in here without logging in. Send a token, Authorization: Bearer dw_…, which"
            " `drainwatch token create` makes; or log in at /login."
        )
    assert api.post("/api/v1/feedback", json={}).status_code == 401
    assert api.delete("/api/v1/tokens/x").status_code == 401


def test_unknown_wrong_expired_and_revoked_are_told_apart_by_nobody(api: TestClient, store: SqliteStore) -> None:
    right, sent = token("grafana")
    store.say(right)
    expired, late = token("late", expires=NOW, made=NOW - 5)
    gone, was = token("gone")
    for one in (expired, replace(gone, revoked=NOW - 1)):
        store.say(one)
    wrong = sent[:-1] + ("A" if sent[-1] != "A" else "B")
    answers = [
        api.get("/api/v1/me", headers=by(one))
        for one in (token("unknown")[1], wrong, late, was, "dw_x_y", "eyJhbGciOi", "", f"{sent}x")
    ]
    assert {one.status_code for one in answers} == {401}
    assert len({one.text for one in answers}) == 1
    assert {one.headers["WWW-Authenticate"] for one in answers} == {'Bearer error="invalid_token"'}
    assert len({tuple(sorted(one.headers)) for one in answers}) == 1


def test_two_tokens_are_none_and_what_a_proxy_sends_is_no_token(api: TestClient, store: SqliteStore) -> None:
    sent = given(store, "grafana")
    twice = [("Authorization", f"Bearer {sent}"), ("Authorization", f"Bearer {sent}")]
    assert api.get("/api/v1/me", headers=twice).status_code == 401
    proxys = [("Authorization", "Basic YW5hOng="), ("Authorization", f"Bearer {sent}")]
    assert api.get("/api/v1/me", headers=proxys).status_code == 200


def test_probes_and_the_way_in_are_open_and_pages_lead_there(api: TestClient) -> None:
    assert api.get("/healthz").status_code == 200
    for asked, back in (("/", "%2F"), ("/incidents/a?b=c%26d", "%2Fincidents%2Fa%3Fb%3Dc%2526d")):
        answer = api.get(asked)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={back}")
    assert api.get("http://testserver//evil.example/x").headers["location"] == "/login?next=%2Fevil.example%2Fx"
    assert api.post("/").status_code == 401


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_one_that_is_revoked_by_another_process_holds_for_no_second_more(
    api: TestClient, store: SqliteStore, time: Time, seconds: float
) -> None:
    sent = given(store, "grafana")
    assert api.get("/api/v1/me", headers=by(sent)).status_code == 200
    with closing(open_notes(store.path)) as notes:
        notes.say(replace(token("grafana")[0], revoked=NOW))
    time.seconds += seconds
    assert api.get("/api/v1/me", headers=by(sent)).status_code == (200 if seconds == 0 else 401)


def test_one_that_was_just_made_by_another_process_opens_at_once(
    api: TestClient, store: SqliteStore, time: Time
) -> None:
    first = given(store, "first")
    assert api.get("/api/v1/me", headers=by(first)).status_code == 200
    time.seconds += 0.2
    with closing(open_notes(store.path)) as notes:
        second, sent = token("second")
        notes.say(second)
    assert api.get("/api/v1/me", headers=by(sent)).status_code == 200


def test_one_ends_when_it_was_to_end(api: TestClient, store: SqliteStore, time: Time) -> None:
    sent = given(store, "grafana", expires=NOW + 5_000_000)
    assert api.get("/api/v1/me", headers=by(sent)).status_code == 200
    time.seconds += 5
    assert api.get("/api/v1/me", headers=by(sent)).status_code == 401


def test_when_it_was_used_is_noted_once_an_hour(api: TestClient, store: SqliteStore, time: Time) -> None:
    sent = given(store, "grafana")
    for seconds in (0, 10, 3_000, 700):
        time.seconds += seconds
        assert api.get("/api/v1/me", headers=by(sent)).status_code == 200
    assert [one.used for one in store.tokens()] == [NOW + 3_710_000_000]


def test_who_sends_wrong_ones_again_and_again_waits_and_nobody_else_does(store: SqliteStore, time: Time) -> None:
    sent = given(store, "grafana")
    with service(store, time) as api:
        wrong = [api.get("/api/v1/me", headers=by(token(f"no {at}")[1])) for at in range(12)]
        assert [one.status_code for one in wrong] == [401] * 10 + [429] * 2
        assert wrong[-1].headers["Retry-After"] == "60"
        assert wrong[-1].json()["detail"] == "Too many wrong tokens came from this address. Wait for 60 s."
        assert api.get("/api/v1/me", headers=by(sent)).status_code == 200
        time.seconds += 61
        assert api.get("/api/v1/me", headers=by(token("no")[1])).status_code == 401


def test_what_is_refused_stands_in_the_audit_log_once_a_minute(api: TestClient, store: SqliteStore, time: Time) -> None:
    gone, sent = token("gone")
    store.say(replace(gone, revoked=NOW - 1))
    api.get("/api/v1/me", headers=by(sent))
    for _ in range(300):
        api.get("/api/v1/me", headers=by(token("unknown")[1]))
    refused = {(subject, detail) for _, what, subject, detail in acts(store) if what == "log-in-refused"}
    assert refused == {(gone.id, ""), ("", "256 times in this minute")}


def test_an_admin_makes_one_that_is_shown_once(api: TestClient, store: SqliteStore) -> None:
    admin = given(store, "root", right=Right.ADMIN)
    wish = {"name": " ci ", "namespaces": ["pay*"], "right": "feedback"}
    answer = api.post("/api/v1/tokens", json=wish, headers=by(admin))
    made = answer.json()
    assert answer.status_code == 201
    assert re.fullmatch(r"dw_[a-z2-7]{16}_[A-Za-z0-9_-]{43}", made["token"])
    assert (made["name"], made["namespaces"], made["right"], made["author"]) == ("ci", ["pay*"], "feedback", "root")
    assert made["expires"] == "2027-02-19T07:10:00Z", "after 90 days"
    me = api.get("/api/v1/me", headers=by(made["token"])).json()
    assert me["grants"] == [{"namespaces": ["pay*"], "rights": ["read", "feedback"]}]
    listed = api.get("/api/v1/tokens", headers=by(admin)).text
    assert made["id"] in listed
    secret = made["token"].rpartition("_")[2] if made["token"].count("_") == 2 else made["token"][20:]
    assert secret not in listed
    assert "digest" not in listed
    assert acts(store)[0] == ("root", "token-made", made["id"], "ci: feedback in pay* until 2027-02-19T07:10:00Z")


def test_how_long_it_holds_is_chosen(api: TestClient, store: SqliteStore) -> None:
    admin = by(given(store, "root", right=Right.ADMIN))

    def made(**wish: object) -> object:
        answer = api.post("/api/v1/tokens", json={"name": "x", "namespaces": ["*"], **wish}, headers=admin)
        return answer.json()["expires"] if answer.status_code == 201 else answer.json()["detail"]

    assert made(**{"for": "1d"}) == "2026-11-22T07:10:00Z"
    assert made(expires="2026-12-01T00:00:00Z") == "2026-12-01T00:00:00Z"
    assert made(never=True) is None
    assert made(never=True, expires="+1d") == "A token that never expires has no time. Leave one of them out."
    assert made(expires="-1d") == "The token would have expired already. Name a later time."


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"name": " "}, "A token needs a name"),
        ({"name": "a\nb"}, "A token needs a name"),
        ({"name": "x", "namespaces": []}, "A token needs namespaces"),
        ({"name": "x", "namespaces": ["a b"]}, "'a b' is no namespace"),
    ],
)
def test_what_can_not_be_is_refused(api: TestClient, store: SqliteStore, wish: dict[str, object], told: str) -> None:
    admin = by(given(store, "root", right=Right.ADMIN))
    answer = api.post("/api/v1/tokens", json={"namespaces": ["*"], **wish}, headers=admin)
    assert (answer.status_code, answer.json()["detail"][: len(told)]) == (422, told)


def test_who_is_no_admin_sees_and_makes_none_and_that_stands_in_the_audit_log(
    api: TestClient, store: SqliteStore
) -> None:
    sent = by(given(store, "eve", right=Right.FEEDBACK))
    wish = {"name": "x", "namespaces": ["*"]}
    for _ in range(3):
        assert api.post("/api/v1/tokens", json=wish, headers=sent).status_code == 403
    assert api.get("/api/v1/tokens", headers=sent).status_code == 403
    assert api.delete(f"/api/v1/tokens/{token('eve')[0].id}", headers=sent).status_code == 403
    assert api.get("/api/v1/audit", headers=sent).status_code == 403
    denied = [one for one in acts(store) if one[1] == "denied"]
    assert sorted(denied) == [
        ("eve", "denied", "DELETE /api/v1/tokens/{token}", ""),
        ("eve", "denied", "GET /api/v1/audit", ""),
        ("eve", "denied", "GET /api/v1/tokens", ""),
        ("eve", "denied", "POST /api/v1/tokens", "2 times in this minute"),
    ]


def test_an_admin_revokes_one_and_it_stays_in_the_list(api: TestClient, store: SqliteStore) -> None:
    admin, sent = given(store, "root", right=Right.ADMIN), given(store, "grafana")
    id_ = token("grafana")[0].id
    assert api.get("/api/v1/me", headers=by(sent)).status_code == 200
    for _ in range(2):
        answer = api.delete(f"/api/v1/tokens/{id_}", headers=by(admin))
        assert (answer.status_code, answer.json()["revoked"]) == (200, "2026-11-21T07:10:00Z")
    assert api.get("/api/v1/me", headers=by(sent)).status_code == 401, "at once, in the same process"
    assert [one["active"] for one in api.get("/api/v1/tokens", headers=by(admin)).json()["items"]].count(False) == 1
    assert [one for one in acts(store) if one[1] == "token-revoked"] == [("root", "token-revoked", id_, "grafana")]
    assert api.delete("/api/v1/tokens/nothing", headers=by(admin)).json()["detail"] == (
        "There is no token 'nothing'. They are at /api/v1/tokens."
    )


def test_where_nobody_has_to_log_in_tokens_are_made_and_not_looked_at(store: SqliteStore, time: Time) -> None:
    with service(store, time, required=False) as api:
        assert api.get("/api/v1/me", headers=by("dw_x")).json()["how"] == "open"
        assert api.post("/api/v1/tokens", json={"name": "first", "right": "admin"}).status_code == 201
    assert [(one.name, one.namespaces) for one in store.tokens()] == [("first", ("*",))]


def test_what_is_sent_is_never_logged(api: TestClient, store: SqliteStore) -> None:
    right, wrong = given(store, "grafana"), token("unknown")[1]
    with structlog.testing.capture_logs() as logged:
        api.get("/api/v1/me", headers=by(right))
        answers = [api.get("/api/v1/me", headers=by(wrong)).text for _ in range(12)]
    for sent in (right, wrong):
        assert sent[20:] not in f"{logged}{answers}"
    assert [one["what"] for one in logged if one["event"] == "audit"] == ["log-in-refused"] * 4


class Away:
    """A store's reader that can be away."""

    def __init__(self, store: SqliteStore) -> None:
        self._store, self.away, self.asked = store, False, 0

    def tokens(self) -> list[Token]:
        self.asked += 1
        if self.away:
            raise StoreError("The store can't be read.", "Look at it.")
        return self._store.tokens()


def test_while_the_store_is_away_those_hold_on_that_were_known(store: SqliteStore, time: Time) -> None:
    sent, away = given(store, "grafana"), Away(store)
    keys = Keys(cast(Reader, away), None, time.now, time.watch)
    assert keys.open(sent)
    away.away = True
    time.seconds += 60
    asked = away.asked
    for _ in range(10):
        assert keys.open(sent)
        assert keys.open(token("other")[1]) is None
    assert away.asked == asked + 1, "not for each request"
    time.seconds += 3_600
    for _ in range(2):
        with pytest.raises(StoreError):
            keys.open(sent)
    away.away = False
    time.seconds += 5
    assert keys.open(sent)


def test_what_was_never_read_opens_nothing_while_the_store_is_away(store: SqliteStore, time: Time) -> None:
    sent, away = given(store, "grafana"), Away(store)
    away.away = True
    with pytest.raises(StoreError):
        Keys(cast(Reader, away), None, time.now, time.watch).open(sent)


def test_nobody_gets_in_by_what_is_long_known_while_another_thread_looks(store: SqliteStore, time: Time) -> None:
    sent, slow = given(store, "grafana"), Slow(store)
    keys = Keys(cast(Reader, slow), None, time.now, time.watch)
    assert keys.open(sent)
    store.say(replace(token("grafana")[0], revoked=NOW))
    time.seconds += 60
    slow.go.clear()
    with ThreadPoolExecutor(2) as both:
        first = both.submit(keys.open, sent)
        assert slow.begun.wait(30)
        second = both.submit(keys.open, sent)
        slow.go.set()
        assert (first.result(30), second.result(30)) == (None, None)


class Slow(Away):
    """One that answers when the test says so."""

    def __init__(self, store: SqliteStore) -> None:
        super().__init__(store)
        self.begun, self.go = Event(), Event()
        self.go.set()

    def tokens(self) -> list[Token]:
        if not self.go.is_set():
            self.begun.set()
        assert self.go.wait(30)
        return super().tokens()
