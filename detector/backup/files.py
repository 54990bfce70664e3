"""The file that a backup is written to or read from: never half of one, for its owner alone, or a pipe."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from detector.backup.folders import folder
from detector.errors import BackupError

PIPE = "-"


@contextmanager
def written(target: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A file that gets its name only when all is written and on the disk; and an empty folder on the same disk.

    Raises `BackupError` where there is a file of that name already, or it can't be written.
    """
    if target.exists():
        raise BackupError(f"There is a file {target} already.", "Give another name, or a folder: then it is made.")
    try:
        with folder(target.parent, ".backup-") as inside:
            part = inside / "part"
            work = inside / "work"
            work.mkdir(0o700)
            with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as stream:
                yield stream, work
                stream.flush()
                os.fsync(stream.fileno())
            _name(part, target)
    except OSError as error:
        raise BackupError(
            f"The backup {target} can't be written: {error.strerror or error}.",
            "Check the folder, its permissions and the room on its disk: while it is made a copy of the store has to be"
            " there, too. Nothing is left of it.",
        ) from None


def _name(part: Path, target: Path) -> None:
    try:
        os.link(part, target)  # and not over one that came meanwhile
    except FileExistsError:
        raise
    except OSError:  # some shares know no links
        part.replace(target)


@contextmanager
def piped() -> Iterator[tuple[IO[bytes], Path]]:
    """Standard output, and an empty folder.

    Raises `BackupError` where somebody would see it on a screen, or there is no room for a copy.
    """
    if sys.stdout.isatty():
        raise BackupError("A backup isn't for a terminal.", "Pipe it: drainwatch backup - | age -r … > backup.age")
    sys.stdout.flush()
    place = Path(tempfile.gettempdir())
    try:
        with folder(place, "drainwatch-backup-") as work:
            yield sys.stdout.buffer, work
            sys.stdout.buffer.flush()
    except OSError as error:
        if error.filename is None:  # standard output
            raise
        raise BackupError(
            f"No copy of the store can be written in {place}: {error.strerror}.",
            "Make room there, or name another folder with TMPDIR. What went to standard output is no backup.",
        ) from None


@contextmanager
def given(name: str) -> Iterator[Path]:
    """The file of an archive; what comes from a pipe is put into one first: all is checked before anything is done."""
    if name != PIPE:
        yield Path(name)
        return
    if sys.stdin.isatty():
        raise BackupError("There is no backup on standard input.", "Pipe it: age -d backup.age | drainwatch restore -")
    with folder(Path(tempfile.gettempdir()), "drainwatch-restore-") as inside:
        file = inside / "archive"
        with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream)
        yield file
