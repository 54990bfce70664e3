"""Sample lines of a reason: the parts that vary are marked, and whatever a line holds does no harm."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Page, expect

from detector.findings import Anomaly, ReasonKind
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.web.outage import outage
from tests.web.serving import serve
from tests.web.story import HOSTILE_NAME, MARKUP, SAMPLE, whole_story

_LINES = {
    "Booking <UUID> failed: ledger at <IP> refused": (
        "ERROR Booking 9f1c-22 failed: ledger at 10.96.1.184:9090 refused",
        ["9f1c-22", "10.96.1.184:9090"],
    ),
    "c.s.OrderController Order <NUM> placed in <NUM> ms": (
        "2026-11-21 07:00:04.120  INFO 1 --- [exec-1] c.s.OrderController : Order 17 placed in 12 ms",
        ["17", "12"],
    ),
    "GET /api/v1/items/<ID> 502": (
        '10.42.0.1 - - [21/Nov/2026:07:00:04 +0000] "GET /api/v1/items/9f1c22 HTTP/1.1" 502 1234 "-"',
        ["9f1c22"],
    ),
    "Receiving block blk_<NUM> src: /<IP> dest: /<IP>": (
        "Receiving block blk_-160899 src: /10.250.19.102:54106 dest: /10.250.19.102:50010",
        ["-160899", "10.250.19.102:54106", "10.250.19.102:50010"],
    ),
    "Payment of <NUM> failed ⏎ gateway said <NUM> ⏎ Caused by: java.net.ConnectException": (
        "Payment of 88 failed\ngateway said 502\n\tat c.s.A.b(A.java:12)\nCaused by: java.net.ConnectException",
        ["88", "502"],
    ),
    "order placed amount=<NUM> order=<NUM>": (
        '{"level":"info","msg":"order placed","amount":12,"order":99}',
        ["12", "99"],
    ),
    "login of <EMAIL> with password=<SECRET>": (
        "login of <EMAIL> with password=<SECRET>",
        ["<EMAIL>", "<SECRET>"],
    ),
    "stations: […] took <DURATION> for <*>": (
        "stations: [a, b, c] took 5 ms for west, at last",
        ["a, b, c", "5 ms", "west"],
    ),
    "<*> of <NUM> is something else": ("nothing that the template knows", []),
    "no variable at all": ("no variable at all", []),
}


def test_the_parts_of_a_line_that_vary_are_marked(page: Page, store: SqliteStore, now: int) -> None:
    found = outage(store, now)
    reasons = tuple(
        replace(found.reasons[0], template_id=str(at), template=template, samples=(line,))
        for at, (template, (line, _)) in enumerate(_LINES.items())
    )
    store.commit(PassResult(now, incidents=[replace(found, reasons=reasons)]))
    with serve(store) as base:
        page.goto(f"{base}/incidents/{found.id}")
        for at, (template, (line, values)) in enumerate(_LINES.items()):
            page.locator(f"#reason-{at}").click()
            shown = page.locator("#samples pre")
            expect(shown, template).to_have_text(line)
            expect(shown.locator("mark"), template).to_have_text(values)


def test_megabytes_of_lines_are_chosen_at_once(page: Page, store: SqliteStore, now: int) -> None:
    found = outage(store, now)
    template = "word <NUM> " * 200
    lines = ("word 1 " * 150_000, "A" * 1_000_000, f"{MARKUP} <" * 30_000)
    huge = replace(found.reasons[0], template_id="huge", template=template, samples=lines, kind=ReasonKind.MORE)
    store.commit(PassResult(now, incidents=[replace(found, reasons=(found.reasons[0], huge))]))
    with serve(store) as base:
        page.goto(f"{base}/incidents/{found.id}")
        expect(page.locator("#samples pre")).to_have_text(SAMPLE)
        took = page.evaluate(
            "() => { const start = performance.now(); document.getElementById('reason-1').click();"
            " return performance.now() - start; }"
        )
        expect(page.locator("#samples pre")).to_have_count(3)
        expect(page.locator("#samples .cut").first).to_contain_text("more characters")
        assert took < 1_500  # milliseconds; all of it would take minutes


def test_hostile_windows_are_harmless(page: Page, base: str, now: int) -> None:
    window: Anomaly | None = next(
        (one for one in whole_story(now).anomalies if one.namespace == HOSTILE_NAME and one.incident), None
    )
    assert window
    page.goto(f"{base}/anomalies/{window.id}")
    expect(page.locator("#samples pre").first).to_have_text(MARKUP)
    expect(page.get_by_role("link", name=HOSTILE_NAME).first).to_be_visible()
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
