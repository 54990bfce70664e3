"""The embedded store: one SQLite file in WAL mode, which one process writes while any number of others read it."""

from __future__ import annotations

import sqlite3
import uuid
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from detector.store import outbox, peaks
from detector.store.access import forget_access
from detector.store.alerts import forget_alerts
from detector.store.connection import (
    ReadPool,
    closed,
    connect_beside,
    connect_writer,
    refuse_other_kinds,
    told_plainly,
)
from detector.store.locking import WriterLock
from detector.store.masking import mask_samples
from detector.store.port import Fitted, Lost, PassResult, Progress, Redact, Waiting, Word
from detector.store.private import make_folder
from detector.store.reading import SqliteReader
from detector.store.rollup import roll_up
from detector.store.scopes import Held, check_held, claim, claim_all, release, take
from detector.store.writing import Numbers, write_pass, write_said

__all__ = ["SqliteNotes", "SqliteReader", "SqliteStore", "open_notes", "open_reader", "open_store"]


def open_store(
    path: Path, *, max_bytes: int | None = None, shared: bool = False, token: str | None = None
) -> SqliteStore:
    """The store in this file, to be written: made (its folder too) or brought up to date where need be.

    `shared`: other processes may open it so, too, each to write scopes of its own; then it isn't written plainly.
    `token` is like nobody else's, ever. `max_bytes` bounds the file as a full disk would. Raises `StoreError` where
    another process writes it, where it can't be opened or is no store, and `StoreVersionError` where a newer drainwatch
    wrote it.
    """
    refuse_other_kinds(path)
    with told_plainly(path, "made"):
        make_folder(path.parent)
    lock = WriterLock(path, shared=shared)
    try:
        file = WrittenFile(path, lock, connect_writer(path, max_bytes), token or uuid.uuid4().hex, shared=shared)
        lock.opened()
        return SqliteStore(file, ReadPool(path))
    except BaseException:
        lock.release()
        raise


def open_reader(path: Path) -> SqliteReader:
    """The store in this file, to be read, also while another process writes it. Raises `StoreError` as `open_store`."""
    return SqliteReader(ReadPool(path))


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

    def say(self, said: Word) -> None:
        """Record what a person said."""
        with self._writing, told_plainly(self._path, "written"):
            if self._closed:
                raise closed(self._path)
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


class WrittenFile:
    """The file as a process has it that writes: one connection, for which the threads and scopes wait in turn."""

    def __init__(self, path: Path, lock: WriterLock, writer: sqlite3.Connection, token: str, *, shared: bool) -> None:
        self.path, self.shared = path, shared
        self._lock, self._writer, self._token = lock, writer, token
        self._writing = Lock()
        self._numbers: Numbers | None = None
        self._tokens = 0
        self._closed = False

    def token(self) -> str:
        """Another one for each that asks."""
        with self._writing:
            self._tokens += 1
            return f"{self._token}-{self._tokens}"

    @contextmanager
    def transaction(self) -> Iterator[tuple[sqlite3.Connection, Numbers]]:
        """All that is written meanwhile, or nothing of it where something is raised."""
        with self._writing, told_plainly(self.path, "written"):
            if self._closed:
                raise closed(self.path)
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

    def close(self) -> None:
        """Let go of the file; another process may write it then."""
        with self._writing:
            self._closed = True
            self._writer.close()
            self._lock.release()


