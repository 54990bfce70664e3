"""drainwatch in a process of its own that reads from Elasticsearch and writes to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingest.elasticsearch.settings import Connection
from tests.servers.elasticsearch import Server

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it lives; what the settings of the same names take."""

    window: str = "5s"
    lateness: str = "1s"
    learn: str = "2m"
    query_delay: str = "1s"
    second_look: str = "60s"
    timeout: str = "30s"
    patience: str = "60s"


class Program:
    """`drainwatch` with one settings file; what it says goes to a file beside it."""

    def __init__(
        self, folder: Path, connection: Connection, index: str, prefix: str, pace: Pace = Pace(), history: str = "24h"
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.said = folder / "said"
        self._config = folder / "drainwatch.toml"
        self._config.write_text(_settings(connection, index, prefix, pace, history))
        self.process: subprocess.Popen[bytes] | None = None
        self.address = ""

    def do(self, *arguments: str, expect: int = 0) -> str:
        """Run a command to its end; what it printed."""
        self.start(*arguments)
        assert self.wait() == expect, self.text
        return self.text

    def start(self, *arguments: str) -> None:
        """Run a command, and don't wait."""
        self._start("detector.cli", *arguments, "--config", str(self._config))

    def serve(self, *arguments: str, clock: int = 0) -> None:
        """`drainwatch run`, with a clock that is so many seconds ahead; returns when its address was printed."""
        if clock:
            self._start("tests.faults.skewed", str(clock), str(self._config))
        else:
            self.start("run", *arguments)
        self.wait_for(lambda: "drainwatch is at" in self.text)
        found = re.search(r"drainwatch is at (\S+)/", self.text)
        assert found
        self.address = found[1]

    def _start(self, module: str, *arguments: str) -> None:
        with self.said.open("ab") as said:
            self._begin = said.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self._config.parent,
                env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    @property
    def text(self) -> str:
        """What it said since it was last started."""
        return self.said.read_bytes()[self._begin :].decode("utf-8", "replace")

    def wait(self, seconds: float = 120) -> int:
        """Until it ends by itself; the exit code."""
        assert self.process is not None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"didn't end within {seconds} s\n{self.text}") from None

    def wait_for(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Until something holds; fails when it ends before, or the time is over."""
        assert self.process is not None
        until = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, f"it ended with {self.process.returncode}\n{self.text}"
            assert time.monotonic() < until, self.text
            time.sleep(0.1)

    def wait_for_error(self, pattern: str, seconds: float = 60) -> None:
        """Until its status page says why it can't go on."""
        self.wait_for(lambda: re.search(pattern, self.status()["error"] or "") is not None, seconds)

    def kill(self) -> None:
        """SIGKILL: nothing can be tidied up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.wait(60)

    def status(self) -> dict[str, Any]:
        """What its status page says."""
        with urllib.request.urlopen(f"{self.address}/api/v1/status", timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
            return told


def _settings(connection: Connection, index: str, prefix: str, pace: Pace, history: str) -> str:
    elasticsearch = {
        "hosts": list(connection.hosts),
        "ca_file": connection.ca_file,
        "username": connection.username,
        "password": connection.password,
        "indices": [index],
        "prefix": prefix,
        "history": history,
    }
    paces = asdict(pace)
    elasticsearch |= {name: paces[name] for name in ("query_delay", "second_look", "timeout", "patience")}
    detection = {name: paces[name] for name in ("window", "lateness", "learn")} | {"retrain": "10m", "trees": 10}
    sections: dict[str, dict[str, Any]] = {
        "ingest": {"source": "elasticsearch", "poll_interval": "0.3s"},
        "detection": detection,
        "elasticsearch": {name: value for name, value in elasticsearch.items() if value != ""},
        "store": {"kind": "elasticsearch"},
        "service": {"port": 0},
    }
    return "".join(
        f"[{section}]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
        for section, values in sections.items()
    )


def set_up(server: Server, prefix: str, folder: Path) -> None:
    """`drainwatch setup elasticsearch`, as the user who may do no more than that."""
    Program(folder, server.connection("setup"), "filebeat-*", prefix).do("setup", "elasticsearch", "--yes")
