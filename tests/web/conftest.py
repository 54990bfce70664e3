"""A real headless Chromium for every test of the page; it fails the test on any console error or foreign request."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, sync_playwright

from detector.findings import Incident
from detector.settings.alerts import AlertSettings
from detector.store.sqlite import SqliteStore, open_store
from tests.web.outage import outage
from tests.web.serving import STOPPED, serve
from tests.web.story import MINUTE, whole_story

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Where the browser is; without one tests are skipped, or fail where all is to be there."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return found
    reason = "the page is tested in a real browser: install the package chromium"
    if os.environ.get("DRAINWATCH_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def _missed_its_server(message: ConsoleMessage) -> bool:
    """Whether a page that outlived its server asked it for something: that is the test's doing, not the page's."""
    where = urlsplit(message.location["url"])
    return message.text.startswith("Failed to load resource: net::ERR_") and f"http://{where.netloc}" in STOPPED


@dataclass
class Watch:
    """What a page did that it shouldn't."""

    base: str = ""
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _missed_its_server(message):
            self.errors.append(message.text)

    def failed(self, error: Error) -> None:
        self.errors.append(str(error))

    def request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.foreign.append(request.url)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """One window for all, so that the chart library is loaded and compiled once."""
    window = browser.new_context(timezone_id="Europe/Berlin", locale="en-GB", viewport={"width": 1280, "height": 900})
    window.set_default_timeout(15_000)
    yield window
    window.close()


@pytest.fixture
def page(window: BrowserContext, watch: Watch) -> Iterator[Page]:
    """A fresh tab; tests that expect an error clear `watch.errors` themselves."""
    page = window.new_page()
    page.on("console", watch.console)
    page.on("pageerror", watch.failed)
    page.on("request", watch.request)
    yield page
    page.close()
    assert watch.errors == []
    assert watch.foreign == []


@pytest.fixture(scope="session")
def now() -> int:
    """The newest whole minute, microseconds UTC: as in a service that is live."""
    return time.time_ns() // 1000 // MINUTE * MINUTE


@pytest.fixture
def store(tmp_path: Path, now: int) -> Iterator[SqliteStore]:
    store = open_store(tmp_path / "page.sqlite")
    store.commit(whole_story(now))
    yield store
    store.close()


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = open_store(tmp_path / "empty.sqlite")
    yield store
    store.close()


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, now: int) -> Iterator[str]:
    """A service over the whole story, for tests that only read."""
    store = open_store(tmp_path_factory.mktemp("page") / "shared.sqlite")
    store.commit(whole_story(now))
    with serve(store) as address:
        yield address
    store.close()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory, now: int) -> Iterator[tuple[str, Incident]]:
    """A service over the outage of the ledger, and the incident; likewise."""
    store = open_store(tmp_path_factory.mktemp("outage") / "shared.sqlite")
    store.commit(whole_story(now))
    incident = outage(store, now)
    with serve(store, alerting=AlertSettings(kibana="https://kibana.example")) as address:
        yield address, incident
    store.close()
