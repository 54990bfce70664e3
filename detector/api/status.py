"""`/api/v1/status`, `/healthz`, `/readyz`: how the service itself is doing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request

from detector.access.principal import Principal, Right
from detector.api.auth.rights import needs
from detector.api.auth.who import asking
from detector.api.context import Context, InContext, of_application
from detector.api.forms import API
from detector.api.parameters import NoQuery
from detector.api.problems import AMISS, AWAY, LATER, NotReadyError
from detector.api.service_shapes import HealthOut, NotReadyOut, PartitionOut, ProgressOut, ReadyOut, StatusOut, TallyOut
from detector.api.shapes import State, state_of
from detector.api.sources import sources_of
from detector.api.status_shapes import ChannelOut, OutputOut, PartOut, SoftwareOut, SourceOut, StoreOut
from detector.api.times import rfc3339
from detector.errors import StoreError
from detector.findings import NamespaceStatus
from detector.store.facts import StoreFacts
from ingest.accounting import Tally

router = APIRouter(tags=["service"])


@router.get(f"{API}/status", summary="How the service is doing", dependencies=[needs(Right.READ)])
def status(context: InContext, query: Annotated[NoQuery, Query()]) -> StatusOut:
    """What it reads, how far it is, and what became of every line."""
    live, stored = context.live, _Stored()
    error, away = None if live is None else live.error, None
    try:
        stored = _stored(context)
    except StoreError as unreadable:
        if live is None:
            raise
        # A running service tells why it can't go on, and what it knows itself, also while its store is away.
        error, away = error or str(unreadable), unreadable
    told = StatusOut(
        version=context.version,
        phase="not running" if live is None else live.phase,
        engine=None if live is None else live.engine,
        started_at=None if live is None else rfc3339(live.started_at),
        last_pass_at=None if live is None or live.last_pass_at is None else rfc3339(live.last_pass_at),
        closed_until=None if stored.closed_until is None else rfc3339(stored.closed_until),
        lag_seconds=None if live is None else live.lag_seconds,
        error=error,
        notices=[] if live is None else list(live.notices()),
        parts=_parts(context, away),
        source=None if live is None or live.progress is None else ProgressOut.of(live.progress),
        partitions=[] if live is None else [PartitionOut.of(one) for one in live.partitions],
        tally=TallyOut.of(stored.tally if live is None or live.tally is None else live.tally),
        sources=[SourceOut.of(one) for one in sources_of(context.settings)] if context.settings else [],
        store=None if stored.facts is None else StoreOut.of(stored.facts),
        outputs=[] if live is None else [OutputOut.of(one) for one in live.outputs()],
        channels=[] if live is None else ChannelOut.all_of(live.channels()),
        versions=SoftwareOut.of(context.version, stored.facts),
        namespaces=stored.namespaces,
        templates=stored.templates,
        links={"self": f"{API}/status"},
    )
    return told if context.who.sees_all else _in_part(told)


def _in_part(told: StatusOut) -> StatusOut:
    """What it tells who doesn't see all namespaces: the rest is of all of them, or may name others."""
    empty: dict[str, object] = {
        name: [] for name in ("notices", "parts", "partitions", "sources", "outputs", "channels")
    }
    versions = told.versions.model_copy(update={"elasticsearch": None})
    hidden = {"error": told.error and AMISS, "source": None, "tally": None, "store": None, "versions": versions}
    return told.model_copy(update=empty | hidden)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What only the store knows: nothing, while it can't be read."""

    closed_until: int | None = None
    namespaces: dict[State, int] = field(default_factory=dict)
    templates: int = 0
    tally: Tally = field(default_factory=Tally)
    """As of the last pass."""
    facts: StoreFacts | None = None


def _stored(context: Context) -> _Stored:
    return context.remember("status", lambda: _looked_up(context))


def _looked_up(context: Context) -> _Stored:
    reader = context.reader
    statuses = reader.statuses()
    return _Stored(
        reader.closed_until(),
        context.states(statuses),
        sum(one.templates for one in statuses),
        reader.tally(),
        reader.facts(),
    )


@router.get("/healthz", summary="Whether the service answers", dependencies=[needs(None)])
async def healthz(query: Annotated[NoQuery, Query()]) -> HealthOut:
    """For a liveness probe: looks at nothing."""
    # On the event loop: while the store is away, all threads may be waiting for it.
    return HealthOut()


@router.get(
    "/readyz",
    summary="Whether a model is there, and which parts are well",
    responses={503: {"model": NotReadyOut, "description": "The store can't be read, or nothing is scored yet."}},
    dependencies=[needs(None)],
)
async def readyz(request: Request, query: Annotated[NoQuery, Query()]) -> ReadyOut:
    """For a readiness probe: 503 until at least one namespace is scored, and while the store can't be read.

    A part that is down without which scoring and answering go on, such as a channel of alerts, is told, and no 503.
    Whether it is ready is the same for all who ask; names and reasons are for who may see them.
    """
    # In threads of its own: those of all others may be waiting for the store.
    return await to_thread.run_sync(_ready, of_application(request), asking(request), limiter=_PROBING)


_PROBING = CapacityLimiter(2)
"""Threads for probes."""


def _ready(context: Context, who: Principal) -> ReadyOut:
    try:
        statuses = context.reader.statuses()
    except StoreError as unreadable:
        if not who.sees_all:
            raise NotReadyError(AWAY, LATER) from unreadable
        raise NotReadyError(unreadable.problem, unreadable.advice, _parts(context, unreadable)) from unreadable
    parts = _parts(context, None) if who.sees_all else []
    learning = [one for one in statuses if state_of(one) == "learning"]
    seen = [one for one in learning if who.sees(one.namespace)]
    if len(learning) == len(statuses):
        raise NotReadyError("No namespace is scored yet.", _still(seen, context, who), parts)
    return ReadyOut(
        ready=[one.namespace for one in statuses if one not in learning and who.sees(one.namespace)],
        learning={one.namespace: None if (t := one.learning_until) is None else rfc3339(t) for one in seen},
        parts=parts,
    )


def _parts(context: Context, unreadable: StoreError | None) -> list[PartOut]:
    """How each part of the service is doing; `unreadable` is what came of reading the store."""
    known = context.live is not None and context.live.board is not None
    return [PartOut.of(part, known=known) for part in context.parts(unreadable)]


def _still(learning: list[NamespaceStatus], context: Context, who: Principal) -> str:
    if not who.sees_all and not learning:
        return "Ask again later; who runs drainwatch sees what it waits for."
    error = context.live.error if context.live else None
    failed = "" if not error else f"The last pass failed: {error} " if who.sees_all else f"{AMISS} "
    if not learning:
        return failed.strip() or "No line was read yet: check that the source has some."
    told = [
        f"{one.namespace} until {rfc3339(one.learning_until)}" if one.learning_until is not None else one.namespace
        for one in learning
    ]
    more = f" and {len(told) - 10} more" if len(told) > 10 else ""
    return f"{failed}Still learning, in the time of the logs: {', '.join(told[:10])}{more}."
