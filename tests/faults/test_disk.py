"""A disk that is really full, under the real service: it says so, and when there is room nothing is missing."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.serving import ServiceProcess, lines
from tests.service.test_trouble import status, until
from tests.service.writer import Container


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """One of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder]).returncode:
        pytest.skip("only root may mount a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def store(told: dict[str, Any]) -> dict[str, Any]:
    return next(part for part in told["parts"] if part["name"] == "store")


@pytest.mark.long
def test_a_disk_that_is_full_costs_no_line(
    disk: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    container = Container(tmp_path, "shop", "web-7d9c5b6f4-x2x9p", "web")
    container.write("INFO begun")
    service = ServiceProcess(disk / "store.sqlite", [tmp_path / "containers"])
    service.start(90)
    written = 1
    try:
        service.wait_until(1)
        with (disk / "other").open("wb", buffering=0) as other:
            try:
                while True:
                    other.write(b"x" * 4_096)
            except OSError:
                pass
        for _ in range(5):
            for number in range(400):
                container.write(f"INFO {'-'.join('abcdefgh'[: number % 8 + 1])} handled request {number}")
                written += 1
            time.sleep(0.3)
        until(lambda: store(status(service.address))["state"] == "degraded", 60)
        assert "disk" in store(status(service.address))["problem"]
        assert service.process is not None
        assert service.process.poll() is None
        (disk / "other").unlink()
        begin = time.monotonic()
        until(lambda: lines(service.store)["shop"] == written, 90)
        until(lambda: store(status(service.address))["state"] == "up", 60)
        record_property("seconds to recover", round(time.monotonic() - begin, 1))
    finally:
        container.close()
        code = service.stop()
    assert code == 0
    assert lines(service.store)["shop"] == written
    assert "Traceback" not in service.said.read_text()
    record_property("lines", written)
    record_property("lost", 0)
