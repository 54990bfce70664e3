"""Settings on the page: what is in force, where it was said, and what it would be otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from detector.api.sources import InForce
from detector.settings.load import Flag, load_with_origins
from detector.store.sqlite import SqliteStore
from tests.web.accessible import assert_accessible
from tests.web.serving import serve

FILE = """
[elasticsearch]
username = "dw"
password = "PLANTED"
[detection]
window = "30s"
[parsing.masks]
ORDER = "<b>[0-9]+"
"""


@pytest.fixture
def in_force(tmp_path: Path) -> InForce:
    """Some of the file, one of the environment, one of a flag."""
    file = tmp_path / "drainwatch.toml"
    file.write_text(FILE)
    outside = {"DRAINWATCH_STORE__KEEP_HOURS": "30d"}
    return InForce(*load_with_origins(file, outside, [Flag("--port", "service.port", 0)]))


def test_each_tells_its_value_its_default_and_where_it_was_said(
    page: Page, store: SqliteStore, in_force: InForce
) -> None:
    with serve(store, in_force=in_force) as base:
        page.goto(base)
        page.get_by_role("link", name="Settings").click()
        detection = page.get_by_role("table", name="Settings of detection")
        expect(detection.get_by_role("row", name="window 30s")).to_contain_text("30sdefault 1mfile")
        expect(detection.get_by_role("row", name="lateness")).to_contain_text("10sdefaultHow long")
        expect(page.get_by_role("row", name="keep_hours")).to_contain_text("30ddefault 400denvironment")
        expect(page.locator("[id='service.port']")).to_contain_text("0default 8765flag")
        expect(page.locator("[id='elasticsearch.password']")).to_contain_text("set, not shown")
        expect(page.locator("[id='elasticsearch.api_key']")).to_contain_text("none")
        expect(page.locator("[id='parsing.masks']")).to_contain_text("<b>[0-9]+")
        expect(page.locator("#settings-note")).to_contain_text("drainwatch.toml")
        assert "PLANTED" not in page.content()


def test_what_is_searched_for_and_what_was_set_stand_in_the_address(
    page: Page, store: SqliteStore, in_force: InForce
) -> None:
    with serve(store, in_force=in_force) as base:
        page.goto(f"{base}/settings")
        rows = page.locator("#settings tbody tr")
        page.get_by_label("Only what was set").check()
        expect(rows).to_have_count(6)
        expect(page).to_have_url(f"{base}/settings?changed=1")
        page.get_by_label("Search settings").fill("window length")
        expect(rows).to_have_count(1)
        expect(page.locator("#settings-note")).to_contain_text("1 of ")
        page.reload()
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("30s")
        expect(page.get_by_label("Only what was set")).to_be_checked()
        page.get_by_label("Search settings").fill("no such thing")
        expect(page.locator("#settings")).to_have_text("No setting has these words.")


def test_a_link_leads_to_one_setting(page: Page, store: SqliteStore, in_force: InForce) -> None:
    with serve(store, in_force=in_force) as base:
        page.goto(f"{base}/settings#kafka.topic")
        expect(page.locator("tr.named")).to_contain_text("kubernetes-logs")
        expect(page.locator("tr.named")).to_be_in_viewport()
        page.get_by_role("link", name="keep_hours").click()
        expect(page.locator("tr.named")).to_contain_text("400d")


def test_settings_can_be_used_by_everyone(page: Page, store: SqliteStore, in_force: InForce) -> None:
    with serve(store, in_force=in_force) as base:
        page.goto(f"{base}/settings")
        expect(page.get_by_role("table", name="Settings of kibana")).to_be_visible()
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        page.set_viewport_size({"width": 1280, "height": 900})
        page.keyboard.press("/")
        expect(page.get_by_label("Search settings")).to_be_focused()
        page.keyboard.type("detection")
        expect(page.get_by_role("table", name="Settings of kibana")).to_have_count(0)
        assert_accessible(page)


def test_where_no_service_runs_there_are_none(page: Page, store: SqliteStore, watch: object) -> None:
    with serve(store) as base:
        page.goto(f"{base}/settings")
        expect(page.locator("#settings")).to_contain_text("Ask one: `drainwatch run` starts it.")
    watch.errors.clear()  # type: ignore[attr-defined]  # the browser's own line about the 404
