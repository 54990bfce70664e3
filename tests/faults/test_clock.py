"""The clock is set back and forth while the service runs, and its logs are written by one that isn't."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from detector.store.sqlite import open_reader
from tests.service.serving import ROOT, SETTINGS, closed_until, lines
from tests.service.test_trouble import until
from tests.service.writer import Container


@pytest.mark.long
def test_a_clock_that_is_set_back_and_forth_loses_and_doubles_no_line(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    off, config, store, said = (tmp_path / name for name in ("off", "drainwatch.toml", "store.sqlite", "said"))
    off.write_text("0")
    config.write_text(f'{SETTINGS}[store]\npath = "{store}"\n[service]\nport = 0\n')
    container = Container(tmp_path, "shop", "web-7d9c5b6f4-x2x9p", "web")
    written = 0

    def log() -> None:
        nonlocal written
        for _ in range(5):
            container.write(f"INFO handled request {written}")
            written += 1
            time.sleep(0.1)

    log()
    command = [sys.executable, "-m", "tests.faults.stepping", str(off), str(config), str(tmp_path / "containers")]
    with said.open("wb") as out:
        process = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        until(lambda: "drainwatch is at" in said.read_text(), 90)
        until(lambda: (closed_until(store) or 0) > 0, 60)
        for seconds in (600, 0, -600, 7, -3, 0):
            new = off.with_suffix(".new")
            new.write_text(str(seconds))
            new.replace(off)
            for _ in range(3):
                log()
        until(lambda: lines(store)["shop"] == written, 60)
        assert process.poll() is None, said.read_text()
    finally:
        container.close()
        process.terminate()
        code = process.wait(60)
    assert code == 0
    assert lines(store)["shop"] == written
    with closing(open_reader(store)) as reader:
        tally = reader.tally()
    assert tally.balanced
    assert tally.dropped.total() == 0
    assert not re.search("Traceback|failed", said.read_text())
    record_property("lines", written)
    record_property("lost", 0)
    record_property("doubled", 0)
    record_property("late: counted, not scored", sum(tally.remarks.values()))
