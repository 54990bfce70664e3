"""What the overview says while there is nothing to show, or nobody to ask, and what to do next."""

from __future__ import annotations

import re
import time
from dataclasses import replace

from playwright.sync_api import Page, expect

from detector.findings import NamespaceStatus
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from ingest.accounting import DropReason, Tally
from tests.web.accessible import assert_accessible
from tests.web.conftest import Watch
from tests.web.overview import HOUR, cell, many, names, opened
from tests.web.serving import serve
from tests.web.story import MINUTE, whole_story


def test_a_namespace_that_is_learning_says_how_far_it_is_and_until_when(page: Page, empty_store: SqliteStore) -> None:
    end = time.time_ns() // 1000 // MINUTE * MINUTE
    status = NamespaceStatus("young", end - 20 * MINUTE, end - MINUTE, 20, 900, 7, end + 40 * MINUTE)
    empty_store.commit(PassResult(end, statuses=[status], tally=Tally(900, 900)))
    with serve(empty_store) as base:
        opened(page, base, lanes=1)
        expect(page.locator(".learning-note")).to_contain_text("learning: 20 of 60 windows, scores begin at")
        expect(page.locator("#incidents")).to_contain_text("Still learning what is usual until")
        expect(page.locator("#summary")).to_contain_text("1 namespace")
        expect(page.locator("#summary")).to_contain_text("still learning: young until")
        page.mouse.move(*cell(page, 0, 0.98))
        expect(page.locator("#lanes-chart .tip")).to_contain_text("young learning until")


def test_which_are_still_learning_is_told_of_those_too_that_are_not_shown(
    page: Page, empty_store: SqliteStore, now: int
) -> None:
    young = NamespaceStatus("young", now - 20 * MINUTE, now - MINUTE, 20, 900, 7, now + 40 * MINUTE)
    empty_store.commit(PassResult(now, statuses=[*many(now, 60), young], tally=Tally(900, 900)))
    with serve(empty_store) as base:
        opened(page, base, lanes=25)
        expect(page.locator("#summary")).to_contain_text(
            re.compile(r"61 namespaces.*still learning: young until \d\d:")
        )


def test_where_nothing_is_unusual_the_page_says_so(page: Page, empty_store: SqliteStore, now: int) -> None:
    empty_store.commit(PassResult(now, statuses=many(now, 3), tally=Tally(900, 900)))
    with serve(empty_store) as base:
        opened(page, base, lanes=3)
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
    empty_store.commit(PassResult(end, statuses=many(end, 1), tally=Tally(900, 900)))
    with serve(empty_store) as base:
        opened(page, base, lanes=1)
        expect(page.locator("#lanes-span")).to_contain_text("Jan 2023")
        expect(page.locator("#incidents")).to_contain_text("Nothing to tell in this time")


def test_a_service_that_follows_logs_of_long_ago_shows_where_they_end(page: Page, empty_store: SqliteStore) -> None:
    now = time.time_ns() // 1000 // MINUTE * MINUTE
    story = whole_story(now - 40 * 24 * HOUR)
    statuses = [replace(one, last_line=(story.closed_until or 0) - MINUTE) for one in story.statuses]
    empty_store.commit(replace(story, statuses=statuses, closed_until=now))
    with serve(empty_store) as base:
        opened(page, base)
        expect(page.locator("#lanes-last")).to_contain_text("nothing was logged since")
        expect(page.locator("#incidents li")).to_have_count(3)


def test_when_the_service_stops_the_page_says_so_and_keeps_what_it_has(
    page: Page, store: SqliteStore, watch: Watch
) -> None:
    with serve(store) as base:
        opened(page, base)
        expect(page.locator("#incidents li")).to_have_count(3)
    expect(page.locator("#notice")).to_contain_text("doesn't answer", timeout=20_000)
    expect(page.locator("#incidents li")).to_have_count(3)
    expect(names(page)).to_have_count(5)


def test_a_store_that_cannot_be_read_is_told_and_tried_again(page: Page, store: SqliteStore, watch: Watch) -> None:
    with serve(store) as base:
        away = True
        page.route("**/api/v1/lanes?*", lambda route: route.abort() if away else route.continue_())
        page.goto(base)
        expect(page.locator("#lanes")).to_contain_text("This can't be shown now")
        away = False
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        expect(names(page)).to_have_count(5)
        expect(page.locator("#notice")).to_be_hidden()
    watch.errors.clear()  # Chromium reports what was refused
