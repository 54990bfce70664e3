"""A server that is one program: started in a folder of its own, waited for, paused, stopped, ended with the tests."""

from __future__ import annotations

import errno
import json
import shutil
import signal
import socket
import tempfile
import time
import urllib.error
import urllib.request
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.servers.leash import Leashed, free_ports
from tests.servers.missing import MissingError

UP_WITHIN = 60
"""Seconds; it takes half of one where nothing else keeps the machine busy."""


class Program(Leashed):
    """Listens on a free port of the loopback, which stays the same over a restart.

    `start` raises `MissingError` where something has to be installed first.
    """

    def __init__(self) -> None:
        super().__init__()
        self._port = 0

    @abstractmethod
    def _configure(self) -> None:
        """Write what it reads at its start into `folder`."""

    @abstractmethod
    def _command(self) -> Sequence[str | Path]:
        """The program and its options. Raises `MissingError`."""

    @property
    def address(self) -> str:
        """Where it listens: `127.0.0.1:34567`."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The same with the scheme: `http://127.0.0.1:34567`."""
        return f"http://{self.address}"

    def start(self) -> None:
        """Start it, or start it again, and don't wait."""
        if self._folder is None:
            self._command()
            self._port = free_ports("http")["http"]
            self._folder = Path(tempfile.mkdtemp(prefix=f"{self.name.lower()}-"))
            self._configure()
        self._run(self._command())

    def wait(self) -> None:
        """Until it is ready; raises `RuntimeError` with the end of its log where it isn't.

        https://prometheus.io/docs/prometheus/latest/management_api/ https://prometheus.io/docs/alerting/latest/management_api/
        """
        until = time.monotonic() + UP_WITHIN
        while time.monotonic() < until:
            self._refuse_ended()
            try:
                with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} wasn't ready within {UP_WITHIN} s.\n{self.log}")

    def reload(self) -> None:
        """Read the configuration again; raises `RuntimeError` with the end of its log where it can't."""
        try:
            self.ask("/-/reload", b"")
        except urllib.error.HTTPError:
            raise RuntimeError(f"{self.name} can't read its configuration.\n{self.log}") from None

    def ask(self, path: str, body: bytes | None = None) -> Any:
        """What it answers as JSON, None for nothing; with a body, be it empty, it is posted to (as JSON)."""
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        super()._end(number)
        while self._is_listening():  # what was killed may be gone a moment before its port is free
            time.sleep(0.01)

    def _is_listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) != errno.ECONNREFUSED


def installed(*names: str, package: str) -> Path:
    """The first of the programs that is on the PATH. Raises `MissingError`, which names the package of Debian."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    raise MissingError(f"Needs {names[0]}: install it (Debian: {package}).")
