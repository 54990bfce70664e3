"""Reading documents back in tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from ingest.accounting import Tally
from ingest.batch import LogBatch, Origin
from ingest.elasticsearch.settings import Connection, FieldNames, SearchSettings
from ingest.elasticsearch.source import ElasticsearchSource
from ingest.settings import SECOND, ReadSettings
from ingest.source import Checkpoint
from tests.ingest.logs import NOON

MINUTE = 60 * SECOND


class Row(NamedTuple):
    """A record, whole."""

    time: int
    partition: str
    position: int
    origin: Origin
    stream: str
    level: str
    message: str


def rows(batch: LogBatch) -> list[Row]:
    """The records of a batch."""
    return [
        Row(time, batch.partitions[partition], position, batch.origins[origin], stream, level, message)
        for time, partition, position, origin, stream, level, message in zip(
            batch.time.tolist(),
            batch.partition.tolist(),
            batch.position.tolist(),
            batch.origin.tolist(),
            batch.stream,
            batch.level,
            batch.message,
            strict=True,
        )
    ]


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def now() -> int:
    """The time by this machine, microseconds UTC."""
    return time.time_ns() // 1_000


@contextmanager
def opened(
    connection: Connection,
    *indices: str,
    since: int | None = NOON,
    until: int | None = NOON + 60 * MINUTE,
    follow: bool = False,
    clock: Callable[[], int] = now,
    closed_until: int | None = None,
    checkpoints: Mapping[str, Checkpoint] | None = None,
    read: ReadSettings | None = None,
    compare_clocks: bool = False,
    **settings: Any,
) -> Iterator[ElasticsearchSource]:
    """A source over some indices: of the hour after noon, where nothing else is said."""
    if "fields" in settings:
        settings["fields"] = FieldNames(**settings["fields"])
    source = ElasticsearchSource(
        connection,
        SearchSettings(indices=indices, **settings),
        read or ReadSettings(),
        clock=clock,
        follow=follow,
        since=since,
        until=until,
        closed_until=closed_until,
        checkpoints=checkpoints,
        compare_clocks=compare_clocks,
    )
    try:
        yield source
    finally:
        source.close()


def drain(source: ElasticsearchSource) -> list[Row]:
    """All records of a source that doesn't follow, in their order, every document of them accounted for."""
    batches = []
    while not source.exhausted:
        batches.append(source.poll())
        assert source.tally.balanced
    assert source.at_end
    assert source.tally.pending == 0
    return rows(LogBatch.concat(batches).in_order())


def read(connection: Connection, *indices: str, **options: Any) -> tuple[list[Row], Tally]:
    """All records of some indices, and what became of the documents."""
    with opened(connection, *indices, **options) as source:
        return drain(source), source.tally


def catch_up(source: ElasticsearchSource) -> list[Row]:
    """What a followed source has just now."""
    batches = [source.poll()]
    while not source.at_end:
        batches.append(source.poll())
        assert source.tally.balanced
    return rows(LogBatch.concat(batches).in_order())


def messages(found: list[Row]) -> list[str]:
    """The messages only."""
    return [row.message for row in found]
