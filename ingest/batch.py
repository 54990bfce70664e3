"""The one shape in which every source hands over its records: columns, not lines.

A *line* is what the file or topic holds; a *record* is what an application logged with one call: a line, or several
joined (a partial CRI line, a stack trace). Batches hold records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.columns import TextColumn, concat, take

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote a record. Unknown parts are empty strings; the namespace and the workload are always set."""

    namespace: str
    workload: str
    """Deployment, stateful set, daemon set or job: the pod's name less its hashes where nothing better is known."""
    pod: str = ""
    container: str = ""
    node: str = ""
    image: str = ""
    revision: str = ""
    """The pod-template hash: it changes with every roll-out."""


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Records of any origins, one entry a record in every column.

    `partition` and `position` say where a record began (which file or topic partition, and the byte or offset in it):
    together they identify the record, and with its time they give all records one order that doesn't depend on how
    they arrived.
    """

    origins: tuple[Origin, ...]
    partitions: tuple[str, ...]
    time: NDArray[np.int64]
    """Microseconds since 1970, UTC."""
    origin: NDArray[np.int32]
    """Index into `origins`."""
    partition: NDArray[np.int32]
    """Index into `partitions`."""
    position: NDArray[np.int64]
    stream: TextColumn
    """`stdout`, `stderr`, or empty where the source doesn't say."""
    level: TextColumn
    """The level as the source gave it in a field of its own, else empty: the parsers find it in the message."""
    message: TextColumn
    """The text; lines of a joined record are separated by a newline."""

    def __len__(self) -> int:
        return len(self.message)

    @classmethod
    def empty(cls) -> LogBatch:
        """A batch without records."""
        none32, none64 = np.empty(0, np.int32), np.empty(0, np.int64)
        return cls((), (), none64, none32, none32, none64, (), (), ())

    def take(self, rows: NDArray[np.intp]) -> LogBatch:
        """The named rows, in the order in which they are named; origins and partitions stay as they are."""
        return LogBatch(
            self.origins,
            self.partitions,
            self.time[rows],
            self.origin[rows],
            self.partition[rows],
            self.position[rows],
            take(self.stream, rows),
            take(self.level, rows),
            take(self.message, rows),
        )

    def between(self, begin: int, end: int) -> LogBatch:
        """The rows `begin` up to but not with `end`; nothing is copied."""
        if begin <= 0 and end >= len(self):
            return self
        rows = slice(max(0, begin), max(0, end))
        return LogBatch(
            self.origins,
            self.partitions,
            self.time[rows],
            self.origin[rows],
            self.partition[rows],
            self.position[rows],
            self.stream[rows],
            self.level[rows],
            self.message[rows],
        )

    def in_order(self) -> LogBatch:
        """The same records by time, partition name and position: one order, however they arrived."""
        rows = self._order()
        return self if rows is None else self.take(rows)

    def _order(self) -> NDArray[np.intp] | None:
        """The rows in order; None where they stand in it. Few rows have the same time: only these are compared on."""
        if len(self) < 2 or bool((self.time[1:] > self.time[:-1]).all()):
            return None
        rows = np.argsort(self.time, kind="stable")
        time = self.time[rows]
        alike = np.flatnonzero(time[1:] == time[:-1])
        if len(alike):
            is_tied = np.zeros(len(rows), np.bool_)
            is_tied[alike] = is_tied[alike + 1] = True
            at = np.flatnonzero(is_tied)
            tied = rows[at]
            rank = np.argsort(np.argsort(np.array(self.partitions)))
            rows[at] = tied[np.lexsort((self.position[tied], rank[self.partition[tied]], time[at]))]
        return rows

    @classmethod
    def concat(cls, batches: Sequence[LogBatch]) -> LogBatch:
        """One batch of all records, in the order of the batches; equal origins and partitions become one."""
        if len(batches) == 1:
            return batches[0]
        if not batches:
            return cls.empty()
        origins, origin = _joined([(batch.origins, batch.origin) for batch in batches])
        partitions, partition = _joined([(batch.partitions, batch.partition) for batch in batches])
        return cls(
            origins,
            partitions,
            np.concatenate([batch.time for batch in batches]),
            origin,
            partition,
            np.concatenate([batch.position for batch in batches]),
            concat([batch.stream for batch in batches]),
            concat([batch.level for batch in batches]),
            concat([batch.message for batch in batches]),
        )


def _joined(parts: Sequence[tuple[tuple[T, ...], NDArray[np.int32]]]) -> tuple[tuple[T, ...], NDArray[np.int32]]:
    """All that the codes of some columns stand for, once each, and the codes in one column."""
    known: dict[T, int] = {}
    maps: dict[int, NDArray[np.int32] | None] = {}
    codes = []
    for values, column in parts:
        if id(values) not in maps:
            # Batches of a source mostly share one tuple, and hashing an origin has a price.
            places = np.array([known.setdefault(value, len(known)) for value in values], np.int32)
            maps[id(values)] = None if np.array_equal(places, np.arange(len(places))) else places
        places_or_same = maps[id(values)]
        codes.append(column if places_or_same is None or not len(column) else places_or_same[column])
    return tuple(known), np.concatenate(codes)
