"""Logging in with a token, logging out, and what a cookie alone may not."""

from __future__ import annotations

import pytest

from detector.access.acts import Deed
from detector.access.principal import Kind, Right
from detector.access.tokens import DAY, Wish, make
from detector.settings.access import AccessSettings
from detector.store.sqlite import SqliteStore
from tests.api.auth.browser import HOME, OWN, Browser
from tests.api.auth.conftest import Clock

HOUR = 3_600.0
SILENCE = {"namespace": "pay*", "for": "1h"}


def token(store: SqliteStore, clock: Clock, hours: float = 24.0) -> str:
    made, sent = make(
        Wish("night shift", ("pay*",), Right.FEEDBACK, clock() + int(hours / 24 * DAY)), "ana", clock(), bytes(42)
    )
    store.say(made)
    return sent


def test_a_token_gives_a_session_of_who_holds_it(browser: Browser, store: SqliteStore, clock: Clock) -> None:
    answer = browser.post("/auth/token", {"token": f" {token(store, clock)}\n", "next": "/status"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/status")
    assert browser.who is not None
    assert (browser.who.kind, browser.who.name) == (Kind.TOKEN, "night shift")
    assert browser.get("/api/v1/me").json()["session_ends"] is not None
    assert [act.what for act in store.acts().items] == [Deed.LOG_IN]


def test_the_session_ends_with_the_token(browser: Browser, store: SqliteStore, clock: Clock) -> None:
    browser.post("/auth/token", {"token": token(store, clock, hours=1)})
    assert browser.get("/api/v1/me").status_code == 200
    clock.ahead = HOUR + 1
    assert browser.get("/api/v1/me").status_code == 401


def test_a_token_that_is_revoked_takes_its_sessions_along(browser: Browser, store: SqliteStore, clock: Clock) -> None:
    browser.post("/auth/token", {"token": token(store, clock)})
    (known,) = store.tokens()
    store.say(type(known)(**{name: getattr(known, name) for name in known.__slots__} | {"revoked": clock()}))
    browser.forget_tokens()
    assert browser.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("sent", ["", "dw_x", "dw_" + "a" * 16 + "_" + "A" * 43, "x" * 5_000, "\x00"])
def test_anything_else_opens_nothing(sent: str, browser: Browser, store: SqliteStore) -> None:
    answer = browser.post("/auth/token", {"token": sent, "next": "//evil.example"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert browser.who is None


def test_whoever_tries_too_often_waits(browser: Browser) -> None:
    answers = [browser.post("/auth/token", {"token": "dw_x"}).status_code for _ in range(12)]
    assert answers[:10] == [401] * 10
    assert set(answers[10:]) == {429}


def test_a_form_is_bounded(browser: Browser) -> None:
    assert browser.post("/auth/token", {"token": "x" * 10_000}).status_code == 413
    assert browser.post("/auth/token", {str(one): "x" for one in range(50)}).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": HOME, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_nobody_is_logged_in_or_out_by_another_site(
    headers: dict[str, str], browser: Browser, store: SqliteStore, clock: Clock
) -> None:
    """Else somebody would work, without seeing it, in the name of whoever made that site."""
    assert browser.post("/auth/token", {"token": token(store, clock)}, headers).status_code == 403
    assert browser.who is None
    browser.log_in()
    assert browser.post("/auth/logout", headers=headers).status_code == 403
    assert browser.who is not None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": HOME}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Origin": HOME}, 201),
    ],
)
def test_a_write_by_cookie_has_to_be_the_pages_own(headers: dict[str, str], status: int, browser: Browser) -> None:
    browser.log_in()
    assert browser.post_json("/api/v1/silences", SILENCE, headers).status_code == status


def test_a_program_with_a_token_needs_no_such_proof(browser: Browser, store: SqliteStore, clock: Clock) -> None:
    bearer = {"Authorization": f"Bearer {token(store, clock)}"}
    assert browser.post_json("/api/v1/silences", SILENCE, bearer).status_code == 201
    assert [one.author for one in store.silences()] == ["night shift"]


def test_logging_out_ends_the_session_and_leads_to_the_provider(browser: Browser, store: SqliteStore) -> None:
    browser.log_in()
    secret = browser.cookies["drainwatch"]
    answer = browser.post("/auth/logout")
    assert answer.json()["next"].startswith(f"{browser.entrance.oidc.provider.issuer}/logout?client_id=drainwatch&")  # type: ignore[union-attr]
    assert "drainwatch" not in browser.cookies
    browser.cookies.set("drainwatch", secret)
    assert browser.get("/api/v1/me").status_code == 401
    assert store.acts().items[0].what == Deed.LOG_OUT


def test_logging_out_of_nothing_leads_to_the_log_in(browser: Browser) -> None:
    assert browser.post("/auth/logout").json() == {"next": "/login?out=1"}


def test_the_page_to_log_in_at_lets_those_through_who_are_in(browser: Browser) -> None:
    browser.log_in()
    assert browser.get("/login?next=/models").headers["location"] == "/models"
    assert browser.get("/login?next=//evil.example").headers["location"] == "/"


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 9_000, "%00", '"'])
def test_a_cookie_that_is_none_is_nobodys(cookie: str, browser: Browser) -> None:
    assert browser.get("/api/v1/me", Cookie=f"drainwatch={cookie}").status_code == 401


def test_a_session_is_known_to_every_worker_and_over_a_restart(
    browser: Browser, settings: AccessSettings, store: SqliteStore, clock: Clock
) -> None:
    browser.log_in()
    with Browser(settings, store, clock) as other:
        other.cookies.set("drainwatch", browser.cookies["drainwatch"])
        assert other.get("/api/v1/me").json()["name"] == "ana"
        browser.post("/auth/logout", headers=OWN)
        clock.ahead = 1.1  # a second, for which it is remembered
        assert other.get("/api/v1/me").status_code == 401


def test_a_cookie_of_plain_http_is_none_over_https(
    browser: Browser, settings: AccessSettings, store: SqliteStore, clock: Clock
) -> None:
    """Whoever is on the way of one request in plain HTTP can set one."""
    browser.log_in()
    with Browser(settings, store, clock, home="https://drainwatch.example.org") as secure:
        assert secure.get("/api/v1/me", Cookie=f"drainwatch={browser.cookies['drainwatch']}").status_code == 401
        assert secure.get("/api/v1/me", Cookie=f"__Host-drainwatch={browser.cookies['drainwatch']}").status_code == 200


def test_a_role_that_was_taken_away_holds_no_more_from_the_next_start_on(
    browser: Browser, settings: AccessSettings, store: SqliteStore, clock: Clock
) -> None:
    browser.log_in()
    with Browser(settings.model_copy(update={"roles": settings.roles[1:]}), store, clock) as again:
        again.cookies.set("drainwatch", browser.cookies["drainwatch"])
        grants = again.get("/api/v1/me").json()["grants"]
        assert [one["namespaces"] for one in grants] == [["public"]]
    with Browser(settings.model_copy(update={"roles": ()}), store, clock) as again:
        again.cookies.set("drainwatch", browser.cookies["drainwatch"])
        assert again.get("/api/v1/me").status_code == 401
