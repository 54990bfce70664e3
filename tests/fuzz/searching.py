"""One target in a process of its own: libFuzzer ends the process that it runs in, and so does what it finds."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.target import Target

_EXECUTED = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_COVERED = re.compile(r"cov: (\d+)")
_SLOW = 20
"""Seconds after which an input counts as one that hangs: readers take time linear in what they read."""
_MEMORY = 2_048
"""MB, likewise."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    target: Target
    seconds: float
    executed: int
    covered: int
    """Edges of our code."""
    crash: bytes | None
    """The input that broke a promise, if any did."""
    said: str
    """The end of what the process said."""


class Search:
    """A target that is being searched, in a child of this process."""

    def __init__(
        self, target: Target, folder: Path, limit: Sequence[str], fuzz: Callable[[Sequence[str], Target, Path], None]
    ) -> None:
        self.target, self._folder = target, folder / target.name
        corpus, given, crashes = (self._folder / name for name in ("corpus", "seeds", "crashes"))
        for made in (corpus, given, crashes):
            made.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(target.seeds):
            (given / str(number)).write_bytes(seed)
        words = self._folder / "words"
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words or (b"0",)))
        self._before = set(crashes.iterdir())
        self._said = self._folder / "said"
        self._begun = time.monotonic()
        options = [
            *limit, f"-max_len={target.longest}", f"-timeout={_SLOW}", f"-rss_limit_mb={_MEMORY}",
            f"-artifact_prefix={crashes}/", f"-dict={words}", "-print_final_stats=1", "-use_value_profile=0",
            str(corpus), str(given),
        ]  # fmt: skip
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if self._child == 0:
            said = os.open(self._said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(said, 1)
            os.dup2(said, 2)
            try:
                fuzz([target.name, *options], target, crashes / str(time.time_ns()))
            finally:
                os._exit(70)

    def ended(self) -> Found | None:
        """What it came to, once it has ended."""
        child, status = os.waitpid(self._child, os.WNOHANG)
        return None if child == 0 else self._found(os.waitstatus_to_exitcode(status))

    def stop(self) -> None:
        """End it before its time."""
        os.kill(self._child, 9)
        os.waitpid(self._child, 0)

    def _found(self, code: int) -> Found:
        said = self._said.read_text("utf-8", "replace")
        new = sorted(set((self._folder / "crashes").iterdir()) - self._before)
        crash = new[0].read_bytes() if new else b"" if code else None
        executed, covered = _EXECUTED.findall(said), _COVERED.findall(said)
        seconds = time.monotonic() - self._begun
        return Found(self.target, seconds, int((executed or [0])[-1]), int((covered or [0])[-1]), crash, said[-3_000:])


def _escaped(word: bytes) -> str:
    return "".join(chr(one) if 32 <= one < 127 and one not in b'"\\' else f"\\x{one:02x}" for one in word)
