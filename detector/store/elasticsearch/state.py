"""What a restart needs, as documents of `<prefix>-state`: plain JSON, never pickle, in a body that is not indexed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Struct, field

from detector.errors import StoreError
from detector.findings import Deployed, ModelCard, NamespaceStatus, finding_id
from detector.moments import moment
from detector.store.codec import storable
from detector.store.elasticsearch.documents import Kubernetes, encode
from detector.store.elasticsearch.names import state_id
from detector.store.elasticsearch.operations import Operation
from detector.store.port import Fitted, PassResult
from detector.store.refusals import stands_apart
from detector.store.tallies import stored_tally
from ingest.source import Checkpoint
from parsers.engine import EngineState

Body = TypeVar("Body")

STATUS, MODEL, CHECKPOINT, ENGINE, FACT = "status", "model", "checkpoint", "engine", "fact"
DEPLOYED, FITTED = "deployed", "fitted"
"""Kinds of documents; a fact is something that there is one of."""
CLOSED_UNTIL, TALLY, ENGINE_VERSION = "closed-until", "tally", "engine-version"
"""Ids of the facts."""
_LAST = 253_402_300_799_999_999
"""Microseconds UTC: the last moment that a `datetime` can be. What is closed may end later, by lines that say so."""


class StatePart(Struct, Generic[Body]):
    """What it is, its own id (to go through all of a kind in order), and what it holds."""

    kind: str
    key: str
    body: Body


class StateDocument(Struct, Generic[Body], omit_defaults=True):
    """A document of the state."""

    drainwatch: StatePart[Body]
    kubernetes: Kubernetes | None = None
    timestamp: datetime | None = field(name="@timestamp", default=None)
    """Of the fact up to when windows are closed, that time: a watch sees by it whether drainwatch goes on."""


class StoredCheckpoint(Struct):
    """The checkpoint of a partition."""

    partition: str
    resume_at: int
    read_to: int
    identity: str
    counted: tuple[tuple[int, int], ...] = ()


class StoredWorkload(Struct):
    """The engine's state of a workload."""

    workload: str
    state: bytes
    """Compressed by zlib."""


class StoredModel(Struct):
    """A model as it was made."""

    digest: str
    model: bytes
    """Compressed by zlib."""


class StoredFact(Struct):
    """A number that there is one of."""

    value: int


def fact_name(fact: str, scope: str) -> str:
    """The id of the document of a fact of this scope; the plain store is `""`.

    Of a scope that stands apart it begins otherwise than those that are added up.
    """
    return _apart(scope) + state_id(fact, scope) if scope else fact


def checkpoint_prefix(scope: str) -> str:
    """What the ids of the checkpoints of this scope begin with; the plain store is `""`."""
    return f"{_apart(scope)}{state_id(CHECKPOINT, scope)}-" if scope else f"{CHECKPOINT}-"


def _apart(scope: str) -> str:
    return "apart-" if stands_apart(scope) else ""


def state_operations(index: str, result: PassResult, scope: str = "") -> Iterator[Operation]:
    """The writes of a pass of this scope to the index of the state."""
    for status in result.statuses:
        yield _write(index, STATUS, state_id(STATUS, status.namespace), status, status.namespace)
    for card in result.models:
        yield _write(index, MODEL, state_id(MODEL, card.namespace, card.version), card, card.namespace)
    for deployed in result.deployed:
        yield _write(index, DEPLOYED, state_id(DEPLOYED, deployed.namespace), deployed, deployed.namespace)
    for partition, at in result.checkpoints.items():
        kept = StoredCheckpoint(partition, at.resume_at, at.read_to, at.identity, at.counted)
        yield _write(index, CHECKPOINT, checkpoint_prefix(scope) + finding_id(storable(partition)), kept)
    yield from _engine_operations(index, result.engine, scope)
    if result.closed_until is not None:
        yield _closed_until(index, scope, result.closed_until)
    if result.tally is not None:
        yield _write(index, FACT, fact_name(TALLY, scope), stored_tally(result.tally))


def _engine_operations(index: str, engine: EngineState | None, scope: str) -> Iterator[Operation]:
    """An engine that changes its version hands over the states of all workloads at once."""
    if engine is None or not engine.by_workload:
        return
    yield _write(index, FACT, fact_name(ENGINE_VERSION, scope), StoredFact(engine.version))
    for (namespace, workload), state in engine.by_workload.items():
        kept = StoredWorkload(workload, zlib.compress(state, 1))
        yield _write(index, ENGINE, state_id(ENGINE, namespace, workload), kept, namespace)


def _closed_until(index: str, scope: str, until: int) -> Operation:
    key = fact_name(CLOSED_UNTIL, scope)
    document = StateDocument(StatePart(FACT, key, StoredFact(until)), timestamp=moment(min(until, _LAST)))
    return Operation("index", index, key, encode(document))


def _write(index: str, kind: str, key: str, body: object, namespace: str | None = None) -> Operation:
    whose = None if namespace is None else Kubernetes(namespace)
    return Operation("index", index, key, encode(StateDocument(StatePart(kind, key, body), whose)))


def fitted_operation(index: str, fitted: Fitted) -> Operation:
    """Writes a model as it was made."""
    kept = StoredModel(fitted.digest, zlib.compress(fitted.model, 1))
    return _write(index, FITTED, state_id(FITTED, fitted.namespace), kept, fitted.namespace)


def fitted_of(namespace: str, document: StateDocument[StoredModel]) -> Fitted | None:
    """The model; None where it is damaged."""
    kept = document.drainwatch.body
    try:
        return Fitted(namespace, kept.digest, zlib.decompress(kept.model))
    except zlib.error:
        return None


def statuses_of(documents: Iterable[StateDocument[NamespaceStatus]]) -> list[NamespaceStatus]:
    """By namespace."""
    return sorted((one.drainwatch.body for one in documents), key=lambda status: status.namespace)


def models_of(documents: Iterable[StateDocument[ModelCard]]) -> list[ModelCard]:
    """By namespace, the newest first."""
    newest_first = sorted(
        (one.drainwatch.body for one in documents), key=lambda card: (card.trained_until, card.version), reverse=True
    )
    return sorted(newest_first, key=lambda card: card.namespace)


def deployed_of(documents: Iterable[StateDocument[Deployed]]) -> list[Deployed]:
    """By namespace."""
    return sorted((one.drainwatch.body for one in documents), key=lambda deployed: deployed.namespace)


def checkpoints_of(documents: Iterable[StateDocument[StoredCheckpoint]]) -> dict[str, Checkpoint]:
    """By partition."""
    bodies = sorted((one.drainwatch.body for one in documents), key=lambda body: body.partition)
    return {one.partition: Checkpoint(one.resume_at, one.read_to, one.identity, one.counted) for one in bodies}


def engine_of(version: int, documents: Iterable[StateDocument[StoredWorkload]]) -> EngineState:
    """The state of all workloads. Raises `StoreError` where one of them is damaged."""
    states = {}
    for one in documents:
        namespace, kept = (one.kubernetes.namespace if one.kubernetes else ""), one.drainwatch.body
        try:
            states[namespace, kept.workload] = zlib.decompress(kept.state)
        except zlib.error:
            raise StoreError(
                f"The templates of {namespace} / {kept.workload} can't be read: their state is damaged.",
                f"Delete the document {one.drainwatch.key} of the index of the state; its templates are learned anew.",
            ) from None
    return EngineState(version, dict(sorted(states.items())))
