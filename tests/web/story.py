"""A store's contents for the page: two faults, a namespace that is learning, and one that logs hostile text."""

from __future__ import annotations

import numpy as np

from detector.findings import (
    Anomaly,
    Incident,
    ModelCard,
    NamespaceStatus,
    Reason,
    ReasonKind,
    finding_id,
)
from detector.store.port import PassResult, WindowCounts
from ingest.accounting import DropReason, Tally
from parsers.engine import Template

MINUTE = 60_000_000
HOURS = 6
REFUSED = "ERROR LedgerClient Booking <UUID> failed: ledger at <IP> refused the connection"
SAMPLE = "Booking 9f1c-22 failed: ledger at 10.96.1.184:9090 refused the connection\n\tat io.grpc.ClientCalls.call"
MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'
TURNED = "\u202egnp.exe\u202c \x1b[31mred\x1b[0m \x00\x07 <b>bold</b> {{7*7}} &lt;i&gt;"
HUGE = "A" * 1_000_000
HOSTILE_NAME = 'odd"<b>&name'

_TEXTS = {
    "payments": [
        ("payment", "info", "INFO PaymentController Payment <UUID> of <NUM> EUR received", 22),
        ("payment", "info", "INFO PaymentController Payment <UUID> settled in <DURATION>", 21),
        ("ledger", "info", "INFO ledger.book booked <UUID> for <NUM> EUR", 20),
        ("postgres", "info", "LOG checkpoint complete: wrote <NUM> buffers (<*>); write=<NUM> s", 1),
        ("payment", "warning", "WARN LedgerClient Ledger busy, attempt <NUM> for <UUID>", 1),
    ],
    "shop": [
        ("web", "info", "GET /product/<ID> 200", 60),
        ("checkout", "info", "INFO OrderService Placing <ID> for customer <ID>, <NUM> items", 9),
        ("cart", "info", "cart.go:112 item added customer=<ID> sku=<ID> items=<NUM>", 20),
    ],
    "media": [
        ("transcoder", "info", "transcoder job <ID> taken from queue after <DURATION>", 16),
        ("thumbnailer", "info", "thumbs/draw.go:61 drew <NUM> thumbnails of <ID> in <DURATION>", 15),
        ("queue", "info", "Background saving terminated with success", 1),
    ],
    "staging": [("web", "info", "GET /product/<ID> 200", 6)],
    HOSTILE_NAME: [("evil", "info", f"hello {MARKUP} <NUM>", 8), ("evil", "error", f"turned {TURNED}", 2)],
}


def template_id(namespace: str, text: str) -> str:
    return finding_id(namespace, text)


def _reason(
    namespace: str, workload: str, text: str, kind: ReasonKind, counts: tuple[int, float, float], **more: object
) -> Reason:
    observed, low, high = counts
    level = str(more.get("level", "info"))
    share, windows = float(str(more.get("share", 1.0))), int(str(more.get("windows", 1)))
    samples = more.get("samples", ())
    assert isinstance(samples, tuple)
    return Reason(
        template_id(namespace, text), text, workload, level, kind, observed, low, high, windows, share, None, samples
    )


def _finding(
    namespace: str, start: int, scores: list[float], reasons: tuple[Reason, ...], summary: str, ongoing: bool = False
) -> tuple[list[Anomaly], Incident]:
    number = finding_id(namespace, start, "incident")
    anomalies = [
        Anomaly(
            finding_id(namespace, start + place * MINUTE), namespace, start + place * MINUTE, MINUTE, score,
            {"surprise": score, "forest": score / 2}, reasons, "m1", number,
        )
        for place, score in enumerate(scores)
    ]  # fmt: skip
    end = start + len(scores) * MINUTE
    return anomalies, Incident(number, namespace, start, end, max(scores), reasons, len(scores), ongoing, summary)


def payments_incident(end: int) -> tuple[list[Anomaly], Incident]:
    reasons = (
        _reason(
            "payments",
            "payment",
            REFUSED,
            ReasonKind.NEW,
            (37, 0, 0),
            level="error",
            share=0.62,
            samples=(SAMPLE,),
        ),
        _reason(
            "payments", "ledger", _TEXTS["payments"][2][2], ReasonKind.FEWER, (3, 12.5, 31.2), share=0.26, windows=3
        ),
        _reason(
            "payments", "payment", _TEXTS["payments"][4][2], ReasonKind.MORE, (19, 0, 4), level="warning", share=0.12
        ),
    )
    summary = (
        "payments: a new error in payment, “Booking … failed: ledger at … refused the connection”, 37 times in a minute"
    )
    return _finding("payments", end - 40 * MINUTE, [81.2, 93.4, 92.0, 88.5, 78.1, 60.3], reasons, summary, ongoing=True)


