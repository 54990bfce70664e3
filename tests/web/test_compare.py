"""Two times of a namespace held against each other, as a person would do it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from detector.store.port import PassResult
from detector.store.sqlite import open_store
from tests.web.accessible import assert_accessible
from tests.web.conftest import Watch
from tests.web.serving import serve
from tests.web.story import MARKUP
from tests.web.two_days import HOURS, MINUTE, ROLLED, two_days

YESTERDAY = "The last hour against the same hour yesterday"
_READER = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory, now: int) -> Iterator[str]:
    store = open_store(tmp_path_factory.mktemp("compared") / "s.sqlite")
    store.commit(two_days(now))
    with serve(store) as address:
        yield address
    store.close()


def ways(page: Page) -> Locator:
    return page.locator("#differences span.way")


def asked(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def local(now: int, minutes_before: int) -> str:
    """As an input of a time wants it."""
    at = datetime.fromtimestamp(now / 1e6 - minutes_before * 60, _READER)
    return at.strftime("%Y-%m-%dT%H:%M")


def test_one_chooses_a_namespace_and_sees_this_hour_against_yesterdays(page: Page, compared: str) -> None:
    page.goto(f"{compared}/compare")
    expect(page.get_by_text("Choose a namespace")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("combobox", name="Namespace", exact=True).select_option("shop")
    expect(page.get_by_role("link", name=YESTERDAY)).to_have_attribute("aria-current", "true")
    expect(ways(page)).to_have_count(5)
    expect(page.get_by_role("button", name="2 appeared")).to_be_visible()
    expect(page.locator("tr.difference", has_text="cache miss")).to_contain_text(re.compile(r"[67]\.\d ×"))
    expect(page.locator(".held")).to_contain_text("held against")
    page.get_by_role("button", name="2 appeared").click()
    expect(ways(page)).to_have_text(["+appeared"] * 2)
    page.get_by_role("button", name="fell").click()
    expect(ways(page)).to_have_count(3)
    page.get_by_label("Sort by").select_option("level")
    expect(page.locator("tr.difference .level")).to_have_text(["error", "warning", "info"])
    page.goto(page.url)
    expect(page.locator("tr.difference .level")).to_have_text(["error", "warning", "info"])
    expect(page.get_by_role("button", name="2 appeared")).to_have_attribute("aria-pressed", "true")


def test_a_row_opens_to_both_courses_laid_over_each_other(page: Page, compared: str) -> None:
    page.goto(f"{compared}/compare?namespace=shop&range=1h&against=-1d")
    page.get_by_role("button", name="cache miss").click()
    chart = page.get_by_role("group", name="Lines in 1 min, before and after")
    expect(chart.locator("canvas")).to_be_visible()
    chart.focus()
    chart.press("End")
    expect(chart.locator(".tip")).to_contain_text(re.compile(r"after \d+before \d"))
    expect(page.locator("#overlay-key")).to_contain_text("24 h earlier")
    expect(page.locator(".opened .facts")).to_contain_text("in 60 windows")


def test_dragging_on_the_chart_chooses_a_time_and_the_back_button_undoes_it(
    page: Page, compared: str, now: int
) -> None:
    page.goto(f"{compared}/compare?namespace=shop&range=1h&against=-1d")
    expect(ways(page)).to_have_count(5)
    chart = page.get_by_role("group", name="Lines of shop, marked before (")
    expect(chart).to_be_visible()
    box = chart.locator(".u-over").bounding_box()
    assert box is not None

    def drag(start: float, end: float) -> None:
        """Ends when the chart shows it: it is drawn anew."""
        middle, shown = box["y"] + box["height"] / 2, chart.get_attribute("aria-label")
        page.mouse.move(box["x"] + start * box["width"], middle)
        page.mouse.down()
        page.mouse.move(box["x"] + end * box["width"], middle, steps=4)
        page.mouse.up()
        expect(chart).not_to_have_attribute("aria-label", shown or "")

    drag(0.5, 0.6)
    expect(page).to_have_url(re.compile("before_since="))
    expect(page.get_by_role("link", name=YESTERDAY)).not_to_have_attribute("aria-current", "true")
    first = asked(page)
    assert first["since"] < first["until"] < datetime.fromtimestamp(now / 1e6, UTC).isoformat()
    # Neither lies after the roll-out: there is nothing to tell.
    expect(page.get_by_text("Nothing that chance and load don't explain")).to_be_visible()
    page.get_by_role("radio", name="Before").check()
    drag(0.1, 0.2)
    expect(page).not_to_have_url(re.compile(re.escape(f"before_since={first['before_since'].replace(':', '%3A')}")))
    second = asked(page)
    assert second["since"] == first["since"]
    # What is dragged over what is before moves that to where both fit.
    drag(0.05, 0.9)
    expect(page).not_to_have_url(re.compile(re.escape(f"&since={second['since'].replace(':', '%3A')}")))
    third = asked(page)
    assert third["before_since"] < third["before_until"] == third["since"]
    page.go_back()
    page.go_back()
    page.go_back()
    expect(ways(page)).to_have_count(5)
    expect(page.get_by_role("link", name=YESTERDAY)).to_have_attribute("aria-current", "true")


def test_with_the_keyboard_alone_two_times_are_chosen_and_a_difference_is_opened(
    page: Page, compared: str, now: int
) -> None:
    page.goto(f"{compared}/compare?namespace=shop")
    expect(ways(page)).to_have_count(5)
    times = {"Before, from": 300, "Before, to": 200, "After, from": 100, "After, to": 0}
    for name, minutes in times.items():
        page.get_by_label(name, exact=True).fill(local(now, minutes))
    page.get_by_role("button", name="Compare", exact=True).press("Enter")
    expect(page).to_have_url(re.compile("before_since="))
    expect(page.locator(".stretches fieldset .note")).to_have_text(["1 h 40 min"] * 2)
    expect(ways(page)).to_have_count(5)
    page.keyboard.press("j")
    first = page.locator("[data-pick]").first
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-expanded", "true")
    expect(first).to_be_focused()
    expect(page.locator("#overlay .uplot")).to_be_visible()
    assert_accessible(page)


def test_what_is_being_typed_stays_while_news_come(page: Page, tmp_path: Path, now: int) -> None:
    store = open_store(tmp_path / "s.sqlite")
    store.commit(two_days(now))
    with serve(store) as address:
        page.goto(f"{address}/compare?namespace=shop&range=1h&against=-1d")
        box = page.get_by_label("Before, to", exact=True)
        box.fill(local(now, 2_000))
        newest = page.locator(".held span.after time, .held span.after .period")
        was = newest.get_attribute("title")
        store.commit(PassResult(now + MINUTE))
        expect(newest).not_to_have_attribute("title", was or "")
        expect(box).to_have_value(local(now, 2_000))
    store.close()


def test_times_that_overlap_or_that_nothing_is_known_of_are_refused_with_advice(
    page: Page, watch: Watch, compared: str, now: int
) -> None:
    page.goto(f"{compared}/compare?namespace=shop")
    expect(ways(page)).to_have_count(5)
    page.get_by_label("Before, to", exact=True).fill(local(now, 30))
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="before has to end")).to_be_visible()
    expect(ways(page)).to_have_count(5)
    for name, minutes in {"Before, from": HOURS * 60 + 90, "Before, to": HOURS * 60 + 30}.items():
        page.get_by_label(name, exact=True).fill(local(now, minutes))
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator("#problem")).to_contain_text("Nothing is known of shop from that time. Its first line is of")
    expect(page.locator("#differences-section")).to_be_hidden()
    watch.errors.clear()
    page.get_by_role("link", name=YESTERDAY).click()
    expect(ways(page)).to_have_count(5)
    page.goto(f"{compared}/compare?namespace=nobody")
    expect(page.get_by_text("There is no such namespace")).to_be_visible()
    page.get_by_role("link", name="young").click()
    expect(page.get_by_role("link", name="The last hour against the hour before it")).to_have_attribute(
        "aria-current", "true"
    )


def test_what_lines_say_stays_text_on_the_page_and_in_copies(page: Page, window: BrowserContext, compared: str) -> None:
    window.grant_permissions(["clipboard-read", "clipboard-write"], origin=compared)
    page.goto(f"{compared}/compare?namespace=shop")
    expect(page.get_by_role("button", name=MARKUP)).to_be_visible()
    assert page.evaluate("window.hacked") is None
    page.get_by_role("button", name="Copy as Markdown").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('held against')")
    rows = [row for row in page.evaluate("navigator.clipboard.readText()").splitlines() if row.startswith("|")]
    assert len(rows) == 2 + 5
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {9}
    assert next(row for row in rows if "window.hacked" in row).startswith("| appeared | `` WARN cart <img")
    page.get_by_role("button", name="2 appeared").click()
    page.get_by_role("button", name="Copy as CSV").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('change,kind')")
    found = list(csv.DictReader(io.StringIO(page.evaluate("navigator.clipboard.readText()"))))
    assert [row["change"] for row in found] == ["appeared", "appeared"]
    assert [row["before"] for row in found] == ["0", "0"]


def test_on_a_phone_nothing_is_cut_off(page: Page, compared: str) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{compared}/compare?namespace=shop")
    expect(ways(page)).to_have_count(5)
    page.get_by_role("button", name="cache miss").click()
    expect(page.locator("#overlay .uplot")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 375


def test_a_link_that_says_how_much_time_is_shown_compares_it_with_as_much_before(page: Page, compared: str) -> None:
    page.goto(f"{compared}/compare?namespace=shop&range=6h")
    expect(page.locator("#presets [aria-current]")).to_have_text("6h ↔ 6h")
    expect(page.locator(".stretches fieldset .note")).to_have_text(["6 h"] * 2)
    page.goto(f"{compared}/compare?namespace=shop&range=30d")
    expect(page.get_by_role("link", name=YESTERDAY)).to_have_attribute("aria-current", "true")


def test_from_two_times_one_comes_to_the_last_roll_out(page: Page, compared: str, now: int) -> None:
    page.goto(f"{compared}/compare?namespace=shop")
    page.get_by_role("link", name="last roll-out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What changed in shop")
    expect(page.locator(".changes li")).to_have_count(2)
    rolled = datetime.fromtimestamp((now - ROLLED * MINUTE) / 1e6, _READER)
    expect(page.locator(".held span.after")).to_contain_text(rolled.strftime("%H:%M"))
