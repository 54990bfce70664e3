"""One visit to a page in headless Chromium, with nothing in its cache: what it takes to be there, and to answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

_TIMING = (Path(__file__).parent / "timing.js").read_text()
_SIZE = {"width": 1280, "height": 900}
_PATIENCE = 180_000
"""Milliseconds: what is built naively may take its time."""


class NoBrowserError(Exception):
    """There is no Chromium on the PATH."""


@dataclass
class Wire:
    """What came over the wire, headers included."""

    total: int = 0
    """Bytes."""
    by_path: dict[str, int] = field(default_factory=dict)
    _paths: dict[str, str] = field(default_factory=dict)
    _streams: set[str] = field(default_factory=set)

    def listen(self, session: CDPSession) -> None:
        """Count from now on (https://chromedevtools.github.io/devtools-protocol/tot/Network/)."""
        session.send("Network.enable")
        session.on("Network.responseReceived", self._received)
        session.on("Network.dataReceived", self._data)
        session.on("Network.loadingFinished", self._finished)

    def _received(self, event: dict[str, Any]) -> None:
        name = event["requestId"]
        if event["response"]["url"].startswith("data:"):  # over no wire
            return
        self._paths[name] = event["response"]["url"].split("?")[0].split("/", 3)[-1]
        if event["type"] == "EventSource":  # never finished
            self._streams.add(name)
            self._count(name, int(event["response"]["encodedDataLength"]))

    def _data(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._streams:
            self._count(event["requestId"], int(event["encodedDataLength"]))

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self._streams:
            self._count(event["requestId"], int(event["encodedDataLength"]))

    def _count(self, name: str, length: int) -> None:
        path = self._paths.get(name, "")
        self.by_path[path] = self.by_path.get(path, 0) + length
        self.total += length


@dataclass(frozen=True, slots=True)
class Answered:
    """How long something that was done took, milliseconds from the event itself."""

    next: float
    """Until the next frame."""
    shown: float
    """Until the frame that shows what was asked for."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. Raises `NoBrowserError`."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise NoBrowserError("There is no Chromium on the PATH.")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page that was opened, and what came over the wire for it."""

    def __init__(self, page: Page, wire: Wire) -> None:
        self.page, self.wire = page, wire

    def ready(self) -> float:
        """Milliseconds from going there until what it is for was painted."""
        self.page.wait_for_function("() => window.timing.ready !== null", timeout=_PATIENCE)
        return float(self.page.evaluate("() => window.timing.ready"))

    def watch(self, kind: str, there: str) -> None:
        """Await the next event of this kind, and after it what this expression looks for."""
        self.page.evaluate(f"() => window.timing.watch({kind!r}, () => {there})")

    def answered(self) -> Answered:
        """What became of it."""
        found = self.page.evaluate("() => window.timing.result")
        return Answered(float(found["next"]), float(found["shown"]))

    def followed(self, link: str, there: str) -> float:
        """Milliseconds from a click on this link until the page behind it shows what the expression looks for."""
        self.page.evaluate("() => window.timing.leave('click')")
        with self.page.expect_navigation():
            self.page.locator(link).click()
        return float(self.page.evaluate(f"() => window.timing.arrived(() => {there})"))


@contextmanager
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Go there as somebody who was never there before."""
    context = browser.new_context(viewport=_SIZE, locale="en-GB", timezone_id="Europe/Berlin")  # type: ignore[arg-type]
    context.set_default_timeout(_PATIENCE)
    context.add_init_script(_TIMING)
    try:
        page, wire = context.new_page(), Wire()
        wire.listen(context.new_cdp_session(page))
        page.goto(address, wait_until="commit")
        yield Visit(page, wire)
    finally:
        context.close()
