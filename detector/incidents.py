"""Incidents: adjoining anomalous windows told as one story, and the sentence that tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from detector.findings import Anomaly, Incident, Reason, ReasonKind, finding_id

_REASONS = 10
_QUOTE = 100
"""Characters of a template that are quoted in a sentence."""


def extend(incident: Incident | None, anomaly: Anomaly, gap: int) -> Incident:
    """The incident with one more anomalous window, or a new one where there is none or it ended.

    `gap` is the length of time without an anomalous window, in microseconds, that ends an incident.
    """
    end = anomaly.window + anomaly.span
    if incident is None or anomaly.window - incident.end > gap:
        name = finding_id("incident", anomaly.namespace, anomaly.window)
        incident = Incident(name, anomaly.namespace, anomaly.window, end, 0.0, (), 0, True, "")
    reasons = _merge(incident, anomaly)
    return replace(
        incident,
        end=max(incident.end, end),
        score=max(incident.score, anomaly.score),
        reasons=reasons,
        anomalies=incident.anomalies + 1,
        summary=summarise(anomaly.namespace, incident.start, reasons),
    )


def settle(incident: Incident, closed_until: int, gap: int) -> Incident:
    """The incident, ended if no window that is still to come can belong to it."""
    return replace(incident, open=closed_until - incident.end <= gap)


def summarise(namespace: str, start: int, reasons: Iterable[Reason]) -> str:
    """One sentence to be read out.

    `payments: 41 × "connection refused to <IP>" in ledger, never seen before, since 14:02 UTC`.
    """
    told = list(reasons)
    since = datetime.fromtimestamp(start / 1e6, UTC).strftime("%H:%M UTC")
    if not told:
        return f"{namespace}: an unusual mixture of lines, since {since}"
    others = len({reason.workload for reason in told[1:]} - {told[0].workload})
    beside = f"; {others} other workload{'s' if others > 1 else ''} as well" if others else ""
    return f"{namespace}: {_phrase(told[0])}, since {since}{beside}"


def _phrase(reason: Reason) -> str:
    text = reason.template if len(reason.template) <= _QUOTE else reason.template[: _QUOTE - 1] + "…"
    what = f"“{text}” in {reason.workload}" if reason.template_id else text
    minutes = f" in {reason.windows} windows" if reason.windows > 1 else ""
    expected = f"{_number(reason.expected_low)} to {_number(reason.expected_high)} expected"
    match reason.kind:
        case ReasonKind.NEW:
            return f"{reason.observed} × {what}, never seen before"
        case ReasonKind.GONE:
            return f"{what}: none{minutes}, {expected}"
        case _:
            return f"{what}: {reason.observed}{minutes}, {expected}"


def _number(value: float) -> str:
    return f"{value:.0f}"


def _merge(incident: Incident, anomaly: Anomaly) -> tuple[Reason, ...]:
    """Reasons of all windows, one a template and kind of change, each as it was where it weighed most."""
    best: dict[tuple[str, str, bool], tuple[float, Reason]] = {}
    weighed = [
        *((reason.share * incident.score, reason) for reason in incident.reasons),
        *((reason.share * anomaly.score, reason) for reason in anomaly.reasons),
    ]
    for weight, reason in weighed:
        key = (reason.workload, reason.template_id, reason.kind in (ReasonKind.FEWER, ReasonKind.GONE))
        if key not in best or weight > best[key][0]:
            best[key] = (weight, reason)
    ranked = sorted(best.values(), key=lambda pair: -pair[0])[:_REASONS]
    total = sum(weight for weight, _ in ranked) or 1.0
    return tuple(replace(reason, share=weight / total) for weight, reason in ranked)
