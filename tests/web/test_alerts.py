"""Alerts on the page: who was told of what, and how a reader has peace for a time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from detector.alert import Alert, AlertKind, Event, Silence, ToldTo
from detector.findings import Severity
from detector.store.port import ALERTS, PassResult
from detector.store.sqlite import SqliteStore
from tests.web.accessible import assert_accessible
from tests.web.serving import serve
from tests.web.story import HOSTILE_NAME, MARKUP, MINUTE, REFUSED, TURNED, payments_incident, template_id

HOUR = 60 * MINUTE


def one(now: int, name: str, *namespaces: str, score: float = 93.4, minutes: int = 30) -> Alert:
    """An alert that was opened so many minutes ago, goes on, and of which nobody was told."""
    opened = now - minutes * MINUTE
    return Alert(
        name, AlertKind.INCIDENT, namespaces, (), opened - MINUTE, now, score, f"{name} is amiss", opened, opened
    )


def told(channel: str, event: Event, at: int) -> ToldTo:
    return ToldTo(channel, event, Severity.CRITICAL, ("payments",), at)


@pytest.fixture
def alerts(store: SqliteStore, now: int) -> list[Alert]:
    """Open, silenced, of many namespaces, of drainwatch itself, of a hostile namespace, and one that is over."""
    _, incident = payments_incident(now)
    ledger = replace(
        one(now, "ledger", "payments"),
        incidents=(incident.id, "pruned"),
        summary=incident.summary,
        told=(told("mail", Event.OPENED, now - 29 * MINUTE), told("oncall", Event.WORSENED, now - 20 * MINUTE)),
    )
    every = [
        ledger,
        replace(one(now, "shop", "shop", score=55, minutes=20), quiet="silenced until 14:00 UTC by ana: migration"),
        replace(one(now, "node", *(f"team-{at}" for at in range(9)), minutes=10), quiet="no route fits"),
        replace(one(now, "silent", score=10, minutes=5), kind=AlertKind.NO_LINES, summary="No line for 10 minutes."),
        replace(one(now, "odd", HOSTILE_NAME, score=30), summary=f"{MARKUP} {TURNED}", quiet=MARKUP),
        replace(
            one(now, "gone", "media", minutes=300),
            end=now - 201 * MINUTE,
            resolved=now - 200 * MINUTE,
            told=(told("oncall", Event.RESOLVED, now - 200 * MINUTE),),
        ),
    ]
    apart = store.scope(ALERTS)
    apart.commit(PassResult(None, alerts=every))
    apart.close()
    return every


def test_open_alerts_come_first_and_say_who_was_told_or_why_nobody_was(
    page: Page, store: SqliteStore, alerts: list[Alert]
) -> None:
    with serve(store) as base:
        page.goto(base)
        page.get_by_role("link", name="Alerts").click()
        rows = page.locator("#alerts li")
        expect(rows).to_have_count(6)
        expect(page.locator("#alerts-note")).to_have_text("5 open, 1 over; open ones first")
        expect(rows.nth(1)).to_contain_text("mail opened")
        expect(rows.nth(1)).to_contain_text("oncall worsened")
        expect(rows.nth(0)).to_contain_text("and 3 more")
        expect(rows.nth(0).locator(".why")).to_have_text("no route fits")
        expect(rows.nth(2).locator(".why")).to_have_text("silenced until 14:00 UTC by ana: migration")
        expect(rows.nth(4)).to_contain_text("no lines come")
        expect(rows.nth(4).locator(".why")).to_have_text("nobody was told")
        expect(rows.nth(5)).to_contain_text("1 h 40 min")
        expect(rows.nth(5).locator(".chip")).to_have_text("over")
        expect(rows.nth(5)).to_contain_text("oncall over")
        expect(page).to_have_title("5 open · Alerts · drainwatch")


def test_an_alert_leads_to_its_incidents_and_back(page: Page, store: SqliteStore, alerts: list[Alert]) -> None:
    _, incident = payments_incident(alerts[0].end)
    with serve(store) as base:
        page.goto(f"{base}/alerts/ledger")
        expect(page.get_by_role("heading", level=1)).to_contain_text("a new error in payment")
        expect(page.locator("#story")).to_contain_text("Told:mail opened")
        expect(page.locator("#incidents")).to_contain_text("1 more was pruned")
        expect(page.locator("#incidents .brief").first).to_contain_text("payment, 37 seen, none expected")
        page.locator(f"#finding-{incident.id}").click()
        page.get_by_role("link", name="Who was told?").click()
        expect(page).to_have_url(f"{base}/alerts/ledger")
        expect(page.locator("#story")).to_contain_text("oncall worsened")


def test_a_namespace_is_silenced_from_its_alert_and_the_silence_ended(
    page: Page, store: SqliteStore, alerts: list[Alert]
) -> None:
    with serve(store) as base:
        page.goto(f"{base}/alerts/ledger")
        page.get_by_role("button", name="Silence…").click()
        dialog = page.get_by_role("dialog", name="Silence")
        dialog.get_by_label("4 hours").check()
        dialog.get_by_label("Note").fill(f"migration {MARKUP}")
        dialog.get_by_label("Your name").fill("Kim")
        dialog.get_by_role("button", name="Silence").click()
        expect(page.locator("#quiet")).to_contain_text("by Kim")
        expect(page.locator("#quiet")).to_contain_text(f"migration {MARKUP}")
        expect(page.locator("#quiet")).to_contain_text("4 h")
        (made,) = store.silences()
        assert (made.namespace, made.workload, made.template, made.author) == ("payments", "", "", "Kim")
        assert abs(made.until - time.time_ns() // 1000 - 4 * HOUR) < MINUTE

        page.goto(f"{base}/alerts")
        page.get_by_role("button", name="End now").click()
        expect(page.locator("#silences")).to_contain_text("Nothing is silenced.")
        page.get_by_text("1 silence that is over").click()
        expect(page.locator("#silences li.over")).to_contain_text("ended")
        assert store.silences()[0].withdrawn is not None


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ("only ledger in payments", ("payments", "ledger", "")),
        ("only “ERROR LedgerClient", ("payments", "", template_id("payments", REFUSED))),
        ("another namespace, or a pattern…", ("pay*", "", "")),
    ],
)
def test_a_workload_a_template_or_a_pattern_is_silenced(
    page: Page, store: SqliteStore, alerts: list[Alert], chosen: str, kept: tuple[str, str, str]
) -> None:
    with serve(store) as base:
        page.goto(f"{base}/alerts/ledger")
        page.get_by_role("button", name="Silence…").click()
        label = page.locator("#silence-what option", has_text=chosen).text_content()
        page.get_by_label("What").select_option(label=label)
        if not kept[1] and not kept[2]:
            page.get_by_label("Namespace or pattern").fill("pay*")
        page.get_by_role("dialog").get_by_role("button", name="Silence").click()
        expect(page.locator("#quiet li")).to_have_count(1)
        (made,) = store.silences()
        assert (made.namespace, made.workload, made.template) == kept


def test_all_namespaces_of_an_alert_are_silenced_at_once_until_the_morning(
    page: Page, store: SqliteStore, now: int
) -> None:
    apart = store.scope(ALERTS)
    apart.commit(PassResult(None, alerts=[one(now, "both", "payments", "shop")]))
    apart.close()
    with serve(store) as base:
        page.goto(f"{base}/alerts/both")
        page.get_by_role("button", name="Silence…").click()
        expect(page.get_by_label("What").locator("option").first).to_have_text("all 2 namespaces of it")
        page.get_by_label("08:00").check()
        page.get_by_role("dialog").get_by_role("button", name="Silence").click()
        expect(page.locator("#quiet li")).to_have_count(2)
        assert {made.namespace for made in store.silences()} == {"payments", "shop"}
        # 08:00 where the reader is: in Berlin, in winter or summer.
        assert {made.until // HOUR % 24 for made in store.silences()} <= {6, 7}
        assert all(2 * HOUR - MINUTE <= made.until - made.since <= 26 * HOUR for made in store.silences())


def test_a_silence_is_made_without_an_alert_until_a_time_of_ones_own(page: Page, store: SqliteStore) -> None:
    with serve(store) as base:
        page.goto(f"{base}/alerts")
        page.get_by_role("button", name="Silence…").click()
        page.get_by_label("Namespace or pattern").fill("*")
        page.get_by_label("until…").check()
        end = (datetime.now(UTC) + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)
        page.get_by_label("Until when").fill(end.strftime("%Y-%m-%dT%H:%M"))
        page.get_by_role("dialog").get_by_role("button", name="Silence").click()
        expect(page.locator("#silences li")).to_contain_text("all namespaces")
        (made,) = store.silences()
        local = end - timedelta(hours=(end.timestamp() * 1e6 - made.until) // HOUR)
        assert made.until == int(local.timestamp()) * 1_000_000
        assert made.until < end.timestamp() * 1e6, "as the clock of the reader says"


def test_what_cant_be_silenced_is_said_in_the_dialogue(page: Page, store: SqliteStore, watch: object) -> None:
    with serve(store) as base:
        page.goto(f"{base}/alerts")
        page.get_by_role("button", name="Silence…").click()
        page.get_by_label("Namespace or pattern").fill("paymets")
        page.get_by_role("dialog").get_by_role("button", name="Silence").click()
        expect(page.get_by_role("dialog")).to_contain_text("There is no namespace 'paymets'")
        assert store.silences() == []
    watch.errors.clear()  # type: ignore[attr-defined]  # the browser's own line about the 404


def test_text_of_strangers_stays_text(page: Page, store: SqliteStore, now: int, alerts: list[Alert]) -> None:
    store.say(Silence("s", HOSTILE_NAME, now, now + 24 * HOUR, author=MARKUP, note=TURNED, created=now))
    with serve(store) as base:
        for path in ("/alerts", "/alerts/odd"):
            page.goto(base + path)
            expect(page.get_by_text(MARKUP).first).to_be_visible()
            expect(page.locator(".odd").first).to_be_visible()
            assert page.evaluate("window.hacked") is None
        expect(page.locator("#quiet li")).to_have_count(1)


def test_what_is_not_there_says_so(page: Page, store: SqliteStore, watch: object) -> None:
    with serve(store) as base:
        page.goto(f"{base}/alerts")
        expect(page.locator("#alerts")).to_contain_text("drainwatch alert test")
        expect(page.locator("#silences")).to_contain_text("Nothing is silenced.")
        page.goto(f"{base}/alerts/nope")
        expect(page.get_by_role("heading", name="Not here")).to_be_visible()
    watch.errors.clear()  # type: ignore[attr-defined]


def test_alerts_fit_a_telephone(page: Page, store: SqliteStore, now: int, alerts: list[Alert]) -> None:
    store.say(Silence("s", "payments", now, now + 24 * HOUR, author="x" * 100, note="x" * 300, created=now))
    page.set_viewport_size({"width": 375, "height": 800})
    with serve(store) as base:
        for path in ("/alerts", "/alerts/ledger"):
            page.goto(base + path)
            expect(page.get_by_role("button", name="End now").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 375
            assert_accessible(page)
        page.get_by_role("button", name="Silence…").click()
        box = page.get_by_role("dialog").bounding_box()
        assert box
        assert box["width"] <= 375
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_namespace_is_silenced_from_its_own_page(page: Page, store: SqliteStore) -> None:
    with serve(store) as base:
        page.goto(f"{base}/namespaces/shop")
        page.get_by_role("button", name="Silence…").click()
        page.get_by_role("dialog").get_by_role("button", name="Silence").click()
        # The hint beside the buttons says “silenced” too: what was made stands in a list.
        expect(page.locator("#feedback .said-list li")).to_contain_text("silenced")
        assert [made.namespace for made in store.silences()] == ["shop"]
        page.get_by_role("button", name="End now").click()
        expect(page.locator("#feedback .saying")).to_have_count(0)


def test_long_names_stay_inside_a_narrow_page(page: Page, store: SqliteStore, now: int) -> None:
    apart = store.scope(ALERTS)
    apart.commit(PassResult(None, alerts=[one(now, "long", "payments", "x" * 253)]))
    apart.close()
    with serve(store) as base:
        page.set_viewport_size({"width": 400, "height": 800})
        for place in ("/alerts", "/alerts/long"):
            page.goto(base + place)
            expect(page.locator(".space")).to_have_count(2)
            assert page.evaluate("document.documentElement.scrollWidth") == 400
