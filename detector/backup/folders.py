"""Folders that backups and restores work in: removed in the end, and by the next one where a process was killed."""

from __future__ import annotations

import re
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

_HELD = "held"
_QUIET = 3_600.0
"""Seconds in which nothing was written to a folder of which nobody can know whether it is held."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMED = re.compile(r"([0-9a-f]{8})?-[a-z0-9_]{8}")
"""What follows the prefix: in which start of the machine it was made, and what `tempfile` makes up."""


@contextmanager
def folder(parent: Path, prefix: str) -> Iterator[Path]:
    """An empty folder in `parent` that only we may enter; those that were left behind there are removed before.

    Whoever works in one holds a lock on a file in it, which the system lets go of when the process ends, however it
    ends. Raises `OSError`.
    """
    boot = _boot()
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{boot}-", dir=parent) as made:
        own = Path(made)
        for other in parent.glob(f"{prefix}*"):
            named = _NAMED.fullmatch(other.name.removeprefix(prefix))
            if named and other != own and _is_left_behind(other, own, since_boot=bool(boot) and named[1] == boot):
                shutil.rmtree(other, ignore_errors=True)
        with _held(own):
            inside = own / "inside"
            inside.mkdir(0o700)
            yield inside


@contextmanager
def _held(own: Path) -> Iterator[None]:
    new = own / f"{_HELD}.new"
    with ExitStack() as stack:
        with suppress(sqlite3.Error, OSError):  # without it nobody ever takes it for one that was left behind
            lock = stack.enter_context(closing(sqlite3.connect(new, isolation_level=None)))
            lock.execute("PRAGMA user_version = 1")  # to lock an empty file SQLite would write, also on a full disk
            lock.execute("BEGIN EXCLUSIVE")
            new.rename(own / _HELD)  # nobody finds it before it is locked
        yield


def _is_left_behind(other: Path, own: Path, *, since_boot: bool) -> bool:
    """Whether it is one of ours that nobody works in any more.

    Locks tell of processes on this machine. Some shares don't tell other machines of them, so what wasn't made since
    this one was started has to be quiet, too; by the share's clock, which made our own folder a moment ago.
    """
    try:
        found, ours = other.lstat(), own.stat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != ours.st_uid:
            return False
        newest = max(path.lstat().st_mtime for path in (other, *other.rglob("*")))
        # Raises where somebody holds it, and where there is none: then it is no folder of ours.
        with closing(sqlite3.connect(f"{(other / _HELD).absolute().as_uri()}?mode=rw", uri=True, timeout=0)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
        return since_boot or ours.st_mtime - newest > _QUIET
    except (OSError, sqlite3.Error):
        return False


def _boot() -> str:
    """What tells one start of this machine from another; empty where the system doesn't say."""
    try:
        return _BOOT.read_text("ascii")[:8]
    except OSError:
        return ""
