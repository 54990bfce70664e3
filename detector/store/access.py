"""Tokens, sessions and acts in the embedded store."""

from __future__ import annotations

import sqlite3

from detector.access.records import Act, Session, Token
from detector.store import codec
from detector.store.alerts import SqliteAlerts
from detector.store.paging import page, position
from detector.store.port import Page
from detector.store.series import bounds


class SqliteAccess(SqliteAlerts):
    """Reads them; a scope sees those of the whole store."""

    def tokens(self) -> list[Token]:
        """All that were ever made; by creation, oldest first."""
        return [codec.decode(body, Token) for (body,) in self._rows("SELECT body FROM token ORDER BY created, id")]

    def session(self, session_id: str) -> Session | None:
        """One session by its id."""
        rows = self._rows("SELECT body FROM session WHERE id = ?", (codec.storable(session_id),))
        return codec.decode(rows[0][0], Session) if rows else None

    def acts(
        self,
        since: int | None = None,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = 100,
        who: str | None = None,
        what: str | None = None,
    ) -> Page[Act]:
        """Newest first."""
        named = {name: codec.storable(text) for name, text in (("who", who), ("what", what)) if text is not None}
        rows = self._rows(
            "SELECT time, id, body FROM act WHERE time >= ? AND time < ? AND (time, id) < (?, ?)"
            + "".join(f" AND json_extract(CAST(body AS TEXT), '$.{name}') = ?" for name in named)
            + " ORDER BY time DESC, id DESC LIMIT ?",
            (*bounds(since, until), *position("acts", cursor), *named.values(), limit + 1),
        )
        return page("acts", rows, limit, lambda body: codec.decode(body, Act))


def write_access(connection: sqlite3.Connection, one: Token | Session | Act) -> None:
    """Replace what is stored under the same id; a token that was revoked stays so, whatever is written over it."""
    match one:
        case Token():
            table, time = "token", one.created
        case Session():
            table, time = "session", one.expires
        case Act():
            table, time = "act", one.time
    row = (codec.storable(one.id), time, codec.encode(one))
    if isinstance(one, Token) and one.revoked is None:
        connection.execute(
            "INSERT INTO token VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
            " WHERE json_extract(CAST(token.body AS TEXT), '$.revoked') IS NULL",
            row,
        )
        return
    connection.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", row)


def forget_access(connection: sqlite3.Connection, acts_before: int, now: int) -> int:
    """Remove sessions that have expired, and acts before a time; how many went."""
    gone = connection.execute("DELETE FROM session WHERE expires <= ?", (now,)).rowcount
    return gone + connection.execute("DELETE FROM act WHERE time < ?", (acts_before,)).rowcount
