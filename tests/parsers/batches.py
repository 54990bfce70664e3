"""Batches from plain lines, for the tests of the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.batch import LogBatch, Origin


def batch_of(
    messages: Sequence[str],
    namespace: str = "shop",
    workload: str = "checkout",
    start: int = 1_795_244_400_000_000,
    levels: Sequence[str] = (),
) -> LogBatch:
    """One record a millisecond from `start` (microseconds UTC), of one workload."""
    count = len(messages)
    return LogBatch(
        origins=(Origin(namespace, workload),),
        partitions=("file",),
        time=start + 1_000 * np.arange(count, dtype=np.int64),
        origin=np.zeros(count, np.int32),
        partition=np.zeros(count, np.int32),
        position=np.arange(count, dtype=np.int64),
        stream=("stdout",) * count,
        level=tuple(levels) or ("",) * count,
        message=tuple(messages),
    )
