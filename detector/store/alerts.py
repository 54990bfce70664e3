"""Alerts and silences in the embedded store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from detector.alert import Alert, Silence
from detector.store import codec
from detector.store.lanes import SqliteLanes
from detector.store.overview import named
from detector.store.paging import page, position
from detector.store.port import Page
from detector.store.series import among, bounds


class SqliteAlerts(SqliteLanes):
    """Reads them; a scope sees those of the whole store."""

    def alert(self, alert_id: str) -> Alert | None:
        """One alert by its id."""
        rows = self._rows("SELECT body FROM alert WHERE id = ?", (codec.storable(alert_id),))
        return _decode(rows[0][0]) if rows else None

    def alerts(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = 100,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Alert]:
        """Those that were opened in that time, the newest first."""
        inside, names = among("namespace", named(namespace, namespaces))
        which = f" AND id IN (SELECT alert FROM alert_namespace WHERE true{inside})" if inside else ""
        rows = self._rows(
            f"SELECT opened, id, body FROM alert WHERE opened >= ? AND opened < ? AND (opened, id) < (?, ?){which}"
            " ORDER BY opened DESC, id DESC LIMIT ?",
            (*bounds(since, until), *position("alerts", cursor), *names, limit + 1),
        )
        return page("alerts", rows, limit, _decode)

    def open_alerts(self) -> list[Alert]:
        """Those that go on, oldest first."""
        return [
            _decode(body) for (body,) in self._rows("SELECT body FROM alert WHERE resolved IS NULL ORDER BY opened, id")
        ]

    def silences(self) -> list[Silence]:
        """All that were ever made; by creation, oldest first."""
        return [codec.decode(body, Silence) for (body,) in self._rows("SELECT body FROM silence ORDER BY created, id")]


def write_alerts(connection: sqlite3.Connection, alerts: Iterable[Alert]) -> None:
    """Replace what is stored under the same ids."""
    for one in alerts:
        name = codec.storable(one.id)
        connection.execute(
            "INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?, ?)",
            (name, one.opened, one.resolved, one.end, codec.encode(one)),
        )
        connection.execute("DELETE FROM alert_namespace WHERE alert = ?", (name,))
        connection.executemany(
            "INSERT OR IGNORE INTO alert_namespace VALUES (?, ?)",
            ((name, codec.storable(namespace)) for namespace in one.namespaces),
        )


def forget_alerts(connection: sqlite3.Connection, before: int) -> int:
    """Remove those that are resolved and ended before this time; how many went."""
    old = '(SELECT id FROM alert WHERE resolved IS NOT NULL AND "end" <= ?)'
    connection.execute(f"DELETE FROM alert_namespace WHERE alert IN {old}", (before,))
    return connection.execute(f"DELETE FROM alert WHERE id IN {old}", (before,)).rowcount


def _decode(body: bytes) -> Alert:
    return codec.decode(body, Alert)
