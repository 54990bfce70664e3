"""The highest score of each quarter of an hour and namespace, kept beside the anomalies of the embedded store.

A week of two hundred namespaces is two million windows at worst, where `detection.keep_score` is nought; of their peaks
there are a fifteenth. Whoever calls this holds the transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from detector.sparse import MINUTE

QUARTER = 15 * MINUTE
"""Microseconds; quarters begin at multiples of it."""

Place = tuple[int, int]
"""Number of a namespace, and where a quarter begins."""


def place_of(namespace: int, window: int) -> Place:
    """The quarter in which a window begins."""
    return namespace, window // QUARTER * QUARTER


def places_of(connection: sqlite3.Connection, ids: Iterable[str]) -> set[Place]:
    """The quarters of the anomalies with these ids, as they are stored."""
    found = set()
    for name in ids:
        row = connection.execute("SELECT namespace, window FROM anomaly WHERE id = ?", (name,)).fetchone()
        if row is not None:
            found.add(place_of(*row))
    return found


def renew(connection: sqlite3.Connection, places: Iterable[Place]) -> None:
    """Have these quarters be what their anomalies are now."""
    wanted = sorted(places)
    connection.executemany("DELETE FROM peak WHERE namespace = ? AND quarter = ?", wanted)
    connection.executemany(
        "INSERT INTO peak SELECT ?1, ?2, max(score) FROM anomaly WHERE namespace = ?1 AND window >= ?2 AND window < ?3"
        " HAVING count(*) > 0",
        ((namespace, quarter, quarter + QUARTER) for namespace, quarter in wanted),
    )


def forget(connection: sqlite3.Connection, before: int) -> None:
    """Once anomalies before this time (microseconds UTC) are gone, let their peaks go."""
    cut = before // QUARTER * QUARTER
    # By namespace, because that is how the table lies.
    whose = "namespace IN (SELECT number FROM namespace)"
    connection.execute(f"DELETE FROM peak WHERE {whose} AND quarter < ?", (cut,))
    renew(connection, connection.execute(f"SELECT namespace, quarter FROM peak WHERE {whose} AND quarter = ?", (cut,)))
