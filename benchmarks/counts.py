"""Files to counts on one core, against Drain3 alone: CRI files of containers, and Filebeat's documents.

    python -m benchmarks.counts [--short] [PATH…]

The peers do less than we: for container files Drain3 gets ready strings, for documents `json.loads` and Drain3; nothing
is counted, no time is read, no stack trace joined. Both have the same masks. Each is run in turn, several times;
figures are ratios of processor time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.reading import apart
from benchmarks.table import Measure, show
from benchmarks.templates import OURS, drain3, read, timed
from benchmarks.written import write_containers, write_documents
from ingest.batch import LogBatch, Origin
from ingest.core import native, why_not

LINES, SHORT, RUNS = 200_000, 20_000, 3
PEER = 20_000
"""Lines that the peers are run on: their cost a line hardly changes with more."""
GOALS = {"native": (40.0, 50.0), "python": (4.0, 4.0)}
"""For container files, and for documents."""


def measures(logs: Sequence[str] = (), short: bool = False) -> list[Measure]:
    """Rows for the table of all benchmarks."""
    lines, runs = (SHORT, 1) if short else (LINES, RUNS)
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_containers(folder / "pods", lines, 10)
        documents = {"many systems": folder / "filebeat.ndjson"} | (
            {"your logs": folder / "yours.ndjson"} if logs else {}
        )
        for where, path in documents.items():
            write_documents(path, lines, 10, _head(read(logs), lines) if where == "your logs" else None)
        given = {"many systems": [str(folder / "pods")]} | ({"your logs": list(logs)} if logs else {})
        rows = [
            row
            for where, paths in given.items()
            for row in _rows(f"container files → counts, {where}", paths, 0, runs, _ready_strings(paths))
        ]
        for where, path in documents.items():
            peer = _by_json(path.read_bytes().splitlines()[:PEER])
            rows += _rows(f"Filebeat documents → counts, {where}", [str(path)], 1, runs, peer)
        return rows


def _rows(name: str, paths: Sequence[str], kind: int, runs: int, peer: Callable[[], float]) -> list[Measure]:
    engines = [engine for engine in GOALS if engine == "python" or native() is not None]
    ratios: dict[str, list[float]] = {engine: [] for engine in engines}
    speeds: dict[str, list[float]] = {engine: [] for engine in engines}
    for _ in range(runs):
        theirs = peer()
        for engine in engines:
            spent = apart(engine, 1, paths)
            ours = spent.processor / max(spent.counted, 1)
            ratios[engine].append(theirs / ours)
            speeds[engine].append(1 / ours)
    return [
        Measure(f"{name}, {engine}", goals[kind], tuple(ratios[engine]), note=f"{median(speeds[engine]):,.0f} lines/s")
        if engine in ratios
        else Measure(f"{name}, {engine}", goals[kind], (), note=f"no compiled core: {why_not()}")
        for engine, goals in GOALS.items()
    ]


def _head(batch: LogBatch, rows: int) -> LogBatch:
    return batch.take(np.arange(min(rows, len(batch))))


def _ready_strings(paths: Sequence[str]) -> Callable[[], float]:
    """Seconds a line of Drain3 on strings that are there already."""
    batch = _head(read(paths), PEER)
    batch = replace(batch, message=tuple(batch.message))
    return lambda: timed(drain3(OURS)(), batch) / max(len(batch), 1)


def _by_json(lines: Sequence[bytes]) -> Callable[[], float]:
    """Seconds a document of `json.loads` and Drain3, a miner for each workload."""

    def run() -> float:
        begin = time.process_time()
        parsed = [json.loads(line) for line in lines]
        whose = [(each["kubernetes"]["namespace"], each["kubernetes"]["statefulset"]["name"]) for each in parsed]
        known = {each: index for index, each in enumerate(dict.fromkeys(whose))}
        read_in = time.process_time() - begin
        none = np.zeros(len(parsed), np.int64)
        batch = replace(
            LogBatch.empty(),
            origins=tuple(Origin(*each) for each in known),
            time=none,
            origin=np.array([known[each] for each in whose], np.int32),
            message=tuple([each["message"] for each in parsed]),
        )
        return (read_in + timed(drain3(OURS)(), batch)) / max(len(lines), 1)

    return run


if __name__ == "__main__":
    show(measures, sys.argv[1:])
