"""What the embedded store costs: reading a day, committing windows, keeping history, beside a run that keeps nothing.

    python -m benchmarks.store [NAMESPACES [TEMPLATES [RUNS]]]

Counts are simulated: templates of very different frequency. The peer of reading is a table with a row a count, of the
same counts in the same run, by turns. Starting with persistence is the same pipeline over the demo's files, once into
the store and once into nothing. Times are those of the processor, so that other work on the machine lengthens them
little; commits are measured by the clock, too, because they wait for the disk.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import describe
from benchmarks.table import Measure, shown
from detector.demo.writer import log_folder, write_history
from detector.pipeline import Pipeline
from detector.settings import Settings
from detector.sparse import HOUR, MINUTE
from detector.store.port import PassResult, WindowCounts
from detector.store.sqlite import SqliteStore, open_store
from detector.wiring import open_engine, open_files

START = 1_767_225_600_000_000
DAY = 24 * HOUR
DEFAULTS = ("1000", "200", "5")
READS = 40
"""Reads of a day in a run: the median of them is its figure."""
CAUGHT_UP = 3 * HOUR
"""How much of the demo's cluster is read at the start."""
_Rows = list[tuple[int, int, int, int]]


class Nowhere(SqliteStore):
    """Keeps nothing of a pass: what a run without persistence costs."""

    def commit(self, result: PassResult) -> None:
        """Let it go."""


def simulated(templates: int, windows: int, seed: int) -> NDArray[np.int64]:
    """Counts of windows by template; most of them are small, many nought."""
    chance = np.random.default_rng(seed)
    return chance.poisson(np.random.default_rng(0).lognormal(0.5, 1.8, templates), (windows, templates))


def windows_of(namespace: str, values: NDArray[np.int64], begin: int) -> list[WindowCounts]:
    """The same as the pipeline has them."""
    names = np.array([f"{namespace}-{number:012}" for number in range(values.shape[1])], object)
    found = []
    for at, row in enumerate(values):
        seen = np.flatnonzero(row)
        found.append(WindowCounts(namespace, begin + at * MINUTE, tuple(names[seen].tolist()), row[seen]))
    return found


def timed(task: Callable[[], object]) -> float:
    """Seconds of processor time."""
    begin = time.process_time()
    task()
    return time.process_time() - begin


