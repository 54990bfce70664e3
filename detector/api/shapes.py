"""What the API answers with, and what `--output ndjson` prints: findings as JSON.

Times are RFC 3339 in UTC (`2026-11-21T07:00:00Z`), lengths of time are seconds, scores run from 0 to 100.
"""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from detector.api import examples
from detector.api.change_shapes import ChangeOut, changes_link
from detector.api.forms import SECOND, Links, Score, Time, example, path, shown_score
from detector.api.times import rfc3339
from detector.findings import Anomaly, Incident, ModelCard, NamespaceStatus, Reason, ReasonKind, Severity, Source

SILENT_AFTER = 600 * SECOND
"""A namespace without a line for this long is called silent: in the time of the logs, so that old ones read today
are not all silent."""

Item = TypeVar("Item")
State = Literal["learning", "ready", "silent"]


class ReasonOut(BaseModel):
    """One template whose count stands out, or the whole of a workload or namespace (then without an id)."""

    model_config = example(examples.REASON)

    template_id: str
    template: str = Field(description="The text of the template, or a phrase such as `all lines of checkout`.")
    workload: str
    level: str
    kind: ReasonKind = Field(
        description="`new`: never seen before; `back`: seen before, not expected any more; `gone`: none of some; "
        "`rule`: told whatever was expected."
    )
    observed: int
    expected_low: float = Field(description="Lower end of what 99 % of windows of this load would show.")
    expected_high: float
    windows: int = Field(description="How many windows the counts cover, this one and those before it.")
    share: float = Field(description="Its part of the score; those of a finding sum to 1.")
    first_seen: Time | None = None
    samples: tuple[str, ...] = ()

    @classmethod
    def of(cls, reason: Reason, total: float = 1.0) -> ReasonOut:
        """From the finding; the shares of all reasons shown with it come to `total`."""
        return cls(
            template_id=reason.template_id,
            template=reason.template,
            workload=reason.workload,
            level=reason.level,
            kind=reason.kind,
            observed=reason.observed,
            expected_low=round(reason.expected_low, 2),
            expected_high=round(reason.expected_high, 2),
            windows=reason.windows,
            share=round(reason.share / total, 4),
            first_seen=None if reason.first_seen is None else rfc3339(reason.first_seen),
            samples=reason.samples,
        )


class AnomalyOut(BaseModel):
    """One window of one namespace that is scored high enough to be kept."""

    model_config = example(examples.ANOMALY)

    id: str
    namespace: str
    start: Time = Field(description="Start of the window.")
    end: Time = Field(description="End of the window.")
    score: Score
    severity: Severity
    scores: dict[str, float] = Field(description="By detector, on the same scale.")
    reasons: tuple[ReasonOut, ...]
    model: str = Field(description="Version of the model that scored it.")
    incident: str | None = Field(description="The incident that it belongs to, where it crossed the alert threshold.")
    suppressed_by: str | None = Field(
        None, description="Id of the feedback that keeps it quiet: it crossed the threshold and makes no incident."
    )
    change: ChangeOut | None = Field(None, description="What was changed shortly before.")
    links: Links

    @classmethod
    def of(cls, anomaly: Anomaly) -> AnomalyOut:
        """From the finding."""
        links = {"self": path("anomalies", anomaly.id), "namespace": path("namespaces", anomaly.namespace)}
        if anomaly.incident is not None:
            links["incident"] = path("incidents", anomaly.incident)
        if anomaly.suppressed_by is not None:
            links["suppressed_by"] = path("feedback", anomaly.suppressed_by)
        return cls(
            id=anomaly.id,
            namespace=anomaly.namespace,
            start=rfc3339(anomaly.window),
            end=rfc3339(anomaly.window + anomaly.span),
            score=shown_score(anomaly.score),
            severity=anomaly.severity,
            scores={detector: shown_score(score) for detector, score in sorted(anomaly.scores.items())},
            reasons=tuple(map(ReasonOut.of, anomaly.reasons)),
            model=anomaly.model,
            incident=anomaly.incident,
            suppressed_by=anomaly.suppressed_by,
            change=None if anomaly.change is None else ChangeOut.of(anomaly.change),
            links=links,
        )


