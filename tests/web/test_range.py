"""The time that is shown: what an address may ask for, and the box with a time of one's own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.overview import opened


@pytest.mark.parametrize("path", ["/", "/namespaces/payments", "/compare?namespace=payments&against=valueOf"])
def test_a_range_that_there_is_not_is_as_if_it_were_not_there(page: Page, base: str, path: str) -> None:
    page.goto(f"{base}{path}{'&' if '?' in path else '?'}range=constructor")
    expect(page.locator(".chart canvas").first).to_be_visible()
    expect(page.locator("#notice")).to_be_hidden()


def test_a_click_beside_it_or_escape_closes_the_box_with_a_time_of_ones_own(page: Page, base: str) -> None:
    opened(page, base)
    own, end = page.locator("#range-own"), page.get_by_label("To", exact=True)
    own.click()
    expect(end).to_be_visible()
    page.get_by_role("heading", name="Namespaces").click()
    expect(end).to_be_hidden()
    own.click()
    expect(end).to_be_visible()
    page.get_by_role("heading", name="Namespaces").click()
    expect(end).to_be_hidden()
    own.press("Enter")
    expect(end).to_be_visible()
    end.press("Escape")
    expect(end).to_be_hidden()
    expect(own).to_be_focused()


def test_a_length_that_is_chosen_beside_the_open_box_is_marked(page: Page, base: str) -> None:
    opened(page, base)
    page.locator("#range-own").click()
    expect(page.get_by_label("To", exact=True)).to_be_visible()
    page.get_by_role("link", name="1h", exact=True).click()
    expect(page.locator("#range-1h")).to_have_attribute("aria-current", "true")
    expect(page.locator("#range-6h")).not_to_have_attribute("aria-current", "true")
