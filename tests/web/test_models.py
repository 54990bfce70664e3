"""Models on the page: how old each is, made of what and why; two compared, an earlier one chosen and released."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from detector.findings import Cause, Drift, ModelCard
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_store
from tests.cli.learned import learned
from tests.web.accessible import assert_accessible
from tests.web.conftest import Watch
from tests.web.serving import serve
from tests.web.story import MINUTE, REFUSED, template_id

HOUR = 60 * MINUTE
COMPARED = "Of the 130 windows of the last day"
LONG = 60_000
"""Milliseconds: both models are made again."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learned(tmp_path_factory.mktemp("learned") / "s.sqlite", 130)


@pytest.fixture
def shop(lived: Path, tmp_path: Path) -> Iterator[SqliteStore]:
    """A store of its own with two models that can be made again."""
    with closing(open_store(Path(shutil.copy(lived, tmp_path / "s.sqlite")))) as opened:
        yield opened


@pytest.fixture
def drifted(store: SqliteStore, now: int) -> SqliteStore:
    """Three models of payments: the first, one after drift that left an incident out, and one that people caused."""
    first = ModelCard("aaaa0001bbbb", "payments", now - 6 * HOUR, now - 5 * HOUR, 60, 4, 1, Cause.FIRST)
    drift = (
        Drift(template_id("payments", REFUSED), "payment", 0.97, 1e-9),
        Drift("score", "", 0.41, 1e-4),
        Drift("ledger", "ledger", 0.3, 1e-3),
    )
    gap = ((now - 4 * HOUR, now - 3 * HOUR),)
    second = replace(
        first, version="aaaa0002cccc", trained_until=now - 2 * HOUR, cause=Cause.DRIFT, drift=drift, left_out=gap
    )
    third = replace(first, version="m1", trained_until=now - HOUR, cause=Cause.FEEDBACK, feedback=("f1", "f2"))
    store.commit(PassResult(None, models=[first, second, third]))
    return store


def test_each_namespace_says_how_old_its_model_is_and_of_what(page: Page, store: SqliteStore) -> None:
    with serve(store) as base:
        page.goto(base)
        page.get_by_role("link", name="Models").click()
        table = page.get_by_role("table", name="Models at work")
        expect(page.locator("#models-note")).to_have_text("4 namespaces with a model, 1 still learning")
        expect(table.get_by_role("row", name="shop")).to_contain_text(re.compile(r"5 h( \d+ min)? ago60 min603m1"))
        expect(table.get_by_role("row", name="staging")).to_contain_text("still learning: 25 of ")
        page.get_by_label("Search namespaces").fill("shop")
        expect(table.locator("tbody tr")).to_have_count(1)
        expect(page).to_have_url(f"{base}/models?q=shop")
        page.get_by_label("Search namespaces").fill("nowhere")
        expect(page.locator("#models")).to_have_text("No namespace has these words.")


def test_a_history_says_why_each_was_made_what_had_drifted_and_what_was_left_out(
    page: Page, drifted: SqliteStore
) -> None:
    with serve(drifted) as base:
        page.goto(f"{base}/models")
        page.get_by_role("link", name="payments").press("Enter")
        expect(page.get_by_role("heading", name="History of payments")).to_be_focused()
        expect(page).to_have_url(f"{base}/models?namespace=payments")
        rows = page.locator(".timeline > li")
        expect(rows).to_have_count(3)
        expect(rows.nth(0)).to_contain_text("People said something of its findings.at work")
        expect(rows.nth(0)).to_contain_text("went by 2 words of feedback")
        expect(rows.nth(1)).to_contain_text("The logs had drifted away")
        drift = rows.nth(1).get_by_role("list", name="What had drifted").get_by_role("listitem")
        expect(drift.nth(0)).to_contain_text("97 %ERROR LedgerClient Booking")
        expect(drift.nth(1)).to_contain_text("41 %the score")
        expect(drift.nth(2)).to_contain_text("30 %ledgerall of its lines")
        expect(rows.nth(1)).to_contain_text("Left out, for they were odd")
        expect(rows.nth(2)).to_contain_text("First of all")
        page.reload()
        expect(rows).to_have_count(3)
        page.go_back()
        expect(page.locator("#history-section")).to_be_hidden()


def test_two_are_compared_and_a_link_shows_the_same(page: Page, shop: SqliteStore) -> None:
    with serve(shop) as base:
        page.goto(f"{base}/models")
        page.get_by_role("button", name="What is new in it").click()
        compared = page.locator("#compared")
        expect(compared).to_contain_text(COMPARED, timeout=LONG)
        expect(compared).to_contain_text("Older")
        expect(page.get_by_role("heading", name="Two models compared")).to_be_focused()
        assert_accessible(page)
        link = page.url
        page.get_by_role("button", name="Close").click()
        expect(page.locator("#compared-section")).to_be_hidden()
        page.goto(link)
        expect(compared).to_contain_text(COMPARED, timeout=LONG)


def test_what_cant_be_compared_says_why(page: Page, drifted: SqliteStore, watch: Watch) -> None:
    with serve(drifted) as base:
        page.goto(f"{base}/models?namespace=payments")
        page.get_by_role("button", name="What is new in it").last.click()
        expect(page.locator("#compared")).to_contain_text("was made by method 1")
    watch.errors.clear()  # the browser's own line about it


def test_an_earlier_one_is_put_to_work_and_training_chooses_again(page: Page, shop: SqliteStore) -> None:
    with serve(shop) as base:
        page.goto(f"{base}/models")
        page.get_by_role("button", name="Put to work…").click()
        dialog = page.get_by_role("dialog", name="Put this model to work")
        expect(dialog.get_by_label("Note")).to_be_focused()
        page.keyboard.type("Learned the outage of Friday")
        dialog.get_by_label("Your name").fill("Kim")
        page.keyboard.press("Enter")
        expect(dialog).to_have_count(0, timeout=LONG)
        oldest = page.locator(".timeline > li").last
        expect(oldest).to_contain_text("chosen")
        expect(oldest).to_contain_text("by Kim")
        expect(oldest).to_contain_text("Learned the outage of Friday")
        (made,) = shop.model_choices("shop")
        assert (made.version, made.author) == (shop.models("shop")[-1].version, "Kim")

        page.get_by_role("button", name="Let training choose again…").click()
        page.get_by_role("dialog").get_by_role("button", name="Let training choose").click()
        expect(page.get_by_role("button", name="Let training choose again…")).to_have_count(0)
        expect(oldest.locator(".saying")).to_have_count(0)
        assert shop.model_choices("shop")[-1].version == ""


def test_where_nothing_is_learned_yet_it_says_what_comes(page: Page, empty_store: SqliteStore) -> None:
    with serve(empty_store) as base:
        page.goto(f"{base}/models")
        expect(page.locator("#models")).to_contain_text("No namespace has logged yet.")


def test_a_namespace_that_is_not_there_has_no_history(page: Page, store: SqliteStore, watch: Watch) -> None:
    with serve(store) as base:
        page.goto(f"{base}/models?namespace=nope")
        expect(page.locator("#history")).to_contain_text("It has no model yet")
    watch.errors.clear()  # the browser's own line about it


def test_models_are_for_everyone(page: Page, drifted: SqliteStore) -> None:
    with serve(drifted) as base:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{base}/models?namespace=payments")
        expect(page.locator(".timeline > li").first).to_be_visible()
        assert_accessible(page)
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
