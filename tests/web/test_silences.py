"""Silences on the page: what holds, comes and is over, what each keeps quiet now; made and ended as a person would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from detector.alert import Silence
from detector.store.sqlite import SqliteStore
from tests.web.accessible import assert_accessible
from tests.web.conftest import Watch
from tests.web.serving import serve
from tests.web.story import MARKUP, MINUTE, TURNED

HOUR = 60 * MINUTE


@pytest.fixture
def silences(store: SqliteStore, now: int) -> SqliteStore:
    """Two in force, one of them of a pattern that nothing fits; one that is coming, one over and one that was ended."""
    for one in (
        Silence("held", "payments", now - HOUR, now + 3 * HOUR, author="ana", note="ledger moves", created=now),
        Silence("idle", "team-*", now - HOUR, now + 9 * HOUR, author="kim", note="load test", created=now),
        Silence("soon", "*", now + 9 * HOUR, now + 40 * HOUR, author="ops", note="fire drill", created=now),
        Silence("past", "media", now - 50 * HOUR, now - 40 * HOUR, note="upgrade", created=now - 50 * HOUR),
        Silence("back", "shop", now - 9 * HOUR, now + 40 * HOUR, withdrawn=now - 8 * HOUR, created=now - 9 * HOUR),
    ):
        store.say(one)
    return store


def test_what_holds_what_comes_and_what_is_over(page: Page, silences: SqliteStore) -> None:
    with serve(silences) as base:
        page.goto(base)
        page.get_by_role("link", name="Silences").click()
        expect(page.locator("#silences-note")).to_have_text("2 in force, 1 coming, 2 over")
        expect(page).to_have_title("2 in force · Silences · drainwatch")
        held = page.locator("#active li", has_text="ledger moves")
        expect(held.get_by_role("link", name="payments: a new error in payment")).to_be_visible()
        expect(page.locator("#active > ol > li", has_text="team-*")).to_contain_text("Keeps nothing quiet right now.")
        expect(page.locator("#coming > ol > li")).to_contain_text("all namespaces")
        expect(page.get_by_role("region", name="Over").locator("#over > ol > li")).to_have_count(2)
        expect(page.locator("#over")).to_contain_text("ended")


def test_a_search_stands_in_the_address(page: Page, silences: SqliteStore) -> None:
    with serve(silences) as base:
        page.goto(f"{base}/silences")
        page.get_by_label("Search silences").fill("kim load")
        expect(page.locator("#silences-note")).to_have_text("1 in force")
        expect(page).to_have_url(f"{base}/silences?q=kim+load")
        page.reload()
        expect(page.locator("#silences-note")).to_have_text("1 in force")
        page.get_by_label("Search silences").fill("nobody")
        expect(page.locator("#active")).to_have_text("No silence in force has these words.")


def test_before_it_is_made_one_sees_what_it_keeps_quiet(page: Page, store: SqliteStore) -> None:
    with serve(store) as base:
        page.goto(f"{base}/silences")
        expect(page.locator("#active")).to_contain_text("Nothing is silenced.")
        page.keyboard.press("s")
        dialog = page.get_by_role("dialog", name="Silence")
        expect(dialog.get_by_label("Namespace or pattern")).to_be_focused()
        page.keyboard.type("s*")
        expect(dialog).to_contain_text("Fits 2 of 5 namespaces: shop, staging.")
        expect(dialog).to_contain_text("Of what goes on right now it is about nothing.")
        dialog.get_by_label("Namespace or pattern").fill("pay*")
        expect(dialog).to_contain_text("Fits 1 of 5 namespaces: payments.")
        expect(dialog.get_by_role("link", name="payments: a new error in payment")).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Enter")
        expect(page.locator("#active > ol > li")).to_contain_text("pay*")
        assert [made.namespace for made in store.silences()] == ["pay*"]


def test_one_is_made_that_begins_later(page: Page, store: SqliteStore) -> None:
    with serve(store) as base:
        page.goto(f"{base}/silences")
        page.get_by_role("button", name="Silence…").click()
        dialog = page.get_by_role("dialog", name="Silence")
        dialog.get_by_label("Namespace or pattern").fill("media")
        dialog.get_by_label("4 hours").check()
        dialog.get_by_label("begins later").check()
        begin = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT22:00")
        dialog.get_by_label("From when on").fill(begin)
        dialog.get_by_role("button", name="Silence").click()
        expect(page.locator("#silences-note")).to_have_text("0 in force, 1 coming")
        expect(page.locator("#coming > ol > li")).to_contain_text("coming")
        (made,) = store.silences()
        assert made.until - made.since == 4 * HOUR
        # 22:00 where the reader is: in Berlin, in winter or summer.
        assert made.since // HOUR % 24 in {20, 21}


def test_one_is_ended_with_the_keyboard_alone(page: Page, silences: SqliteStore) -> None:
    with serve(silences) as base:
        page.goto(f"{base}/silences")
        page.locator("#end-held").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#silences-note")).to_have_text("1 in force, 1 coming, 3 over")
        page.get_by_role("button", name="Take back").press("Enter")
        expect(page.locator("#silences-note")).to_have_text("1 in force, 4 over")
        withdrawn = {one.id for one in silences.silences() if one.withdrawn is not None}
        assert withdrawn == {"held", "soon", "back"}


def test_many_that_are_over_are_shown_at_a_click(page: Page, store: SqliteStore, now: int) -> None:
    for number in range(60):
        begin = now - (100 + number) * HOUR
        store.say(Silence(f"old-{number}", "shop", begin, begin + HOUR, created=begin))
    with serve(store) as base:
        page.goto(f"{base}/silences")
        expect(page.locator("#over > ol > li")).to_have_count(50)
        page.get_by_role("button", name="Show all 60").click()
        expect(page.locator("#over > ol > li")).to_have_count(60)
        expect(page).to_have_url(f"{base}/silences?over=all")


def test_silences_are_for_everyone_and_harmless(page: Page, silences: SqliteStore, now: int) -> None:
    silences.say(Silence("odd", "media", now, now + HOUR, author=TURNED, note=MARKUP, created=now))
    with serve(silences) as base:
        page.goto(f"{base}/silences")
        expect(page.get_by_text(MARKUP).first).to_be_visible()
        expect(page.locator(".odd").first).to_be_visible()
        assert page.evaluate("window.hacked") is None
        assert_accessible(page)
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_where_nothing_can_be_asked_it_says_so(page: Page, store: SqliteStore, watch: Watch) -> None:
    page.route("**/api/v1/silences", lambda route: route.abort())
    with serve(store) as base:
        page.goto(f"{base}/silences")
        expect(page.get_by_role("alert")).to_contain_text("drainwatch doesn't answer.")
    watch.errors.clear()  # the browser's own line about it
