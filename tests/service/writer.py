"""A small node that writes logs in real time as a kubelet, a runtime and logrotate do."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from threading import Event, Thread

_UID = "0b8d7c1e-6a52-4f0e-9a7b-3c1d2e4f5a6b"


def _now(form: str) -> str:
    return datetime.now(UTC).strftime(form)


class Container:
    """One container's log below `pods`, linked from `containers`, rotated by renaming as the kubelet does it."""

    def __init__(self, root: Path, namespace: str, pod: str, name: str) -> None:
        self.namespace = namespace
        self._folder = root / "pods" / f"{namespace}_{pod}_{_UID}" / name
        self._folder.mkdir(parents=True)
        (root / "containers").mkdir(exist_ok=True)
        self._link = root / "containers" / f"{pod}_{namespace}_{name}-{'0' * 64}.log"
        self._restarts = 0
        self._path: Path
        self._file: FileIO
        self._begin()

    def write(self, text: str, stream: str = "stdout") -> None:
        """Log a line, now."""
        self._file.write(f"{_now('%Y-%m-%dT%H:%M:%S.%f')}000Z {stream} F {text}\n".encode())

    def rotate(self) -> None:
        """What was written is renamed, what comes goes to a new file; not more than once a second."""
        self._file.close()
        self._path.rename(f"{self._path}.{_now('%Y%m%d-%H%M%S')}")
        self._file = self._path.open("ab", buffering=0)

    def restart(self) -> None:
        """The container starts anew: another file, to which the link leads from now on."""
        self._file.close()
        self._restarts += 1
        self._begin()

    def close(self) -> None:
        """Log nothing more."""
        self._file.close()

    def _begin(self) -> None:
        self._path = self._folder / f"{self._restarts}.log"
        self._file = self._path.open("ab", buffering=0)
        fresh = self._link.with_suffix(".tmp")
        fresh.symlink_to(self._path)
        fresh.replace(self._link)


class PlainLog:
    """An application's own log in `plain`, rotated by copying it away and truncating it."""

    namespace = "local"

    def __init__(self, root: Path, name: str) -> None:
        self._path = root / "plain" / f"{name}.log"
        self._path.parent.mkdir(exist_ok=True)
        self._file = self._path.open("ab", buffering=0)
        self._copies = 0

    def write(self, text: str, stream: str = "") -> None:
        """Log a line, now."""
        self._file.write(f"{_now('%Y-%m-%dT%H:%M:%S.%fZ')} {text}\n".encode())

    def rotate(self) -> None:
        """Copied away, then truncated, while the application holds it open."""
        self._copies += 1
        for number in range(self._copies, 1, -1):
            self._path.with_name(f"{self._path.name}.{number - 1}").rename(f"{self._path}.{number}")
        shutil.copy(self._path, f"{self._path}.1")
        self._file.truncate(0)

    def restart(self) -> None:
        """It goes on in the same file."""

    def close(self) -> None:
        """Log nothing more."""
        self._file.close()


class Node(Thread):
    """Logs for some seconds, some hundred lines a second, rotating and restarting; a fault begins after two thirds."""

    def __init__(self, root: Path, seconds: float, seed: int = 1) -> None:
        super().__init__(name="node", daemon=True)
        self.written: Counter[str] = Counter()
        """Lines by namespace."""
        self.stop = Event()
        self.rotate = Event()
        """Rotation and restarts begin when it is set."""
        self._seconds, self._rng = seconds, random.Random(seed)
        self._logs: list[Container | PlainLog] = [
            Container(root, "shop", "web-7d9c5b6f4-x2x9p", "web"),
            Container(root, "shop", "cart-6bdcf4d5c-q8rtz", "cart"),
            Container(root, "payments", "db-0", "db"),
            PlainLog(root, "batch"),
        ]

    def run(self) -> None:
        """Write until the time is over."""
        began, rotated, turn = time.monotonic(), 0.0, 0
        while (passed := time.monotonic() - began) < self._seconds and not self.stop.is_set():
            for log in self._logs:
                for _ in range(self._rng.randint(1, 4)):
                    self._write(
                        log, f"INFO handled request {self._rng.randrange(9999)} in {self._rng.randrange(99)} ms"
                    )
            if passed > self._seconds * 2 / 3:
                self._write(self._logs[1], "ERROR could not reach db-0: connection refused", "stderr")
            if passed - rotated > 1.7 and self.rotate.is_set():
                rotated, turn = passed, turn + 1
                log = self._logs[turn % len(self._logs)]
                if turn % 5:
                    log.rotate()
                else:
                    log.restart()
            time.sleep(0.02)
        for log in self._logs:
            log.close()

    def _write(self, log: Container | PlainLog, text: str, stream: str = "stdout") -> None:
        log.write(text, stream)
        self.written[log.namespace] += 1
