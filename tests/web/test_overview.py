"""What the overview shows at a glance, and where it leads: which namespace misbehaves, when, and what happened."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from detector.findings import Anomaly, Incident
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.web.accessible import assert_accessible
from tests.web.overview import HOUR, cell, many, names, opened
from tests.web.serving import serve
from tests.web.story import HOSTILE_NAME, payments_incident, whole_story


def during(begin: int, end: int) -> str:
    """The query of an address that shows this time, microseconds UTC."""
    since, until = (datetime.fromtimestamp(time / 1e6, UTC).strftime("%Y-%m-%dT%H:%MZ") for time in (begin, end))
    return f"since={since}&until={until}"


def test_the_worst_namespace_is_first_and_says_how_bad_it_was(page: Page, base: str) -> None:
    opened(page, base)
    expect(names(page)).to_contain_text(["payments", "media", HOSTILE_NAME, "shop", "staging"])
    expect(names(page).first).to_contain_text("ongoing")
    expect(names(page).first.locator(".worst")).to_have_text("93 critical")


def test_incidents_that_go_on_are_told_before_those_that_are_over(page: Page, base: str) -> None:
    opened(page, base)
    ongoing = page.get_by_role("list", name="Ongoing").get_by_role("listitem")
    expect(ongoing).to_have_count(1)
    expect(ongoing.first).to_contain_text(
        re.compile(r"93.*critical.*payments.*for \d+ min.*a new error in payment", re.S)
    )
    over = page.get_by_role("list", name="Over").get_by_role("listitem")
    expect(over).to_contain_text([HOSTILE_NAME, "media"])
    expect(page.locator("#incidents-note")).to_have_text("3")


def test_an_incident_leads_to_its_page_and_its_namespace_to_that_in_the_same_time(page: Page, base: str) -> None:
    opened(page, f"{base}/?range=24h")
    card = page.locator("#incidents li").first
    expect(card.get_by_role("link", name="payments", exact=True)).to_have_attribute(
        "href", "/namespaces/payments?range=24h"
    )
    card.get_by_role("link", name="a new error in payment").click()
    page.wait_for_url("**/incidents/*")


def test_a_cell_says_what_it_is_and_a_click_opens_what_happened_there(page: Page, base: str, now: int) -> None:
    opened(page, f"{base}/?{during(now - HOUR, now)}")
    # The incident began 40 minutes before the right edge; its second minute was its worst.
    where = cell(page, 0, 21.5 / 60)
    page.mouse.move(*where)
    told = re.compile(r"payments 93, critical \d\d:\d\d–\d\d:\d\d")
    expect(page.locator("#lanes-chart .tip")).to_have_text(told)
    page.mouse.click(*where)
    page.wait_for_url("**/incidents/*")


def test_a_cell_where_nothing_happened_opens_its_namespace_in_the_same_time(page: Page, base: str) -> None:
    opened(page, f"{base}/?range=1h")
    where = cell(page, 1, 0.8)
    page.mouse.move(*where)
    expect(page.locator("#lanes-chart .tip")).to_contain_text("as usual")
    page.mouse.click(*where)
    page.wait_for_url("**/namespaces/*?range=1h")


def test_dragging_over_the_lanes_zooms_and_back_goes_back(page: Page, base: str) -> None:
    opened(page, base)
    from_x, y = cell(page, 1, 0.5)
    to_x, _ = cell(page, 1, 0.75)
    before = page.locator("#lanes-span .period").inner_text()
    page.mouse.move(from_x, y)
    page.mouse.down()
    page.mouse.move((from_x + to_x) / 2, y)
    page.mouse.move(to_x, y)
    page.mouse.up()
    page.wait_for_url(re.compile(r"since=.*until="))
    expect(page.locator("#lanes-span .period")).not_to_have_text(before)
    shown = page.locator("#lanes-span .period").inner_text()
    page.reload()
    expect(page.locator("#lanes-span .period")).to_have_text(shown)
    page.go_back()
    expect(page.locator("#range-6h")).to_have_attribute("aria-current", "true")
    expect(page.locator("#lanes-span .period")).not_to_have_text(shown)


def test_the_range_and_the_severity_are_kept_in_the_address(page: Page, base: str) -> None:
    opened(page, base)
    page.get_by_label("Severity of incidents").select_option("major and worse")
    expect(page.locator("#incidents li")).to_have_count(2)
    page.get_by_role("link", name="1h", exact=True).click()
    expect(page.locator("#incidents li")).to_have_count(1)
    page.wait_for_url("**/?severity=major&range=1h")
    page.reload()
    expect(page.locator("#range-1h")).to_have_attribute("aria-current", "true")
    expect(page.get_by_label("Severity of incidents")).to_have_value("major")
    expect(page.locator("#incidents li")).to_have_count(1)
    page.go_back()
    expect(page.locator("#incidents li")).to_have_count(2)
    page.go_back()
    expect(page.locator("#incidents li")).to_have_count(3)
    expect(page.get_by_label("Severity of incidents")).to_have_value("")


def test_keys_go_through_time(page: Page, base: str, now: int) -> None:
    # Not the last hours: the story may be minutes old by then, and nobody comes later than its end.
    opened(page, f"{base}/?{during(now - 6 * HOUR, now)}")
    shown = page.locator("#lanes-span .period")
    whole = shown.inner_text()
    page.keyboard.press("x")
    expect(page.locator("#range-own")).to_have_attribute("aria-current", "true")
    expect(shown).not_to_have_text(whole)
    half, address = shown.inner_text(), page.url
    page.keyboard.press("h")
    expect(shown).not_to_have_text(half)
    page.keyboard.press("l")
    expect(shown).to_have_text(half)
    assert page.url == address
    page.keyboard.press("z")
    expect(shown).not_to_have_text(half)
    page.go_back()
    expect(shown).to_have_text(half)


def test_namespaces_are_found_by_name_and_a_link_shows_the_same(page: Page, base: str) -> None:
    opened(page, base)
    page.keyboard.press("/")
    page.keyboard.type("PAY")
    expect(names(page)).to_have_count(1)
    expect(page.locator("#lanes-note")).to_have_text("1 with this name")
    page.wait_for_url("**/?q=PAY")
    opened(page, page.url, lanes=1)
    box = page.get_by_role("searchbox", name="Filter namespaces by name")
    expect(box).to_have_value("PAY")
    box.fill("no such thing")
    expect(page.locator("#lanes")).to_contain_text("“no such thing” was looked for")
    page.get_by_role("button", name="Show all").click()
    expect(names(page)).to_have_count(5)
    expect(box).to_be_focused()
    page.keyboard.type("media")
    page.keyboard.press("Enter")
    page.wait_for_url("**/namespaces/media")


def test_of_a_large_cluster_the_worst_are_shown_and_more_when_asked(
    page: Page, empty_store: SqliteStore, now: int
) -> None:
    empty_store.commit(replace(whole_story(now), statuses=[*whole_story(now).statuses, *many(now, 60)]))
    with serve(empty_store) as base:
        opened(page, base, lanes=25)
        expect(names(page).first).to_contain_text("payments")
        expect(page.locator("#lanes-note")).to_have_text("25 worst of 65")
        page.get_by_role("button", name="Show more of the other 40").click()
        expect(names(page)).to_have_count(65)
        expect(page.get_by_role("button", name="Show more")).to_be_hidden()
        expect(names(page).nth(25).get_by_role("link")).to_be_focused()
        opened(page, page.url, lanes=65)


def test_the_keyboard_alone_reaches_a_cell_and_opens_it(page: Page, base: str) -> None:
    opened(page, f"{base}/?range=1h")
    page.get_by_role("group", name="Scores of the namespaces over time").focus()
    page.keyboard.press("ArrowLeft")
    spoken = page.locator("#lanes [role=status]")
    expect(spoken).to_contain_text("payments")
    for _ in range(60):
        if "critical" in spoken.inner_text():
            break
        page.keyboard.press("ArrowLeft")
    expect(spoken).to_contain_text("critical")
    page.keyboard.press("ArrowDown")
    expect(spoken).to_contain_text("media")
    page.keyboard.press("ArrowUp")
    expect(spoken).to_contain_text("payments")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/*")


def test_j_and_k_go_through_the_incidents(page: Page, base: str) -> None:
    opened(page, base)
    links = page.locator("#incidents .sentence")
    expect(links).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/*")


def test_everyone_can_use_it(page: Page, base: str) -> None:
    opened(page, base)
    expect(page.locator("#incidents li")).to_have_count(3)
    assert_accessible(page)


@pytest.mark.parametrize("width", [375, 1000, 1440])
def test_nothing_is_wider_than_the_window(page: Page, base: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, base)
    expect(page.locator("#incidents li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beside = page.evaluate("document.querySelector('#incidents').getBoundingClientRect().top") < 300
    assert beside is (width == 1440)


def test_what_comes_later_appears_without_a_reload(page: Page, store: SqliteStore, now: int) -> None:
    with serve(store) as base:
        opened(page, base)
        expect(page.locator("#incidents li")).to_have_count(3)
        page.evaluate("window.same = true")
        names(page).get_by_role("link", name="media").focus()
        anomalies, incident = _shop(now)
        store.commit(PassResult(now, anomalies=anomalies, incidents=[incident]))
        expect(page.locator("#incidents li")).to_have_count(4, timeout=12_000)
        expect(names(page).first).to_contain_text("shop")
        expect(names(page).get_by_role("link", name="media")).to_be_focused()
        assert page.evaluate("window.same") is True


def _shop(end: int) -> tuple[list[Anomaly], Incident]:
    anomalies, incident = payments_incident(end)
    moved = [replace(one, id=f"{one.id}s", namespace="shop", incident="5" * 16, score=99.0) for one in anomalies]
    summary = "shop: a new error in checkout"
    return moved, replace(incident, id="5" * 16, namespace="shop", score=99.0, summary=summary)


def test_muted_and_silent_namespaces_are_marked(page: Page, store: SqliteStore, now: int) -> None:
    with serve(store) as base:
        page.request.post(f"{base}/api/v1/feedback", data={"kind": "mute", "namespace": "shop", "for": "1d"})
        page.request.post(f"{base}/api/v1/silences", data={"namespace": "media", "for": "1h"})
        opened(page, base)
        expect(names(page).filter(has_text="shop")).to_contain_text("muted")
        expect(names(page).filter(has_text="media")).to_contain_text("silenced")


def test_it_is_told_when_all_is_drawn(page: Page, base: str) -> None:
    opened(page, base)
    expect(page.locator("#incidents li")).to_have_count(3)
    marks = "performance.getEntriesByName('drainwatch:ready').length"
    # Of a story that is minutes old all is asked for once more, so that the times fit: the mark comes after that.
    page.evaluate(f"new Promise(done => {{ const look = () => {marks} ? done() : setTimeout(look, 20); look(); }})")
    assert page.evaluate(marks) == 1
