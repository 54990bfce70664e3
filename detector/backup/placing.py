"""Putting a file in the place of the embedded store: at once, and with the old one kept beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from detector.errors import BackupError, StoreError
from detector.store.connection import connect_writer, refuse_other_kinds, told_plainly
from detector.store.locking import WriterLock
from detector.store.private import make_folder
from detector.store.schema import stored_version

_BESIDE = ("-wal", "-shm")


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """No service writes the store meanwhile. Raises `StoreError` where one does."""
    with told_plainly(path, "made"):
        make_folder(path.parent)
    refuse_other_kinds(path)
    lock = WriterLock(path)
    try:
        yield
    finally:
        lock.release()


def holds_something(path: Path) -> bool:
    """Whether there is a store with anything in it; also where it is damaged. Raises `StoreError` for other files."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    try:
        with closing(sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True)) as connection:
            if stored_version(connection, newest=1 << 31) == 0:
                return False
            tables = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            named = [name for (name,) in tables.fetchall() if name != "scope"]
            return any(connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for name in named)
    except StoreError as error:
        raise StoreError(f"{path} can't be replaced. {error.problem}", error.advice) from None
    except sqlite3.Error:
        return True


def bring_up_to_date(path: Path) -> None:
    """Take a file of an older schema to this version's, and leave nothing beside it. Raises `StoreError`."""
    connection = connect_writer(path)
    with closing(connection), told_plainly(path, "brought up to date"):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def put(new: Path, path: Path, aside: Path) -> Path | None:
    """Move a whole file to the store's place, the store that was there to another; where that is, if there was one.

    There is a whole store under its name at any moment, also where this is cut off. Whoever calls this is `alone`.
    Raises `BackupError` where somebody reads the old one just now, `StoreError` where the disk doesn't let us.
    """
    with told_plainly(path, "replaced"):
        kept = None
        if path.exists():
            _set_aside(path, aside)
            kept = aside
        new.replace(path)
        _sync(path.parent)
        return kept


def _set_aside(path: Path, aside: Path) -> None:
    # A new file beside the -wal of an old one would be read with that: it has to be gone before.
    try:
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise BackupError(
                f"Another program has the store {path} open.",
                "Close it, such as a page or a database browser, and try again.",
            ) from None
        _move_all(path, aside)
    except sqlite3.DatabaseError:  # damaged: it is kept as it is
        _move_all(path, aside)
    else:
        if path.with_name(path.name + "-wal").exists():
            _move_all(path, aside)
        else:
            _name_too(path, aside)


def _name_too(path: Path, aside: Path) -> None:
    try:
        os.link(path, aside)
    except FileExistsError:
        raise
    except OSError:  # some shares know no links: then there is no store for a moment
        path.replace(aside)


def _move_all(path: Path, aside: Path) -> None:
    for suffix in _BESIDE:
        if (beside := path.with_name(path.name + suffix)).exists():
            beside.replace(aside.with_name(aside.name + suffix))
    path.replace(aside)


def _sync(folder: Path) -> None:
    """See that the new name outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
