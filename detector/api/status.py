"""`/api/v1/status`, `/healthz`, `/readyz`: how the service itself is doing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from detector.api.context import Context, InContext
from detector.api.parameters import NoQuery
from detector.api.problems import NotReadyError
from detector.api.service_shapes import HealthOut, ProgressOut, ReadyOut, StatusOut, TallyOut
from detector.api.shapes import API, state_of
from detector.api.times import rfc3339
from detector.findings import NamespaceStatus

router = APIRouter(tags=["service"])


@router.get(f"{API}/status", summary="How the service is doing")
def status(context: InContext, query: Annotated[NoQuery, Query()]) -> StatusOut:
    """What it reads, how far it is, and what became of every line."""
    live, closed = context.live, context.reader.closed_until()
    statuses = context.reader.statuses()
    return StatusOut(
        version=context.version,
        phase="not running" if live is None else live.phase,
        engine=None if live is None else live.engine,
        started_at=None if live is None else rfc3339(live.started_at),
        last_pass_at=None if live is None or live.last_pass_at is None else rfc3339(live.last_pass_at),
        closed_until=None if closed is None else rfc3339(closed),
        lag_seconds=None if live is None else live.lag_seconds,
        error=None if live is None else live.error,
        source=None if live is None or live.progress is None else ProgressOut.of(live.progress),
        tally=TallyOut.of(context.tally()),
        namespaces=context.states(statuses),
        templates=sum(one.templates for one in statuses),
        links={"self": f"{API}/status"},
    )


@router.get("/healthz", summary="Whether the service answers")
def healthz(query: Annotated[NoQuery, Query()]) -> HealthOut:
    """For a liveness probe: looks at nothing."""
    return HealthOut()


@router.get("/readyz", summary="Whether a model is there")
def readyz(context: InContext, query: Annotated[NoQuery, Query()]) -> ReadyOut:
    """For a readiness probe: 503 until at least one namespace is scored."""
    statuses = context.reader.statuses()
    learning = [one for one in statuses if state_of(one) == "learning"]
    if len(learning) == len(statuses):
        raise NotReadyError("No namespace is scored yet.", _still(learning, context))
    return ReadyOut(
        ready=[one.namespace for one in statuses if one not in learning],
        learning={one.namespace: None if (t := one.learning_until) is None else rfc3339(t) for one in learning},
    )


def _still(learning: list[NamespaceStatus], context: Context) -> str:
    failed = f"The last pass failed: {context.live.error} " if context.live and context.live.error else ""
    if not learning:
        return failed.strip() or "No line was read yet: check that the source has some."
    told = [
        f"{one.namespace} until {rfc3339(one.learning_until)}" if one.learning_until is not None else one.namespace
        for one in learning
    ]
    more = f" and {len(told) - 10} more" if len(told) > 10 else ""
    return f"{failed}Still learning, in the time of the logs: {', '.join(told[:10])}{more}."
