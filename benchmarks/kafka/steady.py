"""How soon a line is counted: written at a steady rate, read by one worker, looked for in the store.

    python -m benchmarks.kafka.steady [RATE [SECONDS [WINDOW]]]

A line is counted when its window is closed, so what is measured is the time from the end of its window until the line
is in the store, over all lines of the windows that lie whole in so many seconds of steady writing. Windows last 10 s,
unless said otherwise; they wait half a second (`kafka.delay`) for lines on their way. Before that the same is written
until a window was counted and another one begins: the start of processes and the first sight of each template are
over by then.
"""

from __future__ import annotations

import json
import math
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
from detector.store.port import Reader
from detector.store.sqlite import open_reader
from ingest.core import native
from tests.servers.kafka import Broker, fresh_topic

PARTITIONS = 4
DELAY = 0.5
"""Seconds."""
_WARM = 2
"""Windows, about, that are written before it is measured."""
_PATIENCE = 60.0
"""Seconds that lines are waited for when all are written."""


def seen_in(reader: Reader, since: int) -> Counter[int]:
    """By window (its start in microseconds UTC), lines that are in the store."""
    found: Counter[int] = Counter()
    for status in reader.statuses():
        for window in reader.counts(status.namespace, since):
            found[window.window] += int(window.counts.sum())
    return found


def watched(
    store: Path, since: int, window: int, producer: subprocess.Popen[str]
) -> tuple[dict[int, list[tuple[int, float]]], int]:
    """By window, how many lines were seen how many seconds after its end; and how many were written in all."""
    before: Counter[int] = Counter()
    seen: dict[int, list[tuple[int, float]]] = {}
    written, until, account = -1, 0.0, -1
    with closing(open_reader(store)) as reader:
        while written < 0 or (before.total() < written and time.monotonic() < until):
            if (stored := reader.tally().records) != account:
                now_seen, now, account = seen_in(reader, since), time.time(), stored
                for start, lines in (now_seen - before).items():
                    seen.setdefault(start, []).append((lines, now - (start / 1e6 + window)))
                before = now_seen
            if written < 0 and producer.poll() is not None:
                assert producer.stdout is not None
                told = json.load(producer.stdout)
                written, until = told["lines"], time.monotonic() + _PATIENCE
                print(f"{written:,} lines written in {told['seconds']:.1f} s", file=sys.stderr)
            time.sleep(0.02)
    return seen, written


def waits_of(seen: dict[int, list[tuple[int, float]]], window: int, begin: float, end: float) -> NDArray[np.float64]:
    """For every line of the windows whole between two times (seconds UTC), seconds from its window's end on."""
    waits = []
    for start, found in sorted(seen.items()):
        inside = begin <= start / 1e6 and start / 1e6 + window <= end
        told = ", ".join(f"{lines:,} after {wait:.2f} s" for lines, wait in found)
        print(
            f"window of {time.strftime('%H:%M:%S', time.gmtime(start / 1e6))}: {told}{'' if inside else ' (left out)'}",
            file=sys.stderr,
        )
        waits += [np.full(lines, wait) for lines, wait in found if inside]
    return np.concatenate([*waits, np.zeros(0)])


def measure(broker: Broker, rate: float, seconds: float, window: int = 10) -> list[Measure]:
    """The percentiles over all lines."""
    topic = fresh_topic()
    broker.create_topic(topic, PARTITIONS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = folder / "drainwatch.sqlite"
        own = sections(broker.address, topic, store, delay=f"{DELAY}s", disorder="2s")
        own["detection"] = {"window": f"{window}s", "lateness": "0s"}
        with running(folder, own, [os.sched_getaffinity(0)]) as used:
            wait_for_group(broker.address, topic, 1, PARTITIONS, folder)
            now = time.time()
            begin = (math.ceil(now / window) + _WARM - 1) * window
            end = begin + max(1, math.floor(seconds / window)) * window
            since, before = round((now - window) * 1e6), used()
            arguments = [broker.address, topic, str(PARTITIONS), str(rate), str(end + 1 - now)]
            producer = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.kafka.documents", *arguments],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            seen, written = watched(store, since, window, producer)
            cost = (used() - before) / written * 1e6
    waits = waits_of(seen, window, begin, end)
    missing = written - sum(lines for found in seen.values() for lines, _ in found)
    note = (
        f"{'Python alone' if native() is None else 'compiled core'}, {rate:,.0f} lines/s for {end - begin:.0f} s, "
        f"windows of {window} s, {PARTITIONS} partitions, one worker; kafka.delay {DELAY} s of it"
    )
    if missing:
        note += f"; {missing:,} of {written:,} lines were not counted within a minute"
    median, most = (float(np.percentile(waits, share)) if len(waits) else math.inf for share in (50, 99))
    return [
        Measure(
            "Kafka: a line counted after its window's end, p99",
            2.0,
            (math.inf if missing else most,),
            "s",
            note,
            "most",
        ),
        Measure("Kafka: a line counted after its window's end, median", None, (median,), "s", note),
        Measure("Kafka: a line, processor time of the worker", None, (cost,), "µs", note),
    ]


def main(arguments: list[str]) -> None:
    """Print the table."""
    rate, seconds, window = (float(one) for one in [*arguments, *("10000", "60", "10")[len(arguments) :]])
    with broker_running() as broker:
        print(f"{describe()}\n\n{shown(measure(broker, rate, seconds, round(window)))}")


if __name__ == "__main__":
    main(sys.argv[1:])
