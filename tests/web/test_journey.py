"""What a reader does: sees the fault, opens it, and reads why and on which lines."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.story import SAMPLE


def test_the_worst_incident_comes_first_and_leads_to_its_reasons_and_lines(page: Page, base: str) -> None:
    page.goto(base)
    first = page.locator("#incidents li").first
    expect(first).to_contain_text("a new error in payment")
    expect(first.locator(".plate")).to_have_text("93critical")
    first.get_by_role("link", name="a new error in payment").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("a new error in payment")
    reason = page.locator("#reasons tbody tr").first
    expect(reason).to_contain_text("Booking UUID failed: ledger at IP refused the connection")
    expect(reason.locator(".var")).to_have_text(["UUID", "IP"])
    expect(reason).to_contain_text("37 lines, expected none")
    expect(reason).to_contain_text("62 %")
    expect(page.locator("#samples pre")).to_have_text(SAMPLE)
    expect(page.locator("#score .bars .point")).to_have_count(6)


def test_another_reason_shows_its_own_counts_and_says_over_how_many_windows(page: Page, base: str) -> None:
    page.goto(base)
    page.locator("#incidents a", has_text="a new error in payment").click()
    page.get_by_role("button", name="booked").click()
    expect(page.locator("#reasons tr.picked")).to_contain_text("3 lines in 3 min, expected 13–31")
    expect(page.locator("#evidence-note")).to_have_text("lines a window; expected 13–31 in 3 windows")
    expect(page.locator("#samples")).to_contain_text("that is what is unusual")


def test_a_whole_workload_as_a_reason_has_a_chart_too(page: Page, base: str) -> None:
    page.goto(base)
    page.locator("#incidents a", has_text="transcoder went silent").click()
    with page.expect_response(lambda answer: "workload=thumbnailer" in answer.url) as answered:
        page.get_by_role("button", name="all lines of thumbnailer").click()
    assert answered.value.ok
    expect(page.locator("#counts .scatterlayer path.js-line")).to_have_count(1)


def test_everything_can_be_reached_with_the_keyboard(page: Page, base: str) -> None:
    page.goto(base)
    expect(page.locator("#incidents li")).to_have_count(3)
    _tab_to(page, "a new error in payment")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/*")
    expect(page.locator("#reasons tbody tr")).to_have_count(3)
    _tab_to(page, "Ledger busy")
    page.keyboard.press("Enter")
    expect(page.locator("#reasons tr.picked")).to_contain_text("Ledger busy")
    expect(page.locator(":focus")).to_contain_text("Ledger busy")


def _tab_to(page: Page, text: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if text in page.locator(":focus").inner_text():
            return
    raise AssertionError(f"the keyboard never came to {text!r}")


def test_times_are_the_readers_own_with_utc_on_hover(page: Page, base: str) -> None:
    page.goto(base)
    shown = page.locator("#freshness time")
    utc = shown.get_attribute("title") or ""
    assert utc.endswith(" UTC")
    local = page.evaluate("(text) => new Date(text).toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'})",
                          shown.get_attribute("datetime"))  # fmt: skip
    expect(shown).to_have_text(local)
    assert local != utc[11:16]


@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_is_wider_than_the_window(page: Page, base: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/namespaces/payments"):
        page.goto(base + path)
        expect(page.locator("#incidents li").first).to_be_visible()
        expect(page.locator("#templates tr").first).to_be_attached(attached=path != "/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#incidents a", has_text="a new error in payment").click()
    expect(page.locator("#samples pre")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
