"""How soon a line is counted: written at a steady rate, read by one worker, looked for in the store.

    python -m benchmarks.kafka.steady [RATE [SECONDS]]

A line is counted when its window is closed, so what is measured is the time from the end of its window until the line
is in the store, over all lines. Windows last 10 s; they wait half a second (`kafka.delay`) for lines on their way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.kafka.workers import ROOT, broker_running, running, sections, wait_for_group
from benchmarks.machine import describe
from benchmarks.table import Measure, shown
from detector.store.sqlite import open_reader
from tests.servers.kafka import Broker, fresh_topic

PARTITIONS = 4
WINDOW = 10
"""Seconds."""
DELAY = 0.5
"""Seconds."""


def seen_in(store: Path, since: int) -> Counter[int]:
    """By window (its start in microseconds UTC), lines that are in the store."""
    found: Counter[int] = Counter()
    if not store.exists():
        return found
    with closing(open_reader(store)) as reader:
        for status in reader.statuses():
            for window in reader.counts(status.namespace, since):
                found[window.window] += int(window.counts.sum())
    return found


def watched(
    store: Path, since: int, producer: subprocess.Popen[str], patience: float
) -> tuple[NDArray[np.float64], int]:
    """For every line that was counted, seconds from its window's end on; and how many were written."""
    before: Counter[int] = Counter()
    waits: list[NDArray[np.float64]] = []
    written, until = -1, 0.0
    while written < 0 or (before.total() < written and time.monotonic() < until):
        now_seen, now = seen_in(store, since), time.time()
        for window, lines in (now_seen - before).items():
            waits.append(np.full(lines, now - (window / 1e6 + WINDOW)))
        before = now_seen
        if written < 0 and producer.poll() is not None:
            assert producer.stdout is not None
            told = json.load(producer.stdout)
            written, until = told["lines"], time.monotonic() + patience
            print(f"{written:,} lines written in {told['seconds']:.1f} s", file=sys.stderr)
        time.sleep(0.05)
    return np.concatenate([*waits, np.zeros(0)]), written


def measure(broker: Broker, rate: float, seconds: float) -> list[Measure]:
    """The percentiles over all lines."""
    topic = fresh_topic()
    broker.create_topic(topic, PARTITIONS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = folder / "drainwatch.sqlite"
        own = sections(broker.address, topic, store, delay=f"{DELAY}s", disorder="2s")
        own["detection"] = {"window": f"{WINDOW}s", "lateness": "0s"}
        with running(folder, own, [os.sched_getaffinity(0)]):
            wait_for_group(broker.address, topic, 1, PARTITIONS, folder)
            since = time.time_ns() // 1_000 - WINDOW * 1_000_000
            arguments = [broker.address, topic, str(PARTITIONS), str(rate), str(seconds)]
            producer = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.kafka.documents", *arguments],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            waits, written = watched(store, since, producer, 60)
    note = f"{rate:,.0f} lines/s for {seconds:.0f} s, {PARTITIONS} partitions, one worker; kafka.delay {DELAY} s of it"
    if len(waits) < written:
        note += f"; {written - len(waits):,} of {written:,} lines were not counted within a minute"
    median, most = (float(np.percentile(waits, share)) if len(waits) else float("inf") for share in (50, 99))
    return [
        Measure("Kafka: a line counted after its window's end, p99", 2.0, (most,), "s", note, "most"),
        Measure("Kafka: a line counted after its window's end, median", None, (median,), "s", note),
    ]


def main(arguments: list[str]) -> None:
    """Print the table."""
    rate, seconds = (float(one) for one in [*arguments, *("10000", "60")[len(arguments) :]])
    with broker_running() as broker:
        print(f"{describe()}\n\n{shown(measure(broker, rate, seconds))}")


if __name__ == "__main__":
    main(sys.argv[1:])
