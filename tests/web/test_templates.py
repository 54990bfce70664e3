"""The templates of all namespaces: searched, narrowed to what is new or gone, and what one leads on to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from detector.feedback import mute
from detector.store.sqlite import open_store
from tests.web.accessible import assert_accessible
from tests.web.serving import serve
from tests.web.story import HOSTILE_NAME, MARKUP, REFUSED, template_id, whole_story
from tests.web.two_days import GONE, NEW, two_days


@pytest.fixture(scope="module")
def all_logs(tmp_path_factory: pytest.TempPathFactory, now: int) -> Iterator[str]:
    """A service over both stories: five namespaces, one with a roll-out three hours ago."""
    store = open_store(tmp_path_factory.mktemp("templates") / "s.sqlite")
    store.commit(whole_story(now))
    store.commit(two_days(now))
    store.say(mute("payments", "ada", "known", now, template=template_id("payments", REFUSED)))
    with serve(store) as address:
        yield address
    store.close()


def rows(page: Page) -> Locator:
    return page.locator("#templates tr.openable")


def test_a_text_is_found_wherever_it_is_logged_and_opens_to_its_course(page: Page, all_logs: str) -> None:
    page.goto(f"{all_logs}/templates")
    expect(page.locator("#templates-note")).to_contain_text("templates")
    page.get_by_role("searchbox", name="Search templates").fill("product")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("row").filter(has_text="staging")).to_have_count(1)
    expect(rows(page).first.locator(".trend-cell .uplot")).to_be_visible()
    rows(page).filter(has_text="staging").get_by_role("button").first.press("Enter")
    expect(page.get_by_role("group", name=re.compile("Lines of this template over time, [0-9,.]+"))).to_be_visible()
    page.goto(page.url)
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#templates tr.opened")).to_be_visible()
    assert_accessible(page)


def test_what_is_new_and_what_is_gone_is_listed_over_all_namespaces(page: Page, all_logs: str) -> None:
    page.goto(f"{all_logs}/templates")
    expect(page.locator("#templates-note")).to_contain_text("templates")
    page.get_by_label("New since", exact=True).select_option("-1h")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("refused the connection")
    page.get_by_label("New since", exact=True).select_option("")
    page.get_by_label("Gone since", exact=True).select_option("-1h")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("legacy discount table row")
    page.get_by_label("Gone since", exact=True).select_option("")
    page.get_by_label("Namespace", exact=True).select_option("shop")
    page.get_by_role("button", name=re.compile("^error")).click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("payment gateway")
    page.get_by_role("link", name="what changed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What changed in shop")


def test_a_link_shows_the_same(page: Page, all_logs: str) -> None:
    page.goto(f"{all_logs}/templates?namespace=payments&muted=true")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("refused the connection")
    expect(page.get_by_label("Muted")).to_have_value("true")
    expect(page.get_by_label("Namespace", exact=True)).to_have_value("payments")
    page.get_by_label("Namespace", exact=True).select_option("")
    expect(page.locator("#ways")).to_be_empty()
    page.go_back()
    expect(page.get_by_role("link", name="its page")).to_have_attribute("href", "/namespaces/payments")


def test_from_a_difference_one_comes_to_its_template(page: Page, all_logs: str) -> None:
    page.goto(f"{all_logs}/changes?namespace=shop")
    page.get_by_role("button", name="payment gateway").click()
    page.get_by_role("link", name="Show it among all templates").click()
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#templates tr.opened")).to_contain_text(template_id("shop", NEW))


def test_on_a_phone_and_with_hostile_lines_the_list_stays_whole(page: Page, all_logs: str) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{all_logs}/templates?sort=namespace")
    expect(rows(page).filter(has_text=MARKUP).first).to_be_visible()
    expect(page.get_by_label("Namespace", exact=True).get_by_role("option", name=HOSTILE_NAME)).to_have_count(1)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth") == 375


def test_where_there_is_nothing_the_way_on_is_told(page: Page, all_logs: str) -> None:
    page.goto(f"{all_logs}/templates?q=nosuchword")
    expect(page.get_by_text("No template matches")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(rows(page).filter(has_text=GONE.split("<")[0].split("DEBUG ")[1])).to_have_count(1)
