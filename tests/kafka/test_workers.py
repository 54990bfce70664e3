"""Workers of one group in processes of their own: whatever happens to them, every line is counted once."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from detector.store.sqlite import open_reader
from ingest.kafka.rules import LARGEST
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
    undisturbed,
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


def as_if_undisturbed(kafka: Broker, topic: str, folder: Path, store: Path) -> bool:
    """Whether the store holds what is counted where nothing happens."""
    assert counted(store) == undisturbed(folder / "undisturbed.sqlite", kafka.address, topic)
    return True


def test_one_worker_counts_every_line_where_the_broker_says_when_it_came(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store, written = topic(3, {"message.timestamp.type": "LogAppendTime"}), tmp_path / "store.sqlite", logs(1, 20)
    Shipper(kafka.address, name, written).ship()
    worker = Worker(tmp_path, "worker", {**kafka_settings(kafka.address, name), "store": {"path": str(store)}})
    with ended(worker):
        worker.start()
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.stop()
    assert re.search(r" stopped +closed_until=\W?\d{4}-\d\d-\d\dT", worker.text), worker.text
    found = counted(store)
    read, records, joined, pending, dropped = found["lines"]
    assert (read, records + joined, pending, dropped) == (len(written), len(written), 0, {})
    assert set(found["counts"]) == {json.loads(value)["kubernetes"]["namespace"] for value in written}
    assert as_if_undisturbed(kafka, name, tmp_path, store)


def test_a_worker_that_joins_and_one_that_is_killed_while_lines_flow_cost_nothing(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store = topic(4), tmp_path / "store.sqlite"
    settings = {**kafka_settings(kafka.address, name), "store": {"path": str(store)}}
    first, second = (Worker(tmp_path, each, settings) for each in ("first", "second"))
    shipper = Shipper(kafka.address, name, logs(2, 45))
    with ended(first, second):
        first.start()
        second.start()
        first.wait_for(first.is_reading)
        shipper.begin(RATE)
        second.wait_for(second.is_reading)
        first.kill()
        shipper.wait()
        wait_until_done(store, [second], ends(kafka.address, name))
        second.stop()
    assert as_if_undisturbed(kafka, name, tmp_path, store)


@pytest.mark.long
def test_a_worker_that_leaves_while_lines_flow_costs_nothing(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store = topic(4), tmp_path / "store.sqlite"
    settings = {**kafka_settings(kafka.address, name), "store": {"path": str(store)}}
    first, second = (Worker(tmp_path, each, settings) for each in ("first", "second"))
    shipper = Shipper(kafka.address, name, logs(12, 60))
    with ended(first, second):
        first.start()
        first.wait_for(first.is_reading)
        shipper.begin(RATE)
        second.start()
        second.wait_for(second.is_reading)
        second.stop()
        shipper.wait()
        wait_until_done(store, [first], ends(kafka.address, name))
        first.stop()
    assert as_if_undisturbed(kafka, name, tmp_path, store)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_worker_that_was_frozen_and_is_not_waited_for_goes_on_cleanly_when_it_wakes(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store = topic(4), tmp_path / "store.sqlite"
    settings = {**kafka_settings(kafka.address, name), "store": {"path": str(store)}}
    frozen, other = (Worker(tmp_path, each, settings) for each in ("frozen", "other"))
    shipper = Shipper(kafka.address, name, logs(13, 150))
    with ended(frozen, other):
        frozen.start()
        other.start()
        for worker in (frozen, other):
            worker.wait_for(worker.is_reading)
        shipper.begin(RATE)
        time.sleep(2)
        frozen.pause()
        other.wait_for(lambda: len(other.status()["partitions"]) == 4)
        time.sleep(2)  # the other one commits
        frozen.resume()
        frozen.wait_for(lambda: 0 < len(frozen.status()["partitions"]) < 4)
        shipper.wait()
        wait_until_done(store, [frozen, other], ends(kafka.address, name))
        for worker in (frozen, other):
            worker.wait_for(worker.is_well)
            worker.stop()
    assert as_if_undisturbed(kafka, name, tmp_path, store)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_while_the_store_is_away_the_page_says_so_and_then_nothing_is_missing(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store = topic(2), tmp_path / "store.sqlite"
    worker = Worker(tmp_path, "worker", {**kafka_settings(kafka.address, name), "store": {"path": str(store)}})
    shipper = Shipper(kafka.address, name, logs(14, 60))
    with ended(worker):
        worker.start()
        worker.wait_for(worker.is_reading)
        shipper.begin(RATE)
        time.sleep(2)
        with closing(sqlite3.connect(store, isolation_level=None)) as another_program:
            another_program.execute("BEGIN IMMEDIATE")
            worker.wait_for(lambda: "keeps it locked" in (worker.status()["error"] or ""))
        shipper.wait()
        wait_until_done(store, [worker], ends(kafka.address, name), 120)
        worker.wait_for(worker.is_well)
        worker.stop()
    assert as_if_undisturbed(kafka, name, tmp_path, store)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_what_the_broker_deleted_before_it_was_read_is_told_and_counted_and_reading_goes_on(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store, written = topic(1), tmp_path / "store.sqlite", logs(15, 45)
    settings = kafka_settings(kafka.address, name, session_timeout="30s")
    worker = Worker(tmp_path, "worker", {**settings, "store": {"path": str(store)}})
    first, second, third = (len(written) * part // 5 for part in (2, 3, 4))

    def ship(begin: int, end: int) -> None:
        Shipper(kafka.address, name, written[begin:end]).ship()

    def told() -> bool:
        return "were deleted before they were read" in worker.text

    with ended(worker):
        worker.start()
        ship(0, first)
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.pause()  # it falls behind
        ship(first, second)
        kafka.delete_before(name, 0, second - 50)
        worker.resume()
        worker.wait_for(told)
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.stop()
        before = counted(store)["lines"][-1]["deleted"]
        # What was being fetched when it was frozen has come through.
        assert 0 < before <= second - 50 - first
        ship(second, len(written))
        kafka.delete_before(name, 0, third)
        worker.start()
        worker.wait_for(told)
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.stop()
    read, records, joined, pending, dropped = counted(store)["lines"]
    assert dropped == {"deleted": before + third - second}
    assert (read, records + joined, pending) == (len(written), len(written) - dropped["deleted"], 0)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(3, marks=pytest.mark.long),
        pytest.param(20, marks=[pytest.mark.long, pytest.mark.skipif(not AT_LENGTH, reason="takes minutes")]),
    ],
)
def test_workers_that_are_killed_again_and_again_cost_nothing_and_double_nothing(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path, kills: int
) -> None:
    name, store, rng = topic(4), tmp_path / "store.sqlite", random.Random(kills)
    settings = {**kafka_settings(kafka.address, name), "store": {"path": str(store)}}
    workers = [Worker(tmp_path, each, settings) for each in ("first", "second")]
    shipper = Shipper(kafka.address, name, logs(3, 40 * kills))
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
    assert as_if_undisturbed(kafka, name, tmp_path, store)


@pytest.mark.long
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
        worker.wait_for(worker.is_well, 30)
        worker.stop()
    assert as_if_undisturbed(broker, name, tmp_path, store)


def test_what_can_not_be_read_goes_to_another_topic_with_the_reason_and_the_rest_is_counted(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store = topic(2, {"max.message.bytes": "20000000"}), tmp_path / "store.sqlite"
    kafka.create_topic(f"{name}-dead", 1)
    poison = {
        b"no JSON at all": b"malformed",
        b'["no", "object"]': b"malformed",
        b'{"message": "when?"}': b"no_time",
        b'{"@timestamp": "1970-01-01T00:00:00.000Z", "message": "long ago", "stream": "stdout"}': b"implausible_time",
        b" " * (LARGEST + 1): b"too_large",
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
        with closing(open_reader(store)) as reader:
            owner = reader.owner("team-a") or ""
        astray = next(value for value in written if json.loads(value)["kubernetes"]["namespace"] == "team-a")
        poison[astray := astray.replace(b'"offset":', b'"offset":9')] = b"foreign"
        good.send(astray, b"poison", 1 - int(owner.rpartition("/")[2]))
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.stop()
    read, records, joined, pending, dropped = counted(store)["lines"]
    assert (read, records + joined, pending) == (len(written) + 56, len(written) + 50, 0)
    assert dropped == {"malformed": 2, "no_time": 1, "implausible_time": 1, "too_large": 1, "foreign": 1}
    letters = read_all(kafka.address, f"{name}-dead", least=len(poison))
    found = {message.value(): dict(message.headers() or ()) for message in letters}
    reasons = {value.strip(): reason for value, reason in poison.items()}  # the large one is cut
    assert {(value or b"").strip(): headers["drainwatch-reason"] for value, headers in found.items()} == reasons
    assert {headers["drainwatch-topic"] for headers in found.values()} == {name.encode()}
    assert {message.key() for message in letters} == {b"poison"}
