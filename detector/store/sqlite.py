"""The embedded store: one SQLite file in WAL mode, which one process writes while any number of others read it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from detector.errors import StoreError
from detector.findings import Feedback, ModelChoice
from detector.store.connection import WriterLock, connect_beside, connect_writer, refuse_other_kinds, told_plainly
from detector.store.port import Lost, PassResult
from detector.store.reading import SqliteReader
from detector.store.writing import Numbers, write_pass, write_said

__all__ = ["SqliteNotes", "SqliteReader", "SqliteStore", "open_notes", "open_reader", "open_store"]


def open_store(path: Path, *, max_bytes: int | None = None) -> SqliteStore:
    """The store in this file, to be written: made (its folder too) or brought up to date where need be.

    `max_bytes` bounds the file as a full disk would. Raises `StoreError` where another process writes it, where it
    can't be opened or is no store, and `StoreVersionError` where a newer drainwatch wrote it.
    """
    refuse_other_kinds(path)
    with told_plainly(path, "made"):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(path)
    try:
        return SqliteStore(path, lock, connect_writer(path, max_bytes))
    except BaseException:
        lock.release()
        raise


def open_reader(path: Path) -> SqliteReader:
    """The store in this file, to be read, also while another process writes it. Raises `StoreError` as `open_store`."""
    return SqliteReader(path)


def open_notes(path: Path) -> SqliteNotes:
    """The store in this file, to say something into, also while another process writes it.

    Raises `StoreError` where there is none yet, or where the file can't be written.
    """
    return SqliteNotes(path, connect_beside(path))


class SqliteNotes:
    """Writes what people say, each in a transaction of its own that is over in milliseconds; usable from any thread."""

    def __init__(self, path: Path, writer: sqlite3.Connection) -> None:
        self._path, self._writer = path, writer
        self._writing = Lock()
        self._closed = False

    def say(self, said: Feedback | ModelChoice) -> None:
        """Record what a person said."""
        with self._writing, told_plainly(self._path, "written"):
            if self._closed:
                raise StoreError(f"The store {self._path} is closed.", "Open it again.")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                write_said(self._writer, said)
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file."""
        with self._writing:
            self._closed = True
            self._writer.close()


class SqliteStore(SqliteReader):
    """Reads and writes; usable from several threads, whose writes wait for each other."""

    def __init__(self, path: Path, lock: WriterLock, writer: sqlite3.Connection) -> None:
        self._lock = lock
        self._writer = writer
        self._writing = Lock()
        self._numbers: Numbers | None = None
        super().__init__(path)

    @property
    def lost(self) -> Sequence[Lost]:
        """Nothing: a pass is written whole, or not at all."""
        return ()

    @property
    def lost_total(self) -> int:
        """Nought."""
        return 0

    def commit(self, result: PassResult) -> None:
        """Write all of a pass or nothing of it."""
        with self._transaction() as (connection, numbers):
            write_pass(connection, numbers, result)

    def prune(self, counts_before: int, findings_before: int) -> int:
        """Remove counts of windows before the first time and findings that ended before the second."""
        with self._transaction() as (connection, _):
            before = connection.total_changes
            # By namespace, because that is how the table lies.
            connection.execute(
                "DELETE FROM counts WHERE namespace IN (SELECT number FROM namespace) AND window < ?", (counts_before,)
            )
            connection.execute("DELETE FROM anomaly WHERE window < ?", (findings_before,))
            connection.execute('DELETE FROM incident WHERE "end" <= ?', (findings_before,))
            connection.execute("DELETE FROM change WHERE time < ?", (findings_before,))
            return connection.total_changes - before

    def say(self, said: Feedback | ModelChoice) -> None:
        """Record what a person said."""
        with self._transaction() as (connection, _):
            write_said(connection, said)

    def close(self) -> None:
        """Let go of the file; another process may write it then."""
        super().close()
        with self._writing:
            self._writer.close()
            self._lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[tuple[sqlite3.Connection, Numbers]]:
        with self._writing, told_plainly(self.path, "written"):
            if self._closed:
                raise StoreError(f"The store {self.path} is closed.", "Open it again.")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                self._numbers = self._numbers or Numbers(self._writer)
                yield self._writer, self._numbers
                self._writer.execute("COMMIT")
            except BaseException:
                self._numbers = None
                if self._writer.in_transaction:  # a full disk has rolled back by itself
                    self._writer.execute("ROLLBACK")
                raise
