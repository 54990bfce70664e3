"""A process of the tests' own: started in a folder of its own, paused, stopped, and gone when the tests are."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

# Ends the process with the tests however they end: when nobody holds the pipe to `read` any more, all of its group
# goes. And when the process ends by itself, this does too. SIGTERM to the group is for it; the shells wait for it.
_LEASH = 'trap wait TERM; (trap : TERM; "$@" </dev/null; kill -KILL 0) & read -r _; kill -KILL 0'
_ENDS_WITHIN = 60
"""Seconds."""


class Leashed(ABC):
    """Keeps its folder, and so its configuration and its data, over a restart."""

    name: str
    """What it is called where people read it."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def start(self) -> None:
        """Start it, or start it again, and don't wait."""

    @abstractmethod
    def wait(self) -> None:
        """Until it is ready; raises `RuntimeError` with the end of its log where it isn't."""

    @property
    def folder(self) -> Path:
        """Holds its configuration, and what it writes."""
        assert self._folder is not None, f"{self.name} was not started"
        return self._folder

    @property
    def log(self) -> str:
        """The end of what it said."""
        path = self.folder / "said"
        return path.read_text("utf-8", "replace")[-4_000:] if path.exists() else ""

    def stop(self) -> None:
        """SIGTERM, and wait until it has ended: it says good-bye to its clients and tidies up."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start it again at the same addresses with the same data, and wait until it is ready."""
        self.kill()
        self.start()
        self.wait()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End it and remove what it wrote."""
        self.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _run(
        self, command: Sequence[str | Path], environ: Mapping[str, str] | None = None, user: int | None = None
    ) -> None:
        """With these variables, or the tests' own, and as this user, where it is to be another one."""
        with (self.folder / "said").open("ab") as said:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _LEASH, "sh", *map(str, command)],
                cwd=self.folder,
                env=environ,
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for the tests, which then end it
                user=user,
                group=user,
                extra_groups=None if user is None else (),
            )

    def _refuse_ended(self) -> None:
        """Raises `RuntimeError` where it has ended while it is waited for."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended at its start.\n{self.log}")

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._signal(number)
        self._process.wait(_ENDS_WITHIN)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, f"{self.name} is not running"
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)


def free_ports(*names: str) -> dict[str, int]:
    """A port for each name that nobody listens on just now."""
    with ExitStack() as held:
        sockets = {name: held.enter_context(socket.create_server(("127.0.0.1", 0))) for name in names}
        return {name: one.getsockname()[1] for name, one in sockets.items()}
