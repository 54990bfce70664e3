"""What the service does when the disk is full, files can't be read, or there is always one more line."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from detector.cli.logs import configure_logs
from detector.service import Service
from detector.settings import Settings
from detector.settings.model import DetectionSettings, ServiceSettings, StoreSettings
from tests.detector.records import START
from tests.ingest.logs import CONTAINER
from tests.service.serving import ServiceProcess, lines
from tests.service.writer import Container

SECOND = 1_000_000


def status(address: str) -> dict[str, Any]:
    """What the service says of itself."""
    with urllib.request.urlopen(f"{address}api/v1/status", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit to take a running process its room away")
def test_a_full_disk_is_told_until_there_is_room_again_and_then_nothing_is_lost(tmp_path: Path) -> None:
    container = Container(tmp_path, "shop", "web-7d9c5b6f4-x2x9p", "web")
    container.write("INFO begun")
    service = ServiceProcess(tmp_path / "store.sqlite", [tmp_path / "containers"])
    service.start()
    try:
        assert service.process is not None
        service.wait_until(1)
        _, hard = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (8_192, hard))
        for number in range(500):
            container.write(f"INFO handled request {number}")
        until(lambda: status(service.address)["error"] is not None)
        told = set()
        for _ in range(20):  # not only for the moment of the attempt
            told.add(status(service.address)["error"])
            time.sleep(0.1)
        assert all(one is not None and "store.sqlite" in one for one in told)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        until(lambda: lines(service.store)["shop"] == 501)
        until(lambda: status(service.address)["error"] is None)
    finally:
        container.close()
        assert service.stop() == 0
    said = service.said.read_text()
    assert "Traceback" not in said
    assert said.count("can't be written") < 8, "attempts become less frequent"


def test_a_file_that_comes_to_be_unreadable_is_logged(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    service = ServiceProcess(tmp_path / "store.sqlite", [tmp_path / "logs"])
    service.start()
    try:
        (tmp_path / "logs" / "core.dump").write_bytes(bytes(range(32)) * 100 + b"\n")
        until(lambda: "core.dump" in service.said.read_text())
    finally:
        assert service.stop() == 0
    assert service.said.read_text().count("is binary, not a log file") == 1


def test_it_comes_to_be_live_also_where_there_is_always_one_more_line(tmp_path: Path) -> None:
    path = tmp_path / CONTAINER
    path.write_text("")
    settings = Settings(service=ServiceSettings(port=0), store=StoreSettings(path=tmp_path / "store.sqlite"))
    began = time.time_ns() // 1_000

    def clock() -> int:
        """Each look at the clock finds another line written."""
        now = START + time.time_ns() // 1_000 - began
        with path.open("a") as file:
            file.write(
                f"2026-01-01T00:{now // (60 * SECOND) % 60:02}:{now // SECOND % 60:02}.000000000Z stdout F INFO a\n"
            )
        return now

    configure_logs("console")  # to where standard error is now
    phases: list[str] = []

    def watch(address: str) -> None:
        try:
            until(lambda: status(address)["phase"] == "live")
            phases.append("live")
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    service = Service(
        settings, [str(tmp_path)], clock=clock, on_address=lambda address: Thread(target=watch, args=[address]).start()
    )
    service.run()
    assert phases == ["live"]


def test_a_window_is_closed_as_soon_as_it_is_due(tmp_path: Path) -> None:
    (tmp_path / CONTAINER).write_text("2026-01-01T00:00:01.000000000Z stdout F INFO a\n")
    settings = Settings(
        detection=DetectionSettings(window=timedelta(minutes=10)),  # longer than anybody waits here
        service=ServiceSettings(port=0),
        store=StoreSettings(path=tmp_path / "store.sqlite"),
    )
    began = time.time_ns() // 1_000

    def clock() -> int:
        return START + 600 * (time.time_ns() // 1_000 - began)

    closed: list[str | None] = []

    def watch(address: str) -> None:
        try:
            until(lambda: status(address)["closed_until"] is not None)
            closed.append(status(address)["closed_until"])
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    configure_logs("console")
    service = Service(
        settings, [str(tmp_path)], clock=clock, on_address=lambda address: Thread(target=watch, args=[address]).start()
    )
    service.run()
    assert closed
