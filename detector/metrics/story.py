"""Steps that stand out told as one incident, and whose part it is where the logs tell of the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from detector.findings import Incident, Reason, ReasonKind, Source, finding_id
from detector.incidents import summarise
from detector.metrics.detector import Seen, Verdict

_REASONS = 10
_NAMED = 3


def grown(incident: Incident | None, namespace: str, begin: int, end: int, verdict: Verdict, window: int) -> Incident:
    """The incident with what stood out from `begin` to `end`, or a new one.

    All in microseconds UTC; `window` is the length of one, in which incidents of logs are counted.
    """
    if incident is None:
        name = finding_id("metrics", namespace, begin)
        incident = Incident(name, namespace, begin, end, 0.0, (), 1, True, "", source=Source.METRICS)
    score = max(incident.score, verdict.score)
    reasons = _merged(incident, [reason_of(seen) for seen in verdict.seen], verdict.score, score)
    return replace(
        incident,
        end=max(incident.end, end),
        score=score,
        reasons=reasons,
        anomalies=max(-(-(max(incident.end, end) - incident.start) // window), 1),
        open=True,
        summary=summary_of(namespace, incident.start, reasons),
    )


def summary_of(namespace: str, start: int, reasons: Sequence[Reason]) -> str:
    """One sentence; where each number by itself is as usual, that it is all of them together.

    `shop: an unusual combination of requests a minute and CPU (millicores), since 2026-11-21 14:02 UTC`.
    """
    if not reasons or any(_distance(one) > 0 for one in reasons):
        return summarise(namespace, start, reasons)
    *others, last = [one.template for one in reasons[:_NAMED]]
    named = f"{', '.join(others)} and {last}" if others else last
    since = datetime.fromtimestamp(start / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{namespace}: an unusual combination of {named}, since {since}"


def reason_of(seen: Seen) -> Reason:
    """A number that stands out, as a reason without a template: `latency (ms): 840, 120 to 210 expected`."""
    query, observed = seen.query, round(seen.observed)
    gone = observed == 0 and not seen.rising
    kind = ReasonKind.GONE if gone else ReasonKind.MORE if seen.rising else ReasonKind.FEWER
    text = f"{query.what} ({query.unit})" if query.unit else query.what
    return Reason("", text, "", "", kind, observed, seen.low, seen.high, 1, seen.share)


def whole(incident: Incident, others: Iterable[Incident], gap: int) -> Incident:
    """The incident as a part of the first of the logs' that it overlaps, or is within `gap` microseconds of, if any."""
    near = [one for one in others if one.start - gap <= incident.end and incident.start <= one.end + gap]
    return replace(incident, part_of=min(near, key=lambda one: (one.start, one.id)).id if near else "")


def _merged(incident: Incident, reasons: Sequence[Reason], weight: float, score: float) -> tuple[Reason, ...]:
    """One a number and direction: its greatest weight, and the value that was furthest out."""
    best: dict[tuple[str, bool], tuple[float, Reason]] = {}
    weighed = [(one.share * incident.score, one) for one in incident.reasons]
    for share, reason in [*weighed, *((one.share * weight, one) for one in reasons)]:
        key = (reason.template, reason.kind is ReasonKind.MORE)
        known, worst = best.get(key, (share, reason))
        best[key] = (max(share, known), max(worst, reason, key=_distance))
    ranked = sorted(best.values(), key=lambda pair: -pair[0])[:_REASONS]
    return tuple(replace(reason, share=share / (score or 1.0)) for share, reason in ranked)


def _distance(reason: Reason) -> float:
    """How far out of its range, in widths of that."""
    beyond = max(reason.observed - reason.expected_high, reason.expected_low - reason.observed)
    return beyond / max(reason.expected_high - reason.expected_low, 1.0)