class SqliteStore(SqliteReader):
    """Reads and writes; usable from several threads, whose writes wait for each other. Made by `open_store`."""

    def __init__(self, file: WrittenFile, pool: ReadPool, held: Held | None = None) -> None:
        self._file = file
        self._held = held or Held()
        super().__init__(pool, None if held is None else held.number)

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
        if self._scope is None and self._file.shared:
            raise ValueError("A store that is shared with other processes is written by its scopes only.")
        with self._transaction() as (connection, numbers):
            check_held(connection, self._held)
            claim_all(connection, numbers, self._held, result)
            write_pass(connection, numbers, result, self._held.number)

    def progress(self) -> Progress:
        """How far this writer is itself."""
        return self._progress_of(self._held.number)

    def outbox(self, output: str, limit: int) -> list[Waiting]:
        """What this writer's passes have to tell this output, the oldest first."""
        return outbox.waiting(
            self._rows(
                "SELECT number, output, id, kind, key, value, headers FROM outbox WHERE scope = ? AND output = ?"
                " ORDER BY number LIMIT ?",
                (self._held.number, output, limit),
            )
        )

    def waiting(self, output: str) -> int:
        """How much that is."""
        place = (self._held.number, output)
        return int(self._rows("SELECT count(*) FROM outbox WHERE scope = ? AND output = ?", place)[0][0])

    def sent(self, places: Iterable[str]) -> None:
        """Remove these from the outbox."""
        with self._transaction() as (connection, _):
            outbox.remove(connection, places)

    def scope(self, name: str) -> SqliteStore:
        """The scope of this name, from now on ours."""
        if not name or self._scope is not None:
            raise ValueError("A scope has a name, and belongs to the store itself.")
        token = self._file.token()
        with self._transaction() as (connection, numbers):
            held = take(connection, numbers, name, token)
        return SqliteStore(self._file, self._pool, held)

    def claim(self, namespaces: Iterable[str]) -> dict[str, str]:
        """The scope of each of these namespaces; those that belong to none belong to this one from now on."""
        with self._transaction() as (connection, numbers):
            check_held(connection, self._held)
            return claim(connection, numbers, self._held, namespaces)

    def release(self, scope: str, namespace: str | None = None) -> None:
        """Let go of all namespaces of a scope, or of one of them."""
        with self._transaction() as (connection, numbers):
            release(connection, numbers, scope, namespace)

    def prune(self, counts_before: int, findings_before: int, hours_before: int | None = None) -> int:
        """Roll windows before the first time up; remove findings before the second and hours before the last."""

        @contextmanager
        def transaction() -> Iterator[sqlite3.Connection]:
            with self._transaction() as (connection, _):
                yield connection

        removed = roll_up(transaction, counts_before)
        with transaction() as connection:
            before = connection.total_changes
            if hours_before is not None:
                # By namespace, because that is how the table lies.
                connection.execute(
                    "DELETE FROM hours WHERE namespace IN (SELECT number FROM namespace) AND hour < ?", (hours_before,)
                )
            connection.execute("DELETE FROM anomaly WHERE window < ?", (findings_before,))
            connection.execute('DELETE FROM incident WHERE "end" <= ?', (findings_before,))
            connection.execute("DELETE FROM change WHERE time < ?", (findings_before,))
            # Of files that nobody has seen for as long: of those that are there it is written in each pass.
            connection.execute(
                "DELETE FROM checkpoint WHERE scope = 0 AND \"partition\" LIKE '%@%'"
                " AND json_extract(counted, '$[#-1][1]') < ?",
                (findings_before,),
            )
            removed += connection.total_changes - before
            peaks.forget(connection, findings_before)
            return removed + forget_alerts(connection, findings_before)

    def mask_samples(self, before: int, redact: Redact) -> int:
        """Mask lines that are as they were written in findings that start before this."""
        return mask_samples(self._transaction, before, redact)

    def prune_access(self, acts_before: int, now: int) -> int:
        """Remove acts before the first time, and sessions that have expired."""
        with self._transaction() as (connection, _):
            return forget_access(connection, acts_before, now)

    def keep_fitted(self, fitted: Fitted) -> None:
        """Keep a model as it was made, in place of the one that was kept of its namespace."""
        packed = zlib.compress(fitted.model, 1)
        with self._transaction() as (connection, numbers):
            number = numbers.namespace(fitted.namespace)
            connection.execute("INSERT OR REPLACE INTO fitted VALUES (?, ?, ?)", (number, fitted.digest, packed))

    def say(self, said: Word) -> None:
        """Record what a person said."""
        with self._transaction() as (connection, _):
            write_said(connection, said)

    def close(self) -> None:
        """Let go of the file, where this is no scope; another process may write it then."""
        self._closed = True
        if self._scope is None:
            self._pool.close()
            self._file.close()

    @contextmanager
    def _transaction(self) -> Iterator[tuple[sqlite3.Connection, Numbers]]:
        if self._closed:
            raise closed(self.path)
        with self._file.transaction() as transaction:
            yield transaction
