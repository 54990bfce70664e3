"""Findings as JSON for other programs; `anomalies-output.schema.json` beside this file says the same as a JSON Schema.

Each message is the whole of a finding as it is now. Names and numbers are those of the API: times are RFC 3339 in UTC,
lengths of time are seconds, scores run from 0 to 100.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from detector.findings import Anomaly, Change, ChangeKind, Incident, Reason, ReasonKind, Severity, Source
from detector.moments import moment
from detector.store.codec import encode
from detector.store.port import PassResult

VERSION: Literal[1] = 1
"""Of the schema: it changes where a consumer might have to; fields may be added without."""
LARGEST = 900_000
"""Bytes; brokers take a megabyte by default. What is longer goes without its samples."""


class ReasonMessage(Struct, frozen=True):
    """One template whose count stands out, or the whole of a workload or namespace (then without an id)."""

    template_id: str
    template: Annotated[str, Meta(description="Its text, or a phrase such as `all lines of checkout`.")]
    workload: str
    level: str
    kind: ReasonKind
    observed: int
    expected_low: Annotated[float, Meta(description="Lower end of what 99 % of windows of this load would show.")]
    expected_high: float
    windows: Annotated[int, Meta(description="How many windows the counts cover, the last one and those before it.")]
    share: Annotated[float, Meta(description="Its part of the score; those of a finding sum to 1.")]
    first_seen: datetime | None
    samples: Annotated[tuple[str, ...], Meta(description="Lines to look at, as parsing.samples allows.")]


class ChangeMessage(Struct, frozen=True):
    """What was changed in a workload shortly before, as its own lines show it."""

    id: str
    workload: str
    kind: ChangeKind
    time: datetime
    before: Annotated[str, Meta(description="Image, hash or number of pods; empty where there was nothing.")]
    after: str


class _Message(Struct, frozen=True, tag_field="kind"):
    version: Annotated[Literal[1], Meta(description="Of this schema.")]
    message_id: Annotated[
        str,
        Meta(
            description="Digest of this message. Another one with the same is a repeat, as after a crash, and can be "
            "dropped."
        ),
    ]
    revision: Annotated[
        int,
        Meta(
            description="Milliseconds since 1970 up to which logs, or metrics, were judged when this was told. Of "
            "several messages of a finding the one with the greatest holds, of those with the same one the last of the "
            "partition."
        ),
    ]
    id: Annotated[str, Meta(description="Of the finding: the same one in all messages about it, and in the API.")]
    namespace: Annotated[str, Meta(description="Also the key of the message; `<namespace>.<workload>` where split.")]


class AnomalyMessage(_Message, frozen=True, tag="anomaly"):
    """One window of one namespace that is scored high enough to be kept."""

    start: Annotated[datetime, Meta(description="Of the window.")]
    end: datetime
    score: float
    severity: Severity
    scores: Annotated[dict[str, float], Meta(description="By detector, on the same scale.")]
    reasons: tuple[ReasonMessage, ...]
    model: Annotated[str, Meta(description="Version of the model that scored it; empty where there was none yet.")]
    incident: Annotated[str | None, Meta(description="Id of the incident it belongs to; null below the threshold.")]
    suppressed_by: Annotated[str | None, Meta(description="Id of the feedback that keeps it quiet.")]
    change: ChangeMessage | None


class IncidentMessage(_Message, frozen=True, tag="incident"):
    """Adjoining anomalous windows of a namespace, told as one story: sent whenever it has grown, and when it ends."""

    source: Annotated[Source, Meta(description="What it was seen in: `logs`, or `metrics` of Prometheus.")]
    part_of: Annotated[
        str | None,
        Meta(description="Id of the incident in the logs that tells of the same time; null where it stands alone."),
    ]
    start: Annotated[datetime, Meta(description="Of the first anomalous window.")]
    end: Annotated[datetime, Meta(description="Of the last anomalous window so far.")]
    score: Annotated[float, Meta(description="The highest of its anomalies.")]
    severity: Severity
    open: Annotated[bool, Meta(description="Whether the next anomalous window would still belong to it.")]
    anomalies: Annotated[int, Meta(description="How many windows.")]
    summary: str
    reasons: tuple[ReasonMessage, ...]
    change: ChangeMessage | None


class RetractedMessage(_Message, frozen=True, tag="retracted"):
    """A finding that is none, now that late lines are known."""

    was: Literal["anomaly", "incident"]


Message: TypeAlias = AnomalyMessage | IncidentMessage | RetractedMessage


def messages_of(result: PassResult) -> Iterator[tuple[Message, bytes]]:
    """What a pass came to, each with its JSON; what is withdrawn comes first, for it may have been told anew."""
    revision = (result.closed_until or 0) // 1_000
    for withdrawn in result.withdrawn:
        yield _told(_retracted(withdrawn, revision))
    for anomaly in result.anomalies:
        yield _told(_anomaly(anomaly, revision))
    for incident in result.incidents:
        yield _told(_incident(incident, revision))


def schema() -> bytes:
    """The JSON Schema of all messages."""
    (top,), parts = msgspec.json.schema_components([Message], ref_template="#/$defs/{name}")
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Findings of drainwatch",
        "description": "Messages of the topic that kafka.anomalies_topic names, keyed by namespace.",
        **top,
        "$defs": dict(sorted(parts.items())),
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _told(message: Message) -> tuple[Message, bytes]:
    """With its id, which goes by all that is said."""
    body = encode(message)
    if len(body) > LARGEST and not isinstance(message, RetractedMessage):
        reasons = tuple(msgspec.structs.replace(reason, samples=()) for reason in message.reasons)
        message = msgspec.structs.replace(message, reasons=reasons)
    told = msgspec.structs.replace(message, message_id=hashlib.blake2b(encode(message), digest_size=16).hexdigest())
    return told, encode(told)


def _anomaly(anomaly: Anomaly, revision: int) -> AnomalyMessage:
    return AnomalyMessage(
        version=VERSION,
        message_id="",
        revision=revision,
        id=anomaly.id,
        namespace=anomaly.namespace,
        start=moment(anomaly.window),
        end=moment(anomaly.window + anomaly.span),
        score=round(anomaly.score, 2),
        severity=anomaly.severity,
        scores={name: round(score, 2) for name, score in sorted(anomaly.scores.items())},
        reasons=_reasons(anomaly.reasons),
        model=anomaly.model,
        incident=anomaly.incident,
        suppressed_by=anomaly.suppressed_by,
        change=_change(anomaly.change),
    )


def _incident(incident: Incident, revision: int) -> IncidentMessage:
    return IncidentMessage(
        version=VERSION,
        message_id="",
        revision=revision,
        id=incident.id,
        namespace=incident.namespace,
        source=incident.source,
        part_of=incident.part_of or None,
        start=moment(incident.start),
        end=moment(incident.end),
        score=round(incident.score, 2),
        severity=incident.severity,
        open=incident.open,
        anomalies=incident.anomalies,
        summary=incident.summary,
        reasons=_reasons(incident.reasons),
        change=_change(incident.change),
    )


def _retracted(finding: Anomaly | Incident, revision: int) -> RetractedMessage:
    was: Literal["anomaly", "incident"] = "anomaly" if isinstance(finding, Anomaly) else "incident"
    return RetractedMessage(VERSION, "", revision, finding.id, finding.namespace, was)


def _reasons(reasons: tuple[Reason, ...]) -> tuple[ReasonMessage, ...]:
    """Their shares are made to sum to 1: those of an incident come from several windows."""
    total = sum(reason.share for reason in reasons) or 1.0
    return tuple(
        ReasonMessage(
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
            first_seen=None if reason.first_seen is None else moment(reason.first_seen),
            samples=reason.samples,
        )
        for reason in reasons
    )


def _change(change: Change | None) -> ChangeMessage | None:
    if change is None:
        return None
    return ChangeMessage(change.id, change.workload, change.kind, moment(change.time), change.before, change.after)
