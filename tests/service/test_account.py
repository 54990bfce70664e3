"""What a service that is started again tells Prometheus."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path

import pytest

from tests.api.metrics.test_measured import values
from tests.service.serving import ServiceProcess
from tests.service.writer import Container


def ask(service: ServiceProcess, path: str) -> str:
    with urllib.request.urlopen(f"{service.address}{path}", timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def lines_read(service: ServiceProcess, at_least: int) -> float:
    """As Prometheus is told, once it is so many."""
    until = time.monotonic() + 30
    while (read := values(ask(service, "metrics"), "drainwatch_lines_read_total")[()]) < at_least:
        assert time.monotonic() < until, read
        time.sleep(0.1)
    return read


@pytest.mark.long
def test_counters_begin_anew_with_the_process_and_the_account_goes_on(tmp_path: Path) -> None:
    container = Container(tmp_path, "shop", "web-7d9c5b6f4-x2x9p", "web")
    service = ServiceProcess(tmp_path / "store.sqlite", [tmp_path / "containers"])
    for number in range(500):
        container.write(f"INFO handled request {number}")
    service.start()
    try:
        assert lines_read(service, 500) == 500
        service.wait_until(time.time_ns() // 1_000)
        assert service.stop() == 0
        for number in range(20):
            container.write(f"INFO handled request {number}")
        service.start()
        assert lines_read(service, 20) == 20, "else all 520 came within a moment"
        assert json.loads(ask(service, "api/v1/status"))["tally"]["read"] == 520
    finally:
        container.close()
        service.stop()
