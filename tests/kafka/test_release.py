"""What it takes to let go of namespaces: all of a topic that was given more partitions, or one that is to move."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka.admin import NewPartitions

from detector.errors import UsageError
from detector.store.port import PassResult
from detector.store.sqlite import open_reader, open_store
from detector.worker.release import scope_of, unread
from ingest.kafka.place import Place
from ingest.source import Checkpoint
from tests.kafka.documents import SECOND
from tests.kafka.running import Shipper, Worker, contents, ends, kafka_settings, wait_until_done
from tests.kafka.test_workers import as_if_undisturbed, ended, logs
from tests.servers.kafka import Broker
from tests.store.shop import status


@pytest.mark.long
@pytest.mark.timeout(300)
def test_after_a_topic_got_more_partitions_nothing_is_counted_twice_and_namespaces_move_with_what_is_known(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store, written = topic(2), tmp_path / "store.sqlite", logs(7, 30)
    half = len(written) // 2
    settings = {**kafka_settings(kafka.address, name), "store": {"path": str(store)}}
    worker = Worker(tmp_path, "worker", settings)
    with ended(worker):
        worker.start()
        Shipper(kafka.address, name, written[:half]).ship()
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.stop()
        client = kafka.client()
        client.create_partitions([NewPartitions(name, 5)])[name].result(30)
        worker.start()
        worker.wait_for(lambda: re.search(r"has 5 partitions now and had 2", worker.text))
        worker.stop()
        assert "Let go of 2 partitions" in worker.run("release", name)
        Shipper(kafka.address, name, written[half:]).ship()
        worker.start()
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.stop()
    with closing(open_reader(store)) as reader:
        read, records, joined, pending, dropped = contents(reader)["lines"]
        owners = {reader.owner(status.namespace) for status in reader.statuses()}
    assert (read, records + joined, pending, dropped) == (len(written), len(written), 0, {})
    assert len(owners) > 2
    assert owners <= {f"{name}/{number}" for number in range(5)}


@pytest.mark.long
def test_what_was_not_read_yet_is_not_let_go_of(kafka: Broker, topic: Callable[..., str], tmp_path: Path) -> None:
    name, store = topic(1), tmp_path / "store.sqlite"
    worker = Worker(tmp_path, "worker", {**kafka_settings(kafka.address, name), "store": {"path": str(store)}})
    with ended(worker):
        worker.start()
        Shipper(kafka.address, name, logs(8, 10)).ship()
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.stop()
        Shipper(kafka.address, name, logs(9, 10)[:7]).ship()
        assert "7 messages that are in no closed window" in worker.run("release", name, expect=2)
        assert "Let go of 1 partition of" in worker.run("release", name, "--force")


def test_of_a_topic_that_was_made_anew_only_its_own_messages_are_looked_at(tmp_path: Path) -> None:
    def at(offset: int, topic_id: str) -> Checkpoint:
        return Checkpoint(offset, offset, Place(topic_id=topic_id, partitions=1).identity())

    with closing(open_store(tmp_path / "store.sqlite", shared=True)) as store:
        scope = store.scope("logs/0")
        scope.commit(PassResult(SECOND, checkpoints={"logs/0": at(5_000, "one")}))
        assert unread(store, "logs", "one", {0: 5_010}) == {"logs/0": 10}
        assert unread(store, "logs", "two", {0: 40}) == {}  # nothing of it is anybody's
        scope.commit(PassResult(SECOND, checkpoints={"logs/0@two": at(30, "two")}))
        assert unread(store, "logs", "two", {0: 40, 1: 5}) == {"logs/0": 10, "logs/1": 5}


@pytest.mark.long
def test_one_namespace_is_let_go_of_while_its_worker_runs_and_goes_on_where_its_messages_come(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, store, written = topic(1), tmp_path / "store.sqlite", logs(10, 20)
    half = len(written) // 2
    worker = Worker(tmp_path, "worker", {**kafka_settings(kafka.address, name), "store": {"path": str(store)}})
    with ended(worker):
        worker.start()
        Shipper(kafka.address, name, written[:half]).ship()
        wait_until_done(store, [worker], ends(kafka.address, name))
        assert "Let go of team-a, which was kept by" in worker.run("release", name, "--namespace", "team-a")
        Shipper(kafka.address, name, written[half:]).ship()
        wait_until_done(store, [worker], ends(kafka.address, name))
        worker.wait_for(worker.is_well)
        worker.stop()
    assert as_if_undisturbed(kafka, name, tmp_path, store)


def test_a_namespace_is_let_go_of_only_where_it_was_read(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "store.sqlite", shared=True)) as store:
        for topic, namespace in (("logs", "shop"), ("logs", "pay"), ("audit", "desk")):
            scope = store.scope(f"{topic}/{len(namespace)}")
            scope.commit(PassResult(SECOND, statuses=[status(namespace)]))
        assert scope_of(store, "shop", "logs") == "logs/4"
        with pytest.raises(UsageError, match="desk belongs to audit/4, not to logs") as refused:
            scope_of(store, "desk", "logs")
        assert "drainwatch release audit --namespace desk" in str(refused.value)
        with pytest.raises(UsageError, match="knows no namespace bank"):
            scope_of(store, "bank", "logs")
        store.release("logs/3", "pay")
        with pytest.raises(UsageError, match="pay belongs to nobody"):
            scope_of(store, "pay", "logs")