def _media(end: int) -> tuple[list[Anomaly], Incident]:
    text = _TEXTS["media"][0][2]
    reasons = (
        _reason(
            "media",
            "transcoder",
            text,
            ReasonKind.GONE,
            (0, 9, 26),
            share=0.8,
            samples=("job 37f0 taken from queue",),
        ),
        Reason("", "all lines of thumbnailer", "thumbnailer", "", ReasonKind.FEWER, 6, 9.0, 24.5, 5, 0.2),
    )
    return _finding(
        "media", end - 120 * MINUTE, [31.0, 55.0, 58.2, 57.7, 61.9, 52.0], reasons, "media: transcoder went silent"
    )


def _hostile(end: int) -> tuple[list[Anomaly], Incident]:
    reasons = (
        _reason(
            HOSTILE_NAME,
            "evil",
            f"turned {TURNED}",
            ReasonKind.NEW,
            (4, 0, 0),
            level="error",
            share=0.9,
            samples=(MARKUP, TURNED, HUGE),
        ),
        _reason(
            HOSTILE_NAME, "evil", f"hello {MARKUP} <NUM>", ReasonKind.MORE, (90, 2, 14), share=0.1, samples=(MARKUP,)
        ),
    )
    return _finding(HOSTILE_NAME, end - 90 * MINUTE, [40.0], reasons, f"{HOSTILE_NAME}: {MARKUP} {TURNED}")


def _lesser(end: int) -> list[Anomaly]:
    rng = np.random.default_rng(4)
    found = []
    for namespace in ("shop", "payments", "media"):
        for minute in rng.choice(HOURS * 60 - 70, 9, replace=False):
            time = end - (int(minute) + 60) * MINUTE
            workload, _, text, usual = _TEXTS[namespace][0]
            reason = _reason(namespace, workload, text, ReasonKind.MORE, (usual * 2, usual * 0.6, usual * 1.7))
            score = float(rng.uniform(10, 34))
            found.append(Anomaly(finding_id(namespace, time), namespace, time, MINUTE, score, {}, (reason,), "m1"))
    return found


def _counts(end: int) -> tuple[list[WindowCounts], dict[str, int]]:
    rng = np.random.default_rng(2)
    counts, totals = [], dict[str, int]()
    for namespace, texts in _TEXTS.items():
        ids = [template_id(namespace, text) for _, _, text, _ in texts]
        extra = template_id(namespace, REFUSED)
        for minute in range(HOURS * 60 if namespace != "staging" else 25, 0, -1):
            load = 1 + 0.4 * np.sin(minute / 55) + rng.gamma(4, 0.06)
            drawn = [int(rng.poisson(usual * load)) for *_, usual in texts]
            if namespace == "media" and 114 <= minute <= 120:
                drawn[0] = 0
            fault = namespace == "payments" and 34 < minute <= 40
            named = [*zip(ids, drawn, strict=True), *([(extra, int(rng.poisson(34)))] if fault else [])]
            kept = [(name, count) for name, count in named if count]
            for name, count in kept:
                totals[name] = totals.get(name, 0) + count
            names = tuple(name for name, _ in kept)
            counts.append(
                WindowCounts(namespace, end - minute * MINUTE, names, np.array([count for _, count in kept], np.int64))
            )
    return counts, totals


def _templates(end: int, totals: dict[str, int]) -> list[Template]:
    texts = [(space, *entry[:3]) for space, entries in _TEXTS.items() for entry in entries]
    texts.append(("payments", "payment", "error", REFUSED))
    return [
        Template(
            number := template_id(namespace, text), namespace, workload, text, level,
            end - (40 * MINUTE if text == REFUSED else HOURS * 60 * MINUTE), end - MINUTE, totals.get(number, 0),
            SAMPLE * 9 if text == REFUSED else text.replace("<UUID>", "9f1c22").replace("<NUM>", "17"),
        )
        for namespace, workload, level, text in texts
    ]  # fmt: skip


def _status(namespace: str, end: int, templates: int) -> NamespaceStatus:
    first = end - (25 if namespace == "staging" else HOURS * 60) * MINUTE
    if namespace == "staging":
        return NamespaceStatus(namespace, first, end - MINUTE, 25, 300, 1, end + 35 * MINUTE)
    card = ModelCard("m1", namespace, first, first + 60 * MINUTE, 60, templates, 1)
    unwell = ("Workload evil: 1,000 templates, growing. Mask its ids, for example parsing.masks.ORDER.",)
    score = 12.0 if namespace == "payments" else 2.0
    return NamespaceStatus(
        namespace, first, end - MINUTE, 360, 41_234, templates, None, card, score, unwell if "odd" in namespace else ()
    )


def whole_story(end: int) -> PassResult:
    """Six hours that end at `end`, microseconds UTC, on a whole minute."""
    counts, totals = _counts(end)
    told = [payments_incident(end), _media(end), _hostile(end)]
    tally = Tally(read=181_204, records=179_900, joined=1_200)
    tally.dropped[DropReason.EMPTY] = 104
    return PassResult(
        closed_until=end,
        counts=counts,
        templates=_templates(end, totals),
        anomalies=[anomaly for anomalies, _ in told for anomaly in anomalies] + _lesser(end),
        incidents=[incident for _, incident in told],
        statuses=[_status(namespace, end, len(texts)) for namespace, texts in _TEXTS.items()],
        tally=tally,
    )
