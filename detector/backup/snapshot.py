"""A copy of the embedded store as it is at one moment, also while a service writes it."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from detector.backup.tables import version_of, whole
from detector.errors import BackupError, StoreError
from detector.store.connection import connect_reader, told_plainly

_STEPS = 200_000
"""Instructions of SQLite's machine from one look at the copy to the next: some ten milliseconds."""
_WRITING = frozenset(f"SQLITE_IOERR_{what}" for what in ("WRITE", "FSYNC", "DIR_FSYNC", "TRUNCATE"))


def snapshot(path: Path, target: Path, told: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Copy the store in a file to another one, which only its owner may read; the version of its schema.

    By VACUUM INTO and not by SQLite's backup API: both read in one transaction, so that all is of one moment and a
    writer isn't waited for. But that API copies pages, also free ones with what was erased from them, and damaged ones
    as they are, and begins anew at each commit where it goes step by step; this reads each row and packs them
    closely (https://sqlite.org/lang_vacuum.html). What it costs is that the -wal file grows meanwhile. Sessions stay
    behind: whoever logged out after a backup isn't let in again by a restore.

    `told` hears how many bytes of about how many are there. Raises `StoreError` where there is no store, or it can't
    be read, `OSError` with the name of `target` where that can't be written, `BackupError` where the copy isn't whole.
    """
    # VACUUM INTO takes an empty file, and leaves its mode.
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    with closing(connect_reader(path, older=True)) as connection:
        with told_plainly(path, "copied"):
            size = connection.execute("PRAGMA page_size").fetchone()[0]
            used = connection.execute("PRAGMA page_count").fetchone()[0] - _free(connection)

        def look() -> int:
            told(target.stat().st_size, used * size)
            return 0

        connection.set_progress_handler(look, _STEPS)
        with _told_of(target), told_plainly(path, "copied"):
            connection.execute("VACUUM INTO ?", (str(target),))
        told(used * size, used * size)
    try:
        with _told_of(target):
            _end_sessions(target)
            version, odd = version_of(target), whole(target)
    except sqlite3.Error as error:
        version, odd = None, str(error)
    if odd or version is None:
        raise BackupError(
            f"The copy of {path} isn't whole: {odd or 'it has other tables than drainwatch makes'}.",
            "Look at the disk; restore the backup before this one where the store itself is damaged.",
        )
    return version


def _end_sessions(copy: Path) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'session'").fetchone():
            connection.execute("DELETE FROM session")


@contextmanager
def _told_of(target: Path) -> Iterator[None]:
    """What SQLite could not write is the copy's: it only reads the store. It says in the same way what it is about."""
    try:
        yield
    except (StoreError, sqlite3.Error) as error:
        name = getattr(error.__cause__ or error, "sqlite_errorname", "")
        if name == "SQLITE_FULL":
            raise OSError(errno.ENOSPC, "the disk is full", str(target)) from error
        if name in _WRITING:
            raise OSError(errno.EIO, "writing to the disk failed", str(target)) from error
        raise


def _free(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])
