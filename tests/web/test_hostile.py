"""Log lines are written by strangers: whatever they hold, it is shown as text and does nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.web.overview import many
from tests.web.serving import serve
from tests.web.story import HOSTILE_NAME, MARKUP


def _open(page: Page, base: str) -> None:
    page.goto(base)
    page.locator("#incidents a", has_text="window.hacked").click()
    expect(page.locator("#samples pre")).to_have_count(3)


def test_markup_stays_text_in_every_place(page: Page, base: str) -> None:
    _open(page, base)
    expect(page.locator("#samples pre").first).to_have_text(MARKUP)
    assert page.locator("main img, main script, main b:has-text('bold'), main i:has-text('i')").count() == 0
    page.locator("#crumbs").get_by_role("link", name=HOSTILE_NAME).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE_NAME)
    expect(page.locator("#templates tbody tr")).to_have_count(2)
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_escape_sequences_and_marks_of_direction_are_shown_by_name(page: Page, base: str) -> None:
    _open(page, base)
    line = page.locator("#samples pre").nth(1)
    expect(line.locator(".odd")).to_have_text(["U+202E", "U+202C", "ESC", "ESC", "NUL", "BEL"])
    text = line.inner_text()
    assert not any(mark in text for mark in "\u202e\u202c\x1b\x00\x07")
    heading = page.get_by_role("heading", level=1).inner_text()
    assert "\u202e" not in heading


def test_a_line_of_a_megabyte_is_cut_and_stays_in_its_box(page: Page, base: str) -> None:
    started = time.monotonic()
    _open(page, base)
    huge = page.locator("#samples pre").nth(2)
    expect(huge.locator(".cut")).to_contain_text("996000 more characters")
    box = huge.bounding_box()
    assert box
    assert box["height"] <= 240
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert time.monotonic() - started < 10


def test_a_tooltip_of_the_lanes_shows_a_hostile_name_as_text(page: Page, base: str) -> None:
    page.goto(base)
    names = page.get_by_role("list", name="Namespaces").get_by_role("listitem")
    expect(names.nth(2)).to_contain_text(HOSTILE_NAME)
    box = page.locator("#lanes-chart .u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] * 2.5 / names.count())
    expect(page.locator("#lanes-chart .tip")).to_contain_text(HOSTILE_NAME)


@pytest.mark.parametrize("path", ["/namespaces/{}", "/compare?namespace={}", "/models?namespace={}"])
def test_a_name_of_the_greatest_length_fits_on_a_phone(
    page: Page, empty_store: SqliteStore, now: int, path: str
) -> None:
    name = "x" * 63
    empty_store.commit(PassResult(now, statuses=[replace(one, namespace=name) for one in many(now, 1)]))
    page.set_viewport_size({"width": 375, "height": 800})
    with serve(empty_store) as base:
        page.goto(base + path.format(quote(name)))
        expect(page.get_by_role("link", name=name).or_(page.get_by_role("heading", name=name)).first).to_be_visible()
        expect(page.locator("#freshness")).to_contain_text("scored to")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
