"""What is said in a shell beside a running service: it is obeyed from the next window on, and nothing is lost by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from detector.findings import Anomaly
from detector.store.sqlite import open_reader
from tests.length import in_full
from tests.service.serving import ROOT, ServiceProcess, closed_until

HISTORY = 400
"""Seconds."""
SECOND = 1_000_000
REFUSED = "ERROR could not reach db-0: connection refused"


class Shop(Thread):
    """A container that has logged for a while, logs on, and has an error when it is told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        folder.mkdir()
        self.failing, self.over = Event(), Event()
        self._log = (folder / f"cart-6bdcf4d5c-q8rtz_shop_cart-{'0' * 64}.log").open("ab", buffering=0)
        now = time.time()
        for tenth in range(HISTORY * 10):
            self._write(now - HISTORY + tenth / 10, f"INFO handled request {tenth}")

    def run(self) -> None:
        """Ten lines a second, and fifty errors while it fails."""
        number = 0
        while not self.over.wait(0.1):
            number += 1
            self._write(time.time(), f"INFO handled request {number}")
            if self.failing.is_set():
                for _ in range(5):
                    self._write(time.time(), REFUSED)
        self._log.close()

    def fail(self, seconds: float = 2) -> int:
        """Have the error for a while; the time of it, microseconds UTC, on the grid of windows."""
        begin = time.time_ns() // 1_000 // SECOND * SECOND
        self.failing.set()
        time.sleep(seconds)
        self.failing.clear()
        return begin

    def _write(self, at: float, text: str) -> None:
        shown = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        self._log.write(f"{shown}000Z stdout F {text}\n".encode())


def shell(store: Path, *arguments: str) -> None:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "detector.cli", *arguments, "--store", str(store)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def words(store: Path) -> list[dict[str, object]]:
    """What was said, the newest first."""
    command = [sys.executable, "-m", "detector.cli", "feedback", "list", "-o", "json", "--store", str(store)]
    said = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True).stdout
    found: list[dict[str, object]] = json.loads(said)
    return found


def failures(store: Path, since: int) -> list[Anomaly]:
    """Anomalous windows from a time on that are about the error, oldest first."""
    with closing(open_reader(store)) as reader:
        found = reader.anomalies(since=since, limit=1_000).items
    return sorted((one for one in found if any("refused" in it.template for it in one.reasons)), key=lambda x: x.window)


def settled(service: ServiceProcess, since: int) -> list[Anomaly]:
    """Those of a failure that is over, once all of its windows are closed."""
    service.wait_until(time.time_ns() // 1_000)
    found = failures(service.store, since)
    assert found, service.said.read_text()
    return found


Say = Callable[[str], Sequence[str]]


@pytest.mark.parametrize(
    "say",
    [
        pytest.param(lambda incident: ("feedback", "expected", incident, "--note", "we know"), id="expected"),
        pytest.param(lambda incident: ("mute", "--namespace", "shop", "--for", "1h"), id="muted", marks=in_full),
    ],
)
def test_what_is_said_in_a_shell_keeps_a_running_service_quiet_until_it_is_taken_back(tmp_path: Path, say: Say) -> None:
    shop = Shop(tmp_path / "logs")
    service = ServiceProcess(tmp_path / "shop.sqlite", [tmp_path / "logs"])
    try:
        shop.start()
        service.start()
        service.wait_until(time.time_ns() // 1_000)

        told = settled(service, shop.fail())
        assert [one.suppressed_by for one in told] == [None] * len(told)
        incident = told[0].incident
        assert incident, [(one.window, one.score, one.reasons[0]) for one in told]

        shell(service.store, *say(incident))
        (word,) = words(service.store)
        service.wait_until((closed_until(service.store) or 0) + SECOND)  # the next pass reads it
        quiet = settled(service, shop.fail())
        assert {(one.suppressed_by, one.incident) for one in quiet} == {(word["id"], None)}
        assert max(one.score for one in quiet) >= max(one.score for one in told) / 2, "they keep their score"

        shell(service.store, "unmute", str(word["id"]))
        service.wait_until((closed_until(service.store) or 0) + SECOND)
        again = settled(service, shop.fail())
        assert any(one.incident for one in again)
        assert {one.suppressed_by for one in again} == {None}
        assert [one["active"] for one in words(service.store)] == [False]
        assert failures(service.store, quiet[0].window)[: len(quiet)] == quiet, "what was quiet stays as it was"
    finally:
        shop.over.set()
        code = service.stop() if service.process else 0
    assert code == 0
    assert "Traceback" not in service.said.read_text()
