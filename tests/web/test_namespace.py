"""The page of a namespace: how much it logs and how badly, what was unusual, and what its lines are."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from detector.feedback import mute
from detector.findings import Change, ChangeKind, ModelCard, NamespaceStatus
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_store
from ingest.accounting import Tally
from parsers.engine import Template
from tests.web.accessible import assert_accessible
from tests.web.conftest import Watch
from tests.web.serving import serve
from tests.web.story import HOSTILE_NAME, MINUTE, REFUSED, SAMPLE, template_id, whole_story

HOUR = 60 * MINUTE
DAY = 24 * HOUR
MANY = 230
REFUSED_ID = template_id("payments", REFUSED)


def _rolled_out(end: int) -> list[Change]:
    """The last release came shortly before the fault: two images, a minute apart."""
    image = "registry.example/pay/{}:{}"
    return [
        Change(
            f"c{minutes}", "payments", workload, end - minutes * MINUTE, ChangeKind.IMAGE,
            image.format(workload, before), image.format(workload, after),
        )
        for minutes, workload, before, after in (
            (200, "payment", "1.4", "1.5"), (44, "payment", "1.5", "1.6"), (43, "ledger", "2.0", "2.1"),
        )
    ]  # fmt: skip


def _many(end: int) -> list[Template]:
    """More templates than are shown at once; three of them faded, one came an hour ago."""
    return [
        Template(
            f"t{number:03}", "shop", "batch", f"step {number} took <DURATION>", "debug",
            end - (HOUR if number == 7 else 5 * HOUR), end - (3 * HOUR if number < 3 else MINUTE), 1_000 - number,
            f"step {number} took 3 ms",
        )
        for number in range(MANY)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def rolled(tmp_path_factory: pytest.TempPathFactory, now: int) -> Iterator[str]:
    """A service over the whole story with roll-outs, and with many templates in `shop`, for tests that only read."""
    store = open_store(tmp_path_factory.mktemp("namespace") / "shared.sqlite")
    store.commit(whole_story(now))
    store.commit(PassResult(now, changes=_rolled_out(now), templates=_many(now)))
    with serve(store) as address:
        yield address
    store.close()


def rows(page: Page) -> Locator:
    return page.locator("#templates tr.openable")


def drawn(page: Page, chart: str) -> Locator:
    """The area of a chart that was drawn."""
    over = page.locator(f"{chart} .u-over")
    expect(over).to_be_visible()
    return over


def drag(page: Page, over: Locator, start: float, end: float) -> None:
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (start + end) / 2, middle)
    page.mouse.move(box["x"] + box["width"] * end, middle)
    page.mouse.up()


def test_its_head_says_how_it_is_doing_and_leads_on(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments")
    expect(page.locator("h1 .chip")).to_have_text("ready")
    facts = page.locator(".story .facts")
    expect(facts).to_contain_text("Score now12warning")
    expect(facts).to_contain_text(re.compile(r"Model5 h( \d+ min)? old, learned from 60 windows"))
    expect(facts.get_by_role("link", name=re.compile("old"))).to_have_attribute("href", "/models?namespace=payments")
    # A release is what was rolled out together: it began with the first.
    last = facts.locator("div", has_text="Last roll-out").locator("dd")
    expect(last).to_have_attribute("title", "image 1.6 of payment was rolled out (before: 1.5)")
    for name, path in (("What changed since the last roll-out?", "/changes"), ("Compare two times", "/compare")):
        link = page.get_by_role("link", name=name)
        expect(link).to_have_attribute("href", f"{path}?namespace=payments")
    page.goto(f"{rolled}/namespaces/{quote(HOSTILE_NAME)}")
    expect(page.locator(".advice")).to_contain_text("Mask its ids")
    page.goto(f"{rolled}/namespaces/shop")
    expect(facts).to_contain_text("Score nowas usual")


def test_levels_are_told_worst_first_and_switched_off_one_by_one(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments")
    levels = page.get_by_role("group", name="Levels that are drawn").get_by_role("button")
    expect(levels).to_have_text([re.compile("error"), re.compile("warning"), re.compile("info")])
    levels.filter(has_text="info").click()
    expect(levels.filter(has_text="info")).to_have_attribute("aria-pressed", "false")
    expect(page).to_have_url(re.compile(r"\?hide=info$"))
    page.reload()
    expect(levels.filter(has_text="info")).to_have_attribute("aria-pressed", "false")
    expect(levels.filter(has_text="error")).to_have_attribute("aria-pressed", "true")
    page.locator("#volume").focus()
    page.keyboard.press("End")
    told = page.locator("#volume").get_by_role("status")
    expect(told).to_have_text(re.compile("warning"))
    expect(told).not_to_have_text(re.compile("info"))


def test_the_volume_is_read_with_the_keyboard_column_by_column(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments?range=1h")
    drawn(page, "#volume")
    expect(page.locator("#incidents > ol > li")).to_have_count(1)
    page.locator("#volume").focus()
    told = page.locator("#volume").get_by_role("status")
    page.keyboard.press("ArrowLeft")
    expect(told).to_have_text(re.compile(r"\d\d:\d\d–\d\d:\d\d.*info \d+"))
    last = told.inner_text()
    page.keyboard.press("ArrowLeft")
    expect(told).not_to_have_text(last)
    # The fault, 40 minutes ago.
    for _ in range(3):
        page.keyboard.press("PageUp")
    for _ in range(7):
        page.keyboard.press("ArrowLeft")
    expect(told).to_have_text(re.compile(r"error \d\d"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/*")


def test_a_chart_says_the_numbers_of_the_column_that_is_pointed_at(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments?range=1h")
    over = drawn(page, "#volume")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box
    tip = page.locator("#volume .tip")
    # The six minutes of the fault: near the edges of the first and of the last it is still that minute.
    for part, is_fault in ((19.9, False), (20.1, True), (25.9, True), (26.1, False)):
        over.hover(position={"x": box["width"] * part / 60, "y": box["height"] / 2})
        expect(tip).to_contain_text(
            re.compile(r"^\d\d:\d\d–\d\d:\d\d\s*error" if is_fault else r"^[\d:–]+\s*(warning|info)")
        )


def test_dragging_over_a_time_zooms_into_it_and_back_goes_back(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments?hide=info")
    over = drawn(page, "#volume")
    expect(page.locator("#incidents > ol > li")).to_have_count(1)
    drag(page, over, 0.1, 0.3)
    expect(page).to_have_url(re.compile(r"hide=info.*since=.*until="))
    expect(page.locator("#range-own")).to_have_attribute("aria-current", "true")
    expect(page.locator("#incidents")).to_contain_text("No incident in this time.")
    page.go_back()
    expect(page.locator("#range-6h")).to_have_attribute("aria-current", "true")
    expect(page.locator("#incidents > ol > li")).to_have_count(1)


def test_a_click_on_a_bar_of_the_score_opens_what_happened_there(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments?range=1h")
    expect(page.locator("#incidents > ol > li")).to_have_count(1)
    over = drawn(page, "#scores")
    box = over.bounding_box()
    assert box
    # It began 40 minutes before the right edge of an hour.
    over.click(position={"x": box["width"] * 22.5 / 60, "y": box["height"] / 2})
    page.wait_for_url("**/incidents/*")


def test_single_detectors_are_drawn_as_lines_where_they_are_switched_on(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments?range=1h")
    detectors = page.get_by_role("group", name="Detectors that are drawn as lines")
    forest = detectors.get_by_role("button", name="forest")
    expect(forest).to_have_attribute("aria-pressed", "false")
    forest.click()
    expect(forest).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("lines=forest"))
    page.reload()
    expect(forest).to_have_attribute("aria-pressed", "true")
    chart = page.get_by_role("group", name=re.compile(r"from \d+ on an incident begins"))
    over = drawn(page, "#scores")
    box = over.bounding_box()
    assert box
    over.hover(position={"x": box["width"] * 22.5 / 60, "y": box["height"] / 2})
    expect(chart.locator(".tip")).to_contain_text(re.compile(r"score \d\d.*forest \d\d"))


def test_templates_are_searched_sorted_and_filtered_and_the_address_keeps_it(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments")
    expect(rows(page)).to_have_count(6)
    expect(rows(page).first).to_contain_text("PaymentController Payment UUID of")
    page.get_by_role("button", name="First seen", exact=True).click()
    expect(rows(page).first).to_contain_text("refused the connection")
    expect(rows(page).first.locator(".chip")).to_have_text("new")
    header = page.get_by_role("columnheader", name="First seen")
    expect(header).to_have_attribute("aria-sort", "descending")
    page.get_by_role("searchbox").fill("postgres checkpoint")
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#templates-note")).to_have_text("1 template")
    expect(page).to_have_url(re.compile("q=postgres"))
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("postgres checkpoint")
    expect(header).to_have_attribute("aria-sort", "descending")
    page.get_by_role("searchbox").fill("no such thing")
    expect(page.locator("#templates")).to_contain_text("No template matches")
    page.get_by_role("button", name="Show all").click()
    expect(rows(page)).to_have_count(6)
    page.get_by_role("group", name="Level", exact=True).get_by_role("button", name="warning").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Ledger busy")
    page.go_back()
    expect(rows(page)).to_have_count(6)
    page.get_by_label("Workload").select_option("ledger")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("ledger.book")


def test_templates_new_or_gone_since_a_moment_are_told_apart(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments")
    expect(rows(page)).to_have_count(6)
    new = page.get_by_label("New since", exact=True)
    for moment in ("model", "last-deploy", "-1h"):
        new.select_option(moment)
        expect(page).to_have_url(re.compile(f"new_since={moment}$"))
        expect(page.locator("#templates-note")).to_have_text("1 template")
        expect(rows(page)).to_have_count(1)
        expect(rows(page)).to_contain_text("refused the connection")
    page.goto(f"{rolled}/namespaces/payments?new_since=last-deploy")
    expect(rows(page)).to_have_count(1)
    expect(new).to_have_value("last-deploy")
    new.select_option("")
    expect(rows(page)).to_have_count(6)
    page.goto(f"{rolled}/namespaces/shop?gone_since=-1h")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_label("Gone since", exact=True)).to_have_value("-1h")


def test_a_time_of_ones_own_is_chosen_for_what_is_gone(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/shop?q=step")
    expect(page.locator("#templates-note")).to_have_text("100 of 230 templates")
    page.get_by_label("Gone since", exact=True).select_option("another time…")
    box = page.get_by_label("Gone since, time")
    expect(box).to_be_focused()
    expect(rows(page)).to_have_count(3)
    earlier = page.evaluate("new Date(Date.now() - 4 * 3600e3 - new Date().getTimezoneOffset() * 60e3).toISOString()")
    box.fill(earlier[:16])
    box.press("Tab")
    expect(page.locator("#templates")).to_contain_text("No template matches")
    page.go_back()
    expect(rows(page)).to_have_count(3)


def test_trends_are_asked_for_together_once_they_come_into_view(page: Page, rolled: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/trends" in request.url else None)
    page.goto(f"{rolled}/namespaces/payments")
    expect(rows(page)).to_have_count(6)
    rows(page).last.scroll_into_view_if_needed()
    expect(rows(page).first.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"lines, at most \d+ in"))
    expect(rows(page).last.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"lines, at most \d+ in"))
    assert len(asked) == 1
    assert asked[0].count("template=") == 6


def test_a_template_opens_to_its_counts_and_a_line_of_it_and_a_link_shows_it_open(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments")
    button = page.get_by_role("button", name="refused the connection")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(button).to_be_focused()
    opened = page.locator(f"#opened-{REFUSED_ID}")
    expect(opened.locator("pre")).to_contain_text(SAMPLE)
    expect(opened.get_by_role("group", name=re.compile(r"over time, \d+ lines"))).to_be_visible()
    expect(opened).to_contain_text("First seen")
    expect(page).to_have_url(re.compile(f"template={REFUSED_ID}"))
    # From elsewhere, also where the list doesn't hold it.
    page.goto(f"{rolled}/namespaces/payments?q=checkpoint&template={REFUSED_ID}")
    expect(opened.locator("pre")).to_contain_text(SAMPLE)
    expect(rows(page)).to_have_count(2)
    # Who searches on looks for another one.
    page.get_by_role("searchbox").fill("postgres")
    expect(rows(page)).to_have_count(1)
    expect(page).not_to_have_url(re.compile("template="))
    rows(page).get_by_role("button").click()
    expect(page.locator("tr.opened pre")).to_contain_text("checkpoint complete")
    rows(page).get_by_role("button").click()
    expect(page.locator("tr.opened")).to_have_count(0)


def test_many_templates_come_a_hundred_at_a_time(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/shop")
    expect(rows(page)).to_have_count(100)
    expect(page.locator("#templates-note")).to_have_text("100 of 233 templates")
    more = page.get_by_role("button", name="Show 100 more")
    more.focus()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(200)
    expect(page.locator(":focus")).to_have_attribute("aria-expanded", "false")
    assert rows(page).nth(100).locator(":focus").count() == 1
    more.click()
    expect(rows(page)).to_have_count(233)
    expect(more).to_have_count(0)


def test_what_is_open_and_focused_stays_when_a_window_closes(page: Page, store: SqliteStore, now: int) -> None:
    with serve(store) as base:
        page.goto(f"{base}/namespaces/payments?template={REFUSED_ID}")
        opened = page.locator(f"#opened-{REFUSED_ID}")
        expect(opened.get_by_role("group", name=re.compile("lines"))).to_be_visible()
        page.get_by_role("button", name="refused the connection").focus()
        known = next(one for one in store.templates("payments") if one.id == REFUSED_ID)
        store.commit(PassResult(now + MINUTE, templates=[replace(known, count=4_321)]))
        expect(opened).to_contain_text("4,321", timeout=15_000)
        expect(page.get_by_role("button", name="refused the connection")).to_be_focused()
        expect(opened.get_by_role("group", name=re.compile("lines"))).to_be_visible()


def test_a_template_is_muted_from_the_list_and_speaks_again(page: Page, store: SqliteStore, now: int) -> None:
    with serve(store) as base:
        page.goto(f"{base}/namespaces/payments?template={REFUSED_ID}")
        opened = page.locator(f"#opened-{REFUSED_ID}")
        opened.get_by_role("button", name="Mute…").click()
        expect(page.get_by_role("dialog")).to_contain_text("Booking UUID failed")
        expect(page.get_by_label("7 days")).to_be_checked()
        page.get_by_role("button", name="Save").click()
        expect(opened.locator(".chip", has_text="muted until")).to_be_visible()
        (word,) = store.feedback()
        assert (word.template, word.until) == (REFUSED_ID, now + 7 * DAY)
        expect(page.locator("#feedback li")).to_have_count(1)
        page.get_by_label("Muted").select_option("only")
        expect(page.locator("#templates-note")).to_have_text("1 template")
        opened.get_by_role("button", name="Unmute").click()
        expect(page.locator("#feedback li.over")).to_contain_text("taken back")
        expect(page.locator("#templates")).to_contain_text("No template matches")
        assert store.feedback()[0].withdrawn


def test_it_is_muted_or_silenced_as_a_whole(page: Page, store: SqliteStore, now: int) -> None:
    store.say(mute("payments", "Kim", "the move", now, workload="ledger"))
    with serve(store) as base:
        page.goto(f"{base}/namespaces/payments")
        expect(page.locator("#feedback li")).to_contain_text("the move")
        page.get_by_role("button", name="Mute this namespace…").click()
        page.get_by_role("button", name="Save").click()
        expect(page.locator("h1 .chip")).to_have_text(["ready", "muted"])
        expect(page.get_by_role("button", name="Mute this namespace…")).to_have_count(0)
        page.get_by_role("button", name="Silence…").click()
        page.get_by_label("4 hours").check()
        page.get_by_role("dialog").get_by_role("button", name="Silence").click()
        expect(page.locator("h1 .chip")).to_have_text(["ready", "muted", "silenced"])
        expect(page.get_by_role("button", name="End now")).to_be_visible()
        assert store.silences()[0].namespace == "payments"


def test_one_that_is_learning_says_how_far_it_is_and_what_to_look_at_meanwhile(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/staging")
    expect(page.locator("#story .lead")).to_contain_text("25 of 60 windows, scores begin at")
    expect(page.locator("#story progress")).to_have_js_property("position", 25 / 60)
    expect(page.locator(".story .facts")).to_contain_text("First line")
    expect(page.locator(".story .facts")).not_to_contain_text("Score now")
    expect(page.locator("#scores-note")).to_have_text("begins when it has learned what is usual")
    expect(page.locator("#incidents")).to_contain_text("No incident before it has learned what is usual")
    expect(rows(page)).to_have_count(1)


def test_one_that_fell_silent_shows_the_time_before(page: Page, empty_store: SqliteStore) -> None:
    end = time.time_ns() // 1000 // MINUTE * MINUTE
    card = ModelCard("m1", "shop", end - 9 * DAY, end - 8 * DAY, 60, 7, 1)
    last = end - 8 * DAY
    status = NamespaceStatus("shop", end - 9 * DAY, end - MINUTE, 90, 900, 7, None, card, last_line=last)
    empty_store.commit(PassResult(end, statuses=[status], tally=Tally(900, 900)))
    with serve(empty_store) as base:
        page.goto(f"{base}/namespaces/shop")
        said = page.locator("#story .lead")
        expect(said).to_contain_text("No line since")
        # What isn't logged is not as usual.
        expect(page.locator(".story .facts")).to_contain_text("Lines")
        expect(page.locator(".story .facts")).not_to_contain_text("Score now")
        # The range ends with the last line, not with the clock.
        until = datetime.fromtimestamp((last + MINUTE) / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        expect(page.locator("#range-own")).to_have_attribute("title", re.compile(f"to {until}"))
        expect(page.locator("#volume-note")).to_contain_text("no line in this time; the last one is of")
        expect(page.locator("#templates")).to_contain_text("No templates yet")


def test_one_that_is_not_known_leads_to_those_that_are(page: Page, rolled: str, watch: Watch) -> None:
    page.goto(f"{rolled}/namespaces/paymets")
    expect(page.locator("#story")).to_contain_text("No such namespace")
    expect(page.locator("#story")).to_contain_text("payments")
    expect(page.locator("#volume")).to_be_hidden()
    expect(page.locator("#templates")).to_be_hidden()
    watch.errors.clear()  # Chromium reports the 404 of the API


def test_names_and_templates_of_strangers_stay_text(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/{quote(HOSTILE_NAME)}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE_NAME)
    expect(rows(page)).to_have_count(2)
    rows(page).filter(has_text="turned").get_by_role("button").click()
    line = page.locator("tr.opened pre")
    expect(line.locator(".odd")).to_have_text(["U+202E", "U+202C", "ESC", "ESC", "NUL", "BEL"])
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_everyone_can_use_it(page: Page, rolled: str) -> None:
    page.goto(f"{rolled}/namespaces/payments?template={REFUSED_ID}")
    expect(page.locator(f"#opened-{REFUSED_ID}").get_by_role("group", name=re.compile("lines"))).to_be_visible()
    rows(page).last.scroll_into_view_if_needed()
    expect(rows(page).last.get_by_role("img")).to_have_attribute("aria-label", re.compile("at most"))
    assert_accessible(page)


def test_it_fits_a_telephone(page: Page, rolled: str) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{rolled}/namespaces/payments?template={REFUSED_ID}&new_since=2026-01-01T00:00:00Z")
    expect(page.locator(f"#opened-{REFUSED_ID} pre")).to_be_visible()
    expect(page.get_by_label("New since, time")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_label("Sort by").select_option("worst level")
    expect(rows(page).first).to_contain_text("refused the connection")
    expect(page).to_have_url(re.compile("sort=level"))
