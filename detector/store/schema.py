"""The tables of the embedded store and how a file of an older version becomes one of this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from detector.errors import StoreError, StoreVersionError
from detector.store.peaks import QUARTER

APPLICATION_ID = 0x44726E77
"""`Drnw`, in the header of every file that is ours (SQLite's `PRAGMA application_id`)."""

Migration = Callable[[sqlite3.Connection], None]
"""Takes a file from the version before to its own; runs inside a transaction."""

_FIRST_TABLES = (
    # One row a thing that there is one of: closed_until, the tally, the version of the engine's state.
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE namespace (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, status BLOB)",
    # Template ids as they stand in the vectors of a namespace: small numbers, given in order and never again.
    "CREATE TABLE vocabulary (namespace INTEGER NOT NULL, number INTEGER NOT NULL, template TEXT NOT NULL,"
    " PRIMARY KEY (namespace, number)) WITHOUT ROWID",
    # Clustered by namespace, so that a day of one namespace is read from pages that lie together.
    "CREATE TABLE counts (namespace INTEGER NOT NULL, window INTEGER NOT NULL, vector BLOB NOT NULL,"
    " PRIMARY KEY (namespace, window)) WITHOUT ROWID",
    "CREATE TABLE template (id TEXT PRIMARY KEY, namespace INTEGER NOT NULL, workload TEXT NOT NULL,"
    " text TEXT NOT NULL, level TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
    " count INTEGER NOT NULL, example TEXT NOT NULL, muted INTEGER NOT NULL)",  # not used: feedback says it
    "CREATE INDEX template_by_namespace ON template (namespace, workload, count DESC)",
    "CREATE TABLE anomaly (id TEXT PRIMARY KEY, namespace INTEGER NOT NULL, window INTEGER NOT NULL,"
    " score REAL NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX anomaly_by_namespace ON anomaly (namespace, window, id, score)",
    "CREATE INDEX anomaly_by_window ON anomaly (window, id, score, namespace)",
    "CREATE TABLE incident (id TEXT PRIMARY KEY, namespace INTEGER NOT NULL, start INTEGER NOT NULL,"
    ' "end" INTEGER NOT NULL, score REAL NOT NULL, body BLOB NOT NULL)',
    "CREATE INDEX incident_by_start ON incident (start, id)",
    "CREATE TABLE model (namespace INTEGER NOT NULL, version TEXT NOT NULL, trained_until INTEGER NOT NULL,"
    " body BLOB NOT NULL, PRIMARY KEY (namespace, version)) WITHOUT ROWID",
    'CREATE TABLE checkpoint ("partition" TEXT PRIMARY KEY, resume_at INTEGER NOT NULL, read_to INTEGER NOT NULL,'
    " identity TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE engine (namespace INTEGER NOT NULL, workload TEXT NOT NULL, state BLOB NOT NULL,"
    " PRIMARY KEY (namespace, workload))",
)


def _first(connection: sqlite3.Connection) -> None:
    for statement in _FIRST_TABLES:
        connection.execute(statement)


_CHANGES_AND_FEEDBACK = (
    "CREATE TABLE change (id TEXT PRIMARY KEY, namespace INTEGER NOT NULL, time INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX change_by_namespace ON change (namespace, time)",
    "CREATE TABLE deployed (namespace INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    # By the namespace's name: who writes beside the service can't give it a number.
    "CREATE TABLE feedback (id TEXT PRIMARY KEY, namespace TEXT NOT NULL, created INTEGER NOT NULL,"
    " body BLOB NOT NULL)",
    "CREATE TABLE choice (id TEXT PRIMARY KEY, namespace TEXT NOT NULL, time INTEGER NOT NULL, body BLOB NOT NULL)",
)


def _changes_and_feedback(connection: sqlite3.Connection) -> None:
    for statement in _CHANGES_AND_FEEDBACK:
        connection.execute(statement)


_SCOPES = (
    # Parts of the store that are written apart from each other; number 0 is the plain one. `holder` is who opened it
    # last: another one is refused.
    "CREATE TABLE scope (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, holder TEXT NOT NULL,"
    " released INTEGER NOT NULL)",
    "INSERT INTO scope VALUES (0, '', '', 0)",
    "ALTER TABLE namespace ADD COLUMN scope INTEGER",  # none: nobody's yet, or not any more
    "UPDATE namespace SET scope = 0",
    "CREATE TABLE scoped_fact (scope INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (scope, name)) WITHOUT ROWID",
    "INSERT INTO scoped_fact SELECT 0, name, value FROM fact",
    "DROP TABLE fact",
    "ALTER TABLE scoped_fact RENAME TO fact",
    'CREATE TABLE scoped_checkpoint (scope INTEGER NOT NULL, "partition" TEXT NOT NULL, resume_at INTEGER NOT NULL,'
    ' read_to INTEGER NOT NULL, identity TEXT NOT NULL, PRIMARY KEY (scope, "partition")) WITHOUT ROWID',
    'INSERT INTO scoped_checkpoint SELECT 0, "partition", resume_at, read_to, identity FROM checkpoint',
    "DROP TABLE checkpoint",
    "ALTER TABLE scoped_checkpoint RENAME TO checkpoint",
)


def _scopes(connection: sqlite3.Connection) -> None:
    for statement in _SCOPES:
        connection.execute(statement)


def _hours(connection: sqlite3.Connection) -> None:
    # `minutes`: in which of them windows began that are in it, a bit each.
    connection.execute(
        "CREATE TABLE hours (namespace INTEGER NOT NULL, hour INTEGER NOT NULL, minutes INTEGER NOT NULL,"
        " vector BLOB NOT NULL, PRIMARY KEY (namespace, hour)) WITHOUT ROWID"
    )


def _fitted(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE fitted (namespace INTEGER PRIMARY KEY, digest TEXT NOT NULL, model BLOB NOT NULL)")


def _counted(connection: sqlite3.Connection) -> None:
    # `Checkpoint.counted`, as JSON.
    connection.execute("ALTER TABLE checkpoint ADD COLUMN counted TEXT NOT NULL DEFAULT '[]'")


def _outbox(connection: sqlite3.Connection) -> None:
    # Numbers are never given twice (AUTOINCREMENT): whoever removes what was sent removes nothing that came since.
    connection.execute(
        "CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, scope INTEGER NOT NULL, output TEXT NOT NULL,"
        " id TEXT NOT NULL, kind TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, headers BLOB NOT NULL)"
    )
    connection.execute("CREATE INDEX outbox_by_scope ON outbox (scope, output, number)")


_ALERTS = (
    'CREATE TABLE alert (id TEXT PRIMARY KEY, opened INTEGER NOT NULL, resolved INTEGER, "end" INTEGER NOT NULL,'
    " body BLOB NOT NULL)",
    "CREATE INDEX alert_by_opened ON alert (opened, id)",
    "CREATE INDEX alert_that_goes_on ON alert (opened, id) WHERE resolved IS NULL",
    # By the name: an alert may be of namespaces that have no number yet.
    "CREATE TABLE alert_namespace (alert TEXT NOT NULL, namespace TEXT NOT NULL, PRIMARY KEY (namespace, alert))"
    " WITHOUT ROWID",
    "CREATE INDEX alert_namespace_by_alert ON alert_namespace (alert)",
    # By the name, or a pattern of names: who writes beside the service can't give it a number.
    "CREATE TABLE silence (id TEXT PRIMARY KEY, namespace TEXT NOT NULL, created INTEGER NOT NULL, body BLOB NOT NULL)",
    "ALTER TABLE incident ADD COLUMN source TEXT NOT NULL DEFAULT 'logs'",
    "ALTER TABLE incident ADD COLUMN part_of TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX incident_by_whole ON incident (part_of) WHERE part_of <> ''",
)


def _alerts(connection: sqlite3.Connection) -> None:
    for statement in _ALERTS:
        connection.execute(statement)


_LANES = (
    # The highest score of each quarter of an hour, see `detector.store.peaks`.
    "CREATE TABLE peak (namespace INTEGER NOT NULL, quarter INTEGER NOT NULL, score REAL NOT NULL,"
    " PRIMARY KEY (namespace, quarter)) WITHOUT ROWID",
    f"INSERT INTO peak SELECT namespace, window / {QUARTER} * {QUARTER}, max(score) FROM anomaly GROUP BY 1, 2",
    "ALTER TABLE incident ADD COLUMN open INTEGER NOT NULL DEFAULT 0",
    "UPDATE incident SET open = json_extract(CAST(body AS TEXT), '$.open') IS TRUE"
    " WHERE json_valid(CAST(body AS TEXT))",
    # They hold all that is asked of incidents: bodies are read of those alone that are shown.
    "DROP INDEX incident_by_start",
    'CREATE INDEX incident_by_start ON incident (start, id, "end", score, source, part_of, namespace, open)',
    'CREATE INDEX incident_by_namespace ON incident (namespace, start, id, "end", score, source, part_of)',
)


def _lanes(connection: sqlite3.Connection) -> None:
    for statement in _LANES:
        connection.execute(statement)


_ACCESS = (
    "CREATE TABLE token (id TEXT PRIMARY KEY, created INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE session (id TEXT PRIMARY KEY, expires INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE act (id TEXT PRIMARY KEY, time INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX act_by_time ON act (time, id)",
)


def _access(connection: sqlite3.Connection) -> None:
    for statement in _ACCESS:
        connection.execute(statement)


_RAW = (
    # Whether lines of it are as they were written (`detector.samples`); what was written before may be.
    "ALTER TABLE anomaly ADD COLUMN raw INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE incident ADD COLUMN raw INTEGER NOT NULL DEFAULT 1",
    "CREATE INDEX anomaly_that_is_raw ON anomaly (window) WHERE raw",
    "CREATE INDEX incident_that_is_raw ON incident (start) WHERE raw",
)


def _raw(connection: sqlite3.Connection) -> None:
    for statement in _RAW:
        connection.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (
    _first,
    _changes_and_feedback,
    _scopes,
    _hours,
    _fitted,
    _counted,
    _outbox,
    _alerts,
    _lanes,
    _access,
    _raw,
)
"""The one at index n takes a file from version n to n + 1. Only ever add to the end."""


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the file up to the newest version, all steps or none; an empty file becomes a store.

    Raises `StoreVersionError` for a file of a newer version, `StoreError` for one of another program, and
    `sqlite3.Error` where the file can't be written.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = stored_version(connection, newest=len(migrations))
        for step in migrations[version:]:
            step(connection)
        # Also where nothing is to be done: SQLite opens a file that can't be written without a word, and this is the
        # first write.
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def stored_version(connection: sqlite3.Connection, newest: int = len(MIGRATIONS)) -> int:
    """The version of the file's schema; 0 for an empty file. Raises as `migrate` does."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if application != APPLICATION_ID and not (application == 0 and version == 0 and empty):
        raise StoreError(
            "It is a database of another program.", "Give the store another path; this file was left as it is."
        )
    if version > newest:
        raise StoreVersionError(
            f"It was written by a newer drainwatch (schema {version}, this one knows up to {newest}).",
            "Use that version, or give the store another path.",
        )
    return version
