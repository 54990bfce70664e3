"""What a worker holds of each of its partitions, and what it tells of them on the status page and in the log."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import structlog

from detector.api.live import LiveStatus, PartitionStatus
from detector.worker.lane import Lane, Parts
from ingest.kafka.plainly import explain
from ingest.source import Progress

log = structlog.get_logger("drainwatch.worker")


@dataclass
class Held:
    """A lane, and what is being done with it."""

    lane: Lane
    doing: Future[None] | None = None
    opening: bool = False
    """Whether it is just being opened."""
    reading: bool = False
    paused: bool = False
    """Whether no more is fetched, as much waits."""
    fetched: int | None = None
    """The offset after the last message that was fetched, or after what was asked for."""
    jumped_at: float = 0.0
    """By the monotonic clock: when it was last asked why offsets are left out."""
    failures: int = 0
    again_at: float = 0.0
    """By the monotonic clock: not before it is tried again."""
    turned_at: float = 0.0
    error: str | None = None
    told: int = 0
    """Problems that were logged."""


def tell(live: LiveStatus, parts: Parts, lanes: Sequence[Held], *, joined: bool) -> None:
    """Put on the status page what is read, and log what is not as it should be; `joined`: whether we know our share."""
    statuses = []
    for held in lanes:
        source, pipeline = held.lane.source, held.lane.pipeline
        problems = source.problems if source is not None else []
        progress = None if source is None else source.progress()
        statuses.append(
            PartitionStatus(
                partition=held.lane.name,
                position=None if progress is None else progress.done,
                end=None if progress is None else progress.total,
                closed_until=None if pipeline is None else pipeline.closed_until,
                error=held.error,
                problem=problems[-1].message if problems else None,
            )
        )
        for problem in problems[held.told :]:
            log.warning("not as it should be", partition=problem.path, problem=problem.message)
            held.told += 1
    live.partitions = tuple(statuses)
    ends = [one.end for one in statuses if one.end is not None]
    done = sum(one.position or 0 for one in statuses if one.end is not None)
    live.progress = Progress(done, sum(ends) if len(ends) == len(statuses) else None, "messages")
    errors = [f"{one.partition}: {one.error}" for one in statuses if one.error]
    if parts.topic.trouble is not None:
        trouble = explain(parts.topic.trouble, f"The topic {parts.topic.name} can't be read")
        errors.insert(0, str(trouble))
        if live.error != errors[0]:
            log.error("failed", problem=trouble.problem, advice=trouble.advice)
    live.error = errors[0] if errors else None
    behind = any(one.end is None or one.end > (one.position or 0) for one in statuses)
    if live.phase == "catching up" and joined and not behind:
        live.phase = "live"
        log.info("caught up", partitions=len(statuses), messages=done)
    closed = [one.closed_until for one in statuses if one.closed_until is not None]
    if closed:
        live.lag_seconds = max(0, parts.clock() - min(closed)) / 1e6
