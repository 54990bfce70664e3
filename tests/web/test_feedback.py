"""What a reader says of findings: asked in the page, shown beside what it keeps quiet, and taken back there."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Page, expect

from detector.feedback import expected, mute
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.web.conftest import Watch
from tests.web.serving import serve
from tests.web.story import MARKUP, MINUTE, REFUSED, payments_incident, template_id

DAY = 86_400_000_000


def test_an_incident_is_marked_expected_and_the_mark_taken_back(page: Page, store: SqliteStore, now: int) -> None:
    _, incident = payments_incident(now)
    with serve(store) as base:
        page.goto(f"{base}/incidents/{incident.id}")
        page.get_by_role("button", name="Expected…").click()
        dialog = page.get_by_role("dialog", name="This was expected")
        dialog.get_by_label("7 days").check()
        dialog.get_by_label("Note").fill(f"the import {MARKUP}")
        dialog.get_by_label("Your name").fill("Kim")
        dialog.get_by_role("button", name="Save").click()
        said = page.locator("#verdict")
        expect(said).to_contain_text("Expected by Kim")
        expect(said).to_contain_text(f"the import {MARKUP}")
        (word,) = store.feedback()
        assert (word.kind, word.incident, word.author, word.until) == ("expected", incident.id, "Kim", now + 7 * DAY)

        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("button", name="Expected…")).to_be_visible()
        assert store.feedback()[0].withdrawn == now


def test_the_name_is_asked_once(page: Page, store: SqliteStore, now: int) -> None:
    _, incident = payments_incident(now)
    with serve(store) as base:
        page.goto(f"{base}/incidents/{incident.id}")
        page.get_by_role("button", name="Real…").click()
        page.get_by_label("Your name").fill("Robin")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#verdict")).to_contain_text("Real by Robin")
        page.get_by_role("button", name="Expected…").click()
        expect(page.get_by_label("Your name")).to_have_value("Robin")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert len(store.feedback()) == 1


def test_a_template_is_muted_where_it_is_a_reason_and_speaks_again_from_the_list(
    page: Page, store: SqliteStore, now: int
) -> None:
    _, incident = payments_incident(now)
    with serve(store) as base:
        page.goto(f"{base}/incidents/{incident.id}")
        row = page.locator("#reasons tbody tr").first
        row.get_by_role("button", name="Mute…").click()
        expect(page.get_by_role("dialog")).to_contain_text("Booking UUID failed")
        expect(page.get_by_label("7 days")).to_be_checked()
        page.get_by_role("button", name="Save").click()
        expect(row.locator(".chip")).to_have_text("muted")
        assert store.feedback()[0].template == template_id("payments", REFUSED)

        page.goto(f"{base}/namespaces/payments")
        expect(page.locator("#feedback li")).to_have_count(1)
        expect(page.locator("#templates tr", has_text="refused the connection").locator(".chip.mute")).to_be_visible()
        page.locator("#templates").get_by_role("button", name="refused the connection").click()
        opened = page.locator("#templates tr.opened")
        expect(opened.locator(".chip", has_text="muted until")).to_be_visible()
        opened.get_by_role("button", name="Unmute").click()
        expect(opened.get_by_role("button", name="Mute…")).to_be_visible()
        expect(page.locator("#feedback li.over")).to_contain_text("taken back")


def test_why_something_was_silenced_is_said_where_it_is_shown(page: Page, store: SqliteStore, now: int) -> None:
    anomalies, incident = payments_incident(now)
    word = expected(incident, "Kim", "the monthly import", now - DAY)
    store.say(word)
    quiet = replace(anomalies[0], id="quiet", window=now - 5 * MINUTE, incident=None, suppressed_by=word.id)
    store.commit(PassResult(now, anomalies=[quiet]))
    with serve(store) as base:
        page.goto(f"{base}/namespaces/payments")
        page.get_by_text("1 window kept quiet by feedback").click()
        page.locator("#incidents details li.over a").click()
        expect(page.locator("#verdict")).to_contain_text("This was kept quiet: payments: a new error in payment")
        expect(page.locator("#verdict")).to_contain_text("Expected by Kim")
        expect(page.locator("#verdict")).to_contain_text("the monthly import")


def test_a_whole_namespace_is_muted_for_a_day(page: Page, store: SqliteStore, now: int) -> None:
    with serve(store) as base:
        page.goto(f"{base}/namespaces/payments")
        page.get_by_role("button", name="Mute this namespace…").click()
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#feedback li")).to_contain_text("all lines of payments")
        expect(page.get_by_role("button", name="Mute this namespace…")).to_have_count(0)
        assert store.feedback()[0].until == now + DAY


def test_lists_show_what_was_said(page: Page, store: SqliteStore, now: int) -> None:
    _, incident = payments_incident(now)
    store.say(expected(incident, "Kim", "", now))
    store.say(mute("shop", "Kim", "", now, now + DAY))
    store.say(mute("media", "Kim", "", now, workload="transcoder"))
    with serve(store) as base:
        page.goto(base)
        expect(page.locator("#incidents li.over .chip")).to_have_text(["expected"])
        expect(page.locator(".lanes-names li", has=page.locator(".chip.muted"))).to_contain_text("shopmuted")
        page.goto(f"{base}/namespaces/payments")
        expect(page.locator("#incidents li.over .chip", has_text="expected")).to_be_visible()
        page.goto(f"{base}/namespaces/shop")
        expect(page.locator("h1 .chip")).to_have_text(["ready", "muted"])


def test_what_cant_be_said_is_said_in_the_dialogue(page: Page, store: SqliteStore, now: int, watch: Watch) -> None:
    _, incident = payments_incident(now)
    with serve(store) as base:
        page.goto(f"{base}/incidents/{incident.id}")
        page.get_by_role("button", name="Expected…").click()
        store.commit(PassResult(now, retracted=[incident.id]))
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("dialog")).to_contain_text("There is no incident")
        expect(page.get_by_role("button", name="Save")).to_be_enabled()
    watch.errors.clear()  # the browser's own line about the 404


def test_feedback_fits_a_telephone(page: Page, store: SqliteStore, now: int) -> None:
    _, incident = payments_incident(now)
    store.say(mute("payments", "Kim", "x" * 300, now, now + DAY, template=template_id("payments", REFUSED)))
    page.set_viewport_size({"width": 375, "height": 800})
    with serve(store) as base:
        for path, button in (
            ("/namespaces/payments", "Mute this namespace…"),
            (f"/incidents/{incident.id}", "Mute…"),
        ):
            page.goto(base + path)
            expect(page.get_by_role("button", name=button).first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 375
        page.get_by_role("button", name="Expected…").click()
        box = page.get_by_role("dialog").bounding_box()
        assert box
        assert box["width"] <= 375
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_what_would_bring_peace_is_suggested_and_done_at_a_click(page: Page, store: SqliteStore, now: int) -> None:
    # Two more incidents like the first, all of them marked expected.
    for earlier in (100, 200):
        anomalies, incident = payments_incident(now - earlier * MINUTE)
        store.commit(PassResult(now, anomalies=anomalies, incidents=[replace(incident, open=False)]))
        store.say(expected(incident, "Kim", "", now))
    with serve(store) as base:
        page.goto(f"{base}/namespaces/payments")
        suggested = page.locator("#feedback li", has_text="suggested")
        expect(suggested).to_contain_text("Booking UUID failed")
        expect(suggested).to_contain_text("2 incidents marked expected were told by it")
        expect(suggested).to_contain_text("alerts a day")
        suggested.get_by_role("button", name="Mute…").click()
        page.get_by_role("button", name="Save").click()
        expect(suggested).to_have_count(0)
        assert [one.template for one in store.feedback() if one.kind == "mute"] == [template_id("payments", REFUSED)]
