"""What changed since a release: how long the answer takes over a day of counts.

    python -m benchmarks.changes

A million lines of 200 templates in 1,440 windows, a third of it after a roll-out, in an embedded store; printed is the
median of the seconds that the whole answer takes, reading included, with the least and the most.
"""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.machine import describe
from detector.comparison import compare
from detector.findings import NamespaceStatus
from detector.store.port import PassResult, WindowCounts
from detector.store.sqlite import SqliteStore, open_reader, open_store
from parsers.engine import Template

RUNS, WINDOWS, TEMPLATES, LINES = 7, 1_440, 200, 1_000_000
ROLLED = 960
SPAN = 60_000_000


def fill(store: SqliteStore) -> NamespaceStatus:
    """A day of counts that follow a load; every 60th template is three times as frequent after the roll-out."""
    rng = np.random.default_rng(1)
    rates = np.exp(rng.normal(0, 2, TEMPLATES))
    load = np.exp(rng.normal(0, 0.3, WINDOWS)) * (1.2 + np.sin(np.arange(WINDOWS) / 230))
    means = np.outer(load, rates)
    means[ROLLED:, ::60] *= 3
    counts = rng.poisson(means * LINES / means.sum())
    names = np.array([f"t{number:03}" for number in range(TEMPLATES)])
    windows = [
        WindowCounts("shop", (row + 1) * SPAN, tuple(names[line > 0].tolist()), line[line > 0])
        for row, line in enumerate(counts)
    ]
    templates = [Template(name, "shop", "cart", f"text {name}", "info", SPAN, SPAN, 1, name) for name in names.tolist()]
    end = (WINDOWS + 1) * SPAN
    status = NamespaceStatus("shop", SPAN, end - SPAN, WINDOWS, int(counts.sum()), TEMPLATES, None)
    store.commit(PassResult(end, counts=windows, templates=templates, statuses=[status]))
    return status


def main() -> None:
    """Fill a store, ask it a few times, print."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.sqlite"
        with closing(open_store(path)) as store:
            status = fill(store)
        seconds, found = [], 0
        for _ in range(RUNS):
            with closing(open_reader(path)) as reader:
                begin = time.perf_counter()
                found = len(compare(reader, status, (ROLLED + 1) * SPAN, None, SPAN).differences)
                seconds.append(time.perf_counter() - begin)
    print(describe())
    print(f"{status.lines:,} lines, {WINDOWS:,} windows, {TEMPLATES} templates: {found} logged differently")
    print(f"{median(seconds):.3f} s ({min(seconds):.3f} to {max(seconds):.3f})")


if __name__ == "__main__":
    main()
