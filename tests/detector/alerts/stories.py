"""Incidents as tests of alerts need them; times are minutes after a Saturday's noon, UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from detector.findings import Incident, Reason, ReasonKind, Source, finding_id

MINUTE = 60_000_000
HOUR = 60 * MINUTE
NOON = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()) * 1_000_000


def at(minutes: float) -> int:
    """Microseconds UTC."""
    return NOON + round(minutes * MINUTE)


def reason(
    workload: str = "ledger", template: str = "t1", share: float = 1.0, text: str = "no route to <IP>"
) -> Reason:
    return Reason(
        template, text, workload, "error", ReasonKind.NEW, 41, 0.0, 0.0, 1, share, None, ("no route to 10.0.0.1",)
    )


def incident(
    namespace: str = "payments",
    start: float = 0,
    end: float | None = None,
    *,
    score: float = 80.0,
    over: bool = False,
    reasons: tuple[Reason, ...] = (reason(),),
    source: Source = Source.LOGS,
    part_of: str = "",
) -> Incident:
    """One that began so many minutes after noon, and whose last anomalous window ended a minute later, or at `end`."""
    last = start + 1 if end is None else end
    return Incident(
        finding_id("incident", source, namespace, at(start)),
        namespace,
        at(start),
        at(last),
        score,
        reasons,
        1,
        not over,
        f"{namespace}: 41 × “no route to <IP>” in ledger, never seen before, since then",
        source=source,
        part_of=part_of,
    )
