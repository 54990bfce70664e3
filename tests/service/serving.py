"""The real service in a process of its own, and what its store holds in the end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from detector.store.sqlite import open_reader

ROOT = Path(__file__).parents[2]
SETTINGS = """
[ingest]
poll_interval = "0.3s"
[detection]
window = "1s"
lateness = "2s"
learn = "20s"
retrain = "10m"
trees = 10
"""


class ServiceProcess:
    """`drainwatch run`, started, killed and started again on one store; what it says goes to a file beside it."""

    def __init__(self, store: Path, paths: Sequence[Path], more: str = "") -> None:
        self.store, self._paths, self._more = store, paths, more
        self.said = store.with_suffix(".said")
        self.address = ""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, wait: float = 30) -> None:
        """Returns when the address was printed."""
        config = self.store.with_name("drainwatch.toml")
        config.write_text(SETTINGS + self._more)
        options = ["--store", str(self.store), "--port", "0", "--config", str(config)]
        with self.said.open("ab") as said:
            begin = said.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "detector.cli", "run", *map(str, self._paths), *options],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        until = time.monotonic() + wait
        while time.monotonic() < until and self.process.poll() is None:
            text = self.said.read_bytes()[begin:].decode()
            if found := re.search(r"drainwatch is at (\S+)", text):
                self.address = found[1]
                return
            time.sleep(0.05)
        raise AssertionError(self.said.read_text())

    def kill(self) -> None:
        """SIGKILL: nothing can be tidied up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)

    def wait_until(self, time_us: int, seconds: float = 60) -> None:
        """Until every window before that time (microseconds UTC) is closed."""
        until = time.monotonic() + seconds
        while (closed_until(self.store) or 0) < time_us:
            assert time.monotonic() < until, self.said.read_text()
            assert self.process is not None
            assert self.process.poll() is None, self.said.read_text()
            time.sleep(0.1)


def closed_until(store: Path) -> int | None:
    """How far the store's windows are closed."""
    if not store.exists():
        return None
    with closing(open_reader(store)) as reader:
        return reader.closed_until()


def contents(store: Path, until: int) -> dict[str, Any]:
    """All that was found in windows before that time."""
    with closing(open_reader(store)) as reader:
        names = [status.namespace for status in reader.statuses()]
        return {
            "counts": {
                name: [
                    (one.window, dict(sorted(zip(one.templates, one.counts.tolist(), strict=True))))
                    for one in reader.counts(name)
                ]
                for name in names
            },
            "templates": sorted(
                (one.id, one.workload, one.text, one.count, one.first_seen) for one in reader.templates()
            ),
            "anomalies": [one for one in reader.anomalies(limit=10_000).items if one.window < until],
            "incidents": [
                (one.id, one.namespace, one.start) for one in reader.incidents(limit=10_000).items if one.start < until
            ],
            "changes": reader.changes(),
            "deployed": reader.deployed(),
            "models": [(one.namespace, one.version) for one in reader.models() if one.trained_until < until],
        }


def lines(store: Path) -> Counter[str]:
    """Lines in the counts, by namespace."""
    total: Counter[str] = Counter()
    with closing(open_reader(store)) as reader:
        for status in reader.statuses():
            total[status.namespace] = sum(int(one.counts.sum()) for one in reader.counts(status.namespace))
    return total
