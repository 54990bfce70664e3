"""What is written into a store, by passes and by people, and what can be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from detector.access.records import Act, Session, Token
from detector.alert import Alert, Silence
from detector.findings import (
    Anomaly,
    Change,
    Deployed,
    Feedback,
    Incident,
    ModelCard,
    ModelChoice,
    NamespaceStatus,
)
from detector.vectors import WindowCounts
from ingest.accounting import Tally
from ingest.source import Checkpoint
from parsers.engine import EngineState, Template


@dataclass(frozen=True, slots=True)
class Told:
    """A message that is to be sent once the pass that it is about is stored, exactly as it is here."""

    output: str
    """Name of the output that sends it (`detector.outputs.Output.name`)."""
    id: str
    """The same whenever this message is sent; no other one has it."""
    kind: str
    key: bytes
    """Messages of one key stay in order."""
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox."""

    place: str
    """By which it is removed (`Store.sent`)."""
    told: Told


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a writer is, by its own passes alone."""

    closed_until: int | None = None
    """Every window that starts before this is closed; None where it never wrote."""
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)
    """By partition."""
    tally: Tally = field(default_factory=Tally)
    """Of all its lines."""


@dataclass(frozen=True, slots=True)
class PassResult:
    """Everything that one pass found out, written in one transaction: all of it or nothing."""

    closed_until: int | None
    """Every window that starts before this is closed; None: what is stored stays."""
    counts: Sequence[WindowCounts] = ()
    """Replace what is stored for the same namespace and window."""
    additions: Sequence[WindowCounts] = ()
    """Counts of late lines: added to what is stored."""
    templates: Sequence[Template] = ()
    """Replace what is stored under the same id."""
    anomalies: Sequence[Anomaly] = ()
    """Replace what is stored under the same id; each has one reason or more."""
    incidents: Sequence[Incident] = ()
    """Likewise."""
    retracted: Sequence[str] = ()
    """Ids of anomalies and incidents that are none, now that late lines are known: removed, before those above are
    written."""
    withdrawn: Sequence[Anomaly | Incident] = ()
    """What those were, for outputs; a store goes by the ids."""
    models: Sequence[ModelCard] = ()
    changes: Sequence[Change] = ()
    """Replace what is stored under the same id."""
    deployed: Sequence[Deployed] = ()
    """Replace what is stored for the namespace."""
    statuses: Sequence[NamespaceStatus] = ()
    """Replace what is stored for the namespace."""
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)
    """By partition; those not named stay as they are."""
    engine: EngineState | None = None
    """State of the workloads that changed; those not named stay as they are."""
    tally: Tally | None = None
    """Of this writer since its first line."""
    told: Sequence[Told] = ()
    """Put to the end of the outbox."""
    alerts: Sequence[Alert] = ()
    """Replace what is stored under the same id."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model of a namespace as it was made, so that a restart needn't make it again. It can always be made again."""

    namespace: str
    digest: str
    """Of what it was made of (`detector.models.saved.digest_of`)."""
    model: bytes
    """As `detector.models.saved.dump` has it."""


Word: TypeAlias = Feedback | ModelChoice | Silence | Token | Session | Act
"""What a person says or does that is written at once, apart from passes."""


class Lost(Protocol):
    """Something that was refused for good, so that it is nowhere."""

    @property
    def index(self) -> str:
        """Where it should have gone."""

    @property
    def id(self) -> str:
        """Under which id."""

    @property
    def reason(self) -> str:
        """Why it was refused."""


class Notes(Protocol):
    """Takes down what people say, beside a service that writes (`wiring.open_notes`)."""

    def say(self, said: Word) -> None:
        """As `Store.say`."""

    def close(self) -> None:
        """Let go of files and connections."""


@dataclass(frozen=True, slots=True)
class Said:
    """All that people ever said, each in the order of `Reader.feedback` and `Reader.model_choices`."""

    feedback: Sequence[Feedback] = ()
    choices: Sequence[ModelChoice] = ()
