"""Documents as several Filebeats write them into a partition: out of order, with stack traces between one another."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ingest.kafka.messages import Message

SECOND = 1_000_000
TRACE = (
    "java.lang.IllegalStateException: no stock for {n}",
    "    at com.shop.Cart.add(Cart.java:{n})",
    "    at com.shop.Cart.main(Cart.java:7)",
)
STATEMENTS = ("INFO added item {n} to cart", "INFO cart has {n} items", "WARN price is {n} minutes old")


class Node:
    """One node's Filebeat: each file has an offset that grows."""

    def __init__(self, name: str, rng: random.Random) -> None:
        self.name, self._rng = name, rng
        self._offsets: dict[str, int] = {}

    def document(self, time: int, namespace: str, workload: str, text: str, pod: str = "x2x7k") -> dict[str, Any]:
        """One line that was logged at `time` (microseconds UTC)."""
        full = f"{workload}-7d9c5b6f4-{pod}"
        path = f"/var/log/containers/{full}_{namespace}_{workload}-{'0' * 64}.log"
        offset = self._offsets.get(path, 0)
        self._offsets[path] = offset + len(text) + 1
        return {
            "@timestamp": datetime.fromtimestamp(time / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "message": text,
            "stream": "stdout",
            "log": {"offset": offset, "file": {"path": path}},
            "host": {"name": self.name},
            "kubernetes": {
                "namespace": namespace,
                "deployment": {"name": workload},
                "pod": {"name": full},
                "container": {"name": workload},
                "node": {"name": self.name},
            },
        }

    def says(self, time: int, namespace: str, workload: str) -> list[dict[str, Any]]:
        """A line, or several that belong together."""
        n = self._rng.randrange(1_000)
        pod = self._rng.choice(("x2x7k", "b4b5c"))
        if self._rng.random() < 0.15:
            lines = ("ERROR can't add item", *TRACE)
            return [
                self.document(time + i * 1_000, namespace, workload, text.format(n=n), pod)
                for i, text in enumerate(lines)
            ]
        return [self.document(time, namespace, workload, self._rng.choice(STATEMENTS).format(n=n), pod)]


def partition(
    seed: int, begin: int, seconds: int, rate: float = 4.0, namespaces: Sequence[str] = ("shop", "pay")
) -> Iterator[bytes]:
    """What two nodes write, each in its own order, one of them up to two seconds behind the other."""
    rng = random.Random(seed)
    nodes = (Node("node-1", rng), Node("node-2", rng))
    arriving: list[tuple[float, int, dict[str, Any]]] = []
    for node, lag in zip(nodes, (0.0, 2.0), strict=True):
        time, last = float(begin), 0.0
        while (time := time + rng.expovariate(rate) * SECOND) < begin + seconds * SECOND:
            for document in node.says(int(time), rng.choice(tuple(namespaces)), "cart"):
                last = max(last, time + rng.uniform(0, lag) * SECOND) + 1
                arriving.append((last, len(arriving), document))
    for *_, document in sorted(arriving, key=lambda one: one[:2]):
        yield json.dumps(document, separators=(",", ":")).encode()


def messages(values: Sequence[bytes], first: int = 0) -> list[Message]:
    """As they are fetched."""
    return [Message(first + index, value) for index, value in enumerate(values)]
