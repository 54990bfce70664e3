"""The one shape in which every source hands over its records: columns, not lines.

A *line* is what the file or topic holds; a *record* is what an application logged with one call: a line, or several
joined (a partial CRI line, a stack trace). Batches hold records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.columns import TextColumn, concat, take


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

    def in_order(self) -> LogBatch:
        """The same records by time, partition name and position: one order, however they arrived."""
        rank = np.argsort(np.argsort(np.array(self.partitions))) if self.partitions else np.empty(0, np.intp)
        return self.take(np.lexsort((self.position, rank[self.partition], self.time)))

    @classmethod
    def concat(cls, batches: Sequence[LogBatch]) -> LogBatch:
        """One batch of all records, in the order of the batches; equal origins and partitions become one."""
        if len(batches) == 1:
            return batches[0]
        origins: dict[Origin, int] = {}
        partitions: dict[str, int] = {}
        origin, partition = [], []
        for batch in batches:
            origin_map = np.array([origins.setdefault(it, len(origins)) for it in batch.origins], np.int32)
            partition_map = np.array([partitions.setdefault(it, len(partitions)) for it in batch.partitions], np.int32)
            origin.append(origin_map[batch.origin] if len(batch) else batch.origin)
            partition.append(partition_map[batch.partition] if len(batch) else batch.partition)
        if not batches:
            return cls.empty()
        return cls(
            tuple(origins),
            tuple(partitions),
            np.concatenate([batch.time for batch in batches]),
            np.concatenate(origin),
            np.concatenate(partition),
            np.concatenate([batch.position for batch in batches]),
            concat([batch.stream for batch in batches]),
            concat([batch.level for batch in batches]),
            concat([batch.message for batch in batches]),
        )
