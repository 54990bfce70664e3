"""Workers of one group in processes of their own: whatever happens to them, every line is counted once."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

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
    read_all,
    wait_until_done,
)
from tests.length import AT_LENGTH
from tests.servers.kafka import Broker

NAMESPACES = tuple(f"team-{letter}" for letter in "abcdefgh")
RATE = 250.0
"""Documents a second, while they flow."""
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


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "kills", [3, pytest.param(20, marks=[pytest.mark.long, pytest.mark.skipif(not AT_LENGTH, reason="takes minutes")])]
)
def test_workers_that_are_killed_again_and_again_cost_nothing_and_double_nothing(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path, kills: int
) -> None:
    name, store, rng = topic(4), tmp_path / "store.sqlite", random.Random(kills)
    settings = {**kafka_settings(kafka.address, name), "store": {"path": str(store)}}
    workers = [Worker(tmp_path, each, settings) for each in ("first", "second")]
    shipper = Shipper(kafka.address, name, logs(3, 60 * kills))
    with ended(*workers):
        for worker in workers:
            worker.start()
        shipper.begin(RATE)
        for turn in range(kills):
            worker = workers[turn % 2]
            worker.wait_for(worker.is_reading)
            time.sleep(rng.uniform(0, 2))
            worker.kill()
            worker.start()
        shipper.wait()
        wait_until_done(store, workers, ends(kafka.address, name), 180)
        for worker in workers:
            worker.stop()
    assert counted(store) == undisturbed(tmp_path, kafka.address, name)


@pytest.mark.timeout(300)
def test_while_the_broker_is_away_the_page_says_so_and_then_nothing_is_missing(
    own_broker: Callable[..., Broker], tmp_path: Path
) -> None:
    broker, name, store = own_broker(), "logs", tmp_path / "store.sqlite"
    broker.create_topic(name, 2)
    worker = Worker(tmp_path, "worker", {**kafka_settings(broker.address, name), "store": {"path": str(store)}})
    shipper = Shipper(broker.address, name, logs(4, 60))
    with ended(worker):
        worker.start()
        worker.wait_for(worker.is_reading)
        shipper.begin(RATE)
        time.sleep(1)
        broker.kill()
        worker.wait_for(lambda: "can't be reached" in (worker.status()["error"] or ""), 30)
        time.sleep(AWAY)
        broker.start()
        broker.wait()
        shipper.wait()
        wait_until_done(store, [worker], ends(broker.address, name), 120)
        worker.wait_for(lambda: worker.status()["error"] is None, 30)
        worker.stop()
    assert counted(store) == undisturbed(tmp_path, broker.address, name)


def test_what_can_not_be_read_goes_to_another_topic_with_the_reason_and_the_rest_is_counted(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store = topic(1), tmp_path / "store.sqlite"
    kafka.create_topic(f"{name}-dead", 1)
    poison = {
        b"no JSON at all": b"malformed",
        b'["no", "object"]': b"malformed",
        b'{"message": "when?"}': b"no_time",
        b'{"@timestamp": "1970-01-01T00:00:00.000Z", "message": "long ago", "stream": "stdout"}': b"implausible_time",
    }
    written = logs(5, 20)
    good = Shipper(kafka.address, name, written)
    good.ship()
    for value in poison:
        good.send(value, b"poison")
    Shipper(kafka.address, name, logs(6, 20)[:50]).ship()
    worker = Worker(tmp_path, "worker", {**kafka_settings(kafka.address, name), "store": {"path": str(store)}})
    with ended(worker):
        worker.start()
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.stop()
    read, records, joined, pending, dropped = counted(store)["lines"]
    assert (read, records + joined, pending) == (len(written) + 54, len(written) + 50, 0)
    assert dropped == {"malformed": 2, "no_time": 1, "implausible_time": 1}
    letters = read_all(kafka.address, f"{name}-dead", least=len(poison))
    found = {message.value(): dict(message.headers() or ()) for message in letters}
    assert {value: headers["drainwatch-reason"] for value, headers in found.items()} == poison
    assert {headers["drainwatch-topic"] for headers in found.values()} == {name.encode()}
    assert {message.key() for message in letters} == {b"poison"}
