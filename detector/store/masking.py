"""Lines in the embedded store that were kept as they were written, masked: some findings at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

from detector.findings import Anomaly, Incident
from detector.samples import Redact, masked
from detector.store import codec
from detector.store.writing import Numbers

Transaction = Callable[[], AbstractContextManager[tuple[sqlite3.Connection, Numbers]]]

_AT_ONCE = 500
"""Findings a transaction: others needn't wait for longer than a pass would let them."""


def mask_samples(transaction: Transaction, before: int, redact: Redact) -> int:
    """Mask those of findings that start before this (microseconds UTC); returned is of how many."""
    return _mask(transaction, "anomaly", "window", Anomaly, before, redact) + _mask(
        transaction, "incident", "start", Incident, before, redact
    )


def _mask(
    transaction: Transaction,
    table: str,
    start: str,
    kind: type[Anomaly] | type[Incident],
    before: int,
    redact: Redact,
) -> int:
    changed = 0
    while True:
        with transaction() as (connection, _):
            rows = connection.execute(
                f"SELECT id, body FROM {table} WHERE raw AND {start} < ? LIMIT {_AT_ONCE}", (before,)
            ).fetchall()
            if not rows:
                return changed
            for name, body in rows:
                finding: Anomaly | Incident = codec.decode(body, kind)
                after = masked(finding, redact)
                changed += after != finding
                connection.execute(f"UPDATE {table} SET body = ?, raw = 0 WHERE id = ?", (codec.encode(after), name))
