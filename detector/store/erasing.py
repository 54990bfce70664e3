"""Erasing in the embedded store: one transaction, and then every page of the file is written anew.

What SQLite deletes stays readable in free pages and in the log until something else is written there
(https://sqlite.org/pragma.html#pragma_secure_delete). So what goes is overwritten, the file is made anew from what is
left (https://sqlite.org/lang_vacuum.html), which also leaves out what was deleted earlier, and the log is emptied.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from detector.access.records import Act
from detector.erasing import Erased, Namespace, Wanted
from detector.errors import StoreError
from detector.store.access import write_access
from detector.store.connection import connect_reader, connect_writer, told_plainly
from detector.store.erasing_namespace import Exists, namespace_gone
from detector.store.erasing_steps import Steps
from detector.store.erasing_text import text_gone
from detector.store.locking import WriterLock


def look(path: Path, wanted: Wanted, exists: Exists) -> Erased:
    """What would go; nothing is changed, and a service may be at work. Raises `StoreError` as `connect_reader`."""
    with told_plainly(path, "read"), closing(connect_reader(path)) as connection:
        connection.execute("BEGIN")  # all of it as it is at one time
        return _steps(connection, wanted, exists).erased


def erase(path: Path, wanted: Wanted, exists: Exists, record: Callable[[Erased], Act] | None = None) -> Erased:
    """Erase it. `exists` says whether a file of logs is still there; `record` gives what the audit log gets with it.

    Raises `StoreError` where a service writes to the store, as it would write again what it has in memory; where
    another program reads it for long; and where the disk is full. Then nothing was erased, or all: the sentence says.
    """
    lock = WriterLock(path)
    try:
        with closing(connect_writer(path)) as connection:
            return _erase(path, connection, wanted, exists, record)
    finally:
        lock.release()


def _erase(
    path: Path,
    connection: sqlite3.Connection,
    wanted: Wanted,
    exists: Exists,
    record: Callable[[Erased], Act] | None,
) -> Erased:
    with told_plainly(path, "written"):
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("BEGIN IMMEDIATE")
        try:
            steps = _steps(connection, wanted, exists)
            steps.take(connection)
            if record:  # in the same transaction: whatever comes after, nothing goes without it
                write_access(connection, record(steps.erased))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    try:
        with told_plainly(path, "made anew"):
            connection.execute("VACUUM")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except StoreError as error:
        problem = f"It is erased, and what the file held before can still be found in it. {error.problem}"
        raise StoreError(problem, f"{error.advice} Then erase again.") from None
    if busy:
        raise StoreError(
            f"It is erased from the store {path}, and its log, {path.name}-wal, still holds it: somebody reads there.",
            "Stop what reads it, then erase again.",
        )
    return steps.erased


def _steps(connection: sqlite3.Connection, wanted: Wanted, exists: Exists) -> Steps:
    if isinstance(wanted, Namespace):
        return namespace_gone(connection, wanted.name, exists)
    return text_gone(connection, wanted.eraser)
