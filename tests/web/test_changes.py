"""What changed: the page that holds a namespace's logs since a roll-out against those before."""

from __future__ import annotations

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


def test_from_the_namespace_one_comes_to_what_its_last_roll_out_changed(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/shop")
    page.get_by_role("link", name="What changed since the last roll-out?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What changed in shop")
    expect(page.locator(".changes li")).to_contain_text("image 1.5 of cart was rolled out (before: 1.4)")
    rows = page.locator("#differences tbody tr")
    expect(rows).to_have_count(3)
    expect(page.locator("#differences .kind")).to_have_text(["gone", "new", "more"])
    expect(page.locator("#counts .scatterlayer path.js-line")).to_have_count(1)
    page.get_by_role("button", name="cache miss").click()
    expect(page.locator("#differences tr.picked")).to_contain_text("cache miss for key")
    expect(page.locator("#samples pre")).to_contain_text("cache miss for key")


def test_where_nothing_can_be_compared_the_way_on_is_told(page: Page, watch: Watch, rolled: str) -> None:
    page.goto(f"{rolled}/changes?namespace=shop&since=-1h")
    expect(page.locator(".lead")).to_contain_text("No window after that time is closed yet")
    page.goto(f"{rolled}/changes?namespace=%3Cb%3Enone")
    expect(page.locator(".lead")).to_contain_text("There is no namespace")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<b>none")
    page.get_by_role("link", name="6h").click()
    expect(page.locator("#since [aria-current]")).to_have_text("6h")
    expect(page.locator(".lead")).to_contain_text("There is no namespace")
    watch.errors.clear()
