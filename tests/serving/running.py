"""The real service in a process of its own, and certificates for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

ROOT = Path(__file__).parents[2]


class Certified:
    """A certificate for 127.0.0.1 and localhost in two files, which can be renewed."""

    def __init__(self, folder: Path, authority: trustme.CA) -> None:
        self.cert, self.key, self._authority = folder / "tls.crt", folder / "tls.key", authority
        self.renew()

    def renew(self, until: datetime | None = None) -> None:
        """Put new files in their place, each whole at once."""
        until = until or datetime.now(UTC) + timedelta(days=30)
        made = self._authority.issue_cert(
            "127.0.0.1", "localhost", not_before=until - timedelta(days=60), not_after=until
        )
        whole = b"".join(blob.bytes() for blob in made.cert_chain_pems)
        for file, content in ((self.key, made.private_key_pem.bytes()), (self.cert, whole)):
            new = file.with_suffix(".new")
            new.write_bytes(content)
            new.replace(file)


@dataclass
class Running:
    """A process, and what it says."""

    process: subprocess.Popen[bytes]
    file: Path
    address: str = ""

    def said(self) -> str:
        """On both outputs."""
        return self.file.read_text("utf-8")

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.address.rstrip("/").rpartition(":")[2])


@contextmanager
def service(
    folder: Path, *options: str, command: str = "run", refused: bool = False, settings: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """`drainwatch run` on an empty folder of logs, or another command, until the `with` ends."""
    (folder / "logs").mkdir(exist_ok=True)
    paths = ["logs", "--store", "s.sqlite"] if command == "run" else []
    said = folder / "said"
    environ = {f"DRAINWATCH_{name.upper()}": value for name, value in (settings or {}).items()}
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "detector.cli", command, *paths, "--port", "0", *options],
            env={**os.environ, **environ, "PYTHONPATH": str(ROOT)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    running = Running(process, said)
    try:
        until = time.monotonic() + 60
        while not refused and not running.address:
            assert process.poll() is None, running.said()
            assert time.monotonic() < until, running.said()
            time.sleep(0.05)
            if found := re.search(r"drainwatch is at (\S+)", running.said()):
                running.address = found[1]
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
