"""What is done about an incident where it is shown: taken along, muted, silenced."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from detector.findings import Incident
from detector.store.sqlite import SqliteStore
from tests.web.outage import outage
from tests.web.serving import serve
from tests.web.story import REFUSED, SAMPLE, template_id


def test_it_is_copied_as_markdown_and_a_line_as_it_is_shown(
    page: Page, told: tuple[str, Incident], window: BrowserContext
) -> None:
    base, found = told
    page.goto(f"{base}/incidents/{found.id}")
    window.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.locator("[role=status]", has_text="Copied as Markdown.")).to_be_attached()
    assert "a new error in payment" in page.evaluate("navigator.clipboard.readText()")
    line = page.locator("#samples li").first
    line.hover()
    line.get_by_role("button", name="Copy").click()
    expect(line.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == SAMPLE
    window.clear_permissions()


def test_where_there_is_no_clipboard_the_text_is_offered_selected(page: Page, told: tuple[str, Incident]) -> None:
    base, found = told
    # As in a page that came without TLS.
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(f"{base}/incidents/{found.id}")
    page.get_by_role("button", name="Copy as Markdown").click()
    box = page.get_by_role("dialog", name="Copy as Markdown").get_by_role("textbox")
    expect(box).to_be_focused()
    expect(box).to_have_value(re.compile("a new error in payment"))
    selected = page.evaluate("document.activeElement.selectionEnd - document.activeElement.selectionStart")
    assert selected == len(box.input_value())
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_is_looked_at_is_muted_or_silenced_for_a_time(page: Page, store: SqliteStore, now: int) -> None:
    found = outage(store, now)
    with serve(store) as base:
        page.goto(f"{base}/incidents/{found.id}")
        page.get_by_role("button", name="Mute template…").click()
        expect(page.get_by_role("dialog")).to_contain_text("Booking UUID failed")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#reasons tr.picked .chip")).to_have_text("muted")
        expect(page.get_by_role("button", name="Mute template…")).to_have_count(0)
        assert store.feedback()[0].template == template_id("payments", REFUSED)

        page.get_by_role("button", name="Silence…").click()
        dialog = page.get_by_role("dialog", name="Silence")
        dialog.get_by_label("What").select_option(label="only payment in payments")
        dialog.get_by_label("Note").fill("known")
        dialog.get_by_role("button", name="Silence").click()
        said = page.locator("#verdict li", has_text="known")
        expect(said).to_contain_text("silenced")
        said.get_by_role("button", name="End now").click()
        expect(said).to_have_count(0)
