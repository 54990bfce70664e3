"""What the overview shows at a glance, and where it leads: which namespace misbehaves, when, and what happened."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from detector.findings import Anomaly, Incident, ModelCard, NamespaceStatus
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from ingest.accounting import DropReason, Tally
from tests.web.accessible import assert_accessible
from tests.web.conftest import Watch
from tests.web.serving import serve
from tests.web.story import HOSTILE_NAME, MINUTE, payments_incident, whole_story

HOUR = 60 * MINUTE


def _names(page: Page) -> Locator:
    return page.get_by_role("list", name="Namespaces").get_by_role("listitem")


def _ready(page: Page, address: str, lanes: int = 5) -> None:
    page.goto(address)
    expect(_names(page)).to_have_count(lanes)
    expect(page.locator("#lanes-chart canvas")).to_be_visible()


def _cell(page: Page, row: int, share: float) -> tuple[float, float]:
    """The middle of a lane, so far along it; pixels of the window."""
    box = page.locator("#lanes-chart .u-over").bounding_box()
    assert box
    return box["x"] + box["width"] * share, box["y"] + box["height"] * (row + 0.5) / _names(page).count()


def _many(end: int, count: int) -> list[NamespaceStatus]:
    first, card = end - 3 * HOUR, ModelCard("m1", "shop", end - 3 * HOUR, end - 2 * HOUR, 60, 7, 1)
    return [
        NamespaceStatus(f"team-{number:03}", first, end - MINUTE, 180, 900, 7, None, card, last_line=end - MINUTE)
        for number in range(count)
    ]


def test_the_worst_namespace_is_first_and_says_how_bad_it_was(page: Page, base: str) -> None:
    _ready(page, base)
    expect(_names(page)).to_contain_text(["payments", "media", HOSTILE_NAME, "shop", "staging"])
    expect(_names(page).first).to_contain_text("ongoing")
    expect(_names(page).first.locator(".worst")).to_have_text("93 critical")


def test_incidents_that_go_on_are_told_before_those_that_are_over(page: Page, base: str) -> None:
    _ready(page, base)
    ongoing = page.get_by_role("list", name="Ongoing").get_by_role("listitem")
    expect(ongoing).to_have_count(1)
    expect(ongoing.first).to_contain_text(
        re.compile(r"93.*critical.*payments.*for \d+ min.*a new error in payment", re.S)
    )
    over = page.get_by_role("list", name="Over").get_by_role("listitem")
    expect(over).to_contain_text([HOSTILE_NAME, "media"])
    expect(page.locator("#incidents-note")).to_have_text("3")


def test_an_incident_leads_to_its_page_and_its_namespace_to_that_in_the_same_time(page: Page, base: str) -> None:
    _ready(page, f"{base}/?range=24h")
    card = page.locator("#incidents li").first
    expect(card.get_by_role("link", name="payments", exact=True)).to_have_attribute(
        "href", "/namespaces/payments?range=24h"
    )
    card.get_by_role("link", name="a new error in payment").click()
    page.wait_for_url("**/incidents/*")


def test_a_cell_says_what_it_is_and_a_click_opens_what_happened_there(page: Page, base: str, now: int) -> None:
    since, until = (datetime.fromtimestamp(time / 1e6, UTC).strftime("%Y-%m-%dT%H:%MZ") for time in (now - HOUR, now))
    _ready(page, f"{base}/?since={since}&until={until}")
    # The incident began 40 minutes before the right edge; its second minute was its worst.
    where = _cell(page, 0, 21.5 / 60)
    page.mouse.move(*where)
    told = re.compile(r"payments 93, critical \d\d:\d\d–\d\d:\d\d")
    expect(page.locator("#lanes-chart .tip")).to_have_text(told)
    page.mouse.click(*where)
    page.wait_for_url("**/incidents/*")


def test_a_cell_where_nothing_happened_opens_its_namespace_in_the_same_time(page: Page, base: str) -> None:
    _ready(page, f"{base}/?range=1h")
    where = _cell(page, 1, 0.8)
    page.mouse.move(*where)
    expect(page.locator("#lanes-chart .tip")).to_contain_text("as usual")
    page.mouse.click(*where)
    page.wait_for_url("**/namespaces/*?range=1h")


def test_dragging_over_the_lanes_zooms_and_back_goes_back(page: Page, base: str) -> None:
    _ready(page, base)
    from_x, y = _cell(page, 1, 0.5)
    to_x, _ = _cell(page, 1, 0.75)
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
    _ready(page, base)
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


def test_keys_go_through_time(page: Page, base: str) -> None:
    _ready(page, base)
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
    _ready(page, base)
    page.keyboard.press("/")
    page.keyboard.type("PAY")
    expect(_names(page)).to_have_count(1)
    expect(page.locator("#lanes-note")).to_have_text("1 with this name")
    page.wait_for_url("**/?q=PAY")
    _ready(page, page.url, lanes=1)
    box = page.get_by_role("searchbox", name="Filter namespaces by name")
    expect(box).to_have_value("PAY")
    box.fill("no such thing")
    expect(page.locator("#lanes")).to_contain_text("“no such thing” was looked for")
    page.get_by_role("button", name="Show all").click()
    expect(_names(page)).to_have_count(5)
    expect(box).to_be_focused()
    page.keyboard.type("media")
    page.keyboard.press("Enter")
    page.wait_for_url("**/namespaces/media")


def test_of_a_large_cluster_the_worst_are_shown_and_more_when_asked(
    page: Page, empty_store: SqliteStore, now: int
) -> None:
    empty_store.commit(replace(whole_story(now), statuses=[*whole_story(now).statuses, *_many(now, 60)]))
    with serve(empty_store) as base:
        _ready(page, base, lanes=25)
        expect(_names(page).first).to_contain_text("payments")
        expect(page.locator("#lanes-note")).to_have_text("25 worst of 65")
        page.get_by_role("button", name="Show more of the other 40").click()
        expect(_names(page)).to_have_count(65)
        expect(page.get_by_role("button", name="Show more")).to_be_hidden()
        expect(_names(page).nth(25).get_by_role("link")).to_be_focused()
        _ready(page, page.url, lanes=65)


def test_the_keyboard_alone_reaches_a_cell_and_opens_it(page: Page, base: str) -> None:
    _ready(page, f"{base}/?range=1h")
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
    _ready(page, base)
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
    _ready(page, base)
    expect(page.locator("#incidents li")).to_have_count(3)
    assert_accessible(page)


@pytest.mark.parametrize("width", [375, 1000, 1440])
def test_nothing_is_wider_than_the_window(page: Page, base: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    _ready(page, base)
    expect(page.locator("#incidents li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beside = page.evaluate("document.querySelector('#incidents').getBoundingClientRect().top") < 300
    assert beside is (width == 1440)


def test_what_comes_later_appears_without_a_reload(page: Page, store: SqliteStore, now: int) -> None:
    with serve(store) as base:
        _ready(page, base)
        expect(page.locator("#incidents li")).to_have_count(3)
        page.evaluate("window.same = true")
        anomalies, incident = _shop(now)
        store.commit(PassResult(now, anomalies=anomalies, incidents=[incident]))
        expect(page.locator("#incidents li")).to_have_count(4, timeout=12_000)
        expect(_names(page).first).to_contain_text("shop")
        assert page.evaluate("window.same") is True


def _shop(end: int) -> tuple[list[Anomaly], Incident]:
    anomalies, incident = payments_incident(end)
    moved = [replace(one, id=f"{one.id}s", namespace="shop", incident="5" * 16, score=99.0) for one in anomalies]
    summary = "shop: a new error in checkout"
    return moved, replace(incident, id="5" * 16, namespace="shop", score=99.0, summary=summary)


def test_a_namespace_that_is_learning_says_how_far_it_is_and_until_when(page: Page, empty_store: SqliteStore) -> None:
    end = time.time_ns() // 1000 // MINUTE * MINUTE
    status = NamespaceStatus("young", end - 20 * MINUTE, end - MINUTE, 20, 900, 7, end + 40 * MINUTE)
    empty_store.commit(PassResult(end, statuses=[status], tally=Tally(900, 900)))
    with serve(empty_store) as base:
        _ready(page, base, lanes=1)
        expect(page.locator(".learning-note")).to_contain_text("learning: 20 of 60 windows, scores begin at")
        expect(page.locator("#incidents")).to_contain_text("Still learning what is usual until")
        expect(page.locator("#summary")).to_contain_text("1 namespace")
        expect(page.locator("#summary")).to_contain_text("still learning: young until")
        page.mouse.move(*_cell(page, 0, 0.98))
        expect(page.locator("#lanes-chart .tip")).to_contain_text("young learning until")


def test_which_are_still_learning_is_told_of_those_too_that_are_not_shown(
    page: Page, empty_store: SqliteStore, now: int
) -> None:
    young = NamespaceStatus("young", now - 20 * MINUTE, now - MINUTE, 20, 900, 7, now + 40 * MINUTE)
    empty_store.commit(PassResult(now, statuses=[*_many(now, 60), young], tally=Tally(900, 900)))
    with serve(empty_store) as base:
        _ready(page, base, lanes=25)
        expect(page.locator("#summary")).to_contain_text(
            re.compile(r"61 namespaces.*still learning: young until \d\d:")
        )


def test_muted_and_silent_namespaces_are_marked(page: Page, store: SqliteStore, now: int) -> None:
    with serve(store) as base:
        page.request.post(f"{base}/api/v1/feedback", data={"kind": "mute", "namespace": "shop", "for": "1d"})
        page.request.post(f"{base}/api/v1/silences", data={"namespace": "media", "for": "1h"})
        _ready(page, base)
        expect(_names(page).filter(has_text="shop")).to_contain_text("muted")
        expect(_names(page).filter(has_text="media")).to_contain_text("silenced")


def test_where_nothing_is_unusual_the_page_says_so(page: Page, empty_store: SqliteStore, now: int) -> None:
    empty_store.commit(PassResult(now, statuses=_many(now, 3), tally=Tally(900, 900)))
    with serve(empty_store) as base:
        _ready(page, base, lanes=3)
        expect(page.locator("#incidents")).to_contain_text("All that was logged is as usual")
        page.get_by_label("Severity of incidents").select_option("critical only")
        expect(page.locator("#incidents")).to_contain_text("No incident is critical")


def test_an_empty_store_says_how_to_get_lines_in(page: Page, empty_store: SqliteStore) -> None:
    with serve(empty_store) as base:
        page.goto(base)
        expect(page.locator("#lanes")).to_contain_text("No log lines yet")
        expect(page.locator("#lanes code").first).to_have_text("drainwatch run /var/log/containers")
        assert_accessible(page)


def test_while_the_first_lines_are_read_the_page_says_how_far(page: Page, empty_store: SqliteStore) -> None:
    empty_store.commit(PassResult(time.time_ns() // 1000, tally=Tally(read=5_000, records=5_000)))
    with serve(empty_store, phase="catching up") as base:
        page.goto(base)
        expect(page.locator("#lanes")).to_contain_text("5,000 lines read; namespaces appear here")
        expect(page.get_by_role("progressbar", name="Read so far")).to_have_js_property("position", 0.25)


def test_lines_of_which_none_counts_are_told_with_the_reason(page: Page, empty_store: SqliteStore) -> None:
    tally = Tally(read=9_121)
    tally.dropped[DropReason.NO_TIME] = 9_121
    empty_store.commit(PassResult(time.time_ns() // 1000, tally=tally))
    with serve(empty_store) as base:
        page.goto(base)
        expect(page.locator("#lanes")).to_contain_text("9,121 lines read, dropped as no_time (9,121)")
        expect(page.locator("#lanes")).to_contain_text("drainwatch run --timezone UTC")


def test_old_logs_are_shown_where_they_are_in_time(page: Page, empty_store: SqliteStore) -> None:
    end = 1_675_000_020_000_000  # January 2023
    empty_store.commit(PassResult(end, statuses=_many(end, 1), tally=Tally(900, 900)))
    with serve(empty_store) as base:
        _ready(page, base, lanes=1)
        expect(page.locator("#lanes-span")).to_contain_text("Jan 2023")
        expect(page.locator("#incidents")).to_contain_text("Nothing to tell in this time")


def test_a_service_that_follows_logs_of_long_ago_shows_where_they_end(page: Page, empty_store: SqliteStore) -> None:
    now = time.time_ns() // 1000 // MINUTE * MINUTE
    story = whole_story(now - 40 * 24 * HOUR)
    statuses = [replace(one, last_line=(story.closed_until or 0) - MINUTE) for one in story.statuses]
    empty_store.commit(replace(story, statuses=statuses, closed_until=now))
    with serve(empty_store) as base:
        _ready(page, base)
        expect(page.locator("#lanes-last")).to_contain_text("nothing was logged since")
        expect(page.locator("#incidents li")).to_have_count(3)


def test_when_the_service_stops_the_page_says_so_and_keeps_what_it_has(
    page: Page, store: SqliteStore, watch: Watch
) -> None:
    with serve(store) as base:
        _ready(page, base)
        expect(page.locator("#incidents li")).to_have_count(3)
    expect(page.locator("#notice")).to_contain_text("doesn't answer", timeout=20_000)
    expect(page.locator("#incidents li")).to_have_count(3)
    expect(_names(page)).to_have_count(5)


def test_a_store_that_cannot_be_read_is_told_and_tried_again(page: Page, store: SqliteStore, watch: Watch) -> None:
    with serve(store) as base:
        away = True
        page.route("**/api/v1/lanes?*", lambda route: route.abort() if away else route.continue_())
        page.goto(base)
        expect(page.locator("#lanes")).to_contain_text("This can't be shown now")
        away = False
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        expect(_names(page)).to_have_count(5)
        expect(page.locator("#notice")).to_be_hidden()
    watch.errors.clear()  # Chromium reports what was refused


def test_it_is_told_when_all_is_drawn(page: Page, base: str) -> None:
    _ready(page, base)
    expect(page.locator("#incidents li")).to_have_count(3)
    assert page.evaluate("performance.getEntriesByName('drainwatch:ready').length") == 1
