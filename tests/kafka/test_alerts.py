"""Of several workers one tells people, whichever lives: each message comes once."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from detector.alert import Alert
from detector.errors import StoreError
from detector.store.sqlite import open_reader
from tests.kafka.documents import SECOND, Node
from tests.kafka.running import Shipper, Worker, kafka_settings
from tests.servers.kafka import Broker
from tests.servers.slack import SlackInbox

NAMESPACES = ("shop", "pay")


class Cluster(Thread):
    """Two namespaces that have logged for two minutes, each into its partition, and go on; both may break."""

    def __init__(self, brokers: str, topic: str) -> None:
        super().__init__(name="cluster", daemon=True)
        self.broken, self._over = Event(), Event()
        self._rng, self._node = random.Random(1), Node("node-1", random.Random(1))
        self._shipper = Shipper(brokers, topic, [])
        now = time.time_ns() // 1_000
        for tenth in range(1_200, 0, -1):
            self._work(now - tenth * SECOND // 10)

    def run(self) -> None:
        while not self._over.wait(0.1):
            now = time.time_ns() // 1_000
            self._work(now)
            if self.broken.is_set():
                for namespace in NAMESPACES * 3:
                    self._write(now, namespace, "ERROR could not reach db-0: connection refused")

    def close(self) -> None:
        self._over.set()
        self.join()

    def _work(self, at: int) -> None:
        for namespace in NAMESPACES:
            for _ in range(self._rng.choice((0, 0, 0, 1, 1, 6))):
                self._write(at, namespace, f"INFO added item {self._rng.randrange(999)} to cart")

    def _write(self, at: int, namespace: str, text: str) -> None:
        document = self._node.document(at, namespace, "cart", text)
        self._shipper.send(json.dumps(document).encode(), namespace.encode(), NAMESPACES.index(namespace))


@pytest.fixture
def slack() -> Iterator[SlackInbox]:
    with SlackInbox() as slack:
        yield slack


def alert_of_all(store: Path) -> Alert | None:
    """That of both namespaces; what looks odd by chance in two minutes of one of them is another alert."""
    with suppress(StoreError), closing(open_reader(store)) as reader:
        return next((alert for alert in reader.alerts().items if set(alert.namespaces) == set(NAMESPACES)), None)
    return None


@pytest.mark.long
@pytest.mark.timeout(300)
def test_two_workers_tell_of_an_alert_once_also_when_the_one_that_told_it_dies(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path, slack: SlackInbox
) -> None:
    name, store = topic(2), tmp_path / "store.sqlite"
    settings = {
        **kafka_settings(kafka.address, name),
        "detection": {"window": "2s", "lateness": "1s", "learn": "20s", "retrain": "1h", "trees": 10},
        "store": {"path": str(store)},
        "alerts": {"group_wait": "5s", "page": "https://drainwatch.test", "private_networks": ["127.0.0.0/8"]},
        "alerts.channels.ops": {"type": "slack", "url": slack.url},
    }
    workers = [Worker(tmp_path, f"worker-{number}", settings) for number in range(2)]
    cluster = Cluster(kafka.address, name)

    def headers() -> list[str]:
        """Of the messages that lead to it."""
        alert = alert_of_all(store)
        messages = [one for one in slack.messages if alert and f"/alerts/{alert.id}" in json.dumps(one)]
        return [message["blocks"][0]["text"]["text"] for message in messages]

    def tellers() -> list[Worker]:
        return [worker for worker in workers if "telling of alerts" in worker.text]

    def closed_until() -> int:
        with suppress(StoreError), closing(open_reader(store)) as reader:
            return reader.closed_until() or 0
        return 0

    try:
        cluster.start()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.wait_for(worker.is_reading)
        workers[0].wait_for(lambda: closed_until() > time.time_ns() // 1_000 - 8 * SECOND)
        cluster.broken.set()
        workers[0].wait_for(headers, 90)
        time.sleep(1)
        (first,) = tellers() if len(tellers()) == 1 else [tellers()[-1]]
        (other,) = (worker for worker in workers if worker is not first)
        first.kill()
        other.wait_for(lambda: "telling of alerts" in other.text)
        cluster.broken.clear()
        other.wait_for(lambda: any("Resolved" in header for header in headers()), 90)
        first.start()
        time.sleep(10)
        told = [header for header in headers() if "Worse" not in header and "spreading" not in header]
        assert ["Resolved" in header for header in told] == [False, True], told
        alert = alert_of_all(store)
        assert alert
        assert not alert.open
        for worker in workers:
            worker.stop()
    finally:
        for worker in workers:
            worker.kill()
        cluster.close()
