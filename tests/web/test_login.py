"""Logging in and out at the page, what those see who may less, and what a page does whose session is over."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pydantic import SecretStr

from detector.access.principal import Right
from detector.access.tokens import DAY, Wish, make
from detector.api.auth.access import Access
from detector.settings.access import AccessSettings, OidcSettings, RoleSettings
from detector.store.sqlite import SqliteStore
from tests.servers.provider import CLIENT, SECRET, Provider
from tests.web.accessible import assert_accessible
from tests.web.conftest import Watch
from tests.web.serving import serve

WRITES = re.compile("(Silence|Mute|Expected|Real|Put to work)…")
ROLES = (
    RoleSettings(groups=("sre",), right="admin"),
    RoleSettings(groups=("ops",), namespaces=("pay*",), right="feedback"),
    RoleSettings(groups=("web",), namespaces=("shop",)),
)


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A tab in a window of its own: cookies are of a host, whatever its port."""
    window = browser.new_context(timezone_id="Europe/Berlin", locale="en-GB", viewport={"width": 1280, "height": 900})
    window.set_default_timeout(15_000)
    page = window.new_page()
    page.on("console", watch.console)
    page.on("pageerror", watch.failed)
    page.on("request", watch.request)
    yield page
    window.close()
    assert watch.errors == []
    assert watch.foreign == []


@pytest.fixture
def base(store: SqliteStore, provider: Provider) -> Iterator[str]:
    """A service at which people have to log in."""
    oidc = OidcSettings(issuer=provider.issuer, client_id=CLIENT, client_secret=SecretStr(SECRET))
    with serve(store, access=Access(AccessSettings(required=True, oidc=oidc, roles=ROLES))) as base:
        yield base


def token(store: SqliteStore, right: Right, *namespaces: str, lasts: int = DAY) -> str:
    now = time.time_ns() // 1000
    made, sent = make(Wish("night shift", namespaces, right, now + lasts), "ana", now, bytes(range(42)))
    store.say(made)
    return sent


def log_in(page: Page, base: str, provider: Provider, *groups: str, at: str = "/") -> None:
    provider.person["groups"] = list(groups)
    page.goto(base + at)
    page.get_by_role("link", name=f"Log in with {provider.host}").click()
    expect(page).to_have_url(base + at)


def test_a_deep_link_leads_over_the_log_in_back_to_itself(page: Page, base: str, provider: Provider) -> None:
    page.goto(f"{base}/namespaces/payments?from=-6h")
    expect(page).to_have_title("Log in · drainwatch")
    expect(page.get_by_text("Then on to /namespaces/payments?from=-6h")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name=f"Log in with {provider.host}").click()
    expect(page).to_have_url(f"{base}/namespaces/payments?from=-6h")
    page.get_by_title("Who is logged in").click()
    expect(page.get_by_text("You may read, mark and silence in pay*")).to_be_visible()
    assert_accessible(page)


def test_feedback_is_put_down_to_who_is_logged_in(
    page: Page, base: str, provider: Provider, store: SqliteStore
) -> None:
    log_in(page, base, provider, "ops", at="/silences")
    page.get_by_role("button", name="Silence…").click()
    dialog = page.get_by_role("dialog", name="Silence")
    expect(dialog).to_contain_text("Said as ana")
    expect(dialog.get_by_label("Your name")).to_have_count(0)
    dialog.get_by_label("Namespace or pattern").fill("payments")
    dialog.get_by_role("button", name="Silence").click()
    expect(page.locator("#active > ol > li")).to_contain_text("by ana")
    assert [one.author for one in store.silences()] == ["ana"]


