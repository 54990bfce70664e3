"""The overview as a reader finds it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from detector.findings import ModelCard, NamespaceStatus
from tests.web.story import MINUTE

HOUR = 60 * MINUTE


def names(page: Page) -> Locator:
    """The rows beside the lanes."""
    return page.get_by_role("list", name="Namespaces").get_by_role("listitem")


def opened(page: Page, address: str, lanes: int = 5) -> None:
    """Goes there, and waits for so many lanes."""
    page.goto(address)
    expect(names(page)).to_have_count(lanes)
    expect(page.locator("#lanes-chart canvas")).to_be_visible()


def cell(page: Page, row: int, share: float) -> tuple[float, float]:
    """The middle of a lane, so far along it; pixels of the window."""
    box = page.locator("#lanes-chart .u-over").bounding_box()
    assert box
    return box["x"] + box["width"] * share, box["y"] + box["height"] * (row + 0.5) / names(page).count()


def many(end: int, count: int) -> list[NamespaceStatus]:
    """As many calm namespaces."""
    first, card = end - 3 * HOUR, ModelCard("m1", "shop", end - 3 * HOUR, end - 2 * HOUR, 60, 7, 1)
    return [
        NamespaceStatus(f"team-{number:03}", first, end - MINUTE, 180, 900, 7, None, card, last_line=end - MINUTE)
        for number in range(count)
    ]
