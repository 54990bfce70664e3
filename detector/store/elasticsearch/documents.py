"""What stands in the indices, as typed documents: findings, counts and templates to documents and back.

Field names are those of ECS where it has one, `drainwatch.*` and `template.*` for the rest
(https://www.elastic.co/docs/reference/ecs/ecs-event). Times are RFC 3339 in UTC, to the microsecond.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from msgspec import Struct, field

from detector.findings import Anomaly, Incident, Reason, ReasonKind, Severity
from detector.incidents import summarise
from detector.store.codec import check_finite, storable, storable_all
from detector.vectors import WindowCounts
from parsers.engine import Template

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST = (1 << 63) - 1
_FLOORS = {Severity.WARNING: 0, Severity.MINOR: 25, Severity.MAJOR: 50, Severity.CRITICAL: 75}


class Kubernetes(Struct):
    """As Filebeat has it."""

    namespace: str


class TemplateName(Struct):
    """A template as a reason names it."""

    id: str
    text: str


class Expected(Struct):
    """The range that 99 % of windows of this load would show."""

    low: float
    high: float


class ReasonPart(Struct):
    """A reason inside an anomaly or incident."""

    template: TemplateName
    workload: str
    level: str
    kind: ReasonKind
    observed: int
    expected: Expected
    windows: int
    share: float
    first_seen: datetime | None = None
    samples: tuple[str, ...] = ()


class FindingEvent(Struct):
    """When, how bad and why."""

    id: str
    kind: str
    dataset: str
    start: datetime
    end: datetime
    duration: int
    """Nanoseconds, as ECS has it."""
    reason: str
    risk_score: float
    severity: int
    """The lower end of the band: 0, 25, 50 or 75."""
    created: datetime
    """When this was written; what alerts look for, because a finding may come long after its window."""


class AnomalyPart(Struct):
    """What ECS has no field for."""

    score: float
    severity: Severity
    scores: dict[str, float]
    span: int
    model: str
    reasons: list[ReasonPart]
    incident: str | None = None


class AnomalyDocument(Struct):
    """A document of `<prefix>-anomalies-<day>`."""

    event: FindingEvent
    kubernetes: Kubernetes
    drainwatch: AnomalyPart
    message: str
    timestamp: datetime = field(name="@timestamp")


class IncidentPart(Struct):
    """What ECS has no field for."""

    score: float
    severity: Severity
    open: bool
    anomalies: int
    reasons: list[ReasonPart]


class IncidentDocument(Struct):
    """A document of `<prefix>-incidents-<day>`."""

    event: FindingEvent
    kubernetes: Kubernetes
    drainwatch: IncidentPart
    message: str
    timestamp: datetime = field(name="@timestamp")


class Event(Struct):
    """What a document is."""

    kind: str
    dataset: str


class CountsPart(Struct, omit_defaults=True):
    """Totals that charts want. Levels and newcomers only where the level of every template was known."""

    lines: int
    templates: int
    errors: int | None = None
    warnings: int | None = None
    new: int | None = None
    """Templates that were never seen before this window."""


class Vector(Struct):
    """Ids in ascending order and, in the same order, how often each was counted."""

    id: list[str]
    count: list[int]


class CountsDocument(Struct):
    """A document of `<prefix>-counts-<day>`: one namespace in one window."""

    kubernetes: Kubernetes
    drainwatch: CountsPart
    template: Vector
    timestamp: datetime = field(name="@timestamp")
    event: Event = field(default_factory=lambda: Event("metric", "drainwatch.counts"))


class Log(Struct):
    """As ECS has it."""

    level: str


class TemplatePart(Struct):
    """A template."""

    id: str
    text: str
    count: int
    first_seen: datetime
    last_seen: datetime
    example: str


class TemplateOwner(Struct):
    """Whose template it is."""

    workload: str
    muted: bool
    """As it was when this was written: to be charted. The state knows what holds."""


class TemplateDocument(Struct):
    """A document of `<prefix>-templates`."""

    kubernetes: Kubernetes
    log: Log
    template: TemplatePart
    drainwatch: TemplateOwner
    timestamp: datetime = field(name="@timestamp")
    event: Event = field(default_factory=lambda: Event("state", "drainwatch.template"))


def moment(time: int) -> datetime:
    """Microseconds UTC as documents have them."""
    return _EPOCH + timedelta(microseconds=time)


def micros(time: datetime) -> int:
    """Microseconds UTC, exactly."""
    return (time - _EPOCH) // _MICROSECOND


def encode(document: Struct) -> bytes:
    """The document as JSON, without lone surrogates, which no UTF-8 can hold."""
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        return msgspec.json.encode(storable_all(msgspec.to_builtins(document)))


def anomaly_document(anomaly: Anomaly, created: int) -> AnomalyDocument:
    """The anomaly as a document that is written at `created`. Raises `ValueError` for numbers that JSON lacks."""
    check_finite(anomaly.score, *anomaly.scores.values())
    sentence = summarise(anomaly.namespace, anomaly.window, anomaly.reasons)
    end = anomaly.window + anomaly.span
    return AnomalyDocument(
        timestamp=moment(anomaly.window),
        message=sentence,
        event=_event(anomaly, "drainwatch.anomaly", anomaly.window, end, sentence, created),
        kubernetes=Kubernetes(anomaly.namespace),
        drainwatch=AnomalyPart(
            score=float(anomaly.score),
            severity=anomaly.severity,
            scores={name: float(score) for name, score in anomaly.scores.items()},
            span=anomaly.span,
            model=anomaly.model,
            reasons=[_reason_part(one) for one in anomaly.reasons],
            incident=anomaly.incident,
        ),
    )


def anomaly_of(document: AnomalyDocument) -> Anomaly:
    """The anomaly that a document was made from."""
    own = document.drainwatch
    return Anomaly(
        id=document.event.id,
        namespace=document.kubernetes.namespace,
        window=micros(document.timestamp),
        span=own.span,
        score=own.score,
        scores=own.scores,
        reasons=tuple(_reason_of(one) for one in own.reasons),
        model=own.model,
        incident=own.incident,
    )


def incident_document(incident: Incident, created: int) -> IncidentDocument:
    """The incident as a document that is written at `created`. Raises `ValueError` for numbers that JSON lacks."""
    check_finite(incident.score)
    return IncidentDocument(
        timestamp=moment(incident.start),
        message=incident.summary,
        event=_event(incident, "drainwatch.incident", incident.start, incident.end, incident.summary, created),
        kubernetes=Kubernetes(incident.namespace),
        drainwatch=IncidentPart(
            score=float(incident.score),
            severity=incident.severity,
            open=incident.open,
            anomalies=incident.anomalies,
            reasons=[_reason_part(one) for one in incident.reasons],
        ),
    )


def incident_of(document: IncidentDocument) -> Incident:
    """The incident that a document was made from."""
    own, event = document.drainwatch, document.event
    return Incident(
        id=event.id,
        namespace=document.kubernetes.namespace,
        start=micros(event.start),
        end=micros(event.end),
        score=own.score,
        reasons=tuple(_reason_of(one) for one in own.reasons),
        anomalies=own.anomalies,
        open=own.open,
        summary=document.message,
    )


def counts_document(window: WindowCounts, known: Mapping[str, Template]) -> CountsDocument:
    """The counts of a window as a document; `known` are templates by id.

    Raises `ValueError` for counts that are not one a template, each 1 or more.
    """
    counts = np.asarray(window.counts, np.int64)
    if len(counts) != len(window.templates) or counts.min(initial=1) < 1:
        raise ValueError(
            f"The counts of {window.namespace} in window {window.window} are not one a template, each 1 or more."
        )
    sums: dict[str, int] = {}
    for name, count in zip(window.templates, counts.tolist(), strict=True):
        sums[name] = sums.get(name, 0) + count
    ids = sorted(sums)
    return CountsDocument(
        timestamp=moment(window.window),
        kubernetes=Kubernetes(window.namespace),
        drainwatch=_totals(window.window, sums, known),
        template=Vector(ids, [sums[name] for name in ids]),
    )


def added(document: CountsDocument, late: CountsDocument) -> CountsDocument:
    """The counts of both, which are of the same window."""
    sums = dict(zip(document.template.id, document.template.count, strict=True))
    for name, count in zip(late.template.id, late.template.count, strict=True):
        sums[name] = sums.get(name, 0) + count
    ids, before, more = sorted(sums), document.drainwatch, late.drainwatch
    totals = CountsPart(
        lines=min(before.lines + more.lines, _MOST),
        templates=len(ids),
        errors=_sum(before.errors, more.errors),
        warnings=_sum(before.warnings, more.warnings),
        new=_sum(before.new, more.new),
    )
    return CountsDocument(
        timestamp=document.timestamp,
        kubernetes=document.kubernetes,
        drainwatch=totals,
        template=Vector(ids, [sums[name] for name in ids]),
    )


def counts_of(document: CountsDocument) -> WindowCounts:
    """The counts that a document was made from."""
    return WindowCounts(
        namespace=document.kubernetes.namespace,
        window=micros(document.timestamp),
        templates=tuple(document.template.id),
        counts=np.array(document.template.count, np.int64),
    )


def template_document(template: Template, muted: Container[str]) -> TemplateDocument:
    """The template as a document; `muted` are the ids of those that the reader has muted."""
    return TemplateDocument(
        timestamp=moment(template.last_seen),
        kubernetes=Kubernetes(template.namespace),
        log=Log(template.level),
        template=TemplatePart(
            id=template.id,
            text=template.text,
            count=template.count,
            first_seen=moment(template.first_seen),
            last_seen=moment(template.last_seen),
            example=template.example,
        ),
        drainwatch=TemplateOwner(template.workload, storable(template.id) in muted),
    )


def template_of(document: TemplateDocument, muted: Container[str]) -> Template:
    """The template that a document was made from; `muted` are the ids of those that the reader has muted."""
    own = document.template
    return Template(
        id=own.id,
        namespace=document.kubernetes.namespace,
        workload=document.drainwatch.workload,
        text=own.text,
        level=document.log.level,
        first_seen=micros(own.first_seen),
        last_seen=micros(own.last_seen),
        count=own.count,
        example=own.example,
        muted=own.id in muted,
    )


def _event(finding: Anomaly | Incident, dataset: str, start: int, end: int, reason: str, created: int) -> FindingEvent:
    return FindingEvent(
        id=finding.id,
        kind="alert",
        dataset=dataset,
        start=moment(start),
        end=moment(end),
        duration=(end - start) * 1_000,
        reason=reason,
        risk_score=float(finding.score),
        severity=_FLOORS[finding.severity],
        created=moment(created),
    )


def _reason_part(reason: Reason) -> ReasonPart:
    check_finite(reason.expected_low, reason.expected_high, reason.share)
    return ReasonPart(
        template=TemplateName(reason.template_id, reason.template),
        workload=reason.workload,
        level=reason.level,
        kind=reason.kind,
        observed=reason.observed,
        expected=Expected(float(reason.expected_low), float(reason.expected_high)),
        windows=reason.windows,
        share=float(reason.share),
        first_seen=None if reason.first_seen is None else moment(reason.first_seen),
        samples=reason.samples,
    )


def _reason_of(part: ReasonPart) -> Reason:
    return Reason(
        template_id=part.template.id,
        template=part.template.text,
        workload=part.workload,
        level=part.level,
        kind=part.kind,
        observed=part.observed,
        expected_low=part.expected.low,
        expected_high=part.expected.high,
        windows=part.windows,
        share=part.share,
        first_seen=None if part.first_seen is None else micros(part.first_seen),
        samples=part.samples,
    )


def _totals(window: int, sums: Mapping[str, int], known: Mapping[str, Template]) -> CountsPart:
    part = CountsPart(lines=min(sum(sums.values()), _MOST), templates=len(sums))
    if sums.keys() <= known.keys():
        part.errors = sum(count for name, count in sums.items() if known[name].level in ("error", "critical"))
        part.warnings = sum(count for name, count in sums.items() if known[name].level == "warning")
        # A template that is counted in this window was seen before it, or for the first time in it.
        part.new = sum(known[name].first_seen >= window for name in sums)
    return part


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
