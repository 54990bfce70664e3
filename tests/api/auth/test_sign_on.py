"""Logging in at a provider of OpenID Connect, and all the ways in which nobody gets in by it."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from joserfc.jwk import JWKRegistry, RSAKey
from pydantic import SecretStr

from detector.access.principal import Grant, Kind, Right
from detector.settings.access import AccessSettings
from detector.store.sqlite import SqliteStore
from tests.api.auth.browser import HOME, Browser, path_of, query_of
from tests.api.auth.conftest import Clock
from tests.servers.provider import SECRET, Claims, Provider

READ, FEEDBACK = frozenset({Right.READ}), frozenset({Right.READ, Right.FEEDBACK})
AWAY = "http://127.0.0.1:9"
"""Where nobody listens."""


def told(store: SqliteStore) -> list[tuple[str, str, str]]:
    return [(act.what, act.who or act.subject, act.detail) for act in store.acts().items]


def test_somebody_comes_back_to_where_they_wanted_to_with_what_their_groups_may(
    browser: Browser, store: SqliteStore
) -> None:
    answer = browser.log_in("/incidents/1?at=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/1?at=2")
    who = browser.who
    assert who is not None
    assert (who.kind, who.name) == (Kind.PERSON, "ana")
    assert who.grants == (Grant(("pay*",), FEEDBACK), Grant(("public",), READ))
    assert told(store) == [("log-in", "ana", "")]


def test_the_provider_is_asked_by_code_with_pkce_state_and_nonce(browser: Browser, provider: Provider) -> None:
    browser.log_in()
    sent, exchanged = provider.sent
    assert sent["redirect_uri"] == exchanged["redirect_uri"] == f"{HOME}/auth/oidc/callback"
    assert len({sent["state"], sent["nonce"], sent["code_challenge"], exchanged["code_verifier"]}) == 4
    assert all(len(sent[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    assert sent["scope"] == "openid profile email groups"


def test_the_cookie_says_nothing_and_the_store_has_only_its_digest(browser: Browser, store: SqliteStore) -> None:
    cookie = browser.log_in().headers["set-cookie"]
    secret = browser.cookies["drainwatch"]
    assert len(secret) == 43
    assert "HttpOnly; Max-Age=43200; Path=/; SameSite=lax" in cookie
    assert store.session(secret) is None
    assert browser.who is not None
    held = store.session(browser.who.key)
    assert held is not None
    assert secret not in repr(held)
    assert held.expires - held.created == 12 * 3_600_000_000


def test_a_log_in_gives_another_session_and_ends_the_one_before(browser: Browser, store: SqliteStore) -> None:
    browser.log_in()
    first = browser.who
    browser.log_in()
    second = browser.who
    assert first is not None
    assert second is not None
    assert first.key != second.key
    ended = store.session(first.key)
    assert ended is not None
    assert ended.ended is not None


def test_a_session_ends_after_its_time(browser: Browser, clock: Clock) -> None:
    browser.log_in()
    clock.ahead = 12 * 3600 + 1
    assert browser.who is None


def test_who_has_no_role_is_told_with_their_groups(
    provider: Provider, settings: AccessSettings, store: SqliteStore, clock: Clock
) -> None:
    provider.person["groups"] = ["marketing", "<b>all</b>"]
    with Browser(settings.model_copy(update={"roles": settings.roles[:1]}), store, clock) as browser:
        answer = browser.log_in()
        assert answer.status_code == 403
        assert "drainwatch" not in browser.cookies
        assert "who has no role here" in answer.text
        assert browser.who is None
    assert told(store) == [("log-in-refused", "ana", "no role for marketing, <b>all</b>")]


REFUSED: dict[str, tuple[Callable[[Claims], Claims], str]] = {
    "another issuer": (lambda c: c | {"iss": "https://evil.example"}, "another iss"),
    "another client": (lambda c: c | {"aud": "grafana"}, "another aud"),
    "many clients without saying which": (lambda c: c | {"aud": ["drainwatch", "grafana"]}, "another azp"),
    "many clients and another one's": (lambda c: c | {"aud": ["drainwatch", "x"], "azp": "x"}, "another azp"),
    "another one's log-in": (lambda c: c | {"nonce": "n" * 43}, "another nonce"),
    "no log-in": (lambda c: {k: v for k, v in c.items() if k != "nonce"}, "another nonce"),
    "expired": (lambda c: c | {"exp": int(time.time()) - 61}, "has expired"),
    "never expires": (lambda c: {k: v for k, v in c.items() if k != "exp"}, "another exp"),
    "expires never": (lambda c: c | {"exp": float("nan")}, "another exp"),
    "from the future": (lambda c: c | {"iat": int(time.time()) + 120}, "another iat"),
    "not yet": (lambda c: c | {"nbf": int(time.time()) + 120}, "another nbf"),
    "nobody": (lambda c: {k: v for k, v in c.items() if k != "sub"}, "another sub"),
    "nobody by name": (lambda c: c | {"sub": ""}, "doesn't say whose"),
    "of another access token": (lambda c: c | {"at_hash": "AAAA"}, "another at_hash"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_id_token_is_refused_that_is(case: str, provider: Provider, browser: Browser, store: SqliteStore) -> None:
    provider.lie, why = REFUSED[case]
    answer = browser.log_in()
    assert answer.status_code == 403
    assert why in answer.json()["detail"]
    assert browser.who is None
    assert [what for what, _, _ in told(store)] == ["log-in-refused"]


def test_clocks_may_differ_by_a_minute(provider: Provider, browser: Browser) -> None:
    provider.lie = lambda c: c | {"exp": int(time.time()) - 50, "iat": int(time.time()) + 50}
    assert browser.log_in().status_code == 303


def test_a_signature_of_none_or_of_a_shared_secret_is_none(provider: Provider, browser: Browser) -> None:
    assert isinstance(provider.key, RSAKey)
    public = provider.key.as_pem(private=False)
    for alg, secret in (("HS256", SECRET.encode() * 3), ("HS256", public), ("none", b"")):
        provider.sign = forged(alg, secret)
        answer = browser.log_in()
        assert answer.status_code == 403
        assert "signed by a method that isn't taken" in answer.json()["detail"]


def test_a_signature_by_a_key_that_the_provider_does_not_show_is_none(provider: Provider, browser: Browser) -> None:
    provider.key = JWKRegistry.generate_key("RSA", 2048, {"kid": "first", "use": "sig"})
    answer = browser.log_in()
    assert answer.status_code == 403
    assert "isn't signed by any of its keys" in answer.json()["detail"]


def test_a_key_within_the_token_is_none(provider: Provider, browser: Browser) -> None:
    provider.key = JWKRegistry.generate_key("RSA", 2048, {"kid": "own"})
    provider.header = {"alg": "RS256", "kid": "own", "jwk": provider.key.as_dict(private=False)}
    assert browser.log_in().status_code == 403


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # and what Keycloak still calls Ed25519
@pytest.mark.parametrize(
    ("kind", "size", "alg"), [("EC", "P-256", "ES256"), ("OKP", "Ed25519", "EdDSA"), ("RSA", 2048, "PS256")]
)
def test_other_signatures_are_taken(kind: str, size: Any, alg: str, provider: Provider, browser: Browser) -> None:
    provider.rotate(kind, size, alg)
    assert browser.log_in().status_code == 303


def test_a_new_key_is_taken_at_once_and_an_unknown_one_is_not_looked_for_again_and_again(
    provider: Provider, browser: Browser
) -> None:
    for _ in range(3):
        assert browser.log_in().status_code == 303
        provider.rotate()
    assert browser.log_in().status_code == 303
    provider.key = JWKRegistry.generate_key("RSA", 2048, {"kid": "other"})
    provider.header = {"alg": "RS256", "kid": "other"}
    before = provider.asked.count("/keys")
    assert [browser.log_in().status_code for _ in range(3)] == [403, 403, 403]
    assert provider.asked.count("/keys") == before + 1


def test_keys_that_are_not_for_signatures_or_of_no_known_kind_are_left_out(
    provider: Provider, browser: Browser
) -> None:
    more = [{"kty": "AKP", "kid": "later"}, {"kty": "RSA", "kid": "broken"}, {"kty": "oct", "k": "AAAA", "kid": "o"}]
    provider.keys = [*more, *provider.keys]
    assert browser.log_in().status_code == 303
    browser.entrance.oidc.provider._keys_old = browser.entrance.oidc.provider._keys_due = 0  # type: ignore[union-attr]
    provider.keys = [provider.key.as_dict(private=False) | {"use": "enc"}]
    assert browser.log_in().status_code == 403


class TestTheAnswer:
    """What comes back is taken once, in the browser where it was asked for."""

    def test_is_taken_once(self, browser: Browser, provider: Provider) -> None:
        back = path_of(browser.sent_back())
        held = dict(browser.cookies)
        assert browser.get(back).status_code == 303
        assert browser.get(back).status_code == 400
        for name, value in held.items():  # somebody who has even the cookies
            browser.cookies.set(name, value)
        answer = browser.get(back)
        assert answer.status_code == 403
        assert "used before" in answer.json()["detail"]

    def test_is_not_taken_in_another_browser(
        self, browser: Browser, settings: AccessSettings, store: SqliteStore, clock: Clock
    ) -> None:
        back = path_of(browser.sent_back())
        with Browser(settings, store, clock) as other:
            answer = other.get(back)
            assert answer.status_code == 400
            assert other.who is None

    def test_is_not_taken_with_another_ones_code(self, browser: Browser, provider: Provider) -> None:
        """Somebody's own code in another one's log-in: they would write as that one."""
        foreign = query_of(browser.sent_back())["code"]
        own = query_of(browser.sent_back())
        answer = browser.get(f"/auth/oidc/callback?state={own['state']}&code={foreign}&iss={provider.issuer}")
        assert answer.status_code == 403

    @pytest.mark.parametrize("state", ["", "x", "a" * 43, "%00", "a" * 5000])
    def test_is_not_taken_with_another_state(self, state: str, browser: Browser, provider: Provider) -> None:
        code = query_of(browser.sent_back())["code"]
        assert browser.get(f"/auth/oidc/callback?state={state}&code={code}").status_code == 400
        assert provider.asked.count("/token") == 0

    def test_is_not_taken_from_another_provider(self, browser: Browser) -> None:
        answer = query_of(browser.sent_back())
        for more in ("", "&iss=https://evil.example"):
            back = browser.get(f"/auth/oidc/callback?state={answer['state']}&code={answer['code']}{more}")
            assert back.status_code in (400, 403)
        assert browser.who is None

    def test_may_come_in_several_tabs(self, browser: Browser) -> None:
        first, second = path_of(browser.sent_back("/status")), path_of(browser.sent_back("/models"))
        assert browser.get(second).headers["location"] == "/models"
        assert browser.get(first).headers["location"] == "/status"

    def test_leaves_few_cookies_however_often_it_is_begun(self, browser: Browser) -> None:
        for _ in range(9):
            browser.get("/auth/oidc/start")
        assert len(browser.cookies) == 4

    def test_may_be_that_the_provider_refuses(self, browser: Browser, provider: Provider, store: SqliteStore) -> None:
        provider.refuses = "access_denied"
        answer = browser.log_in()
        assert answer.status_code == 403
        assert answer.json()["detail"] == f"{provider.host} didn't log you in: access_denied. Log in anew."
        assert told(store) == [("log-in-refused", "", f"{provider.host} didn't log you in: access_denied.")]


class TestTheProvider:
    """Is asked as its settings say, and nothing is taken from another one."""

    def open(self, settings: AccessSettings, store: SqliteStore, clock: Clock, **changed: Any) -> Browser:
        oidc = settings.oidc.model_copy(update=changed)
        return Browser(settings.model_copy(update={"oidc": oidc}), store, clock)

    def test_may_be_away(self, settings: AccessSettings, store: SqliteStore, clock: Clock) -> None:
        with self.open(settings, store, clock, issuer=AWAY) as browser:
            answer = browser.get("/auth/oidc/start")
            assert answer.status_code == 503
            assert answer.json()["detail"].startswith("127.0.0.1 can't be reached. Try again in a moment.")

    def test_that_is_away_is_told_once_in_the_log_and_so_is_its_return(
        self, provider: Provider, browser: Browser
    ) -> None:
        assert browser.entrance.oidc is not None
        provider.document = {"issuer": "https://another.example"}
        with structlog.testing.capture_logs() as logged:
            for _ in range(2):
                browser.get("/auth/oidc/start")
                browser.entrance.oidc.provider._document_due = 0.0
            assert [one["event"] for one in logged] == ["the provider of log-ins fails"]
            assert "calls itself https://another.example" in logged[0]["problem"]
            provider.document = {}
            assert browser.get("/auth/oidc/start").status_code == 303
        assert [one["event"] for one in logged][1:] == ["people can log in by the provider again"]

    def test_lets_nobody_in_without_a_role_which_the_log_says_at_the_start(
        self, settings: AccessSettings, store: SqliteStore, clock: Clock
    ) -> None:
        with structlog.testing.capture_logs() as logged, self.open(settings, store, clock):
            pass
        assert logged == []
        with structlog.testing.capture_logs() as logged:
            Browser(settings.model_copy(update={"roles": ()}), store, clock)
        told = ["nobody has a role who logs in by the provider", "nobody can log in yet"]
        assert [one["event"] for one in logged] == told

    def test_may_be_away_once_it_is_known(self, provider: Provider, browser: Browser) -> None:
        browser.log_in()
        assert browser.entrance.oidc is not None
        browser.entrance.oidc.provider._document_due = 0.0
        provider.document = {"issuer": "https://another.example"}
        assert browser.log_in().status_code == 303

    def test_has_to_name_itself_as_the_settings_do(self, provider: Provider, browser: Browser) -> None:
        provider.document = {"issuer": "https://login.example.org/realms/other"}
        answer = browser.get("/auth/oidc/start")
        assert answer.status_code == 503
        assert "calls itself https://login.example.org/realms/other" in answer.json()["detail"]

    @pytest.mark.parametrize("place", ["http://login.example.org/token", "ftp://x", "", 7, "https://a:b@example.org/"])
    def test_has_to_name_places_that_can_be_trusted(self, place: Any, provider: Provider, browser: Browser) -> None:
        provider.document = {"token_endpoint": place}
        answer = browser.get("/auth/oidc/start")
        assert answer.status_code == 503
        assert "token_endpoint" in answer.json()["detail"]

    def test_may_refuse_our_own_secret(self, settings: AccessSettings, store: SqliteStore, clock: Clock) -> None:
        with self.open(settings, store, clock, client_secret=SecretStr("wrong")) as browser:
            answer = browser.log_in()
            assert answer.status_code == 403
            assert "access.oidc.client_secret" in answer.json()["detail"]
            assert "wrong" not in answer.text

    def test_may_tell_of_groups_only_when_asked(self, provider: Provider, browser: Browser) -> None:
        del provider.person["groups"]
        provider.more = {"groups": ["ops"]}
        browser.log_in()
        assert browser.who is not None
        assert browser.who.may(Right.FEEDBACK, "payments")

    def test_may_not_tell_of_somebody_else(self, provider: Provider, browser: Browser) -> None:
        del provider.person["groups"]
        provider.more = {"groups": ["ops"], "sub": "another"}
        assert browser.log_in().status_code == 403

    def test_says_where_groups_are_too_many(self, provider: Provider, browser: Browser) -> None:
        del provider.person["groups"]
        provider.person["_claim_names"] = {"groups": "src1"}
        answer = browser.log_in()
        assert answer.status_code == 403
        assert "too many for a token" in answer.json()["detail"]

    @pytest.mark.parametrize("body", [b"[" * 100_000, b"no json", b"7", b" " * 1_100_000])
    def test_may_answer_with_anything(self, body: bytes, provider: Provider, browser: Browser) -> None:
        provider.garbage = body
        assert browser.get("/auth/oidc/start").status_code == 503


def test_nobody_is_sent_back_to_a_place_that_the_request_names(
    settings: AccessSettings, store: SqliteStore, clock: Clock
) -> None:
    """Only the public address is told, or one on this machine."""
    with Browser(settings, store, clock, home="https://drainwatch.example.org") as browser:
        answer = browser.get("/auth/oidc/start")
        assert answer.status_code == 503
        assert "Set alerts.page" in answer.json()["detail"]
    page = "https://drainwatch.example.org"
    with Browser(settings, store, clock, home=page, page=f"{page}/") as browser:
        begun = browser.get("/auth/oidc/start")
        assert query_of(begun.headers["location"])["redirect_uri"] == f"{page}/auth/oidc/callback"
        assert begun.headers["set-cookie"].startswith("__Host-drainwatch-login-")
        assert "; Secure" in begun.headers["set-cookie"]


def test_without_a_provider_there_is_nowhere_to_go(store: SqliteStore, clock: Clock) -> None:
    with Browser(AccessSettings(required=True), store, clock) as browser:
        assert browser.get("/auth/oidc/start?next=/status").headers["location"] == "/login?next=/status"
        assert browser.get("/auth/oidc/callback?code=x&state=y").headers["location"] == "/"


def forged(alg: str, secret: bytes) -> Callable[[Claims], str]:
    """Signs with what isn't a private key, such as the public one, which libraries took that let the token choose."""

    def sign(claims: Claims) -> str:
        parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in ({"alg": alg}, claims)]
        signed = hmac.digest(secret, b".".join(parts), "sha256") if secret else b""
        return b".".join((*parts, base64.urlsafe_b64encode(signed).rstrip(b"="))).decode()

    return sign
