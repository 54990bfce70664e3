"""Few file descriptors, little memory: the real program reads more files, and more text, than there is room for."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from detector.errors import StoreError
from detector.store.sqlite import open_reader
from tests.faults.files import SECOND, container, line, write
from tests.service.serving import ROOT, lines
from tests.service.test_trouble import until

NOW = 1_767_225_600 * SECOND
SETTINGS = """
[ingest]
memory = "4MB"
[detection]
window = "60s"
trees = 10
[parsing]
workers = 1
[service]
port = 0
"""


def limited(folder: Path, limit: str, value: int, *arguments: str) -> subprocess.Popen[str]:
    """Drainwatch under a limit of the system."""
    config = folder / "drainwatch.toml"
    config.write_text(SETTINGS)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.limited", limit, str(value), *arguments, "--config", str(config)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def counted(store: Path) -> int:
    """Lines in the counts; none before the first pass is done."""
    with suppress(StoreError):
        return lines(store).total()
    return 0


def test_many_more_files_than_descriptors_are_all_read(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    written, files, descriptors = 0, 300, 64
    for number in range(files):
        path = container(tmp_path / "logs", f"n{number % 7}", f"w{number}")
        written += write(path, ((NOW + n * 10 * SECOND, f"INFO handled request {n}") for n in range(20)))
    store = tmp_path / "store.sqlite"
    process = limited(tmp_path, "NOFILE", descriptors, "run", str(tmp_path / "logs"), "--store", str(store))
    try:
        until(lambda: process.poll() is not None or counted(store) == written, 60)
    finally:
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert lines(store).total() == written
    assert "Traceback" not in said
    assert "Too many open files" not in said
    with closing(open_reader(store)) as reader:
        assert reader.tally().read == written
    record_property("files", files)
    record_property("descriptors", descriptors)
    record_property("lines lost", 0)


@pytest.mark.long
def test_a_flood_within_one_window_waits_on_disk_and_not_in_memory(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """100 MB of lines of one minute, none of which may be counted before its end; 4 MB of them may wait in memory."""
    path, text, count = container(tmp_path / "logs", "shop", "web"), "x" * 400, 220_000
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        for number in range(count):
            file.write(line(NOW + number * 200, f"INFO {text} request {number}"))
    room = 1_500_000_000  # of addresses, most of which libraries only reserve
    process = limited(tmp_path, "AS", room, "detect", str(tmp_path / "logs"))
    _, said = process.communicate(timeout=110)
    assert process.returncode == 0, said[-2_000:]
    assert f"{count:,} lines read: {count:,} counted" in said
    record_property("MB of lines", path.stat().st_size // 1_000_000)
    record_property("MB of memory at most", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1_000)
    record_property("lines lost", 0)
