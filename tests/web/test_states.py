"""What the page says while there is nothing to show, or nobody to ask."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from detector.api.live import PartitionStatus
from detector.findings import ModelCard, NamespaceStatus
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from ingest.accounting import DropReason, Tally
from tests.web.conftest import Watch
from tests.web.serving import serve
from tests.web.story import MINUTE, whole_story


def test_an_empty_store_says_how_to_get_lines_in(page: Page, empty_store: SqliteStore) -> None:
    with serve(empty_store) as base:
        page.goto(base)
        expect(page.locator("#heat")).to_contain_text("No log lines yet")
        expect(page.locator("#heat code").first).to_have_text("drainwatch run /var/log/containers")


def test_lines_of_which_none_counts_are_told_with_the_reason(page: Page, empty_store: SqliteStore) -> None:
    tally = Tally(read=9_121)
    tally.dropped[DropReason.NO_TIME] = 9_121
    empty_store.commit(PassResult(time.time_ns() // 1000, tally=tally))
    with serve(empty_store) as base:
        page.goto(base)
        expect(page.locator("#heat")).to_contain_text("9,121 lines read, dropped as no_time (9,121)")
        expect(page.locator("#heat")).to_contain_text("drainwatch run --timezone UTC")


def test_a_namespace_that_is_learning_says_how_far_it_is_and_until_when(page: Page, empty_store: SqliteStore) -> None:
    end = time.time_ns() // 1000 // MINUTE * MINUTE
    status = NamespaceStatus("young", end - 20 * MINUTE, end - MINUTE, 20, 900, 7, end + 40 * MINUTE)
    empty_store.commit(PassResult(end, statuses=[status], tally=Tally(900, 900)))
    with serve(empty_store, phase="catching up") as base:
        page.goto(base)
        expect(page.locator(".learning-note")).to_contain_text("learning: 20 of 60 windows, scores begin at")
        expect(page.locator("#incidents")).to_contain_text("Still learning what is usual until")
        expect(page.locator("#freshness")).to_contain_text("catching up: 25 %")
        page.get_by_role("link", name="young").click()
        expect(page.locator("#story .lead")).to_contain_text("20 of 60 windows, scores begin at")
        expect(page.locator("#story progress")).to_have_js_property("position", 20 / 60)


def test_a_silent_namespace_says_when_its_last_line_came(page: Page, empty_store: SqliteStore) -> None:
    end = time.time_ns() // 1000 // MINUTE * MINUTE
    card = ModelCard("m1", "shop", end - 90 * MINUTE, end - 30 * MINUTE, 60, 7, 1)
    last = end - 40 * MINUTE
    status = NamespaceStatus("shop", end - 90 * MINUTE, end - MINUTE, 90, 900, 7, None, card, last_line=last)
    empty_store.commit(PassResult(end, statuses=[status], tally=Tally(900, 900)))
    with serve(empty_store) as base:
        page.goto(f"{base}/namespaces/shop")
        said = page.locator("#story .lead")
        expect(said).to_contain_text("No line since")
        shown = datetime.fromtimestamp(last / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
        expect(said.locator("time")).to_have_attribute("title", re.compile(shown))


def test_old_logs_are_shown_where_they_are_in_time(page: Page, empty_store: SqliteStore) -> None:
    end = 1_675_000_020_000_000  # January 2023
    end -= end % MINUTE
    card = ModelCard("m1", "old", end - 90 * MINUTE, end - 30 * MINUTE, 60, 7, 1)
    status = NamespaceStatus("old", end - 90 * MINUTE, end - MINUTE, 90, 900, 7, None, card)
    empty_store.commit(PassResult(end, statuses=[status], tally=Tally(900, 900)))
    with serve(empty_store) as base:
        page.goto(base)
        expect(page.locator(".heat-span")).to_contain_text("Jan 2023")
        expect(page.locator("#incidents")).to_contain_text("Nothing to tell in this time")


def test_an_unknown_incident_and_namespace_lead_back(page: Page, base: str, watch: Watch) -> None:
    page.goto(f"{base}/incidents/0000000000000000")
    expect(page.locator("#story")).to_contain_text("There is no incident")
    expect(page.locator("#story").get_by_role("link")).to_have_attribute("href", "/")
    page.goto(f"{base}/namespaces/paymets")
    expect(page.locator("#story")).to_contain_text("No such namespace")
    expect(page.locator("#story")).to_contain_text("payments")
    watch.errors.clear()  # Chromium reports the 404 of the API


def test_when_the_service_stops_the_page_says_so_and_keeps_what_it_has(
    page: Page, store: SqliteStore, watch: Watch
) -> None:
    with serve(store) as base:
        page.goto(base)
        expect(page.locator("#incidents li")).to_have_count(3)
    expect(page.locator("#notice")).to_contain_text("doesn't answer", timeout=12_000)
    expect(page.locator("#incidents li")).to_have_count(3)


def test_a_service_that_follows_logs_of_long_ago_shows_where_they_end(page: Page, empty_store: SqliteStore) -> None:
    now = time.time_ns() // 1000 // MINUTE * MINUTE
    story = whole_story(now - 40 * 24 * 60 * MINUTE)
    statuses = [replace(one, last_line=(story.closed_until or 0) - MINUTE) for one in story.statuses]
    empty_store.commit(replace(story, statuses=statuses, closed_until=now))
    with serve(empty_store) as base:
        page.goto(base)
        expect(page.locator("#heat-note")).to_contain_text("nothing was logged since")
        expect(page.locator("#incidents li").first).to_be_visible()


def test_a_worker_shows_how_far_each_of_its_partitions_is_and_what_is_wrong_first(
    page: Page, store: SqliteStore, now: int
) -> None:
    trouble = "Kafka can't be reached. Check kafka.brokers."
    read = [
        PartitionStatus("logs/0", 1_200, 1_200, now),
        PartitionStatus("logs/1", 20_000, 41_500, now - 5 * MINUTE, problem="7 messages were deleted."),
        PartitionStatus("logs/2", None, None, None, trouble),
    ]
    with serve(store, partitions=read) as base:
        page.goto(base)
        expect(page.locator("#partitions-note")).to_have_text("3 read by this worker, 21.5K messages behind, 1 failing")
        rows = page.locator("#partitions tbody tr")
        expect(rows).to_have_count(5)
        expect(rows.nth(0)).to_contain_text("logs/2")
        expect(rows.nth(1)).to_have_text(trouble)
        expect(rows.nth(2)).to_contain_text(re.compile(r"logs/1\s*21,500\s*20,000"))
        expect(rows.nth(3)).to_have_text("7 messages were deleted.")
        expect(rows.nth(4)).to_contain_text(re.compile(r"logs/0\s*0\s*1,200"))


def test_where_lines_do_not_come_from_kafka_nothing_is_said_of_partitions(page: Page, store: SqliteStore) -> None:
    with serve(store) as base:
        page.goto(base)
        expect(page.locator("#incidents li").first).to_be_visible()
        expect(page.locator("#partitions")).to_be_hidden()
