"""What somebody does on the overview, and on the same view built naively, each timed."""

from __future__ import annotations

from playwright.sync_api import Browser, FloatRect

from benchmarks.page.browser import Answered, Visit, visit

OVERVIEW, NAIVE = "/?range=7d", "/naive"
OPENED = "open an incident"
"""The one thing that is done here which leads to another page."""
_SETTLED = 400
"""Milliseconds after which nothing is loaded any more."""


def opened(browser: Browser, base: str, path: str) -> tuple[float, int, dict[str, int]]:
    """Milliseconds until the view was painted; bytes over the wire, all of them and by path."""
    with visit(browser, base + path) as there:
        ready = there.ready()
        there.page.wait_for_timeout(_SETTLED)
        return ready, there.wire.total, there.wire.by_path


def on_overview(browser: Browser, base: str) -> dict[str, Answered]:
    """Point, zoom, change the range, filter, open an incident."""
    found: dict[str, Answered] = {}
    with visit(browser, base + OVERVIEW) as there:
        there.ready()
        there.page.wait_for_timeout(_SETTLED)
        over = there.page.locator("#lanes-chart .u-over").bounding_box()
        assert over is not None
        there.page.mouse.move(over["x"] + 20, over["y"] + 20)
        there.page.wait_for_timeout(100)
        told = "document.querySelector('#lanes-chart .tip:not([hidden])').textContent"
        found["point at a cell"] = _pointed(there, over, f"{told} !== {there.page.evaluate(told)!r}")
        span = "document.querySelector('#lanes-span').textContent"
        found["zoom in"] = _dragged(there, over, f"{span} !== {there.page.evaluate(span)!r}")
        before = there.page.evaluate(span)
        found["another range"] = _clicked(there, "#range-24h", f"{span} !== {before!r}")
        note = "document.querySelector('#lanes-note').textContent"
        found["filter"] = _typed(there, "#lanes-filter", "p", f"{note} !== {there.page.evaluate(note)!r}")
    with visit(browser, base + OVERVIEW) as there:
        there.ready()
        there.page.wait_for_timeout(_SETTLED)
        shown = "performance.getEntriesByName('drainwatch:ready').length && location.pathname !== '/'"
        long = there.followed(".findings [id^=finding-] >> nth=0", shown)
        found[OPENED] = Answered(long, long)
    return found


def on_naive(browser: Browser, base: str) -> dict[str, Answered]:
    """The same, as far as it can do that."""
    found: dict[str, Answered] = {}
    with visit(browser, base + NAIVE) as there:
        there.ready()
        there.page.wait_for_timeout(_SETTLED)
        over = there.page.locator("#chart .nsewdrag").first.bounding_box()
        assert over is not None
        there.page.mouse.move(over["x"] + 20, over["y"] + 20)
        there.page.wait_for_timeout(1_000)
        told = "(document.querySelector('#chart .hoverlayer')?.textContent ?? '')"
        found["point at a cell"] = _pointed(there, over, f"{told} !== {there.page.evaluate(told)!r}")
        axis = "document.querySelector('#chart .xaxislayer-above').textContent"
        found["zoom in"] = _dragged(there, over, f"{axis} !== {there.page.evaluate(axis)!r}")
        shown = "(document.body.dataset.shown ?? '')"
        found["another range"] = _clicked(there, "#day", f"{shown}.startsWith('24h')")
        found["filter"] = _typed(there, "#filter", "p", f"{shown} === 'filtered p'")
    return found


def _pointed(there: Visit, over: FloatRect, shown: str) -> Answered:
    there.watch("pointermove", shown)
    there.page.mouse.move(over["x"] + over["width"] / 2, over["y"] + 140)
    return there.answered()


def _dragged(there: Visit, over: FloatRect, shown: str) -> Answered:
    y = over["y"] + 140
    there.page.mouse.move(over["x"] + over["width"] * 0.5, y)
    there.page.mouse.down()
    there.page.mouse.move(over["x"] + over["width"] * 0.7, y, steps=8)
    there.watch("pointerup", shown)
    there.page.mouse.up()
    return there.answered()


def _clicked(there: Visit, what: str, shown: str) -> Answered:
    there.watch("click", shown)
    there.page.locator(what).click()
    return there.answered()


def _typed(there: Visit, where: str, text: str, shown: str) -> Answered:
    there.page.locator(where).focus()
    there.watch("keydown", shown)
    there.page.keyboard.press(text)
    return there.answered()
