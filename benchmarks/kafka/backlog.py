"""Two workers against one: how long they take for the same backlog.

    python -m benchmarks.kafka.backlog [LINES [RUNS]]

The backlog is written in a transaction that is committed when all workers have their partitions and wait: so what is
measured is the time from that moment until the lines are counted, without the start of processes. Each worker has one
processor to itself, as on a node of its own; the broker, which is on the same machine, uses both. Waited is until nine
in ten lines are counted: the windows of the last minutes wait for what may still come, which is no matter of speed.
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
from tests.servers.kafka import Broker, fresh_topic

PARTITIONS = 4
SPAN = 1_800_000_000
"""Half an hour of lines (in microseconds), long enough ago that all of its windows can be closed."""


def seconds(broker: Broker, lines: int, processors: list[set[int]]) -> tuple[float, float]:
    """From the moment at which the backlog is there until nearly all of it is counted: by the clock, of processors."""
    topic = fresh_topic()
    broker.create_topic(topic, PARTITIONS)
    since = time.time_ns() // 1_000 - 2 * SPAN
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
        with running(folder, sections(broker.address, topic, store), processors) as used:
            producer.begin_transaction()
            produce(producer, topic, backlog(Documents(PARTITIONS), lines, since, SPAN))
            wait_for_group(broker.address, topic, len(processors), PARTITIONS, folder)
            producer.commit_transaction(60)
            begun, before = time.monotonic(), used()
            return wait_for(store, round(lines * 0.9), 600, folder) - begun, used() - before


def measure(broker: Broker, lines: int, runs: int) -> list[Measure]:
    """Ratio of the wall times, and how many lines a second that is."""
    ours = sorted(os.sched_getaffinity(0))
    if len(ours) < 2:
        return [Measure("Kafka: two workers against one", 1.7, (), note="one processor only")]
    one, two = [{ours[0]}], [{ours[0]}, {ours[1]}]
    times: dict[int, list[float]] = {1: [], 2: []}
    costs: dict[int, list[float]] = {1: [], 2: []}
    for run in range(runs):
        for processors in (one, two) if run % 2 == 0 else (two, one):
            took, cost = seconds(broker, lines, processors)
            print(f"{len(processors)} workers: {took:.1f} s, {cost:.1f} s of processors", file=sys.stderr)
            times[len(processors)].append(took)
            costs[len(processors)].append(cost)
    note = f"{lines:,} lines, {PARTITIONS} partitions, one processor a worker, broker beside them"
    ratios = tuple(alone / both for alone, both in zip(times[1], times[2], strict=True))
    dearer = tuple(both / alone for alone, both in zip(costs[1], costs[2], strict=True))
    return [
        Measure("Kafka: two workers against one, the same backlog", 1.7, ratios, note=note),
        Measure(
            "Kafka: two workers against one, processor time for it", None, dearer, note="1 × is no cost of sharing"
        ),
        Measure("Kafka: one worker", None, tuple(lines / one for one in times[1]), "lines/s", note),
    ]


def main(arguments: list[str]) -> None:
    """Print the table."""
    lines, runs = (int(one) for one in [*arguments, *("400000", "3")[len(arguments) :]])
    with broker_running() as broker:
        print(f"{describe()}\n\n{shown(measure(broker, lines, runs))}")


if __name__ == "__main__":
    main(sys.argv[1:])
