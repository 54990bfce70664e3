"""What workers tell Prometheus."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.metrics.test_measured import values
from tests.kafka.running import SECOND, Shipper, Worker, ends, kafka_settings, wait_until_done
from tests.kafka.test_workers import ended, logs
from tests.servers.kafka import Broker
from tests.servers.prometheus import promtool


def metrics(worker: Worker) -> str:
    found = re.search(r"drainwatch is at (\S+)/", worker.text)
    assert found, worker.text
    with urllib.request.urlopen(f"{found[1]}/metrics", timeout=30) as answer:
        text: str = answer.read().decode()
    return text


@pytest.mark.long
def test_a_worker_measures_what_it_does_and_tells_what_became_of_its_messages(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    lines, findings, written = topic(3), topic(1), logs(1, 20)
    Shipper(kafka.address, lines, written).ship()
    settings = {**kafka_settings(kafka.address, lines), "store": {"path": str(tmp_path / "store.sqlite")}}
    settings["kafka"] = {**settings["kafka"], "anomalies_topic": findings}
    worker = Worker(tmp_path, "worker", settings)
    with ended(worker):
        worker.start()
        wait_until_done(tmp_path / "store.sqlite", [worker], ends(kafka.address, lines))
        begun = time.time()
        worker.wait_for(lambda: set(values(metrics(worker), "drainwatch_partition_lag").values()) == {0})
        text = metrics(worker)
        worker.stop()
    partitions = {(f"{lines}/{number}",) for number in range(3)}
    assert set(values(text, "drainwatch_partition_lag")) == partitions
    assert values(text, "drainwatch_lines_read_total") == {(): len(written)}
    steps = values(text, "drainwatch_step_duration_seconds_count")
    assert all(steps[step,] >= 1 for step in ("read", "close", "commit"))
    assert 0 < values(text, "drainwatch_step_duration_seconds_sum")["commit",] < 60
    assert begun * SECOND - 60 * SECOND < values(text, "drainwatch_last_pass_timestamp_seconds")[()] * SECOND
    outputs = values(text, "drainwatch_outbox_messages_waiting")
    assert outputs == {("anomalies-topic",): 0}
    assert promtool("check", "metrics", folder=tmp_path, given=text) == ""
