"""Opening the embedded store, and saying in plain words what SQLite complains of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from detector.deadline import EARLIER, LATE, is_over
from detector.errors import StoreError, StoreVersionError
from detector.store.private import make_file
from detector.store.schema import MIGRATIONS, migrate, stored_version

_BUSY_SECONDS = 10.0
_STEPS = 50_000
"""Of SQLite's machine, about a millisecond, from one look at the time to the next."""
_PAGE_BYTES = 8_192
"""The vectors of a day read in 0.70 ms, from pages of the default 4,096 in 0.85 ms (10 million counts, measured)."""
_LEAST_BYTES = 512
"""No page of SQLite is smaller."""

_ADVICE = {
    "SQLITE_INTERRUPT": (LATE, EARLIER),
    "SQLITE_FULL": ("the disk is full", "Make room; nothing of this was written, and it can be repeated."),
    "SQLITE_NOTADB": (
        "it is not a store of drainwatch, or damaged",
        "Give the store another path, or move the file away; it was left as it is.",
    ),
    "SQLITE_CORRUPT": (
        "it is damaged",
        "Move it away (with its -wal and -shm files); a new one is made by reading the logs again.",
    ),
    "SQLITE_CANTOPEN": (
        "the file can't be opened",
        "Check that you may read it, and that its folder exists and lets you write.",
    ),
    "SQLITE_PERM": ("you have no permission", "Check the file's owner and mode."),
    "SQLITE_READONLY": ("it can't be written", "Check the mode of the file and of its folder, and how it is mounted."),
    "SQLITE_IOERR": ("reading or writing the disk failed", "Check the disk, the space on it and its quotas."),
    "SQLITE_BUSY": ("another program keeps it locked", "Close what has the file open, such as a database browser."),
    "SQLITE_LOCKED": ("another program keeps it locked", "Close what has the file open, such as a database browser."),
}


@contextmanager
def told_plainly(path: Path, doing: str) -> Iterator[None]:
    """Turns what SQLite, the operating system and the schema complain of into one sentence with the file's name."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        reason, advice = _ADVICE.get("_".join(name.split("_")[:2]), (str(error), "Check the disk and the file."))
        raise StoreError(f"The store {path} can't be {doing}: {reason}.", advice) from error
    except OSError as error:
        raise StoreError(
            f"The store {path} can't be {doing}: {error.strerror or error}.", "Check its folder and your permissions."
        ) from error


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Puts the file's name before what the schema complains of."""
    try:
        yield
    except StoreVersionError as error:
        raise StoreVersionError(f"The store {path} can't be opened. {error.problem}", error.advice) from None
    except StoreError as error:
        raise StoreError(f"The store {path} can't be opened. {error.problem}", error.advice) from None


