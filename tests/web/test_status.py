"""The status on the page: how far the service is, what became of every line, what to do where something is amiss."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from detector.alerts.delivery import ChannelCount
from detector.api.live import LiveStatus, PartitionStatus
from detector.api.sources import InForce
from detector.outputs.outbox import Figures
from detector.parts import Board
from detector.settings.load import load_with_origins
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from ingest.accounting import DropReason, Remark, Tally
from tests.web.accessible import assert_accessible
from tests.web.serving import serve
from tests.web.story import MARKUP, MINUTE


def known(live: LiveStatus) -> None:
    """What a service knows of itself on a bad day."""
    live.lag_seconds = 540.0
    live.notices = lambda: ["3 findings wait to be told."]
    live.channels = lambda: {"desk": ChannelCount("slack", 7, 1, 2, live.started_at)}
    live.outputs = lambda: [Figures("alert:desk", 3, 7, 1, 0)]
    live.tally = Tally(read=10_000, records=8_800, joined=500, pending=3)
    live.tally.dropped[DropReason.NO_TIME] = 690
    live.tally.dropped[DropReason.EMPTY] = 7
    live.tally.remarks[Remark.LATE] = 12


def test_what_the_service_does_and_how_far_it_is(page: Page, store: SqliteStore) -> None:
    with serve(store, known=known, in_force=InForce(*load_with_origins(None, {}), ["/var/log/containers"])) as base:
        page.goto(base)
        page.get_by_role("link", name="Status").click()
        story = page.locator("#story")
        expect(story).to_contain_text("Scoring is 9 min behind the clock.")
        expect(story).to_contain_text("3 findings wait to be told.")
        expect(story).to_contain_text("1 learning, 4 ready")
        expect(page.locator("#sources")).to_contain_text("/var/log/containers")
        expect(page.locator("#store")).to_contain_text("SQLite")
        expect(page.locator("#store")).to_contain_text("page.sqlite")
        expect(page.locator("#store")).to_contain_text(re.compile(r"Size[\d.]+ (kB|MB)"))
        expect(page.locator("#versions")).to_contain_text("CPython 3.")
        page.get_by_text("packages").click()
        expect(page.locator("#versions .packages")).to_contain_text("fastapi")


def test_each_dropped_line_has_a_reason_and_advice(page: Page, store: SqliteStore) -> None:
    with serve(store, known=known) as base:
        page.goto(f"{base}/status")
        dropped = page.get_by_role("table", name="Dropped lines by reason").get_by_role("row")
        expect(dropped.nth(1)).to_contain_text("no_time6906.9 %")
        expect(dropped.nth(1)).to_contain_text("Give --timezone if the times only lack their zone.")
        expect(dropped.nth(2)).to_contain_text("empty7< 0.1 %")
        expect(page.locator("#lines")).to_contain_text("Dropped697")
        expect(page.get_by_role("table", name="What was noticed")).to_contain_text("late12")


def test_a_table_is_sorted_by_its_head_and_the_address_keeps_it(page: Page, store: SqliteStore) -> None:
    with serve(store, known=known) as base:
        page.goto(f"{base}/status")
        table = page.get_by_role("table", name="Dropped lines by reason")
        first = table.get_by_role("row").nth(1)
        expect(table.get_by_role("columnheader", name="Lines")).to_have_attribute("aria-sort", "descending")
        table.get_by_role("button", name="Lines").press("Enter")
        expect(first).to_contain_text("empty")
        expect(table.get_by_role("columnheader", name="Lines")).to_have_attribute("aria-sort", "ascending")
        expect(table.get_by_role("button", name="Lines")).to_be_focused()
        table.get_by_role("button", name="Dropped as").click()
        expect(page).to_have_url(f"{base}/status?dropped=reason")
        table.get_by_role("button", name="Dropped as").click()
        expect(first).to_contain_text("no_time")
        page.reload()
        expect(first).to_contain_text("no_time")
        expect(table.get_by_role("columnheader", name="Dropped as")).to_have_attribute("aria-sort", "descending")


def test_who_was_told_and_who_refused(page: Page, store: SqliteStore) -> None:
    with serve(store, known=known) as base:
        page.goto(f"{base}/status")
        expect(page.get_by_role("table", name="Channels").get_by_role("row").nth(1)).to_contain_text("deskslack712")
        expect(page.get_by_role("table", name="Outputs").get_by_role("row").nth(1)).to_contain_text("alert:desk3710")


def test_a_service_that_fails_or_catches_up_says_so(page: Page, store: SqliteStore) -> None:
    def failing(live: LiveStatus) -> None:
        live.error = f"Elasticsearch can't be reached. {MARKUP}"

    with serve(store, known=failing) as base:
        page.goto(f"{base}/status")
        expect(page.locator("#story")).to_contain_text("The last pass failed; it is tried again.")
        expect(page.locator("#story .advice")).to_contain_text(MARKUP)
        expect(page.locator("#channels")).to_contain_text("Nobody is told")
    with serve(store, phase="catching up") as base:
        page.goto(f"{base}/status")
        expect(page.locator("#story")).to_contain_text("Catching up")
        expect(page.get_by_role("progressbar")).to_have_js_property("position", 0.25)


def test_a_service_without_lines_says_what_to_look_at(page: Page, empty_store: SqliteStore, now: int) -> None:
    empty_store.commit(PassResult(now))
    with serve(empty_store) as base:
        page.goto(f"{base}/status")
        expect(page.locator("#dropped")).to_contain_text("No line was read yet: check that the source has some.")
        expect(page.locator("#story")).to_contain_text("Namespacesnone yet")
        expect(page.locator("#partitions")).to_be_hidden()


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
        page.goto(f"{base}/status")
        expect(page.locator("#partitions-note")).to_have_text("3 read by this worker, 21.5K messages behind, 1 failing")
        rows = page.locator("#partitions tbody tr")
        expect(rows).to_have_count(5)
        expect(rows.nth(0)).to_contain_text("logs/2")
        expect(rows.nth(1)).to_have_text(trouble)
        expect(rows.nth(2)).to_contain_text(re.compile(r"logs/1\s*21,500\s*20,000"))
        expect(rows.nth(3)).to_have_text("7 messages were deleted.")
        expect(rows.nth(4)).to_contain_text(re.compile(r"logs/0\s*0\s*1,200"))


def test_the_status_is_for_everyone(page: Page, store: SqliteStore) -> None:
    read = [PartitionStatus("logs/0", 1_200, 1_200, None, problem="7 messages were deleted.")]
    with serve(store, known=known, partitions=read) as base:
        page.goto(f"{base}/status")
        expect(page.locator("#versions dl").first).to_be_visible()
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        assert_accessible(page)


def test_what_is_amiss_stands_below_the_header_of_other_pages(page: Page, store: SqliteStore) -> None:
    def troubled(live: LiveStatus) -> None:
        live.error = f"Elasticsearch can't be reached. {MARKUP}"
        live.notices = lambda: ["3 findings wait to be told."]

    with serve(store, known=troubled) as base:
        page.goto(f"{base}/alerts")
        expect(page.locator("#amiss p")).to_have_text(
            [f"The last pass failed: Elasticsearch can't be reached. {MARKUP}", "3 findings wait to be told."]
        )
        expect(page.locator("#freshness")).to_contain_text("the last pass failed")
        assert page.evaluate("(it => it.scrollWidth <= it.clientWidth)(document.querySelector('.sections'))")
        assert_accessible(page)


def troubled(live: LiveStatus) -> None:
    """A channel is away, and the disk is full."""
    live.board = Board(lambda: live.started_at)
    live.board.expect("store", "source", "detection", "alerts", "channel:desk")
    live.board.fails("store", "The store can't be written: the disk is full. Make room.", "degraded")
    live.board.fails("channel:desk", f"Slack can't be reached {MARKUP}. Check the network.")


def test_what_fails_stands_first_with_why_and_what_to_do(page: Page, store: SqliteStore) -> None:
    with serve(store, known=troubled) as base:
        page.goto(f"{base}/status")
        expect(page.locator("#parts-note")).to_have_text("2 of 5 parts not as they should be")
        parts = page.get_by_role("table", name="Parts").get_by_role("row")
        expect(parts.nth(1)).to_contain_text("channel:desk")
        expect(parts.nth(1)).to_contain_text("down")
        expect(page.locator("#parts")).to_contain_text("the disk is full. Make room.")
        expect(page.locator("#parts")).to_contain_text(MARKUP)
        assert_accessible(page)
