"""However often the service is killed while logs are written: in the end it knows what one left alone knows."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from detector.store.sqlite import open_reader
from tests.length import AT_LENGTH
from tests.service.serving import ServiceProcess, contents, lines
from tests.service.writer import Node

LONG = (10, 100) if AT_LENGTH else (6, 50)


@pytest.mark.parametrize(
    ("kills", "seconds"), [(2, 30), pytest.param(*LONG, marks=pytest.mark.long)], ids=["briefly", "at length"]
)
@pytest.mark.timeout(300)
def test_a_service_that_is_killed_again_and_again_ends_with_the_same_store(
    tmp_path: Path, kills: int, seconds: float, record_property: Callable[[str, object], None]
) -> None:
    logs, rng = tmp_path / "logs", random.Random(kills)
    node = Node(logs, seconds)
    places = [logs / "containers", logs / "plain"]
    left_alone = ServiceProcess(tmp_path / "left-alone.sqlite", places)
    killed = ServiceProcess(tmp_path / "killed.sqlite", places)
    try:
        node.start()
        left_alone.start()
        killed.start()
        time.sleep(rng.uniform(0, 2))  # perhaps before the first window was written
        killed.kill()
        killed.start()
        for service in (left_alone, killed):
            service.wait_until(1)
        node.rotate.set()
        for turn in range(kills - 1):
            time.sleep(rng.uniform(0.2, 1.5) * seconds / kills / 2)
            if turn % 5 == 3:
                assert killed.stop() == 0
            else:
                killed.kill()
            time.sleep(rng.uniform(0, 5))
            killed.start()
        node.join()
        end = time.time_ns() // 1_000_000_000 * 1_000_000
        for service in (left_alone, killed):
            service.wait_until(end + 8_000_000)
    finally:
        node.stop.set()
        codes = [service.stop() for service in (left_alone, killed) if service.process]

    assert codes == [0, 0]
    assert lines(left_alone.store) == node.written
    assert lines(killed.store) == node.written
    for service in (left_alone, killed):
        with closing(open_reader(service.store)) as reader:
            tally = reader.tally()
        assert tally.balanced
        assert tally.read == node.written.total()
    expected = contents(left_alone.store, end)
    assert contents(killed.store, end) == expected
    assert any(start for _, namespace, start in expected["incidents"] if namespace == "shop"), "the fault is found"
    for service in (left_alone, killed):
        assert "Traceback" not in service.said.read_text()
    record_property("kills", kills)
    record_property("lines lost", 0)
    record_property("lines doubled", 0)
