"""A store as a service leaves it: two namespaces, an incident in one, a hostile text in the other."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from detector.findings import Anomaly, Incident, ModelCard, NamespaceStatus, Reason, ReasonKind
from detector.store.port import PassResult
from detector.store.sqlite import open_store
from parsers.engine import Template

MINUTE = 60_000_000
SEVEN = 1_795_244_400_000_000
"""2026-11-21T07:00:00Z, microseconds UTC."""
HOSTILE = "=cmd()\x1b]0;owned\x07 [red]x[/red] \u202egnp\x9b2J\nnext"


def reason(template: str, kind: ReasonKind = ReasonKind.NEW, observed: int = 37) -> Reason:
    return Reason(
        "00112233aabbccdd", template, "payment", "error", kind, observed, 0.0, 2.5, 1, 1.0, SEVEN, (template,)
    )


def incident(number: int, namespace: str, score: float, text: str) -> Incident:
    start = SEVEN + number * 10 * MINUTE
    return Incident(
        f"{number:016x}",
        namespace,
        start,
        start + 6 * MINUTE,
        score,
        (reason(text),),
        6,
        False,
        f"{text}, {namespace}",
    )


def anomaly(number: int, namespace: str, score: float, text: str) -> Anomaly:
    window = SEVEN + number * 10 * MINUTE
    return Anomaly(
        f"{number:016x}", namespace, window, MINUTE, score, {"novelty": score}, (reason(text),), "1", f"{number:016x}"
    )


def template(identity: str, workload: str, text: str, count: int) -> Template:
    return Template(identity, "payments", workload, text, "error", SEVEN, SEVEN + 5 * MINUTE, count, text)


def status(namespace: str) -> NamespaceStatus:
    card = ModelCard("1", namespace, SEVEN - 600 * MINUTE, SEVEN, 600, 2, 1)
    return NamespaceStatus(
        namespace, SEVEN - 600 * MINUTE, SEVEN + 60 * MINUTE, 660, 9_000, 2, None, card, last_line=SEVEN + 60 * MINUTE
    )


def filled(path: Path) -> Path:
    """The path of a store with two incidents, their anomalies, two templates."""
    findings = [(1, "payments", 88.4, "Connection refused by <HOST>"), (2, "shop", 51.0, HOSTILE)]
    with closing(open_store(path)) as store:
        store.commit(
            PassResult(
                closed_until=SEVEN + 60 * MINUTE,
                templates=[
                    template("a" * 16, "ledger", "Posted entry <NUM>", 8_000),
                    template("b" * 16, "payment", "Connection refused by <HOST>", 37),
                ],
                anomalies=[anomaly(*finding) for finding in findings],
                incidents=[incident(*finding) for finding in findings],
                statuses=[status("payments"), status("shop")],
            )
        )
    return path
