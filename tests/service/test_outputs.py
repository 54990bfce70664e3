"""A service tells its findings to Kafka; while that is away detection goes on, they wait, and the page says why."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from tests.servers.kafka import Broker
from tests.service.serving import ServiceProcess, contents, lines
from tests.service.test_trouble import status, until
from tests.service.writer import Container


def told(broker: Broker, topic: str) -> list[dict[str, Any]]:
    """All messages of a topic of one partition."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": topic, "log_level": 0})
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    messages = consumer.consume(end, timeout=20) if end else []
    consumer.close()
    return [json.loads(message.value() or b"") for message in messages]


def write_until(container: Container, condition: Callable[[], bool], faults: bool = False) -> None:
    """A steady trickle, and where wanted an error of a kind that was never there."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        for number in range(5):
            container.write(f"INFO handled request {number} in {number} ms")
        if faults:
            for number in range(60):
                container.write(f"ERROR could not connect to database, attempt {number}", "stderr")
        time.sleep(0.25)


@pytest.mark.long
@pytest.mark.timeout(240)
def test_what_is_found_in_files_is_told_and_nothing_is_lost_while_the_broker_is_away(
    own_broker: Callable[..., Broker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = own_broker()
    broker.create_topic("anomalies-output", 1)
    monkeypatch.setenv("DRAINWATCH_KAFKA__BROKERS", broker.address)
    monkeypatch.setenv("DRAINWATCH_KAFKA__TIMEOUT", "1s")
    container = Container(tmp_path, "shop", "web-7d9c5b6f4-x2x9p", "web")
    service = ServiceProcess(tmp_path / "store.sqlite", [tmp_path / "containers"])
    container.write("INFO begun")
    service.start()
    try:
        service.wait_until(1)
        write_until(container, lambda: lines(service.store)["shop"] > 500)  # it has learned
        broker.stop()

        def is_told() -> bool:
            return any("Kafka can't be reached" in notice for notice in status(service.address)["notices"])

        write_until(container, is_told, faults=True)
        before = lines(service.store)["shop"]
        write_until(container, lambda: lines(service.store)["shop"] > before + 100)
        assert status(service.address)["error"] is None
        broker.start()
        broker.wait()
        until(lambda: not status(service.address)["notices"], 90)
    finally:
        container.close()
        assert service.stop() == 0
    stored = contents(service.store, 2**62)
    ids = {one["id"] for one in told(broker, "anomalies-output") if one["kind"] == "anomaly"}
    assert ids == {one.id for one in stored["anomalies"]} != set()
    assert "Traceback" not in service.said.read_text()
