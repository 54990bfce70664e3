"""Logs that are rotated in every way while they are written at speed, several times between two looks."""

from __future__ import annotations

import gzip
import shutil
import time
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from threading import Thread

import pytest

from tests.faults.files import container, line
from tests.service.serving import ServiceProcess, lines


class Rotated:
    """A log of its own workload, written by one thread; `rotate` is by its own rule."""

    def __init__(self, folder: Path, how: str) -> None:
        self.how, self.written, self.rotations = how, 0, 0
        self._path = container(folder, how, "web")
        self._file: FileIO = self._path.open("ab", buffering=0)

    def write(self, count: int) -> None:
        now = time.time_ns() // 1_000
        text = "".join(line(now + n, f"INFO handled request {self.written + n}") for n in range(count))
        self._file.write(text.encode())
        self.written += count

    def rotate(self) -> None:
        self.rotations += 1
        if self.how == "copied":
            self._move_up()
            shutil.copy(self._path, f"{self._path}.1")
            self._file.truncate(0)
            return
        self._file.close()
        if self.how == "packed":
            self._pack()
        self._move_up()
        self._path.rename(f"{self._path}.1")
        self._file = self._path.open("ab", buffering=0)

    def close(self) -> None:
        self._file.close()

    def _move_up(self) -> None:
        """`.1` becomes `.2`, and so on, as logrotate does it."""
        for number in range(self.rotations, 0, -1):
            for ending in ("", ".gz"):
                before = self._path.with_name(f"{self._path.name}.{number}{ending}")
                if before.exists():
                    before.rename(self._path.with_name(f"{self._path.name}.{number + 1}{ending}"))

    def _pack(self) -> None:
        """The one before the newest; logrotate's `delaycompress`."""
        before = self._path.with_name(f"{self._path.name}.1")
        if before.exists():
            packed = before.with_name(f"{before.name}.tmp")
            with before.open("rb") as plain, gzip.open(packed, "wb") as zipped:
                shutil.copyfileobj(plain, zipped)
            packed.rename(f"{before}.gz")
            before.unlink()


@pytest.mark.long
def test_rotated_under_load_several_times_between_two_looks_no_line_is_lost_or_doubled(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    logs = tmp_path / "logs"
    rotated = [Rotated(logs, how) for how in ("renamed", "copied", "packed")]
    for one in rotated:
        one.write(20)
    service = ServiceProcess(tmp_path / "store.sqlite", [logs])
    service.start(90)
    begin = time.monotonic()

    def log() -> None:
        while (passed := time.monotonic() - begin) < 10:
            for one in rotated:
                one.write(50)
                # Three times in a burst, 0.1 s apart. What is copied, seldom: nobody can know again what is gone.
                often = one.how != "copied" and passed % 2 < 0.4
                if often or (one.how == "copied" and one.rotations < passed / 3):
                    one.rotate()
            time.sleep(0.1)

    try:
        service.wait_until(1)
        writer = Thread(target=log)
        writer.start()
        writer.join()
        end = time.time_ns() // 1_000_000_000 * 1_000_000
        service.wait_until(end + 2_000_000)
    finally:
        for one in rotated:
            one.close()
        code = service.stop()
    assert code == 0
    found = lines(service.store)
    assert {one.how: found[one.how] for one in rotated} == {one.how: one.written for one in rotated}
    assert all(one.rotations > 2 for one in rotated)
    record_property("lines", sum(one.written for one in rotated))
    record_property("rotations", sum(one.rotations for one in rotated))
    record_property("lost", 0)
    record_property("doubled", 0)