class IncidentOut(BaseModel):
    """Adjoining anomalous windows of a namespace, told as one story."""

    model_config = example(examples.INCIDENT)

    id: str
    namespace: str
    source: Source = Field(Source.LOGS, description="What it was seen in: `logs`, or `metrics` of Prometheus.")
    start: Time = Field(description="Start of the first anomalous window.")
    end: Time = Field(description="End of the last anomalous window so far.")
    score: Score = Field(description="The highest of its anomalies.")
    severity: Severity
    open: bool = Field(description="Whether the next anomalous window would still belong to it.")
    anomalies: int = Field(description="How many windows.")
    summary: str
    reasons: tuple[ReasonOut, ...]
    change: ChangeOut | None = Field(None, description="What was changed shortly before it began.")
    part_of: str | None = Field(None, description="Of one in metrics: the incident in the logs that it is a part of.")
    links: Links

    @classmethod
    def of(cls, incident: Incident) -> IncidentOut:
        """From the finding. Its reasons are of several windows; their shares are made to sum to 1."""
        total = sum(reason.share for reason in incident.reasons) or 1.0
        whole = {"whole": path("incidents", incident.part_of)} if incident.part_of else {}
        return cls(
            id=incident.id,
            namespace=incident.namespace,
            source=incident.source,
            start=rfc3339(incident.start),
            end=rfc3339(incident.end),
            score=shown_score(incident.score),
            severity=incident.severity,
            open=incident.open,
            anomalies=incident.anomalies,
            summary=incident.summary,
            reasons=tuple(ReasonOut.of(reason, total) for reason in incident.reasons),
            change=None if incident.change is None else ChangeOut.of(incident.change),
            part_of=incident.part_of or None,
            links={
                "self": path("incidents", incident.id),
                "namespace": path("namespaces", incident.namespace),
                "changes": changes_link(incident),
            }
            | whole,
        )


class IncidentDetailOut(IncidentOut):
    """An incident with the anomalies that it is made of, oldest first."""

    model_config = example(examples.INCIDENT_DETAIL)

    threshold: Score | None = Field(
        description="The score from which on a window makes an incident, by `detection.alert_budget` as it is now; "
        "null for one in metrics."
    )
    windows: tuple[AnomalyOut, ...] = Field(
        description="Its anomalies, oldest first; those already pruned are missing, and one in metrics has none."
    )
    parts: tuple[IncidentOut, ...] = Field((), description="What metrics showed at the same time, oldest first.")


class ModelOut(BaseModel):
    """What a namespace's model was made of."""

    version: str
    trained_from: Time
    trained_until: Time
    age_seconds: float = Field(description="Since the newest window that it learned from.")
    windows: int
    templates: int

    @classmethod
    def of(cls, card: ModelCard, now: int) -> ModelOut:
        """From the card; `now` in microseconds UTC."""
        return cls(
            version=card.version,
            trained_from=rfc3339(card.trained_from),
            trained_until=rfc3339(card.trained_until),
            age_seconds=max(now - card.trained_until, 0) / SECOND,
            windows=card.windows,
            templates=card.templates,
        )


class NamespaceOut(BaseModel):
    """How a namespace is doing, also while there is nothing to score yet."""

    model_config = example(examples.NAMESPACE)

    namespace: str
    state: State = Field(
        description="`learning` until there is a model, `silent` without a line for ten minutes of the logs' own time."
    )
    learning_until: Time | None = Field(description="While learning: the time from which it will be scored.")
    learning_windows: int | None = Field(
        description="While learning: how many windows that takes; `windows` are there."
    )
    first_window: Time
    last_window: Time
    last_line: Time | None = Field(description="Start of the newest window with a line.")
    windows: int
    lines: int
    templates: int
    last_score: Score
    severity: Severity = Field(description="The band of the last score.")
    model: ModelOut | None
    unwell: tuple[str, ...] = Field(description="Advice for workloads whose logs don't template well.")
    links: Links

    @classmethod
    def of(cls, status: NamespaceStatus, now: int, span: int, *, silent: bool = False) -> NamespaceOut:
        """From the status; `now` is the clock, microseconds UTC, `span` the length of a window in microseconds.

        `silent` is as `SILENT_AFTER` has it.
        """
        own, until = path("namespaces", status.namespace), status.learning_until
        return cls(
            namespace=status.namespace,
            state=state_of(status, silent=silent),
            learning_until=None if until is None else rfc3339(until),
            learning_windows=learning_windows(status, span),
            first_window=rfc3339(status.first_window),
            last_window=rfc3339(status.last_window),
            last_line=rfc3339(status.last_line) if status.last_line else None,
            windows=status.windows,
            lines=status.lines,
            templates=status.templates,
            last_score=shown_score(status.last_score),
            severity=Severity.of(status.last_score),
            model=None if status.model is None else ModelOut.of(status.model, now),
            unwell=status.unwell,
            links={"self": own} | {part: f"{own}/{part}" for part in ("anomalies", "incidents", "templates", "counts")},
        )


def learning_windows(status: NamespaceStatus, span: int) -> int | None:
    """How many windows of this length (microseconds) learning takes; None where there is a model."""
    until = status.learning_until
    return None if until is None else max(-(-(until - status.first_window) // span), 0)


def state_of(status: NamespaceStatus, *, silent: bool = False) -> State:
    """In one word: what is still learning says so first."""
    if status.model is None or status.learning_until is not None:
        return "learning"
    return "silent" if silent else "ready"


class PageOut(BaseModel, Generic[Item]):
    """Some of what was asked for, and where the rest begins."""

    items: list[Item]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
    links: Links = Field(description="`self`, and `next` unless this is the last page.")


class NamespacesOut(BaseModel):
    """All namespaces, by name."""

    items: list[NamespaceOut]
    closed_until: Time | None = Field(description="Every window that starts before this is closed.")
    links: Links
