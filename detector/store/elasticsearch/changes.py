"""Changes in workloads, and what people said, as documents and back; `documents` says how fields are named."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from detector.alert import Silence
from detector.findings import Change, ChangeKind, Feedback, ModelChoice
from detector.incidents import describe
from detector.moments import moment
from detector.store.codec import check_finite, choice_id
from detector.store.elasticsearch.documents import Kubernetes, micros

MODEL_CHOICE = "model"
"""Kind of the documents in which a model is chosen; the others have the kind of their feedback."""
SILENCE = "silence"
"""Kind of the documents by which people want to be left alone."""


class ChangePart(Struct):
    """A change: in a document of its own, and in the findings that came shortly after it."""

    id: str
    workload: str
    kind: ChangeKind
    time: datetime
    before: str
    after: str


class ChangeEvent(Struct):
    """As ECS has it (https://www.elastic.co/docs/reference/ecs/ecs-event)."""

    id: str
    kind: str = "event"
    category: tuple[str, ...] = ("configuration",)
    type: tuple[str, ...] = ("change",)
    dataset: str = "drainwatch.change"


class ChangeBody(Struct):
    """What ECS has no field for."""

    change: ChangePart


class ChangeDocument(Struct):
    """A document of `<prefix>-changes`."""

    event: ChangeEvent
    kubernetes: Kubernetes
    drainwatch: ChangeBody
    message: str
    timestamp: datetime = field(name="@timestamp")


class User(Struct):
    """As ECS has it."""

    name: str


class SaidEvent(Struct, omit_defaults=True):
    """From when until when it holds, and why."""

    id: str
    kind: str
    dataset: str
    created: datetime
    start: datetime
    end: datetime | None = None
    reason: str = ""


class SaidPart(Struct, omit_defaults=True):
    """What it is about; `feedback`, `choice` or `silence` is all of it, as it is read back."""

    kind: str
    incident: str = ""
    template: str = ""
    workload: str = ""
    model: str = ""
    withdrawn: datetime | None = None
    feedback: Feedback | None = None
    choice: ModelChoice | None = None
    silence: Silence | None = None


class SaidDocument(Struct):
    """A document of `<prefix>-feedback`."""

    event: SaidEvent
    kubernetes: Kubernetes
    user: User
    drainwatch: SaidPart
    timestamp: datetime = field(name="@timestamp")


def change_part(change: Change | None) -> ChangePart | None:
    """The change as findings have it."""
    if change is None:
        return None
    return ChangePart(change.id, change.workload, change.kind, moment(change.time), change.before, change.after)


def change_of_part(namespace: str, part: ChangePart | None) -> Change | None:
    """The change that `change_part` was made from, in a document of this namespace."""
    if part is None:
        return None
    return Change(part.id, namespace, part.workload, micros(part.time), part.kind, part.before, part.after)


def change_document(change: Change) -> ChangeDocument:
    """The change as a document."""
    part = ChangePart(change.id, change.workload, change.kind, moment(change.time), change.before, change.after)
    return ChangeDocument(
        timestamp=part.time,
        message=f"{change.namespace}: {describe(change)}",
        event=ChangeEvent(change.id),
        kubernetes=Kubernetes(change.namespace),
        drainwatch=ChangeBody(part),
    )


def change_of(document: ChangeDocument) -> Change:
    """The change that a document was made from."""
    part, namespace = document.drainwatch.change, document.kubernetes.namespace
    return Change(part.id, namespace, part.workload, micros(part.time), part.kind, part.before, part.after)


def said_document(said: Feedback | ModelChoice | Silence) -> SaidDocument:
    """What a person said as a document. Raises `ValueError` for numbers that JSON lacks."""
    if isinstance(said, Silence):
        time, since, end = (moment(at) for at in (said.created, said.since, said.until))
        event = SaidEvent(said.id, "event", "drainwatch.silence", time, since, end, said.note)
        withdrawn = None if said.withdrawn is None else moment(said.withdrawn)
        part = SaidPart(SILENCE, "", said.template, said.workload, withdrawn=withdrawn, silence=said)
    elif isinstance(said, ModelChoice):
        time = moment(said.time)
        event = SaidEvent(choice_id(said), "event", "drainwatch.model-choice", time, time, reason=said.note)
        part = SaidPart(MODEL_CHOICE, model=said.version, choice=said)
    else:
        for reason in said.like:
            check_finite(reason.expected_low, reason.expected_high, reason.share)
        time = moment(said.created)
        until = None if said.until is None else moment(said.until)
        event = SaidEvent(said.id, "event", "drainwatch.feedback", time, moment(said.since), until, said.note)
        withdrawn = None if said.withdrawn is None else moment(said.withdrawn)
        part = SaidPart(said.kind, said.incident, said.template, said.workload, withdrawn=withdrawn, feedback=said)
    return SaidDocument(
        timestamp=time,
        event=event,
        kubernetes=Kubernetes(said.namespace),
        user=User(said.author),
        drainwatch=part,
    )
