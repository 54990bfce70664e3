"""An incident in metrics, alone and as a part of one in the logs, as the page shows it."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Page, expect

from detector.findings import Incident, Reason, ReasonKind, Source
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.web.serving import serve
from tests.web.story import MINUTE, payments_incident


def in_metrics(now: int) -> Incident:
    reasons = (
        Reason("", "5xx responses a minute", "", "", ReasonKind.MORE, 148, 0.0, 3.0, 1, 0.7),
        Reason("", "latency, 95th percentile (ms)", "", "", ReasonKind.MORE, 2_140, 120.0, 210.0, 1, 0.3),
    )
    said = "payments: 5xx responses a minute: 148, 0 to 3 expected, since 2026-11-21 07:01 UTC"
    start = now - 8 * MINUTE
    return Incident("m1", "payments", start, now, 71.0, reasons, 8, True, said, source=Source.METRICS)


def test_metrics_of_the_same_time_are_shown_in_the_incident_of_the_logs(
    page: Page, store: SqliteStore, now: int
) -> None:
    _, incident = payments_incident(now)
    store.commit(PassResult(now, incidents=[replace(in_metrics(now), part_of=incident.id)]))
    with serve(store) as base:
        page.goto(base)
        expect(page.locator("#incidents li", has_text="payments")).to_have_count(1)
        page.goto(f"{base}/incidents/{incident.id}")
        rows = page.locator("#parts tbody tr")
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text("5xx responses a minute")
        expect(rows.first.locator(".versus .meta")).to_have_text("148, expected 0–3")
        page.locator("#parts a").click()
        page.get_by_role("link", name="part of an incident in the logs").click()
        expect(page).to_have_url(f"{base}/incidents/{incident.id}")


def test_alone_it_stands_in_the_list_and_shows_its_numbers(page: Page, store: SqliteStore, now: int) -> None:
    store.commit(PassResult(now, incidents=[in_metrics(now)]))
    with serve(store) as base:
        page.goto(base)
        page.get_by_role("link", name="5xx responses a minute: 148").click()
        expect(page.locator("#reasons tbody tr")).to_have_count(2)
        expect(page.locator("#reasons th").nth(1)).to_have_text("Metric")
        expect(page.get_by_role("button", name="Silence…")).to_be_visible()
        expect(page.get_by_role("button", name="Expected…")).to_have_count(0)
        expect(page.locator("#evidence")).to_have_count(0)
        expect(page.locator("#score-section")).to_be_hidden()


def test_of_a_namespace_that_logs_nothing_its_page_shows_what_its_metrics_told(
    page: Page, store: SqliteStore, now: int
) -> None:
    store.commit(PassResult(now, incidents=[replace(in_metrics(now), namespace="mesh")]))
    with serve(store) as base:
        page.goto(f"{base}/incidents/m1")
        page.get_by_role("link", name="mesh", exact=True).first.click()
        expect(page.locator("#story")).to_contain_text("No line of its logs was read.")
        expect(page.locator("#incidents li")).to_have_count(1)
        expect(page.locator("#volume")).to_be_hidden()
