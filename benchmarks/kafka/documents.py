"""Documents as Filebeat writes them, of the lines of many systems; written into a topic keyed by namespace.

    python -m benchmarks.kafka.documents BROKER TOPIC PARTITIONS RATE SECONDS

writes at a steady rate, stamped with the time at which they are written, and prints how many in JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from confluent_kafka import Producer

from benchmarks.lines import BEGIN, SYSTEMS, line_of

NAMESPACES_OF_EACH = 3
"""Namespaces of a partition."""
_POOL = 20_000
"""So many lines are made up, and written again and again."""
_TICK = 0.02
"""Seconds: so often a few are written."""


class Documents:
    """Makes documents quickly: the parts that don't change are made before."""

    def __init__(self, partitions: int, seed: int = 1) -> None:
        pick = random.Random(seed)
        self._namespaces = [f"team-{number:02}" for number in range(partitions * NAMESPACES_OF_EACH)]
        self._partitions = partitions
        self._parts: list[tuple[int, str, str]] = []
        for _ in range(_POOL):
            number = pick.randrange(len(self._namespaces))
            system = pick.choice(SYSTEMS)
            message = json.dumps(line_of(system, BEGIN, pick))
            self._parts.append((number, *_around(self._namespaces[number], system.name, message)))
        self._made = 0

    def make(self, time: int) -> tuple[int, str, bytes]:
        """Partition, key and document of the next line, written at that time (microseconds UTC)."""
        namespace, head, tail = self._parts[self._made % _POOL]
        self._made += 1
        written = f'{{"@timestamp":"{_stamp(time)}",{head}{self._made * 200}{tail}'
        return namespace % self._partitions, self._namespaces[namespace], written.encode()


def produce(producer: Producer, topic: str, made: Iterator[tuple[int, str, bytes]]) -> int:
    """Write all of them as fast as the broker takes them; returns how many."""
    amount = 0
    for partition, key, value in made:
        while True:
            try:
                producer.produce(topic, value, key, partition)
                break
            except BufferError:
                producer.poll(0.05)
        amount += 1
        if not amount % 1_000:
            producer.poll(0)
    assert producer.flush(120) == 0
    return amount


def backlog(documents: Documents, lines: int, since: int, span: int) -> Iterator[tuple[int, str, bytes]]:
    """So many lines, evenly over a time (microseconds UTC)."""
    for number in range(lines):
        yield documents.make(since + number * span // lines)


def steady(documents: Documents, rate: float, seconds: float) -> Iterator[tuple[int, str, bytes]]:
    """So many a second, stamped with now; what couldn't be written in time is written as soon as it can be."""
    begun, written = time.time(), 0
    while (passed := time.time() - begun) < seconds:
        due = int(passed * rate)
        for _ in range(due - written):
            yield documents.make(time.time_ns() // 1_000)
        written = due
        time.sleep(_TICK)


def _around(namespace: str, workload: str, message: str) -> tuple[str, str]:
    """What stands between the time and the offset, and after the offset."""
    pod = f"{workload}-7d9f8b6c5d-x2k4v"
    path = f"/var/log/containers/{pod}_{namespace}_{workload}-{'ab' * 32}.log"
    head = f'"stream":"stdout","message":{message},"log":{{"file":{{"path":"{path}"}},"offset":'
    kubernetes = {
        "namespace": namespace,
        "pod": {"name": pod, "uid": "0a1b2c3d-0000-4000-8000-000000000000"},
        "container": {"name": workload},
        "node": {"name": "node-1"},
        "labels": {"app": workload, "pod-template-hash": "7d9f8b6c5d"},
        "deployment": {"name": workload},
    }
    rest = {"host": {"name": "node-1"}, "ecs": {"version": "8.0.0"}, "input": {"type": "filestream"}}
    after = json.dumps({"kubernetes": kubernetes, **rest}, separators=(",", ":"))
    return head, "}," + after[1:]


def _stamp(micros: int) -> str:
    moment = datetime.fromtimestamp(micros / 1e6, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1_000:03}Z"


if __name__ == "__main__":
    broker, into, count, each_second, for_seconds = sys.argv[1:]
    own = Documents(int(count))
    began = time.time()
    config = {"bootstrap.servers": broker, "linger.ms": 5, "compression.type": "lz4", "log_level": 0}
    sent = produce(Producer(config), into, steady(own, float(each_second), float(for_seconds)))
    print(json.dumps({"lines": sent, "seconds": time.time() - began}))
