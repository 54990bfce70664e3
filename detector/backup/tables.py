"""What a SQLite file holds, table by table, and whether it has the form of a store and nothing beside it."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from detector.backup.manifest import Contents
from detector.store.schema import APPLICATION_ID, MIGRATIONS, migrate

_ROWS = 1_000
_KEPT = ("sqlite_sequence",)
"""Of SQLite's own tables the one that says something of ours: the last number that an outbox gave."""


def connect(path: Path) -> sqlite3.Connection:
    """A file that may come from anybody: nothing that stands in it is run while it is read.

    https://sqlite.org/security.html
    """
    connection = sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def tables_of(path: Path) -> tuple[Contents, ...]:
    """Each table with the number of its rows and a sum of them in the order of their keys.

    Raises `sqlite3.Error` where it can't be read.
    """
    with closing(connect(path)) as connection:
        connection.text_factory = bytes  # also what is no UTF-8
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        named = [name.decode() for (name,) in names.fetchall()]
        kept = [name for name in named if not name.startswith("sqlite_") or name in _KEPT]
        return tuple(_contents(connection, name) for name in kept)


def _contents(connection: sqlite3.Connection, table: str) -> Contents:
    found, rows = hashlib.sha256(), 0
    columns = connection.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)).fetchall()
    keys = [name.decode() for name, key in sorted(columns, key=lambda one: int(one[1])) if key]
    order = ", ".join(map(_quoted, keys or [name.decode() for name, _ in columns]))
    some = connection.execute(f"SELECT * FROM {_quoted(table)} ORDER BY {order}")
    while batch := some.fetchmany(_ROWS):
        found.update(msgspec.msgpack.encode(batch))
        rows += len(batch)
    return Contents(table, rows, found.hexdigest())


def version_of(path: Path) -> int | None:
    """The version of its schema; None where it isn't exactly as stores of that version are made: no view, no trigger.

    So what is taken from an archive can't bring anything that would run later. Raises `sqlite3.Error`.
    """
    with closing(connect(path)) as connection:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID or not 0 < version <= len(MIGRATIONS):
            return None
        return version if _form(connection) == _made(version) else None


def whole(path: Path) -> str:
    """What SQLite finds wrong with a file; empty where that is nothing. Raises `sqlite3.Error`."""
    with closing(connect(path)) as connection:
        found: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        return "" if found == "ok" else found


def _form(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    rows = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master ORDER BY 1, 2")
    # Statistics, which ANALYZE makes, and what PRIMARY KEY and UNIQUE stand for, are SQLite's own.
    return [row for row in rows if not (row[0] in ("table", "index") and row[1].startswith("sqlite_"))]


def _made(version: int) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:version])
        return _form(connection)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
