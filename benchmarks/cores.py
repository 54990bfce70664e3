"""Two cores against one, by the clock: files to counts, each run in a process of its own that is held to its cores.

    python -m benchmarks.cores [--short] [PATH…]

Only on a machine with nothing else to do is the ratio that of the program.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reading import apart
from benchmarks.table import Measure, show
from benchmarks.written import write_containers
from ingest.core import native, why_not

LINES = {"native": 3_000_000, "python": 1_200_000}
SHORT, RUNS = 60_000, 3
GOALS = {"native": 1.7, "python": 1.6}


def measures(logs: Sequence[str] = (), short: bool = False) -> list[Measure]:
    """Rows for the table of all benchmarks."""
    if len(os.sched_getaffinity(0)) < 2:
        return [Measure(_name(engine), goal, (), note="only one core here") for engine, goal in GOALS.items()]
    return [_measured(engine, goal, logs, short) for engine, goal in GOALS.items()]


def _measured(engine: str, goal: float, logs: Sequence[str], short: bool) -> Measure:
    if engine == "native" and native() is None:
        return Measure(_name(engine), goal, (), note=f"no compiled core: {why_not()}")
    with TemporaryDirectory() as folder:
        paths = list(logs)
        if not paths:
            write_containers(Path(folder), SHORT if short else LINES[engine], 60)
            paths = [folder]
        pairs = [(apart(engine, 1, paths), apart(engine, 2, paths)) for _ in range(1 if short else RUNS)]
    best = max(two.lines / two.wall for _, two in pairs)
    note = f"wall time; {pairs[0][0].lines:,} lines, up to {best:,.0f} lines/s on two"
    return Measure(_name(engine), goal, tuple(one.wall / two.wall for one, two in pairs), note=note)


def _name(engine: str) -> str:
    return f"two cores against one, {engine}"


if __name__ == "__main__":
    show(measures, sys.argv[1:])
