"""A whole scheduled pass for 200 namespaces: how long it takes, and how much of that is waiting for the cluster.

    python -m benchmarks.elasticsearch.passes [ADDRESS]

Without an address, against a server of the tests. Five workloads a namespace write about 60 lines a minute; the
namespaces learn from half an hour of it, then single windows are closed as the service closes them: counted, scored,
stored. The same windows go into SQLite. Waiting is wall time in which this process computes nothing; it is the
cluster's work and the way there, or SQLite's disk.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.machine import describe
from detector.pipeline import Pipeline
from detector.settings import DetectionSettings, Settings
from detector.store.elasticsearch import open_store as open_in_cluster
from detector.store.port import Store
from detector.store.sqlite import open_store as open_in_file
from detector.wiring import open_engine
from ingest.accounting import Tally
from ingest.batch import LogBatch, Origin
from ingest.elasticsearch.client import connect
from ingest.elasticsearch.settings import Connection
from ingest.source import Checkpoint, Problem, Progress, Revisit
from tests.servers.elasticsearch import NEWEST, Server
from tests.servers.names import fresh_prefix, remove
from tests.store.clusters import set_up

NAMESPACES, WORKLOADS = 200, 5
LEARNED = 30
"""Windows before the first one that is scored."""
PASSES = 10
MINUTE = 60_000_000
BEGIN = 1_763_708_400_000_000
"""2025-11-21T07:00:00Z."""
STATEMENTS = (
    ("info", "GET /orders/{} 200 in {} ms", 5.0),
    ("info", "order {} accepted, {} items", 3.0),
    ("info", "published event {} to partition {}", 2.0),
    ("info", "cache miss for customer {}, loaded in {} ms", 1.0),
    ("warning", "slow query on shard {}: {} ms", 0.5),
    ("error", "payment {} declined after {} attempts", 0.3),
)
"""Level, text, and how often a minute a workload logs it."""


class Generated:
    """A source of lines that are made up, a window at each poll, the same in every run."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(1)
        self._windows = 0
        self._origins = tuple(
            Origin(f"team-{namespace:03}", f"service-{workload}", f"service-{workload}-7d4b9c6f5-x2x{workload}x")
            for namespace in range(NAMESPACES)
            for workload in range(WORKLOADS)
        )
        self._tally = Tally()

        self.exhausted = self.at_end = False
        self.problems: Sequence[Problem] = ()

    @property
    def tally(self) -> Tally:
        """Of the lines that were made up."""
        return self._tally

    @property
    def watermark(self) -> int | None:
        """The end of the last window and the time for late lines: the window can be closed."""
        return BEGIN + self._windows * MINUTE + 10_000_000 if self._windows else None

    def poll(self) -> LogBatch:
        """The lines of the next minute."""
        often = np.array([rate for *_, rate in STATEMENTS])
        counts = self._random.poisson(often, (len(self._origins), len(often)))
        origin, statement = (np.repeat(each.ravel(), counts.ravel()) for each in np.indices(counts.shape))
        size = len(origin)
        times = np.sort(BEGIN + self._windows * MINUTE + self._random.integers(0, MINUTE, size))
        order = self._random.permutation(size)
        chosen, numbers = statement[order].tolist(), self._random.integers(0, 90_000, (size, 2)).tolist()
        start = self._tally.read
        self._windows += 1
        self._tally.read += size
        self._tally.records += size
        return LogBatch(
            self._origins,
            ("made up",),
            times,
            origin[order].astype(np.int32),
            np.zeros(size, np.int32),
            np.arange(start, start + size),
            ("stdout",) * size,
            tuple(STATEMENTS[one][0] for one in chosen),
            tuple(STATEMENTS[one][1].format(*pair) for one, pair in zip(chosen, numbers, strict=True)),
        )

    def revisit(self) -> Iterable[Revisit]:
        """Nothing is late."""
        return ()

    def positions(self) -> Mapping[str, Checkpoint]:
        """After the last line."""
        return {"made up": Checkpoint(self._tally.read, self._tally.read)}

    def progress(self) -> Progress:
        """Without an end."""
        return Progress(self._windows, None, "windows")

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Seconds that one pass took."""

    wall: float
    computing: float

    @property
    def waiting(self) -> float:
        """In which this process had nothing to do."""
        return max(0.0, self.wall - self.computing)


@dataclass(frozen=True, slots=True)
class Figures:
    """Passes into one store, each after the learning."""

    passes: Sequence[Pass]
    lines: int
    """Of all these passes."""


def measure(store: Store) -> Figures:
    """Learn, then close one window a pass as the service does; only these passes are measured, reading is not."""
    detection = DetectionSettings(learn=timedelta(minutes=LEARNED))
    settings = Settings(detection=detection)
    source = Generated()
    pipeline = Pipeline(source, open_engine(settings), store, settings)
    for _ in range(LEARNED + 2):  # with these the models are trained
        pipeline.poll()
        pipeline.close_windows()
    if not all(status.model for status in store.statuses()):
        raise RuntimeError("The namespaces have no models yet: these passes would score nothing.")
    before = source.tally.read
    return Figures([_timed(pipeline) for _ in range(PASSES)], source.tally.read - before)


def _timed(pipeline: Pipeline) -> Pass:
    pipeline.poll()
    wall, computing = time.perf_counter(), time.process_time()
    pipeline.close_windows()
    return Pass(time.perf_counter() - wall, time.process_time() - computing)


def in_cluster(connection: Connection, prefix: str) -> Figures:
    """Into Elasticsearch, where the store is set up."""
    store = open_in_cluster(connection, prefix)
    try:
        return measure(store)
    finally:
        store.close()


def in_file() -> Figures:
    """Into SQLite."""
    with TemporaryDirectory() as folder:
        store = open_in_file(Path(folder) / "drainwatch.sqlite")
        try:
            return measure(store)
        finally:
            store.close()


def told(name: str, figures: Figures) -> str:
    """A line of the report: medians, with the least and the most."""
    walls = [one.wall for one in figures.passes]
    share = median(one.waiting / one.wall for one in figures.passes)
    return (
        f"{name:14} {median(walls):5.2f} s a pass ({min(walls):.2f} to {max(walls):.2f}),"
        f" computing {median(one.computing for one in figures.passes):.2f} s,"
        f" waiting {median(one.waiting for one in figures.passes):.2f} s ({share:.0%})"
    )


def report(connection: Connection, prefix: str) -> str:
    """Both stores and their ratio."""
    cluster, file = in_cluster(connection, prefix), in_file()
    ratio = median(one.wall for one in cluster.passes) / median(one.wall for one in file.passes)
    lines = cluster.lines / len(cluster.passes)
    return "\n".join(
        [
            f"{NAMESPACES} namespaces of {WORKLOADS} workloads, {lines:,.0f} lines a window, {PASSES} passes",
            told("Elasticsearch", cluster),
            told("SQLite", file),
            f"{'ratio':14} {ratio:5.2f}",
        ]
    )


def main(addresses: Sequence[str]) -> None:
    """Print the report."""
    with ExitStack() as stack:
        if addresses:
            connection = Connection(hosts=tuple(addresses))
            client = stack.enter_context(closing(connect(connection)))
        else:
            server = stack.enter_context(closing(Server(NEWEST)))
            server.start()
            server.wait()
            connection, client = server.connection("writer"), server.client
        prefix = fresh_prefix()
        stack.callback(remove, client, prefix)
        set_up(client, prefix)
        print(f"{describe()}\n{report(connection, prefix)}")


if __name__ == "__main__":
    main(sys.argv[1:])
