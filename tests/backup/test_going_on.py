"""A service goes on after a restore as if nothing had been: in the end it knows what one left alone knows."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from detector.store.sqlite import open_reader
from tests.service.serving import ROOT, ServiceProcess, contents, lines
from tests.service.writer import Node


def drainwatch(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "detector.cli", *arguments], check=True, cwd=ROOT)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_service_goes_on_after_a_restore_as_if_nothing_had_been(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    node, places = Node(logs, 30), [logs / "containers", logs / "plain"]
    left_alone = ServiceProcess(tmp_path / "left-alone.sqlite", places)
    restored = ServiceProcess(tmp_path / "restored.sqlite", places)
    try:
        node.start()
        left_alone.start()
        restored.start()
        for service in (left_alone, restored):
            service.wait_until(1)
        node.rotate.set()
        time.sleep(5)
        drainwatch("backup", str(tmp_path / "b.zip"), "--store", str(restored.store))  # while it writes
        time.sleep(3)
        assert restored.stop() == 0
        drainwatch("restore", str(tmp_path / "b.zip"), "--store", str(restored.store), "--replace")
        restored.start()
        node.join()
        end = time.time_ns() // 1_000_000_000 * 1_000_000
        for service in (left_alone, restored):
            service.wait_until(end + 8_000_000)
    finally:
        node.stop.set()
        codes = [service.stop() for service in (left_alone, restored) if service.process]
    assert codes == [0, 0]
    assert lines(restored.store) == node.written
    assert contents(restored.store, end) == contents(left_alone.store, end)
    with closing(open_reader(restored.store)) as reader:
        assert reader.tally().balanced
        assert reader.tally().read == node.written.total()
        assert [one.what for one in reader.acts().items] == ["restored"]
