"""Anomalies and incidents as documents, and back; `documents` says how fields are named."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from detector.findings import Anomaly, Incident, Reason, ReasonKind, Severity, Source
from detector.incidents import summarise
from detector.moments import moment
from detector.samples import is_raw
from detector.store.codec import check_finite
from detector.store.elasticsearch.changes import ChangePart, change_of_part, change_part
from detector.store.elasticsearch.documents import Kubernetes, micros

FLOORS = {Severity.WARNING: 0, Severity.MINOR: 25, Severity.MAJOR: 50, Severity.CRITICAL: 75}
"""The lower end of each band."""


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
    raw: bool = False


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


class AnomalyPart(Struct, omit_defaults=True):
    """What ECS has no field for."""

    score: float
    severity: Severity
    scores: dict[str, float]
    span: int
    model: str
    reasons: list[ReasonPart]
    incident: str | None = None
    change: ChangePart | None = None
    suppressed_by: str | None = None
    raw: bool | None = None
    """Whether lines of it are as they were written; documents of earlier versions don't say."""


class AnomalyDocument(Struct):
    """A document of `<prefix>-anomalies-<day>`."""

    event: FindingEvent
    kubernetes: Kubernetes
    drainwatch: AnomalyPart
    message: str
    timestamp: datetime = field(name="@timestamp")


class IncidentPart(Struct, omit_defaults=True):
    """What ECS has no field for."""

    score: float
    severity: Severity
    open: bool
    anomalies: int
    reasons: list[ReasonPart]
    change: ChangePart | None = None
    source: Source = Source.LOGS
    part_of: str = ""
    reached: datetime | None = None
    """When it was first written as bad as it is: by this a watch sees what is new or worse, and tells it once."""
    raw: bool | None = None
    """As of `AnomalyPart`."""


class IncidentDocument(Struct):
    """A document of `<prefix>-incidents-<day>`."""

    event: FindingEvent
    kubernetes: Kubernetes
    drainwatch: IncidentPart
    message: str
    timestamp: datetime = field(name="@timestamp")


def anomaly_document(anomaly: Anomaly, created: int) -> AnomalyDocument:
    """The anomaly as a document that is written at `created`. Raises `ValueError` for numbers that JSON lacks."""
    check_finite(anomaly.score, *anomaly.scores.values())
    sentence = summarise(anomaly.namespace, anomaly.window, anomaly.reasons, anomaly.change)
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
            change=change_part(anomaly.change),
            suppressed_by=anomaly.suppressed_by,
            raw=is_raw(anomaly),
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
        change=change_of_part(document.kubernetes.namespace, own.change),
        suppressed_by=own.suppressed_by,
    )


def incident_document(incident: Incident, created: int, before: IncidentDocument | None = None) -> IncidentDocument:
    """The incident as a document that is written at `created`, in place of the one `before`, if there was any.

    Raises `ValueError` for numbers that JSON lacks.
    """
    known = before.drainwatch if before is not None else None
    as_bad = known is not None and FLOORS[known.severity] >= FLOORS[incident.severity]
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
            reached=known.reached if known is not None and as_bad else moment(created),
            reasons=[_reason_part(one) for one in incident.reasons],
            change=change_part(incident.change),
            source=incident.source,
            part_of=incident.part_of,
            raw=is_raw(incident),
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
        change=change_of_part(document.kubernetes.namespace, own.change),
        source=own.source,
        part_of=own.part_of,
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
        severity=FLOORS[finding.severity],
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
        raw=reason.raw,
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
        raw=part.raw,
    )
