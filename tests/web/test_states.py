"""What the page says while there is nothing to show, or nobody to ask."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from detector.findings import ModelCard, NamespaceStatus
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from ingest.accounting import Tally
from tests.web.conftest import Watch
from tests.web.serving import serve
from tests.web.story import MINUTE


def test_a_namespace_that_is_learning_says_how_far_it_is_and_until_when(page: Page, empty_store: SqliteStore) -> None:
    end = time.time_ns() // 1000 // MINUTE * MINUTE
    status = NamespaceStatus("young", end - 20 * MINUTE, end - MINUTE, 20, 900, 7, end + 40 * MINUTE)
    empty_store.commit(PassResult(end, statuses=[status], tally=Tally(900, 900)))
    with serve(empty_store, phase="catching up") as base:
        page.goto(base)
        expect(page.locator("#freshness")).to_contain_text("catching up: 25 %")
        page.get_by_role("list", name="Namespaces").get_by_role("link", name="young").click()
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


def test_an_unknown_incident_and_namespace_lead_back(page: Page, base: str, watch: Watch) -> None:
    page.goto(f"{base}/incidents/0000000000000000")
    expect(page.locator("#story")).to_contain_text("There is no incident")
    expect(page.locator("#story").get_by_role("link")).to_have_attribute("href", "/")
    page.goto(f"{base}/namespaces/paymets")
    expect(page.locator("#story")).to_contain_text("No such namespace")
    expect(page.locator("#story")).to_contain_text("payments")
    watch.errors.clear()  # Chromium reports the 404 of the API
