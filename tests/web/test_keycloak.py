"""People log in at a real Keycloak (https://www.keycloak.org), in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from detector.api.auth.access import Access
from detector.settings.access import AccessSettings, OidcSettings, RoleSettings
from detector.store.sqlite import SqliteStore
from tests.conftest import begin
from tests.servers.keycloak import CLIENT, PASSWORD, SECRET, Keycloak
from tests.web.serving import serve

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
PEOPLE = {"ana": ["ops"], "bob": ["marketing"], "kim": ["web", "sre"]}
ROLES = (
    RoleSettings(groups=("sre",), right="admin"),
    RoleSettings(groups=("ops",), namespaces=("pay*",), right="feedback"),
)


@pytest.fixture(scope="module")
def keycloak() -> Iterator[Keycloak]:
    server = Keycloak(PEOPLE)
    begin(server)
    yield server
    server.close()


def access(keycloak: Keycloak) -> Access:
    scopes = ("openid", "profile", "email")  # of groups it knows no scope: they are in its tokens by a mapper
    oidc = OidcSettings(issuer=keycloak.issuer, client_id=CLIENT, client_secret=SecretStr(SECRET), scopes=scopes)
    return Access(AccessSettings(required=True, oidc=oidc, roles=ROLES))


@pytest.fixture
def base(store: SqliteStore, keycloak: Keycloak) -> Iterator[str]:
    with serve(store, access=access(keycloak)) as base:
        keycloak.allow(base)
        yield base


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """In a window of its own, without any cookies."""
    window = browser.new_context()
    window.set_default_timeout(60_000)  # its first pages take long to be made
    expect.set_options(timeout=60_000)
    yield window.new_page()
    expect.set_options(timeout=5_000)
    window.close()


def at_keycloak(tab: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in its form."""
    tab.get_by_role("link", name="Log in").click()
    type_in(tab, name, password)


def type_in(tab: Page, name: str, password: str = PASSWORD) -> None:
    tab.locator("#username").fill(name)
    tab.locator("#password").fill(password)
    tab.locator("#kc-login").click()


def who(tab: Page, base: str) -> tuple[str, list[str]]:
    """Name, and what they may where."""
    me = tab.request.get(f"{base}/api/v1/me").json()
    return me["name"], [f"{one['rights'][-1]} {' '.join(one['namespaces'])}" for one in me["grants"]]


def test_a_whole_day_at_keycloak(tab: Page, base: str, keycloak: Keycloak) -> None:
    # A deep link, a wrong password, then the right one: back at the link, with what the groups may.
    tab.goto(f"{base}/namespaces/payments?from=-6h")
    at_keycloak(tab, "ana", "wrong")
    expect(tab.get_by_text("Invalid username or password")).to_be_visible()
    type_in(tab, "ana")
    expect(tab).to_have_url(f"{base}/namespaces/payments?from=-6h")
    assert who(tab, base) == ("ana", ["feedback pay*"])
    # Out, here and there: the next one has to type a password.
    tab.get_by_title("Who is logged in").click()
    tab.get_by_role("button", name="Log out").click()
    expect(tab).to_have_url(f"{base}/login")
    # Somebody without a role is told so, and may be somebody else, though Keycloak knows them still.
    at_keycloak(tab, "bob")
    expect(tab.get_by_role("alert")).to_contain_text("knows you as bob, who has no role here")
    expect(tab.get_by_role("alert")).to_contain_text("Your groups there: marketing")
    assert tab.request.get(f"{base}/api/v1/me").status == 401
    tab.get_by_role("link", name="Log in as somebody else").click()
    tab.locator("#reset-login").click()  # "restart login": as somebody else
    type_in(tab, "kim")
    expect(tab).to_have_url(f"{base}/")
    assert who(tab, base) == ("kim", ["admin *"])


def test_its_keys_may_change_at_any_time(tab: Page, base: str, keycloak: Keycloak) -> None:
    for _ in range(2):
        tab.goto(base)
        tab.context.clear_cookies()
        tab.goto(base)
        at_keycloak(tab, "ana")
        expect(tab).to_have_url(f"{base}/")
        keycloak.rotate()


def test_while_it_is_away_who_is_in_stays_in_and_others_are_told(
    tab: Page, base: str, keycloak: Keycloak, store: SqliteStore
) -> None:
    tab.goto(base)
    at_keycloak(tab, "ana")
    expect(tab).to_have_url(f"{base}/")
    keycloak.pause()
    try:
        assert who(tab, base) == ("ana", ["feedback pay*"])
        with serve(store, access=access(keycloak)) as fresh:  # that starts meanwhile, and knows nothing of it
            tab.goto(f"{fresh}/auth/oidc/start")
            expect(tab.get_by_role("alert")).to_contain_text("127.0.0.1 doesn't answer within 8 s.")
            expect(tab.get_by_label("Token")).to_be_visible()
    finally:
        keycloak.resume()
