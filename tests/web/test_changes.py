"""What changed: the page that holds a namespace's logs since a roll-out against those before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from detector.pipeline import Pipeline
from detector.settings import Settings
from detector.store.sqlite import open_store
from detector.wiring import open_engine
from ingest.files import FileSource
from ingest.settings import ReadSettings
from tests.detector.rollout import at, write_rollout
from tests.web.accessible import assert_accessible
from tests.web.conftest import Watch
from tests.web.serving import serve


@pytest.fixture(scope="module")
def rolled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that has read a morning with a roll-out in it."""
    folder = tmp_path_factory.mktemp("rolled")
    store, settings = open_store(folder / "s.sqlite"), Settings()
    source = FileSource([write_rollout(folder)], ReadSettings(), follow=False, clock=lambda: at(9_999))
    with closing(source):
        pipeline = Pipeline(source, open_engine(settings), store, settings)
        while pipeline.poll() or not source.exhausted:
            pass
        pipeline.close_windows()
    with serve(store) as address:
        yield address
    store.close()


def test_what_the_last_roll_out_changed_is_told_with_it_first(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/changes?namespace=shop")
    expect(page.get_by_role("heading", level=1)).to_have_text("What changed in shop")
    expect(page.locator(".changes li").first).to_contain_text("image 1.5 of cart was rolled out (before: 1.4)")
    expect(page.locator("#differences span.way")).to_have_text(["−vanished", "+appeared", "↑rose"])
    expect(page.get_by_role("group", name="Lines of shop, marked before (")).to_be_visible()
    page.get_by_role("button", name="cache miss for key").click()
    expect(page.get_by_role("button", name="cache miss for key")).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_label("What such a line looks like")).to_contain_text("cache miss for key")
    expect(page.get_by_role("group", name="Lines in 2 min, before and after, from where each begins")).to_be_visible()
    assert_accessible(page)


def test_a_link_to_an_open_row_shows_it_open(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/changes?namespace=shop")
    page.get_by_role("button", name="legacy discount table").click()
    expect(page).to_have_url(re.compile("[?&]template="))
    page.goto(page.url)
    expect(page.get_by_role("button", name="legacy discount table")).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#overlay .uplot")).to_be_visible()
    page.get_by_role("button", name="legacy discount table").press("Enter")
    expect(page.locator("#overlay")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("[?&]template="))


def test_where_nothing_can_be_compared_the_way_on_is_told(page: Page, watch: Watch, rolled: str) -> None:
    page.goto(f"{rolled}/changes?namespace=shop&since=-1h")
    expect(page.locator("#problem")).to_contain_text("No window after that time is closed yet")
    page.goto(f"{rolled}/changes?namespace=%3Cb%3Enone")
    expect(page.locator("#problem")).to_contain_text("There is no namespace")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<b>none")
    page.get_by_role("link", name="6h").click()
    expect(page.locator("#since [aria-current]")).to_have_text("6h")
    expect(page.locator("#problem")).to_contain_text("There is no namespace")
    watch.errors.clear()
    page.goto(f"{rolled}/changes?namespace=shop")
    page.get_by_role("link", name="two times…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare two times")
    expect(page.get_by_role("combobox", name="Namespace", exact=True)).to_have_value("shop")
