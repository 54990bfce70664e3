"""Reading counts and scores of the embedded store, and the connections that all reading goes through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from detector.sparse import HOUR, Vectors
from detector.store import codec
from detector.store.connection import ReadPool, closed, told_plainly
from detector.store.overview import named
from detector.store.port import ScoreSeries, WindowCounts, WindowScores
from detector.store.rollup import hourly, hours

MOST = (1 << 63) - 1
"""The greatest integer in the file."""


class SqliteCounts:
    """Counts by window, as columns, by the hour, and scores; of the whole store, or of the scope of this number."""

    def __init__(self, pool: ReadPool, scope: int | None = None) -> None:
        self._pool, self._scope = pool, scope
        self._own = "" if scope is None else f" AND namespace.scope = {scope:d}"
        self._closed = False
        self._vocabularies: dict[str, tuple[str, ...]] = {}
        with told_plainly(pool.path, "read"), pool.connection():
            pass

    @property
    def path(self) -> Path:
        """The file."""
        return self._pool.path

    def counts(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """By window, oldest first."""
        return self.vectors(namespace, since, until).windows()

    def vectors(self, namespace: str, since: int | None = None, until: int | None = None) -> Vectors:
        """The same as columns."""
        rows = self._rows(
            "SELECT window, vector FROM counts WHERE namespace = (SELECT number FROM namespace WHERE name = ?)"
            " AND window >= ? AND window < ? ORDER BY window",
            (codec.storable(namespace), *bounds(since, until)),
        )
        windows = np.fromiter((window for window, _ in rows), np.int64, len(rows))
        unpacked = codec.unpack_all([vector for _, vector in rows])
        return Vectors(namespace, windows, *unpacked, self._vocabulary(namespace) if rows else ())

    def hours(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """By hour, oldest first: from windows where they are still there."""
        rolled, there = self._hours(namespace, since, until)
        return hours(namespace, rolled, there, self._vocabulary(namespace) if rolled or there else ())

    def hourly(self, namespace: str, since: int | None = None, until: int | None = None) -> Vectors:
        """The same as columns."""
        rolled, there = self._hours(namespace, since, until)
        return hourly(namespace, rolled, there, self._vocabulary(namespace) if rolled or there else ())

    def _hours(
        self, namespace: str, since: int | None, until: int | None
    ) -> tuple[list[tuple[int, int, bytes]], list[tuple[int, bytes]]]:
        """What was rolled up, as hour, minutes and vector; and windows, with theirs."""
        low, high = bounds(since, until)
        inside = (codec.storable(namespace), low, high)
        whose = "namespace = (SELECT number FROM namespace WHERE name = ?)"
        rolled = self._rows(
            f"SELECT hour, minutes, vector FROM hours WHERE {whose} AND hour >= ? AND hour < ? ORDER BY hour", inside
        )
        # Hours that begin in the range have windows from the first such hour to the end of the last.
        there = self._rows(
            f"SELECT window, vector FROM counts WHERE {whose} AND window / {HOUR} * {HOUR} >= ?"
            f" AND window / {HOUR} * {HOUR} < ? AND window >= ? AND window < ? ORDER BY window",
            (*inside, low, min(high, MOST - HOUR) + HOUR),
        )
        return rolled, there

    def rolled_until(self, namespace: str) -> int | None:
        """Where the newest hour ends that windows were rolled up to; None where nothing was."""
        rows = self._rows(
            "SELECT max(hour) FROM hours WHERE namespace = (SELECT number FROM namespace WHERE name = ?)",
            (codec.storable(namespace),),
        )
        newest: int | None = rows[0][0]
        return None if newest is None else newest + HOUR

    def _vocabulary(self, namespace: str) -> tuple[str, ...]:
        """Template ids by number; read after the counts, so that none of their numbers is missing."""
        known = self._vocabularies.get(namespace, ())
        rows = self._rows(
            "SELECT template FROM vocabulary WHERE namespace = (SELECT number FROM namespace WHERE name = ?)"
            " AND number >= ? ORDER BY number",
            (codec.storable(namespace), len(known)),
        )
        if rows:
            known = self._vocabularies[namespace] = known + tuple(template for (template,) in rows)
        return known

    def namespaces(self) -> list[str]:
        """Names of all namespaces; alerts know theirs by name."""
        rows = self._rows("SELECT name FROM namespace UNION SELECT namespace FROM alert_namespace ORDER BY 1")
        return [name for (name,) in rows if name]

    def scores(
        self, since: int, until: int, namespace: str | None = None, namespaces: Sequence[str] | None = None
    ) -> list[ScoreSeries]:
        """By namespace name; only those that have a score in the range."""
        which, names = among("name", named(namespace, namespaces))
        rows = self._rows(
            "SELECT name, window, score FROM anomaly JOIN namespace ON number = namespace"
            f" WHERE window >= ? AND window < ? AND score > 0{which} ORDER BY name, window",
            (*bounds(since, until), *names),
        )
        series: dict[str, list[tuple[int, float]]] = {}
        for name, window, score in rows:
            series.setdefault(name, []).append((window, score))
        return [
            ScoreSeries(name, np.array([w for w, _ in points], np.int64), np.array([s for _, s in points], np.float64))
            for name, points in series.items()
        ]

    def detector_scores(self, namespace: str, since: int | None = None, until: int | None = None) -> list[WindowScores]:
        """Of the namespace's anomalies whose window starts in the range, oldest first."""
        rows = self._rows(
            "SELECT window, score, body FROM anomaly WHERE namespace = (SELECT number FROM namespace WHERE name = ?)"
            " AND window >= ? AND window < ? ORDER BY window, id",
            (codec.storable(namespace), *bounds(since, until)),
        )
        return [WindowScores(window, score, codec.decode_scores(body)) for window, score, body in rows]

    def _mine(self, namespace: str | None) -> str:
        """The clause for the namespaces of the scope, where none is named."""
        return self._own if namespace is None else ""

    def _facts(self, name: str, scope: int | None) -> list[str]:
        """What stands under this name, of the scope with this number or of all of them."""
        rows = self._rows(f"SELECT value FROM fact WHERE name = ? AND {of_scope(scope)}", (name,))
        return [value for (value,) in rows]

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        if self._closed:
            raise closed(self.path)
        with told_plainly(self.path, "read"), self._pool.connection() as connection:
            return connection.execute(statement, values).fetchall()