def reading(folder: Path, templates: int, runs: int) -> list[Measure]:
    """The last day of one of several namespaces, against a row a count, which is read into columns as well."""
    path = folder / "reading.sqlite"
    names = [f"n{number}" for number in range(5)]
    values = {name: simulated(templates, 3 * 1_440, number) for number, name in enumerate(names)}
    with closing(sqlite3.connect(folder / "rows.sqlite")) as peer, closing(open_store(path)) as store:
        peer.execute("CREATE TABLE count (namespace INT, window INT, template INT, count INT)")
        for number, name in enumerate(names):
            store.commit(PassResult(START + 3 * DAY, counts=windows_of(name, values[name], START)))
            at, template = np.nonzero(values[name])
            rows: _Rows = list(
                zip(
                    [number] * len(at),
                    (START + at * MINUTE).tolist(),
                    template.tolist(),
                    values[name][at, template].tolist(),
                    strict=True,
                )
            )
            peer.executemany("INSERT INTO count VALUES (?, ?, ?, ?)", rows)
        peer.execute("CREATE INDEX by_window ON count (namespace, window, template, count)")
        statement = "SELECT window, template, count FROM count WHERE namespace = 2 AND window >= ? ORDER BY window"

        def theirs() -> object:
            return np.array(peer.execute(statement, (START + 2 * DAY,)).fetchall(), np.int64)

        def ours() -> object:
            return store.vectors("n2", START + 2 * DAY)

        ours(), theirs()
        pairs = [
            (median(timed(ours) for _ in range(READS)), median(timed(theirs) for _ in range(READS // 4)))
            for _ in range(runs)
        ]
        as_windows = [
            median(timed(lambda: list(store.counts("n2", START + 2 * DAY))) for _ in range(5)) for _ in range(runs)
        ]
    entries = int((values["n2"][1_440 * 2 :] > 0).sum())
    note = f"1,440 windows, {entries:,} counts"
    return [
        Measure("24 h of a namespace as columns", 2.0, tuple(ours * 1e3 for ours, _ in pairs), "ms", note, "most"),
        Measure(
            "the same against a row a count",
            None,
            tuple(theirs / ours for ours, theirs in pairs),
            note="SQLite, covering index",
        ),
        Measure("the same window by window", None, tuple(one * 1e3 for one in as_windows), "ms"),
    ]


def committing(folder: Path, namespaces: int, templates: int, runs: int) -> list[Measure]:
    """A window of all namespaces a commit, as a pass does it."""
    values = simulated(templates, namespaces, 7)
    rates, clock = [], []
    with closing(open_store(folder / "committing.sqlite")) as store:
        for run in range(runs + 1):
            begin = START + run * MINUTE
            counts = [
                one
                for number in range(namespaces)
                for one in windows_of(f"n{number}", values[number : number + 1], begin)
            ]
            waited = time.perf_counter()
            spent = timed(lambda counts=counts, begin=begin: store.commit(PassResult(begin + MINUTE, counts=counts)))  # type: ignore[misc]
            if run:  # the first one gives every template its number
                clock.append(time.perf_counter() - waited)
                rates.append(namespaces / spent)
    note = f"{namespaces:,} namespaces × {templates} templates"
    return [
        Measure("namespace windows committed a second", None, tuple(rates), "/s", note),
        Measure("one commit of all of them, by the clock", None, tuple(one * 1e3 for one in clock), "ms", note),
    ]


def starting(folder: Path, runs: int) -> list[Measure]:
    """Catching up on the demo's history into a store, against the same that keeps nothing."""
    write_history(folder, START, START + CAUGHT_UP, faults=())
    settings = Settings()

    def run(number: int, kind: type[SqliteStore]) -> float:
        with closing(open_store(folder / f"start-{kind.__name__}-{number}.sqlite")) as opened:
            store = opened if kind is SqliteStore else kind(opened._file, opened._pool)
            source = open_files([str(log_folder(folder))], settings, follow=False, clock=lambda: START + CAUGHT_UP)
            with closing(source):

                def catch_up() -> None:
                    pipeline = Pipeline(source, open_engine(settings), store, settings)
                    while pipeline.poll() or not source.exhausted:
                        pass
                    pipeline.close_windows()

                return timed(catch_up)

    ratios = [run(number, SqliteStore) / run(number, Nowhere) for number in range(runs)]
    note = f"{CAUGHT_UP // HOUR} h of the demo's cluster"
    return [Measure("start with persistence against without", 1.1, tuple(ratios), note=note, sense="most")]


def growing(folder: Path, templates: int) -> list[Measure]:
    """Bytes that a day of one namespace takes, by the minute and rolled up."""
    path = folder / "growing.sqlite"
    days = 10
    with closing(open_store(path)) as store:
        store.commit(PassResult(START, counts=windows_of("n0", simulated(templates, 1, 1), START)))
        before = _used(path)
        for day in range(days):
            begin = START + day * DAY
            store.commit(PassResult(begin + DAY, counts=windows_of("n0", simulated(templates, 1_440, day), begin)))
        minutes = (_used(path) - before) / days
        spent = timed(lambda: store.prune(START + days * DAY, 0))
        hours = (_used(path) - before) / days
    note = f"{templates} templates, a namespace and day"
    return [
        Measure("counts by the minute", None, (minutes / 1024,), "KiB", note),
        Measure("rolled up to hours", None, (hours / 1024,), "KiB", note),
        Measure("rolling a day up", None, (spent / days * 1e3,), "ms", note),
    ]


def _used(path: Path) -> int:
    """Bytes of the file that hold something; what was deleted is used again."""
    with closing(sqlite3.connect(path)) as file:
        (pages,), (free,), (size,) = (
            file.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)


def measures(namespaces: int, templates: int, runs: int) -> list[Measure]:
    """All of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            *reading(folder, templates, runs),
            *committing(folder, namespaces, templates, runs),
            *growing(folder, templates),
            *starting(folder / "logs", runs),
        ]


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    namespaces, templates, runs = (int(given) for given in (*arguments, *DEFAULTS[len(arguments) :]))
    print(f"{describe()}\n{namespaces:,} namespaces, {templates} templates, {runs} runs, one process\n")
    print(shown(measures(namespaces, templates, runs)))


if __name__ == "__main__":
    main(sys.argv[1:])
