"""Workers of one group in processes of their own: whatever happens to them, every line is counted once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from detector.store.sqlite import open_reader
from tests.kafka.documents import partition
from tests.kafka.running import (
    SECOND,
    WINDOW,
    Shipper,
    Worker,
    contents,
    ends,
    kafka_settings,
    wait_until_done,
)
from tests.length import AT_LENGTH
from tests.servers.kafka import Broker

NAMESPACES = tuple(f"team-{letter}" for letter in "abcdefgh")
RATE = 250.0
"""Documents a second, while they flow."""
KILLS = 20 if AT_LENGTH else 3
AWAY = 60.0 if AT_LENGTH else 6.0


def logs(seed: int, seconds: int) -> list[bytes]:
    """What all nodes write in that time, an hour ago."""
    begin = (time.time_ns() // 1_000 - 3_600 * SECOND) // WINDOW * WINDOW
    return list(partition(seed, begin, seconds, rate=12.0, namespaces=NAMESPACES))


@contextmanager
def ended(*workers: Worker) -> Iterator[None]:
    """However the test ends, the processes do."""
    try:
        yield
    finally:
        for worker in workers:
            worker.kill()


def counted(store: Path) -> dict[str, Any]:
    with closing(open_reader(store)) as reader:
        return contents(reader)


def undisturbed(folder: Path, brokers: str, topic: str) -> dict[str, Any]:
    """What one worker counts that is left alone, all at once."""
    store = folder / "undisturbed.sqlite"
    settings = kafka_settings(brokers, topic, group=f"{topic}-undisturbed")
    worker = Worker(folder, "undisturbed", {**settings, "store": {"path": str(store)}})
    with ended(worker):
        worker.start()
        wait_until_done(store, [worker], ends(brokers, topic))
        worker.stop()
    return counted(store)


def test_one_worker_counts_every_line_and_leaves_the_group_its_offsets(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, written = topic(3), logs(1, 20)
    Shipper(kafka.address, name, written).ship()
    found = undisturbed(tmp_path, kafka.address, name)
    read, records, joined, pending, dropped = found["lines"]
    assert (read, records + joined, pending, dropped) == (len(written), len(written), 0, {})
    assert set(found["counts"]) == {json.loads(value)["kubernetes"]["namespace"] for value in written}


def test_a_worker_that_joins_and_leaves_while_lines_flow_costs_nothing(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store = topic(4), tmp_path / "store.sqlite"
    settings = {**kafka_settings(kafka.address, name), "store": {"path": str(store)}}
    first, second = (Worker(tmp_path, each, settings) for each in ("first", "second"))
    shipper = Shipper(kafka.address, name, logs(2, 90))
    with ended(first, second):
        first.start()
        first.wait_for(first.is_reading)
        shipper.begin(RATE)
        second.start()
        second.wait_for(second.is_reading)
        time.sleep(2)
        second.stop()
        shipper.wait()
        wait_until_done(store, [first], ends(kafka.address, name))
        first.stop()
    assert counted(store) == undisturbed(tmp_path, kafka.address, name)