def connect_writer(path: Path, max_bytes: int | None = None) -> sqlite3.Connection:
    """A connection that writes, to a file of the newest version: made or migrated where need be."""
    refuse_other_kinds(path)
    with told_plainly(path, "opened"), named(path):
        interrupted = _has_log(path)
        make_file(path)  # SQLite gives its companions the same mode
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            if interrupted:
                stored_version(connection)  # what isn't ours is told first
                _look_through(connection)
            _prepare_writer(connection, max_bytes)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare_writer(connection: sqlite3.Connection, max_bytes: int | None) -> None:
    stored_version(connection)  # before anything is changed in a file that isn't ours
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL: a power cut may lose the newest passes whole, never half; their lines are read again from the checkpoint.
    connection.execute("PRAGMA synchronous = NORMAL")
    # What is replaced or removed is overwritten wherever that costs no writing of its own.
    connection.execute("PRAGMA secure_delete = FAST")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    if max_bytes is not None:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {max(max_bytes // size, 1)}")
    migrate(connection)


def _has_log(path: Path) -> bool:
    """Whether the last one who wrote didn't come to close the file: then SQLite would have removed its log."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _look_through(connection: sqlite3.Connection) -> None:
    """Raises `sqlite3.DatabaseError` where pages are damaged, as a power cut or a bad disk leaves them.

    SQLite itself would notice when it comes to them, perhaps days later: what was written until then would be lost
    with the file. https://sqlite.org/pragma.html#pragma_quick_check
    """
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        # SQLite 3.40 mistakes columns for each other in tables whose key isn't in their order; the longer look doesn't.
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        damaged = sqlite3.DatabaseError(found)
        damaged.sqlite_errorname = "SQLITE_CORRUPT"
        raise damaged


def connect_beside(path: Path) -> sqlite3.Connection:
    """A connection that writes beside the one process that owns the file: it makes nothing, and waits for its turn.

    Raises `StoreError` where there is no store yet, or one of another version.
    """
    connect_reader(path).close()
    with told_plainly(path, "opened"), named(path):
        uri = path.absolute().as_uri() + "?mode=rw"
        return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def connect_reader(path: Path, *, older: bool = False) -> sqlite3.Connection:
    """A connection that only reads. Raises `StoreError` where there is no store yet, or one of another version.

    `older`: one of an older version is taken, too.
    """
    refuse_other_kinds(path)
    with told_plainly(path, "opened"), named(path):
        if not path.exists():
            raise StoreError(
                "There is no such file.",
                "Start `drainwatch run` first, or name it with --store; the demo's is demo-data/drainwatch.sqlite.",
            )
        connection = _connect_read_only(path)
        try:
            version = stored_version(connection)
            if not older or version == 0:
                _check_version(version)
        except BaseException:
            connection.close()
            raise
    return connection


def _connect_read_only(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri() + "?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA user_version")
    except sqlite3.DatabaseError as error:
        connection.close()
        if not isinstance(error, sqlite3.OperationalError) or path.with_name(path.name + "-wal").exists():
            raise
        # In a folder that can't be written SQLite can't make its -shm file; without a -wal nobody is writing, so the
        # file can be read as it stands.
        uri += "&immutable=1"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.set_progress_handler(is_over, _STEPS)  # what nobody waits for any more is given up
    return connection


def _check_version(version: int) -> None:
    if version == 0:
        raise StoreError("It is still empty.", "Wait until the first pass of `drainwatch run` is done.")
    if version < len(MIGRATIONS):
        raise StoreError(
            f"An older drainwatch wrote it (schema {version}).", "Start `drainwatch run` once; it brings it up to date."
        )


def refuse_other_kinds(path: Path) -> None:
    """Raises `StoreError` for a folder, which SQLite only can't open, and for a tiny file, which it takes for empty.

    Looks without opening: closing the file again would drop the locks that this process's connections hold on it
    (sqlite.org/howtocorrupt.html, 2.2).
    """
    with told_plainly(path, "opened"):
        if path.is_dir():
            raise StoreError(f"The store {path} can't be opened: it is a folder.", "Give the path of a file in it.")
        if path.exists() and 0 < path.stat().st_size < _LEAST_BYTES:
            reason, advice = _ADVICE["SQLITE_NOTADB"]
            raise StoreError(f"The store {path} can't be opened: {reason}.", advice)


class ReadPool:
    """Connections that read one file: as many as threads are reading just now."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._watching: sqlite3.Connection | None = None
        self._closed = False
        self._lock = Lock()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """One that nobody else uses meanwhile. Raises `StoreError` where the file can't be read, or was let go."""
        with self._lock:
            if self._closed:
                raise closed(self.path)
            connection = self._idle.pop() if self._idle else None
        connection = connection or connect_reader(self.path)
        try:
            yield connection
        finally:
            with self._lock:
                if keep := not self._closed:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    def data_version(self) -> int:
        """Another number whenever another connection, of any process, has changed the file since the last call.

        https://sqlite.org/pragma.html#pragma_data_version . Numbers of two connections say nothing of each other, so
        one is kept for it. Raises as `connection`.
        """
        with self._lock:
            if self._closed:
                raise closed(self.path)
            self._watching = self._watching or connect_reader(self.path)
            number: int = self._watching.execute("PRAGMA data_version").fetchone()[0]
            return number

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            watching, self._watching = self._watching, None
        for connection in [*idle, *([watching] if watching else [])]:
            connection.close()


def closed(path: Path) -> StoreError:
    """What there is to say of a store that was closed and is used."""
    return StoreError(f"The store {path} is closed.", "Open it again.")
