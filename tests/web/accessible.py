"""Whether a page can be used by everyone, as far as axe-core sees it (https://github.com/dequelabs/axe-core)."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_WEIGHTY = {"serious", "critical"}


def findings(page: Page) -> list[str]:
    """What is serious, a line each: the rule, why, and where."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": _RULES}}).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {', '.join(str(node['target'][0]) for node in one['nodes'][:5])}"
        for one in found
        if one["impact"] in _WEIGHTY
    ]


def assert_accessible(page: Page) -> None:
    """In light and in dark; the page is left in light."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert (found := findings(page)) == [], f"{scheme}: {found}"
