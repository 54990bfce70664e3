"""Two workers against one: how long they take for the same backlog.

    python -m benchmarks.kafka.backlog [ENGINE [LINES [RUNS]]]

ENGINE is `python` or `native`. The backlog is written in a transaction that is committed when all workers have their
partitions and wait: so what is measured is the time from that moment until the last line is counted, without the start
of processes; and without the last of the thirty windows, which some seconds of silence close at the end, however many
workers there are. Each worker has one processor to itself, as on a node of its own; the broker, which is on the same
machine, uses both. It takes little of them while workers find templates in Python, so that row shows how workers share
the work; with the compiled core the broker has as much to do as they have, and both processors are busy with one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from confluent_kafka import Producer

from benchmarks.kafka.documents import Documents, backlog, produce
from benchmarks.kafka.workers import broker_running, running, sections, wait_for, wait_for_group
from benchmarks.machine import describe
from benchmarks.table import Measure, shown
from ingest.core import native, why_not
from tests.servers.kafka import Broker, fresh_topic

LINES = {"python": 1_500_000, "native": 3_000_000}
"""So many keep one worker busy for the greater part of a minute."""
PARTITIONS = 4
SPAN = 1_800_000_000
"""Half an hour of lines (in microseconds), long enough ago that all of its windows can be closed."""
WINDOW = 60_000_000
_LONGEST = 600
"""Seconds."""


def seconds(broker: Broker, engine: str, lines: int, processors: list[set[int]]) -> tuple[float, float]:
    """From the moment at which the backlog is there until all of it is counted: by the clock, of processors."""
    topic = fresh_topic()
    broker.create_topic(topic, PARTITIONS)
    since = (time.time_ns() // 1_000 - 2 * SPAN) // WINDOW * WINDOW
    producer = Producer(
        {
            "bootstrap.servers": broker.address,
            "transactional.id": topic,
            "transaction.timeout.ms": 600_000,
            "compression.type": "lz4",
            "log_level": 0,
        }
    )
    producer.init_transactions(30)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = folder / "drainwatch.sqlite"
        own = sections(broker.address, topic, store, disorder="2s")
        own["parsing"] = {"engine": engine}
        own["detection"] = {"lateness": "0s", "learn": "24h"}  # no model is made: that is once, and not of a line
        with running(folder, own, processors) as used:
            producer.begin_transaction()
            produce(producer, topic, backlog(Documents(PARTITIONS), lines, since, SPAN))
            wait_for_group(broker.address, topic, len(processors), PARTITIONS, folder)
            producer.commit_transaction(60)
            begun, before = time.monotonic(), used()
            wanted = lines * (SPAN - WINDOW) // SPAN
            return wait_for(store, wanted, _LONGEST, folder) - begun, used() - before


def measure(broker: Broker, engine: str, lines: int, runs: int) -> list[Measure]:
    """Ratio of the wall times, and how many lines a second that is."""
    if engine == "native" and native() is None:
        return [Measure("Kafka, native: two workers against one", 1.7, (), note=f"no compiled core: {why_not()}")]
    ours, name = sorted(os.sched_getaffinity(0)), f"Kafka, {engine}: two workers against one"
    if len(ours) < 2:
        return [Measure(name, 1.7, (), note="one processor only")]
    one, two = [{ours[0]}], [{ours[0]}, {ours[1]}]
    times: dict[int, list[float]] = {1: [], 2: []}
    costs: dict[int, list[float]] = {1: [], 2: []}
    for run in range(runs):
        for processors in (one, two) if run % 2 == 0 else (two, one):
            took, cost = seconds(broker, engine, lines, processors)
            print(f"{len(processors)} workers: {took:.1f} s, {cost:.1f} s of processors", file=sys.stderr)
            times[len(processors)].append(took)
            costs[len(processors)].append(cost)
    note = f"{lines:,} lines, {PARTITIONS} partitions, one processor a worker, broker beside them"
    ratios = tuple(alone / both for alone, both in zip(times[1], times[2], strict=True))
    dearer = tuple(both / alone for alone, both in zip(costs[1], costs[2], strict=True))
    return [
        Measure(f"{name}, the same backlog", 1.7, ratios, note=note),
        Measure(f"{name}, processor time for it", None, dearer, note="1 × is no cost of sharing"),
        Measure(f"Kafka, {engine}: one worker", None, tuple(lines / took for took in times[1]), "lines/s", note),
        Measure(
            f"Kafka, {engine}: a line, processor time of one worker",
            None,
            tuple(cost / lines * 1e6 for cost in costs[1]),
            "µs",
            note,
        ),
    ]


def main(arguments: list[str]) -> None:
    """Print the table."""
    engine, *rest = arguments or ["python"]
    lines, runs = (int(one) for one in [*rest, *(str(LINES[engine]), "1")[len(rest) :]])
    with broker_running() as broker:
        print(f"{describe()}\n\n{shown(measure(broker, engine, lines, runs))}")


if __name__ == "__main__":
    main(sys.argv[1:])
