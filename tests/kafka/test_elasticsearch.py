"""Workers of one group that keep what they count in Elasticsearch."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from detector.store.elasticsearch import open_reader
from tests.faults.program import set_up
from tests.kafka.running import Shipper, Worker, contents, ends, is_done, kafka_settings, undisturbed
from tests.kafka.test_workers import RATE, ended, logs
from tests.servers.elasticsearch import NEWEST, Server
from tests.servers.kafka import Broker


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("elasticsearch", [NEWEST], indirect=True)
def test_workers_that_are_killed_cost_nothing_and_double_nothing(
    elasticsearch: Server, prefix: str, kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name, rng, connection = topic(2), random.Random(1), elasticsearch.connection()
    set_up(elasticsearch, prefix, tmp_path / "setup")
    settings = {
        **kafka_settings(kafka.address, name),
        "store": {"kind": "elasticsearch"},
        "elasticsearch": {
            "hosts": list(connection.hosts),
            "prefix": prefix,
            "username": connection.username,
            "password": connection.password,
            "ca_file": connection.ca_file,
        },
    }
    workers = [Worker(tmp_path, each, settings) for each in ("first", "second")]
    shipper = Shipper(kafka.address, name, logs(11, 60))
    with ended(*workers):
        for worker in workers:
            worker.start()
        shipper.begin(RATE)
        for worker in workers:
            worker.wait_for(worker.is_reading)
            time.sleep(rng.uniform(0, 2))
            worker.kill()
            worker.start()
        shipper.wait()
        wanted = ends(kafka.address, name)
        with closing(open_reader(connection, prefix)) as reader:
            workers[0].wait_for(lambda: is_done(reader, wanted), 120)
        for worker in workers:
            worker.stop()
    with closing(open_reader(connection, prefix)) as reader:
        found = contents(reader)
    assert found == undisturbed(tmp_path / "undisturbed.sqlite", kafka.address, name)
