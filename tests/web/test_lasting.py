"""A page that stays open for long: news come, times are chosen, and what its reader does holds all the same."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.web.conftest import Watch
from tests.web.overview import names, opened
from tests.web.serving import serve
from tests.web.story import MINUTE

# The test hears of news as the page does, and counts them.
HEARD = """() => {
    const { dataset } = document.documentElement;
    new EventSource("/api/v1/events").addEventListener("status", () => {
        dataset.heard = Number(dataset.heard ?? 0) + 1;
    });
}"""

# What a screen reader would read out by itself.
SPOKEN = """() => {
    window.spoken = [];
    const hear = (changes) => spoken.push(...changes.map(({ target }) => target.textContent));
    for (const one of document.querySelectorAll("[role=status], [role=alert]"))
        new MutationObserver(hear).observe(one, { childList: true, characterData: true, subtree: true });
}"""


def _first_time(page: Page, chart: str) -> str:
    """The time that the first column of a chart is told to be of."""
    page.locator(chart).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    return page.locator(f"{chart} .tip .when").inner_text()


def test_a_detector_is_drawn_in_the_time_that_is_shown_now(page: Page, base: str) -> None:
    page.goto(f"{base}/namespaces/payments?range=6h")
    detector = page.locator("#detectors").get_by_role("button").first
    expect(detector).to_be_visible()
    whole = _first_time(page, "#scores")
    levels = page.locator("#levels")
    before = levels.inner_text()
    page.get_by_role("link", name="1h", exact=True).click()
    expect(levels).not_to_have_text(before, use_inner_text=True)
    hour = _first_time(page, "#scores")
    assert hour != whole
    detector.click()
    expect(detector).to_have_attribute("aria-pressed", "true")
    assert _first_time(page, "#scores") == hour


def test_the_same_name_that_no_namespace_has_is_said_again(page: Page, base: str) -> None:
    opened(page, base)
    box = page.get_by_role("searchbox", name="Filter namespaces by name")
    for _ in range(2):
        box.fill("zzz")
        expect(page.locator("#lanes")).to_contain_text("“zzz” was looked for")
        box.fill("")
        expect(names(page)).to_have_count(5)
        expect(page.locator("#lanes-note")).to_have_text("5")


def test_incidents_are_listed_where_a_link_names_no_namespace_that_there_is(page: Page, base: str) -> None:
    page.goto(f"{base}/?q=zzz")
    expect(page.locator("#lanes")).to_contain_text("“zzz” was looked for")
    expect(page.locator("#incidents li")).to_have_count(3)


@pytest.mark.parametrize("where", ["/?q=media&range=24h", "/models?namespace=shop&range=24h"])
def test_the_box_in_the_header_takes_along_the_time_and_no_filter(page: Page, base: str, where: str) -> None:
    page.goto(base + where)
    box = page.get_by_role("combobox", name="Go to a namespace")
    box.fill("payments")
    box.press("Enter")
    page.wait_for_url("**/namespaces/payments?range=24h")
    expect(page.locator("#templates-note")).to_contain_text("templates")


def test_a_name_that_cannot_be_read_is_no_namespace(page: Page, base: str, watch: Watch) -> None:
    page.goto(f"{base}/namespaces/%E0%A4%A")
    expect(page.get_by_role("heading", name="No such namespace")).to_be_visible()
    watch.errors.clear()  # Chromium reports that the API doesn't know it


def test_news_wait_for_what_is_still_loading(page: Page, store: SqliteStore, now: int) -> None:
    held: list[Route] = []
    refused: list[str] = []
    page.on("requestfailed", lambda request: refused.append(request.url))

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/api/v1/lanes?*", hold)
    with serve(store) as base:
        page.goto(base)
        page.evaluate(HEARD)
        html = page.locator("html")
        for passes in (1, 2):
            expect(html).to_have_attribute("data-heard", str(passes))
            store.commit(PassResult(now + passes * MINUTE))
        expect(html).to_have_attribute("data-heard", "3")
        page.wait_for_timeout(1_500)
        assert refused == []
        with page.expect_response("**/api/v1/lanes?*"):
            held[0].continue_()
        expect(names(page)).to_have_count(5)
        page.wait_for_event("response", lambda response: "/lanes?" in response.url)


def test_the_focus_stays_on_what_is_drawn_anew(page: Page, store: SqliteStore) -> None:
    with serve(store) as base:
        page.goto(f"{base}/namespaces/payments")
        link = page.get_by_role("link", name="Compare two times")
        link.focus()
        page.request.post(f"{base}/api/v1/silences", data={"namespace": "payments", "for": "1h"})
        expect(page.locator("#story .chip.muted")).to_have_text("silenced")
        expect(link).to_be_focused()


def test_a_window_that_closes_interrupts_nobody_who_listens(page: Page, store: SqliteStore, now: int) -> None:
    with serve(store) as base:
        page.goto(f"{base}/alerts")
        expect(page.get_by_role("status").filter(has_text="live")).to_be_attached()
        scored = page.locator("#freshness time")
        before = scored.get_attribute("datetime") or ""
        page.evaluate(SPOKEN)
        store.commit(PassResult(now + 3 * MINUTE))
        expect(scored).not_to_have_attribute("datetime", before)
        assert page.evaluate("window.spoken") == []


def test_a_clock_that_is_slow_hides_nothing(page: Page, base: str) -> None:
    page.add_init_script("{ const now = Date.now; Date.now = () => now() - 3 * 3_600_000; }")
    opened(page, f"{base}/?range=1h")
    expect(page.locator("#incidents li")).to_have_count(1)
    # What is to come by that clock wasn't three hours ago.
    expect(page.locator("#freshness")).to_contain_text("scored to")
    expect(page.locator("#freshness")).not_to_contain_text("ago")


def test_alt_and_an_arrow_are_left_to_the_browser(page: Page, base: str) -> None:
    opened(page, base)
    press = """(chart) => chart.dispatchEvent(new KeyboardEvent("keydown",
        {key: "ArrowLeft", altKey: true, bubbles: true, cancelable: true}))"""
    assert page.locator("#lanes-chart").evaluate(press)


def test_charts_that_left_the_page_are_forgotten(page: Page, base: str) -> None:
    page.goto(f"{base}/namespaces/payments")
    search = page.get_by_role("searchbox", name="Search templates")
    first = page.locator("#templates tbody tr").first
    session = page.context.new_cdp_session(page)

    def listeners() -> int:
        session.send("HeapProfiler.collectGarbage")
        return int(session.send("Memory.getDOMCounters")["jsEventListeners"])

    def turn() -> None:
        first.scroll_into_view_if_needed()
        expect(first.locator("canvas")).to_be_visible()
        first.get_by_role("button").click()
        expect(page.locator("tr.opened canvas")).to_be_visible()
        search.fill("zzz")
        expect(first).to_have_count(0)
        search.fill("")

    turn()
    turn()
    before = listeners()
    for _ in range(4):
        turn()
    assert listeners() - before < 8
