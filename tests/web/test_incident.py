"""An incident, or one window of it: read, understood, muted, taken along."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from detector.findings import Incident, finding_id
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.web.accessible import assert_accessible
from tests.web.conftest import Watch
from tests.web.outage import outage
from tests.web.serving import serve
from tests.web.story import MINUTE, SAMPLE, payments_incident


@pytest.fixture
def incident(page: Page, told: tuple[str, Incident]) -> Incident:
    """The page of it is open and whole."""
    base, found = told
    page.goto(f"{base}/incidents/{found.id}")
    _whole(page)
    return found


def _whole(page: Page) -> None:
    """Everything that a page of an incident loads is drawn."""
    expect(page.locator("#reasons tbody tr.picked")).to_be_visible()
    expect(page.locator("#score .u-over")).to_be_visible()
    expect(page.locator("#reasons .spark .u-over").first).to_be_attached()
    expect(page.locator("#before, #related").locator("visible=true")).not_to_have_count(0)


def _row(page: Page, text: str) -> Locator:
    return page.locator("#reasons tbody tr:not(.details)", has_text=text)


def _asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_one_sentence_says_what_happened_and_what_is_told_first(page: Page, incident: Incident) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("a new error in payment")
    story = page.locator("#story")
    expect(story.locator(".plate")).to_have_text("93critical")
    expect(story).to_contain_text("ongoing")
    expect(story).to_contain_text("6 min")
    expect(story).to_contain_text("6 anomalous windows")
    expect(story).to_contain_text(re.compile(r"slack\s*opened"))
    expect(page).to_have_title(re.compile("^payments: a new error"))


def test_the_score_stands_over_time_with_threshold_and_roll_outs(page: Page, incident: Incident) -> None:
    said = re.compile(r"at most 93 of 100; incidents begin at 25; rolled out: ledger:2\.4 at \d\d:\d\d\.")
    chart = page.get_by_role("group", name=said)
    expect(chart).to_be_visible()
    chart.focus()
    page.keyboard.press("End")
    expect(chart.locator(".tip .when")).to_be_visible()


def test_each_detector_is_switched_on_and_stays_on_in_the_address(page: Page, incident: Incident) -> None:
    switch = page.get_by_role("group", name="Score by detector").get_by_role("button", name="forest")
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert _asked(page)["lines"] == ["forest"]
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "true")
    chart = page.get_by_role("group", name="Score over time")
    _point(page, incident)
    expect(chart.locator(".tip")).to_contain_text("score 93")
    expect(chart.locator(".tip")).to_contain_text("forest 37")


def _point(page: Page, incident: Incident) -> None:
    """Goes with the mouse to the second window of the incident, its worst."""
    over = page.locator("#score .u-over")
    expect(over).to_be_visible()
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box
    # Shown are 45 minutes before it, and half as many after it.
    shown = 45 + 6 + 22
    page.mouse.move(box["x"] + box["width"] * 20 / shown, box["y"] + 20)
    page.mouse.move(box["x"] + box["width"] * 46.5 / shown, box["y"] + 30)


def test_a_click_on_a_window_opens_it_and_its_incident_is_a_click_away(page: Page, incident: Incident) -> None:
    _point(page, incident)
    expect(page.locator("#score .tip")).to_contain_text("score 93")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(f"**/anomalies/{finding_id('payments', incident.start + MINUTE)}")
    expect(page.locator("#story")).to_contain_text(re.compile(r"new\s*93\s*more\s*56\s*forest\s*37"))
    expect(page.locator("#score .u-over")).to_be_visible()
    page.get_by_role("link", name="its incident").click()
    page.wait_for_url(f"**/incidents/{incident.id}")


def test_dragging_shows_a_part_and_the_way_back_is_in_the_address(page: Page, incident: Incident) -> None:
    over = page.locator("#score .u-over")
    box = over.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 30, steps=5)
    page.mouse.up()
    whole = page.get_by_role("button", name="Whole finding")
    expect(whole).to_be_visible()
    assert set(_asked(page)) == {"since", "until"}
    page.go_back()
    expect(whole).to_be_hidden()
    page.get_by_role("button", name="Wider").click()
    expect(whole).to_be_visible()
    whole.click()
    expect(whole).to_be_hidden()
    assert urlsplit(page.url).query == ""


def test_a_reason_says_what_was_seen_and_expected_since_when_and_how_it_went(page: Page, incident: Incident) -> None:
    first = _row(page, "refused the connection")
    expect(first.locator(".what .var")).to_have_text(["UUID", "IP"])
    expect(first).to_contain_text("37 lines")
    expect(first).to_contain_text("expected none")
    expect(first).to_contain_text("62 %")
    expect(first).to_contain_text(re.compile(r"payment\s*error"))
    expect(first.locator(".when time")).to_have_attribute("title", re.compile("UTC$"))
    spark = first.get_by_role("img", name="Lines of ERROR LedgerClient Booking")
    expect(spark).to_have_attribute("aria-label", re.compile("expected none$"))


def test_the_reason_that_is_chosen_shows_its_counts_and_lines_and_is_kept(page: Page, incident: Incident) -> None:
    expect(page.locator("#samples pre")).to_have_text(SAMPLE)
    expect(page.locator("#evidence-note")).to_have_text("lines a window; expected none")
    page.get_by_role("button", name="booked").click()
    expect(_row(page, "booked")).to_have_class("picked")
    expect(_row(page, "booked")).to_contain_text("3 lines in 3 min")
    expect(page.locator("#evidence-note")).to_have_text("lines a window; expected 13–31 in 3 windows")
    expect(page.locator("#samples")).to_contain_text("that is what is unusual")
    assert _asked(page)["reason"] == [incident.reasons[1].template_id]
    page.reload()
    expect(_row(page, "booked")).to_have_class("picked")
    expect(page.locator("tr.picked + tr.details #samples")).to_be_visible()


def test_a_whole_workload_as_a_reason_has_a_chart_too(page: Page, base: str, now: int) -> None:
    with page.expect_response(lambda answer: "workload=thumbnailer" in answer.url) as answered:
        page.goto(f"{base}/incidents/{finding_id('media', now - 120 * MINUTE, 'incident')}")
    assert answered.value.ok
    expect(page.get_by_role("img", name="Lines of all lines of thumbnailer")).to_be_attached()
    page.get_by_role("button", name="all lines of thumbnailer").click()
    expect(page.get_by_role("group", name="Lines of all lines of thumbnailer")).to_be_visible()


def test_what_was_changed_just_before_is_told_with_how_long_before(page: Page, incident: Incident) -> None:
    changes = page.get_by_role("region", name="What changed just before").get_by_role("listitem")
    expect(changes).to_have_count(2)
    expect(changes.first).to_contain_text("image 2.4 of ledger was rolled out")
    expect(changes.first).to_contain_text("6 min before it began")
    expect(changes.nth(1)).to_contain_text("55 min before it began")


def test_the_same_elsewhere_is_a_click_away(page: Page, incident: Incident) -> None:
    elsewhere = page.get_by_role("region", name="In other namespaces").get_by_role("listitem")
    expect(elsewhere.first).to_contain_text("the same template")
    elsewhere.first.get_by_role("link", name="shop: a new error in checkout").click()
    page.wait_for_url("**/incidents/elsewhere")
    expect(page.get_by_role("region", name="In other namespaces")).to_contain_text("payments: a new error")


def test_ways_lead_to_what_changed_to_a_comparison_and_to_the_api(page: Page, incident: Incident) -> None:
    ways = page.get_by_role("navigation", name="More about it")
    expect(ways.get_by_role("link", name="What changed?")).to_have_attribute(
        "href", re.compile(r"^/changes\?namespace=payments&since=")
    )
    expect(ways.get_by_role("link", name="Compare with before")).to_have_attribute(
        "href", re.compile(r"^/compare\?namespace=payments&since=.*&against=previous$")
    )
    expect(ways.get_by_role("link", name="JSON")).to_have_attribute("href", f"/api/v1/incidents/{incident.id}")


def test_keys_alone_read_all_of_it(page: Page, incident: Incident) -> None:
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_contain_text("refused the connection")
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_contain_text("booked")
    page.keyboard.press("Enter")
    expect(_row(page, "booked")).to_have_class("picked")
    expect(page.locator(":focus")).to_contain_text("booked")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#samples pre")).to_have_text(SAMPLE)
    page.keyboard.press("e")
    expect(page.get_by_role("dialog", name="This was expected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_everyone_can_use_it(page: Page, incident: Incident) -> None:
    page.get_by_role("button", name="forest").click()
    assert_accessible(page)


def test_it_fits_a_telephone(page: Page, incident: Incident) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    expect(page.locator("#score .u-over")).to_be_visible()
    page.get_by_role("button", name="booked").click()
    expect(page.locator("#samples")).to_contain_text("that is what is unusual")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_link_to_kibana_leads_to_the_lines(page: Page, incident: Incident) -> None:
    way = page.get_by_role("link", name="Lines in Kibana")
    expect(way).to_have_attribute("href", re.compile(r"^https://kibana\.example/app/discover.*payments"))


def test_what_happens_meanwhile_shows_without_a_reload(page: Page, store: SqliteStore, now: int) -> None:
    found = outage(store, now)
    with serve(store) as base:
        page.goto(f"{base}/incidents/{found.id}")
        page.get_by_role("button", name="Ledger busy").click()
        expect(_row(page, "Ledger busy")).to_have_class("picked")
        store.commit(PassResult(now + MINUTE, incidents=[replace(found, open=False, end=found.end + MINUTE)]))
        expect(page.locator("#story")).to_contain_text("7 min", timeout=15_000)
        expect(page.locator("#story .chip.open")).to_have_count(0)
        expect(_row(page, "Ledger busy")).to_have_class("picked")


def test_an_incident_that_is_gone_says_where_to_go(page: Page, base: str, watch: Watch) -> None:
    page.goto(f"{base}/incidents/0000000000000000")
    expect(page.locator("#story")).to_contain_text("There is no incident")
    expect(page.locator("#story").get_by_role("link")).to_have_attribute("href", "/")
    expect(page.get_by_role("button", name="Silence…")).to_have_count(0)
    expect(page.locator("#score-section")).to_be_hidden()
    watch.errors.clear()  # Chromium reports the 404 of the API


RIGHTMOST = """canvas => {
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
  const one = new OffscreenCanvas(1, 1).getContext("2d");
  one.fillStyle = ink;
  one.fillRect(0, 0, 1, 1);
  const [red, green, blue] = one.getImageData(0, 0, 1, 1).data;
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let x = width - 1; x >= 0; x -= 1)
    for (let y = 0; y < height; y += 1) {
      const at = 4 * (y * width + x);
      const far = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue);
      if (data[at + 3] > 120 && far < 60) return x / width;
    }
  return 0;
}"""


def test_what_was_logged_last_is_drawn_to_the_end_of_its_column(page: Page, store: SqliteStore, now: int) -> None:
    anomalies, found = payments_incident(now + 34 * MINUTE)
    assert found.end == now
    store.commit(PassResult(now, anomalies=anomalies, incidents=[found]))
    with serve(store) as base:
        with page.expect_response(re.compile("/trends")) as asked:
            page.goto(f"{base}/incidents/{found.id}")
        counts = asked.value.json()["items"][0]["counts"]
        known = max(place for place, count in enumerate(counts) if count is not None) + 1
        assert known < len(counts)
        _whole(page)
        drawn = page.locator("#reasons .spark canvas").first.evaluate(RIGHTMOST)
        assert drawn == pytest.approx(known / len(counts), abs=0.5 / len(counts))


def test_a_phone_says_since_only_of_what_is_known_since_some_time(page: Page, store: SqliteStore, now: int) -> None:
    _, found = payments_incident(now)
    new, timeless = replace(found.reasons[0], first_seen=found.start), replace(found.reasons[1], first_seen=None)
    store.commit(PassResult(now, incidents=[replace(found, reasons=(new, timeless))]))
    page.set_viewport_size({"width": 375, "height": 800})
    with serve(store) as base:
        page.goto(f"{base}/incidents/{found.id}")
        _whole(page)
        words = "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
        assert page.locator("#reasons td.when").evaluate_all(words) == ['"since "', "none"]
