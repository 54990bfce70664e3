"""Who may write the embedded store: one process the whole of it, or any number of them each its own scopes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from detector.errors import StoreError
from detector.store.connection import told_plainly
from detector.store.private import make_file

_OPENING_SECONDS = 10.0
"""How long one waits that shares the store while others like it open it."""


class WriterLock:
    """Held by a process that writes; the system lets go of it when the process ends, however it ends.

    Locks on two SQLite files beside the store: the same on every system. Whoever writes alone holds a reserved lock on
    the first, in which others may still read which process it is (`user_version`), and an exclusive one on the second;
    those that share the store hold a shared one on the second. Raises `StoreError` where the others are at work.
    """

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self._alone: sqlite3.Connection | None = None
        self._sharing: sqlite3.Connection | None = None
        self._opening = False
        with told_plainly(path, "opened for writing"):
            try:
                self._alone = _connect(path, "-lock", _OPENING_SECONDS if shared else 0)
                self._sharing = _connect(path, "-shared", 0)
                if shared:
                    self._share(path)
                else:
                    self._take(path)
            except BaseException:
                self.release()
                raise

    def _take(self, path: Path) -> None:
        if not self._locked(self._alone, f"PRAGMA user_version = {os.getpid()}", "BEGIN IMMEDIATE"):
            raise StoreError(
                f"Another drainwatch{self._holder()} already writes to the store {path}.",
                "Stop it, or give this one a store of its own; reading works beside it.",
            )
        if not self._locked(self._sharing, "BEGIN EXCLUSIVE"):
            raise StoreError(
                f"Workers that read from Kafka already write to the store {path}, each its own partitions.",
                "Stop them, or give this one a store of its own; reading works beside them.",
            )

    def _share(self, path: Path) -> None:
        if not self._locked(self._sharing, "BEGIN", "SELECT count(*) FROM sqlite_master"):
            raise StoreError(
                f"Another drainwatch{self._holder()} writes to all of the store {path}.",
                "Stop it, or give this one a store of its own; reading works beside it.",
            )
        # Making and migrating is one's alone; `opened` lets the next one in.
        if not self._locked(self._alone, "BEGIN IMMEDIATE"):
            raise StoreError(f"The store {path} is being opened by another drainwatch.", "Try again.")
        self._opening = True

    def opened(self) -> None:
        """The file is made and of this version: another process that shares it may open it."""
        if self._opening and self._alone is not None:
            self._alone.execute("COMMIT")
            self._opening = False

    def release(self) -> None:
        """Let another process write."""
        for connection in (self._sharing, self._alone):
            if connection is not None:
                connection.close()

    def _holder(self) -> str:
        if self._alone is None:
            return ""
        try:
            with closing(self._alone.execute("PRAGMA user_version")) as rows:
                return f" (process {rows.fetchone()[0]})"
        except sqlite3.OperationalError:
            return ""

    @staticmethod
    def _locked(connection: sqlite3.Connection | None, *statements: str) -> bool:
        """Whether this connection has its lock now."""
        if connection is None:
            return False
        try:
            for statement in statements:
                connection.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY":
                raise
            return False
        return True


def _connect(path: Path, suffix: str, seconds: float) -> sqlite3.Connection:
    file = path.with_name(path.name + suffix)
    with suppress(OSError):  # SQLite says it better
        make_file(file)  # whoever may read it can lock it, and then nobody writes to the store
    return sqlite3.connect(file, timeout=seconds, isolation_level=None, check_same_thread=False)
