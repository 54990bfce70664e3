"""What a backup of the embedded store costs, and a restore with everything compared, beside packing a copy.

    python -m benchmarks.backup [NAMESPACES [DAYS [TEMPLATES]]]

Counts are simulated as in `benchmarks.store`. The peer is the plainest thing that gives a file of one moment: SQLite's
own backup, packed by gzip at the same level; it checks nothing. Times are those of the processor.
"""

from __future__ import annotations

import gzip
import resource
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.store import DAY, START, simulated, timed, windows_of
from benchmarks.table import Measure, shown
from detector.backup import embedded
from detector.backup.archive import Archive
from detector.backup.manifest import Manifest
from detector.findings import NamespaceStatus
from detector.store.port import PassResult
from detector.store.sqlite import open_store

DEFAULTS = ("10", "3", "200")
_LEVEL = 3


def hear(doing: str, done: int, total: int | None) -> None:
    """Nothing."""


def filled(path: Path, namespaces: int, days: int, templates: int) -> None:
    """A store with a window a minute of each namespace."""
    with closing(open_store(path)) as store:
        for number in range(namespaces):
            name = f"n{number}"
            counts = windows_of(name, simulated(templates, days * 1_440, number), START)
            status = NamespaceStatus(name, START, START + days * DAY, days * 1_440, 1, templates, None)
            store.commit(PassResult(START + days * DAY, counts=counts, statuses=[status]))


def plainly(path: Path, folder: Path) -> None:
    """SQLite's backup, then gzip."""
    copy, packed = folder / "copy.sqlite", folder / "copy.gz"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    with copy.open("rb") as file, gzip.open(packed, "wb", _LEVEL) as stream:
        shutil.copyfileobj(file, stream)


def measures(namespaces: int, days: int, templates: int) -> list[Measure]:
    """Times, size and memory."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path, file, work = folder / "store.sqlite", folder / "backup.zip", folder / "work"
        filled(path, namespaces, days, templates)
        work.mkdir()

        def backing_up() -> None:
            with file.open("wb") as stream:
                embedded.back_up(path, stream, work, lambda schema: Manifest("sqlite", schema, "0", ""), hear)

        def restoring() -> None:
            with Archive(file) as archive:
                embedded.restore(archive, folder / "restored.sqlite", replace=False, stamp="", told=hear)

        plain, backup, restore = timed(lambda: plainly(path, folder)), timed(backing_up), timed(restoring)
        size = path.stat().st_size
        note = f"{size / 1e6:,.0f} MB, {namespaces} namespaces, {days} days"
        return [
            Measure("backup, checked", None, (backup,), "s", note),
            Measure("the same against SQLite's backup and gzip, unchecked", None, (backup / plain,)),
            Measure("restore, compared", None, (restore,), "s"),
            Measure("size against the store's file", None, (file.stat().st_size / size,)),
            Measure("most memory", None, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,), "MB"),
        ]


if __name__ == "__main__":
    given = [*sys.argv[1:], *DEFAULTS[len(sys.argv) - 1 :]]
    print(f"{describe()}\n\n{shown(measures(*map(int, given)))}")
