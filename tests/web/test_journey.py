"""What a reader does at night: sees the fault, opens it, understands it, mutes it, and compares two hours."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from detector.store.sqlite import SqliteStore
from tests.web.serving import serve
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
    expect(reason.locator(".versus")).to_have_text("37 linesexpected none")
    expect(reason).to_contain_text("62 %")
    expect(page.locator("#samples pre")).to_have_text(SAMPLE)
    expect(page.get_by_role("group", name="Score over time, at most 93 of 100")).to_be_visible()


def test_a_night_from_the_fault_to_what_changed(page: Page, store: SqliteStore) -> None:
    with serve(store) as base:
        page.goto(base)
        page.locator("#incidents").get_by_role("link", name="a new error in payment").click()
        reasons = page.locator("#reasons")
        expect(reasons.locator("tr.picked")).to_contain_text("refused the connection")
        reasons.get_by_role("button", name="Mute").first.click()
        page.get_by_label("Note").fill("the ledger is being moved")
        page.get_by_label("Your name").fill("Kim")
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(reasons.locator("tr.picked .chip")).to_have_text("muted")
        (said,) = store.feedback("payments")
        assert (said.kind, said.author, said.note) == ("mute", "Kim", "the ledger is being moved")

        page.get_by_role("link", name="Compare with before").click()
        appeared = page.locator("#differences tbody tr")
        expect(appeared.first).to_contain_text("refused the connection")
        page.get_by_role("link", name="The last hour against the hour before it").click()
        expect(page).to_have_url(re.compile("against=previous"))
        expect(page.get_by_role("button", name="1 appeared")).to_be_visible()
        expect(appeared.first).to_contain_text("refused the connection")


def test_the_same_with_the_keyboard_alone(page: Page, store: SqliteStore) -> None:
    with serve(store) as base:
        page.goto(base)
        expect(page.locator("#incidents li")).to_have_count(3)
        page.keyboard.press("j")
        expect(page.locator(":focus")).to_contain_text("a new error in payment")
        page.keyboard.press("Enter")
        page.wait_for_url("**/incidents/*")
        expect(page.locator("#reasons [data-pick]")).to_have_count(3)
        _tab_to(page, "Ledger busy")
        page.keyboard.press("Enter")
        expect(page.locator("#reasons tr.picked")).to_contain_text("Ledger busy")
        expect(page.locator(":focus")).to_contain_text("Ledger busy")
        _tab_to(page, "Mute…")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Note")).to_be_focused()
        page.keyboard.type("known")
        page.keyboard.press("Enter")
        expect(page.locator("#reasons tr.picked .chip")).to_have_text("muted")
        assert [said.note for said in store.feedback("payments")] == ["known"]
        page.goto(f"{base}/compare?namespace=payments")
        _tab_to(page, "1h ↔ 1h")
        page.keyboard.press("Enter")
        expect(page.locator("#differences tbody tr").first).to_contain_text("refused the connection")


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
