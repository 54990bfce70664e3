"""Builds small batches, as a source would hand them over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.batch import LogBatch, Origin

SECOND = 1_000_000
MINUTE = 60 * SECOND
START = 1_767_225_600 * SECOND
"""2026-01-01T00:00:00Z."""


def batch(
    rows: Sequence[tuple[float, str]],
    *,
    namespace: str = "shop",
    workload: str = "cart",
    partition: str = "cart.log",
    first: int = 0,
    level: str = "",
) -> LogBatch:
    """Records of one workload: seconds after `START` and message; positions count up from `first`."""
    n = len(rows)
    return LogBatch(
        (Origin(namespace, workload),),
        (partition,),
        np.array([START + round(second * SECOND) for second, _ in rows], np.int64),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.arange(first, first + n, dtype=np.int64),
        ("stdout",) * n,
        (level,) * n,
        tuple(message for _, message in rows),
    )
