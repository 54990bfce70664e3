"""How the parts of the service are doing, each by itself: whoever does the work says where it fails, and until when.

A part that is away degrades only what needs it; which one that is has to be told apart from the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from detector.errors import ServerError, SourceError, StoreError

State = Literal["up", "degraded", "down"]
STORE, SOURCE, DETECTION = "store", "source", "detection"
_ORDER: tuple[State, ...] = ("up", "degraded", "down")


@dataclass(frozen=True, slots=True)
class Part:
    """One of them, as it is now."""

    name: str
    """`store`, `source`, `detection`, a task such as `alerts`, `channel:` or `output:` and its name."""
    state: State
    """`degraded`: some of it goes on, as a store that can be read and not be written."""
    since: int
    """Microseconds UTC."""
    problem: str = ""
    """What is wrong and what to do about it; empty where it is up."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What one who works with a part says of it."""

    state: State
    since: int
    problem: str


class Board:
    """What is said of each part; usable from any thread. `clock` gives microseconds UTC."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock, self._lock = clock, Lock()
        self._up_since: dict[str, int] = {}
        """In the order in which they are shown."""
        self._trouble: dict[str, dict[str, _Word]] = {}
        """By part, and by who says it: nothing of those that are well."""

    def expect(self, *names: str) -> None:
        """There are these parts; they are up until somebody says otherwise."""
        with self._lock:
            for name in names:
                self._up_since.setdefault(name, self._clock())

    def fails(self, name: str, problem: str, state: State = "down", by: str = "") -> None:
        """A part fails, and why; said by one of several that work with it."""
        with self._lock:
            now = self._clock()
            self._up_since.setdefault(name, now)
            words = self._trouble.setdefault(name, {})
            before = words.get(by)
            since = before.since if before is not None and before.state == state else now
            words[by] = _Word(state, since, problem)

    def works(self, *names: str, by: str = "") -> None:
        """These work, or work again, as far as this one can tell."""
        with self._lock:
            for name in names:
                words = self._trouble.get(name, {})
                if words.pop(by, None) is not None and not words:
                    self._up_since[name] = self._clock()

    def parts(self) -> Sequence[Part]:
        """All of them, each by the worst that is said of it."""
        with self._lock:
            return tuple(self._part(name) for name in self._up_since)

    def _part(self, name: str) -> Part:
        words = self._trouble.get(name)
        if not words:
            return Part(name, "up", self._up_since[name])
        worst = max(words.values(), key=lambda word: (_ORDER.index(word.state), -word.since))
        return Part(name, worst.state, worst.since, worst.problem)


def blamed(error: BaseException) -> tuple[str, State]:
    """Which part it is that keeps a pass from being done, and how much of that part is left."""
    if isinstance(error, StoreError):
        return STORE, "degraded"  # it may be read for all that: who reads it knows
    if isinstance(error, SourceError | ServerError):
        return SOURCE, "down"
    return DETECTION, "down"