def test_who_may_only_read_is_shown_no_buttons_and_nothing_of_others(page: Page, base: str, provider: Provider) -> None:
    log_in(page, base, provider, "web")
    expect(page.get_by_role("link", name="shop", exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    for place in ("/", "/alerts", "/silences", "/templates", "/models", "/status", "/namespaces/shop"):
        page.goto(base + place)
        expect(page.locator("[aria-busy]:visible")).to_have_count(0)
        expect(page.locator("#notice")).to_be_hidden()
        assert "payments" not in page.locator("body").inner_text(), place
        expect(page.get_by_role("button", name=WRITES)).to_have_count(0)
        assert "Mark incidents" not in page.locator("body").inner_text(), place
    page.goto(f"{base}/silences")
    expect(page.locator("[aria-busy]:visible")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("next finding")
    expect(page.get_by_role("dialog", name="Keys").get_by_text("silence", exact=True)).to_have_count(0)


@pytest.mark.parametrize("place", ["/silences", "/alerts"])
def test_a_button_is_not_there_before_it_is_known_who_looks(
    page: Page, base: str, provider: Provider, place: str
) -> None:
    log_in(page, base, provider, "ops")
    held: list[Route] = []
    waits = True

    def hold(route: Route) -> None:
        if waits:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/silences*", hold)
    page.goto(base + place)
    expect(page.get_by_role("heading", name="Silences")).to_be_visible()
    expect(page.get_by_role("button", name="Silence…")).to_be_hidden()
    waits = False
    for route in held:
        route.continue_()
    expect(page.get_by_role("button", name="Silence…")).to_be_visible()


def test_what_one_may_not_is_said_plainly(page: Page, base: str, provider: Provider, watch: Watch) -> None:
    log_in(page, base, provider, "ops")
    page.goto(f"{base}/access")
    expect(page.locator("#notice")).to_contain_text("You may not do this: it takes the right admin.")
    expect(page.get_by_role("heading", name="For admins")).to_be_visible()
    expect(page.get_by_role("button", name="New token…")).to_be_hidden()
    assert_accessible(page)
    page.goto(f"{base}/namespaces/shop")
    expect(page.locator("#story")).to_contain_text(
        "No line of it was read, or you may not read it. There are: payments."
    )
    watch.errors.clear()


def test_with_a_token_at_a_page_without_scripts(browser: Browser, base: str, store: SqliteStore) -> None:
    window = browser.new_context(java_script_enabled=False)
    page = window.new_page()
    page.goto(f"{base}/status")
    page.get_by_text("With a token instead").click()
    page.get_by_label("Token").fill("dw_aaaaaaaaaaaaaaaa_" + "A" * 43)
    page.get_by_role("button", name="Log in with a token").click()
    expect(page.get_by_role("alert")).to_contain_text("This token opens nothing here")
    page.get_by_label("Token").fill(token(store, Right.READ, "payments"))
    page.get_by_role("button", name="Log in with a token").click()
    expect(page).to_have_url(f"{base}/status")
    window.close()


def test_logging_out_ends_the_session_here_and_there(
    page: Page, base: str, provider: Provider, store: SqliteStore
) -> None:
    log_in(page, base, provider, "ops")
    secret = next(one["value"] for one in page.context.cookies() if one["name"] == "drainwatch")
    page.get_by_title("Who is logged in").click()
    page.route(f"{provider.issuer}/logout?*", lambda route: route.fulfill(body="logged out there"))
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile(re.escape(f"{provider.issuer}/logout?client_id=drainwatch&")))
    assert f"post_logout_redirect_uri={base}/login".replace(":", "%3A").replace("/", "%2F") in page.url
    assert "id_token_hint=ey" in page.url
    page.context.add_cookies([{"name": "drainwatch", "value": secret, "url": base}])
    page.goto(base)
    expect(page).to_have_title("Log in · drainwatch")


def test_a_page_whose_session_is_over_stays_and_leads_back(
    page: Page, base: str, provider: Provider, store: SqliteStore, watch: Watch
) -> None:
    log_in(page, base, provider, "ops", at="/silences?q=x")
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#left")).to_contain_text("You were logged out.")
    expect(page.locator("#silences-note")).to_be_attached()
    assert_accessible(page)
    page.get_by_role("link", name="Log in again").click()
    page.get_by_role("link", name=f"Log in with {provider.host}").click()
    expect(page).to_have_url(f"{base}/silences?q=x")
    watch.errors.clear()


def test_somebody_without_a_role_is_told_and_may_be_somebody_else(
    page: Page, base: str, provider: Provider, watch: Watch
) -> None:
    provider.person["groups"] = ["marketing"]
    page.goto(base)
    page.get_by_role("link", name="Log in with").click()
    expect(page.get_by_role("alert")).to_contain_text("knows you as ana, who has no role here")
    expect(page.get_by_role("alert")).to_contain_text("Your groups there: marketing")
    assert_accessible(page)
    provider.person["groups"] = ["ops"]
    page.get_by_role("link", name="Log in as somebody else").click()
    expect(page).to_have_url(f"{base}/")
    assert provider.sent[-2]["prompt"] == "login"
    watch.errors.clear()


def test_tokens_are_made_shown_once_and_revoked(page: Page, base: str, provider: Provider, store: SqliteStore) -> None:
    log_in(page, base, provider, "sre")
    page.get_by_title("Who is logged in").click()
    page.get_by_role("link", name="Tokens and audit log").click()
    expect(page.locator("#tokens")).to_contain_text("No token is in force.")
    page.get_by_role("button", name="New token…").click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_label("What it is for").fill("grafana")
    dialog.get_by_label("Namespaces").fill("pay*, shop")
    assert_accessible(page)
    dialog.get_by_role("button", name="Make it").click()
    taken = page.get_by_role("dialog", name="Take it now")
    sent = taken.get_by_label("Token").input_value()
    assert re.fullmatch(r"dw_[a-z2-7]{16}_[A-Za-z0-9_-]{43}", sent)
    answer = page.request.get(f"{base}/api/v1/me", headers={"Authorization": f"Bearer {sent}"})
    assert answer.json()["name"] == "grafana"
    taken.get_by_role("button", name="I have it").click()
    row = page.locator("#tokens").get_by_role("row", name="grafana")
    expect(row).to_contain_text("read in pay*, shop")
    expect(row).to_contain_text("by ana")
    assert sent not in page.content()
    assert_accessible(page)
    row.get_by_role("button", name="Revoke…").click()
    page.get_by_role("dialog", name="Revoke this token").get_by_role("button", name="Revoke").click()
    expect(page.locator("#tokens-note")).to_have_text("0 in force, 1 over")
    assert page.request.get(f"{base}/api/v1/me", headers={"Authorization": f"Bearer {sent}"}).status == 401
    page.set_viewport_size({"width": 375, "height": 800})
    page.get_by_role("button", name="Show 1 that are over").click()
    expect(page.locator("#tokens").get_by_role("row", name="grafana")).to_contain_text("revoked")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_the_audit_log_says_who_did_what(page: Page, base: str, provider: Provider, store: SqliteStore) -> None:
    log_in(page, base, provider, "sre", at="/access")
    log = page.get_by_role("table", name="Audit log")
    expect(log.get_by_role("row", name="ana")).to_contain_text("log in")
    page.locator("#what-done").select_option("token-made")
    expect(page.locator("#audit")).to_contain_text("Nothing of the kind was done in that time.")
    expect(page).to_have_url(f"{base}/access?what=token-made")
    page.reload()
    expect(page.locator("#audit")).to_contain_text("Nothing of the kind")


def test_where_nobody_has_to_log_in_nothing_is_said_of_it_but_on_the_status_page(
    page: Page, store: SqliteStore
) -> None:
    with serve(store) as base:
        page.goto(f"{base}/login?next=/status")
        expect(page).to_have_url(f"{base}/status")
        expect(page.locator("#story")).to_contain_text("open to everybody who reaches this address")
        expect(page.locator("#who")).to_be_empty()
