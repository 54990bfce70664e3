"""Which log lines belong together: by the trace id that they carry, else by pod and time."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ingest.batch import LogBatch

Ints = NDArray[np.int64]

_TRACE_ID = re.compile(
    r"""(?ix)
    (?: \btrace[_.-]?id \b ["']? \s* [:=] \s* ["']? ([0-9a-f-]{8,64})   # TraceID: …, trace_id=…, "traceId":"…"
      | \btraceparent   \b ["']? \s* [:=] \s* ["']? [0-9a-f]{2}-([0-9a-f]{32})-   # W3C Trace Context
      | \bx-request-id  \b ["']? \s* [:=] \s* ["']? ([0-9a-z-]{8,64})
    )"""
)
_PAUSE = 60_000_000
"""Microseconds after which the same id is taken for another trace."""
_TOGETHER = 2_000_000
"""Lines of a pod without an id belong together when they are not further apart; and for no longer than this at once."""


def trace_id(message: str) -> str:
    """The trace that a line says it belongs to; empty where it says nothing."""
    found = _TRACE_ID.search(message)
    return (found[1] or found[2] or found[3]) if found else ""


def group(batch: LogBatch) -> Ints:
    """The number of the trace of each record, in the order of their beginnings; the records are in order of time."""
    keys: dict[tuple[str, int], int] = {}
    last: dict[str, tuple[int, int]] = {}
    """By key: when its newest record was, and its first one."""
    numbers = np.empty(len(batch), np.int64)
    for row, (message, time, origin) in enumerate(
        zip(batch.message, batch.time.tolist(), batch.origin.tolist(), strict=True)
    ):
        said = trace_id(message)
        key = said or f"pod {origin}"
        newest, first = last.get(key, (time, time))
        apart = time - newest > _PAUSE if said else time - first > _TOGETHER
        first = time if apart else first
        last[key] = (time, first)
        numbers[row] = keys.setdefault((key, first), len(keys))
    return numbers
