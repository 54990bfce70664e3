"""The root of all errors that drainwatch raises on purpose; each says in one sentence what to do.

`detector.errors` has the rest of them.
"""

from __future__ import annotations


class DrainwatchError(Exception):
    """Ours: shown as its one sentence, never as a traceback."""

    exit_code = 1

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(f"{problem} {advice}".strip())
        self.problem = problem
        self.advice = advice


class ServerError(DrainwatchError):
    """A server that is read from or written to can't be reached, refuses, or doesn't know what was asked for."""
