"""From log lines to the message in Slack: one on opening and one on recovery, however the service is killed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from detector.alert import Alert
from detector.errors import StoreError
from detector.store.port import ALERTS
from detector.store.sqlite import open_reader
from tests.servers.inbox import Reply
from tests.servers.slack import SlackInbox
from tests.service.serving import ServiceProcess

FAULT = "ERROR could not reach db-0: connection refused"


class Shop(Thread):
    """A container that has logged for two minutes, and goes on; it logs errors while `broken` is set."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="shop", daemon=True)
        self.broken, self._over = Event(), Event()
        self._rng = random.Random(1)
        folder.mkdir(parents=True)
        path = folder / f"cart-6bdcf4d5c-q8rtz_shop_cart-{'0' * 64}.log"
        self._file = path.open("a")
        now = datetime.now(UTC)
        for tenth in range(1_200, 0, -1):
            self._work(now - timedelta(seconds=tenth / 10))
        self._file.flush()

    def run(self) -> None:
        while not self._over.wait(0.1):
            self._work(datetime.now(UTC))
            if self.broken.is_set():
                for _ in range(5):
                    self._write(datetime.now(UTC), FAULT, "stderr")
            self._file.flush()

    def close(self) -> None:
        self._over.set()
        self.join()
        self._file.close()

    def _work(self, when: datetime) -> None:
        """As it comes: now nothing, now much, so that a writer that was held up is nothing unusual."""
        for _ in range(self._rng.choice((0, 0, 0, 1, 1, 6))):
            self._write(when, f"INFO handled request {self._rng.randrange(9999)} in {self._rng.randrange(99)} ms")

    def _write(self, when: datetime, text: str, stream: str = "stdout") -> None:
        self._file.write(f"{when:%Y-%m-%dT%H:%M:%S.%f}000Z {stream} F {text}\n")


class Told:
    """The service over the shop's logs, with Slack for a channel."""

    def __init__(self, folder: Path) -> None:
        self.slack, self.shop = SlackInbox(), Shop(folder / "containers")
        alerts = '[alerts]\ngroup_wait = "3s"\nprivate_networks = ["127.0.0.0/8"]\n'
        channel = f'{alerts}[alerts.channels.ops]\ntype = "slack"\nurl = "{self.slack.url}"\n'
        self.service = ServiceProcess(folder / "drainwatch.sqlite", [folder / "containers"], channel)
        self.shop.start()

    def break_down(self) -> None:
        """Start the service, and have something to be told of once it knows what is normal."""
        self.service.start()
        self.service.wait_until(int(time.time()) * 1_000_000 - 3_000_000)
        self.shop.broken.set()

    def alerts(self) -> list[Alert]:
        with suppress(StoreError), closing(open_reader(self.service.store)) as reader:
            return reader.alerts().items
        return []

    def until(self, holds: Callable[[], object], seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, self.service.said.read_text()
            time.sleep(0.02)

    def killed(self) -> None:
        self.service.kill()
        self.service.start()

    def headers(self) -> list[str]:
        """What people read first."""
        return [message["blocks"][0]["text"]["text"] for message in self.slack.messages]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    world = Told(tmp_path)
    try:
        yield world
        if world.service.process is not None:
            assert world.service.stop() == 0
            assert "Traceback" not in world.service.said.read_text()
    finally:
        if world.service.process is not None:
            world.service.kill()
        world.shop.close()
        world.slack.close()


def recovered(told: Told) -> None:
    """Mend the shop, and see that what was told once is told to be over, once."""
    told.until(lambda: told.slack.messages)
    told.shop.broken.clear()
    told.until(lambda: "Resolved" in told.headers()[-1])
    time.sleep(0.5)
    told.killed()
    time.sleep(5)
    opened, *worse, resolved = told.headers()
    assert opened.endswith(": shop")
    assert "Resolved: shop" in resolved
    assert all("Worse" in header for header in worse)
    assert len(worse) == len(set(worse)) <= 2
    (alert,) = told.alerts()
    assert not alert.open
    assert alert.quiet == ""


@pytest.mark.timeout(180)
def test_killed_after_the_incident_is_stored_and_before_anybody_was_to_be_told(told: Told) -> None:
    told.break_down()
    told.until(lambda: any(not alert.told for alert in told.alerts()))
    told.killed()
    recovered(told)
    first, *_ = told.slack.messages
    assert "could not reach db-" in str(first)


@pytest.mark.timeout(180)
def test_killed_after_it_was_decided_and_before_it_was_sent(told: Told) -> None:
    told.slack.always(Reply(503, b"service_unavailable"))
    told.break_down()
    told.until(lambda: any(alert.told for alert in told.alerts()) and told.slack.asked)
    told.service.kill()
    assert not told.slack.messages
    told.slack.always(None)
    told.service.start()
    recovered(told)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_killed_while_the_message_was_on_its_way_and_had_not_arrived(told: Told) -> None:
    told.slack.always(Reply(cut=True, delay=1))
    told.break_down()
    told.until(lambda: any(alert.told for alert in told.alerts()))
    told.killed()
    told.slack.always(None)
    recovered(told)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_killed_as_soon_as_it_was_sent(told: Told) -> None:
    told.break_down()
    told.until(lambda: told.slack.messages)
    with closing(open_reader(told.service.store)) as reader:
        assert ALERTS not in reader.scopes()
    time.sleep(0.2)
    told.killed()
    recovered(told)
