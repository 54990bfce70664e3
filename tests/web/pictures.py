"""`python -m tests.web.pictures FOLDER` takes the pictures of the docs anew: of the demo, as a newcomer sees it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.web.conftest import FLAGS, chromium

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 1280, 800
FOUND_WITHIN = 300
"""Seconds that the demo has for all that is hidden in its logs."""


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """The address of a demo that has read all its logs."""
    command = [sys.executable, "-m", "detector.cli", "demo", "--folder", str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            address = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
            yield address.rstrip("/")
        finally:
            process.terminate()


def ask(address: str) -> Any:
    with urllib.request.urlopen(address) as answer:
        return json.load(answer)


def whole(address: str) -> list[dict[str, Any]]:
    """The incidents, worst first, once nothing of the past is left to be read."""
    until = time.monotonic() + FOUND_WITHIN
    while time.monotonic() < until:
        if ask(f"{address}/api/v1/status")["phase"] == "live":
            found: list[dict[str, Any]] = ask(f"{address}/api/v1/incidents")["items"]
            return sorted(found, key=lambda one: -float(one["score"]))
        time.sleep(1)
    raise TimeoutError(f"The demo isn't live after {FOUND_WITHIN} s.")


def open_page(browser: Browser, address: str, scheme: str = "light", width: int = WIDTH, height: int = HEIGHT) -> Page:
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]  # one of its literals
        locale="en-GB",
        timezone_id="UTC",
    )
    page.goto(address)
    expect(page.locator("[aria-busy]:visible")).to_have_count(0, timeout=30_000)
    page.wait_for_timeout(1_000)
    return page


def take(browser: Browser, address: str, folder: Path) -> None:
    """All pictures, from one demo."""
    found = whole(address)
    incident = next(one for one in found if one["namespace"] == "payments" or one is found[-1])
    open_page(browser, address, height=520).screenshot(path=folder / "overview.png")
    open_page(browser, f"{address}/incidents/{incident['id']}").screenshot(path=folder / "incident.png")
    open_page(browser, f"{address}/namespaces/{incident['namespace']}", "dark").screenshot(
        path=folder / "namespace.png"
    )
    open_page(browser, address, width=390, height=780).screenshot(path=folder / "phone.png")


def main() -> None:
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with demo(Path(data) / "demo") as address:
            take(browser, address, folder)
        browser.close()


if __name__ == "__main__":
    main()
