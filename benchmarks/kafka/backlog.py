"""Two workers against one: how long they take for the same backlog, from their start until its lines are counted.

    python -m benchmarks.kafka.backlog [LINES [RUNS]]

Each worker has one processor to itself, as on a node of its own; the broker, which is on the same machine, uses both.
Of the wall time the start of a process is a part, which is measured by itself on a topic of a few lines and taken off. Waited
is until 99 in 100 lines are counted: the last one of each container is held back until it is clear that none belongs to it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.kafka.documents import Documents, backlog, produce
from benchmarks.kafka.workers import running, sections, wait_for
from benchmarks.machine import describe
from benchmarks.table import Measure, shown
from tests.servers.kafka import Broker, fresh_topic

PARTITIONS = 4
SPAN = 1_800_000_000
"""Half an hour of lines, long ago enough that all of its windows can be closed."""
FEW = 1_000


def seconds(broker: Broker, topic: str, lines: int, processors: list[set[int]]) -> float:
    """From the start of the workers until nearly all is counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = folder / "drainwatch.sqlite"
        own = sections(broker.address, topic, store)
        own["kafka"]["group"] = f"{topic}-{folder.name}"
        begun = time.monotonic()
        with running(folder, own, processors):
            return wait_for(store, round(lines * 0.99), 600, folder) - begun


def filled(broker: Broker, lines: int) -> str:
    """A topic with so many lines."""
    topic = fresh_topic()
    broker.create_topic(topic, PARTITIONS)
    since = time.time_ns() // 1_000 - 2 * SPAN
    assert produce(broker.address, topic, backlog(Documents(PARTITIONS), lines, since, SPAN)) == lines
    return topic


def measure(broker: Broker, lines: int, runs: int) -> list[Measure]:
    """Ratio of the wall times, and how many lines a second that is."""
    ours = sorted(os.sched_getaffinity(0))
    if len(ours) < 2:
        return [Measure("Kafka: two workers against one", 1.7, (), note="one processor only")]
    one, two = [{ours[0]}], [{ours[0]}, {ours[1]}]
    few, many = filled(broker, FEW), filled(broker, lines)
    times: dict[int, list[float]] = {1: [], 2: []}
    for run in range(runs):
        for processors in (one, two) if run % 2 == 0 else (two, one):
            start = seconds(broker, few, FEW, processors)
            whole = seconds(broker, many, lines, processors)
            print(f"{len(processors)} workers: {whole:.1f} s, of which to start {start:.1f} s", file=sys.stderr)
            times[len(processors)].append(max(whole - start, 1e-9))
    note = f"{lines:,} lines, {PARTITIONS} partitions, one processor a worker, broker beside them"
    ratios = tuple(alone / both for alone, both in zip(times[1], times[2], strict=True))
    return [
        Measure("Kafka: two workers against one, the same backlog", 1.7, ratios, note=note),
        Measure("Kafka: one worker", None, tuple(lines / one for one in times[1]), "lines/s", note),
    ]


def main(arguments: list[str]) -> None:
    """Print the table."""
    lines, runs = (int(one) for one in [*arguments, *("400000", "3")[len(arguments) :]])
    broker = Broker()
    broker.start()
    try:
        broker.wait()
        print(f"{describe()}\n\n{shown(measure(broker, lines, runs))}")
    finally:
        broker.close()


if __name__ == "__main__":
    main(sys.argv[1:])
