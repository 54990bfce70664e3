"""One line of the doctor's: what was looked at, how it is, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from detector.doctor.facts import Refused


class State(StrEnum):
    """How something is."""

    OK = "ok"
    WARNING = "warning"
    """drainwatch works, but not as well as it could."""
    FAILED = "failed"
    """It doesn't."""
    SKIPPED = "skipped"
    """Nobody could look, or it isn't used."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was seen, and how to mend it."""

    name: str
    state: State
    seen: str
    mend: str = ""


def ok(name: str, seen: str) -> Check:
    """As it should be."""
    return Check(name, State.OK, seen)


def warning(name: str, seen: str, mend: str) -> Check:
    """Not as good as it could be."""
    return Check(name, State.WARNING, seen, mend)


def failed(name: str, seen: str, mend: str) -> Check:
    """Broken."""
    return Check(name, State.FAILED, seen, mend)


def skipped(name: str, why: str, mend: str = "") -> Check:
    """Not looked at."""
    return Check(name, State.SKIPPED, why, mend)


def refused(name: str, why: Refused) -> Check:
    """Couldn't be looked at."""
    return Check(name, State.SKIPPED, why.problem, why.advice)


def listed(names: list[str] | tuple[str, ...], most: int = 4) -> str:
    """Names with commas, the last ones counted where there are many.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def lasted(micros: int) -> str:
    """A duration for people, to the nearest.

    >>> [lasted(n * 1_000_000) for n in (3, 200, 599, 7_300, 200_000)]
    ['3 s', '3 min', '10 min', '2 h', '2 days']
    """
    seconds = round(micros / 1_000_000)
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7_200:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3_600)} h" if seconds < 172_800 else f"{round(seconds / 86_400)} days"
