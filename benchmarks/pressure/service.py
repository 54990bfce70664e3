"""`drainwatch run` in a process of its own, and what can be seen of it from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, Self

import psutil

ROOT = Path(__file__).parents[2]
Settings = Mapping[str, Mapping[str, object]]


def as_toml(settings: Settings) -> str:
    """Sections of plain values."""
    return "".join(
        f"[{section}]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
        for section, values in settings.items()
    )


def beside(module: str, *arguments: str) -> subprocess.Popen[str]:
    """Another program of this package, which is asked and asks by its standard streams."""
    return subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.pressure.{module}", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


class Service:
    """Started on the way in, ended by SIGTERM on the way out; what it says goes to `said`.

    Nobody gets in without a token, as where others reach it.
    """

    def __init__(self, folder: Path, logs: Path, settings: Settings, module: str = "detector.cli") -> None:
        self._folder, self._logs, self._module = folder, logs, module
        folder.mkdir(parents=True, exist_ok=True)
        self.store, self.said = folder / "store.sqlite", folder / "said"
        self._config = folder / "drainwatch.toml"
        self._config.write_text(as_toml({"access": {"required": True}, **settings}))
        self.address, self._token = "", ""

    def __enter__(self) -> Self:
        options = ["--store", str(self.store), "--port", "0", "--config", str(self._config)]
        with self.said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, "run", str(self._logs), *options],
                env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        until = time.monotonic() + 60
        while not (found := re.search(r"drainwatch is at (http\S+?)/?\s", self.said.read_text("utf-8", "replace"))):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"It didn't start:\n{self.said.read_text('utf-8', 'replace')[-2_000:]}")
            time.sleep(0.1)
        self.address = found[1]
        self.process = psutil.Process(self._process.pid)
        self._token = self._first_token()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self.code = self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def _first_token(self) -> str:
        """Of an admin, made where the service runs."""
        command = [sys.executable, "-m", "detector.cli", "token", "create", "pressure", "--right", "admin"]
        told = subprocess.run(
            [*command, "--store", str(self.store), "--config", str(self._config)],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return told.stdout.strip()

    def tokens(self, count: int) -> list[str]:
        """One for each who asks: limits are kept by token."""
        wish = json.dumps({"name": "visitor", "namespaces": ["*"]}).encode()
        return [json.loads(self.get("/api/v1/tokens", body=wish))["token"] for _ in range(count)]

    def ask(self, path: str, timeout: float = 30, body: bytes | None = None) -> HTTPResponse:
        """Its answer, still to be read. Raises OSError."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, body, headers)
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=timeout)
        return answer

    def get(self, path: str, timeout: float = 30, body: bytes | None = None) -> bytes:
        """An answer of its own. Raises OSError."""
        with self.ask(path, timeout, body) as answer:
            return answer.read()

    def status(self) -> dict[str, Any]:
        """What `/api/v1/status` says."""
        told: dict[str, Any] = json.loads(self.get("/api/v1/status"))
        return told

    def complaints(self) -> list[str]:
        """Lines in its own log that tell of an error or a bug."""
        lines = self.said.read_text("utf-8", "replace").splitlines()
        return [line for line in lines if re.search(r"\[error|\[critical|Traceback|Exception", line)]
