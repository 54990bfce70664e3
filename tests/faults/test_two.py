"""Two of drainwatch on one store: the second is refused, and says which process holds it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.logs import SECOND, by_window, make_index
from tests.faults.program import Pace, Program, set_up
from tests.faults.results import closed_until, counts_by_window, tally
from tests.faults.shipping import Shipper
from tests.faults.test_killed import shown
from tests.servers.elasticsearch import NEWEST, Server
from tests.service.serving import ROOT, ServiceProcess, lines
from tests.service.writer import Container

WINDOW = 2 * SECOND


def test_of_two_on_one_file_the_second_is_refused_and_the_first_goes_on(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    container = Container(tmp_path, "shop", "web-7d9c5b6f4-x2x9p", "web")
    container.write("INFO begun")
    first = ServiceProcess(tmp_path / "store.sqlite", [tmp_path / "containers"])
    first.start(90)
    try:
        assert first.process is not None
        first.wait_until(1)
        command = [sys.executable, "-m", "detector.cli", "run", str(tmp_path / "containers")]
        second = subprocess.run(
            [*command, "--store", str(first.store), "--port", "0"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert second.returncode == 1
        assert f"Another drainwatch (process {first.process.pid}) already writes" in second.stderr
        assert "Traceback" not in second.stderr
        container.write("INFO goes on")
        first.wait_until(time.time_ns() // 1_000)
    finally:
        container.close()
        code = first.stop()
    assert code == 0
    assert lines(first.store)["shop"] == 2
    record_property("lines lost or doubled", 0)


@pytest.mark.long
@pytest.mark.parametrize("elasticsearch", [NEWEST], indirect=True)
def test_of_two_in_one_cluster_whoever_comes_second_with_a_pass_is_refused_and_nothing_is_doubled(
    elasticsearch: Server, prefix: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    index, begin = f"filebeat-{prefix}", (time.time_ns() // 1_000 - 30 * SECOND) // WINDOW * WINDOW
    make_index(elasticsearch.client, index)
    set_up(elasticsearch, prefix, tmp_path / "setup")
    shipper = Shipper(elasticsearch.client, index, begin)
    pace = Pace(window="2s", learn="20s", patience="1s")
    both = [
        Program(tmp_path / name, elasticsearch.connection("service"), index, prefix, pace) for name in ("one", "two")
    ]
    shipper.start()
    try:
        for program in both:
            program.serve("--since", shown(begin))
        # Who is refused says so, and which one the other is.
        both[1].wait_for(lambda: any(re.search(r"Another drainwatch \(process \d+", one.text) for one in both), 90)
        assert both[1].stop() == 0
        end = shipper.stop() // WINDOW * WINDOW
        both[0].wait_for(lambda: closed_until(elasticsearch.connection(), prefix) >= end, 90)
        both[0].wait_for(lambda: both[0].status()["error"] is None)
        assert both[0].stop() == 0
    finally:
        shipper.stop()
        for program in both:
            program.kill()
    assert counts_by_window(elasticsearch.connection(), prefix, end) == by_window(shipper.written, WINDOW, end)
    assert tally(elasticsearch.connection(), prefix).balanced
    record_property("lines lost or doubled", 0)