def of_scope(scope: int | None) -> str:
    """The clause for rows of the scope with this number, or of all that don't stand apart."""
    return "scope NOT IN (SELECT number FROM scope WHERE name GLOB '~*')" if scope is None else f"scope = {scope:d}"


def stored_name(namespace: str | None) -> str | None:
    """As it stands in the file; None for all."""
    return None if namespace is None else codec.storable(namespace)


def among(column: str, namespaces: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    """The clause for rows that have one of these names in a column, with its values; none for all."""
    if namespaces is None:
        return "", ()
    names = [codec.storable(name) for name in namespaces]
    if len(names) == 1:
        return f" AND {column} = ?", (names[0],)
    # Thousands of names are one value, which JSON holds; but for SQLite a text in JSON ends where it has a NUL.
    odd = [name for name in names if "\0" in name]
    others = msgspec.json.encode([name for name in names if "\0" not in name]).decode()
    return f" AND {column} IN (SELECT value FROM json_each(?){' UNION ALL SELECT ?' * len(odd)})", (others, *odd)


def numbered(namespaces: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    """Likewise for rows that know their namespace by number."""
    inside, names = among("name", namespaces)
    return (f" AND namespace IN (SELECT number FROM namespace WHERE true{inside})" if inside else ""), names


def bounds(since: int | None, until: int | None) -> tuple[int, int]:
    """Bounds that SQLite's 64 bits hold."""
    low, high = (-MOST if since is None else since), (MOST if until is None else until)
    return max(min(low, MOST), -MOST), max(min(high, MOST), -MOST)
