"""Sessions of a small pipeline: a start, some fetches, a check, an end; and ways in which one can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from detector.models.sessions import Sessions

SECOND = 1_000_000
NOON = 1_709_640_000_000_000
"""2024-03-05T12:00:00Z, in microseconds."""

Steps = list[str]


def steps(dice: np.random.Generator) -> Steps:
    """A normal session: one to twelve fetches, some with a cache hit; three in ten are checked twice; half notify."""
    fetches = ["fetched"] * int(dice.integers(1, 13))
    hits = ["cache hit"] * int(dice.integers(0, len(fetches) + 1))
    checks = ["checked"] * (2 if dice.random() < 0.3 else 1)
    notified = ["opened mail", "closed mail"] if dice.random() < 0.5 else []
    return ["started", *fetches, *hits, *checks, *notified, "stored", "ended"]


def without_end(usual: Steps, dice: np.random.Generator) -> Steps:
    """It breaks off before its end."""
    return usual[:-2]


def without_close(usual: Steps, dice: np.random.Generator) -> Steps:
    """A mail is opened and never closed; in half of the normal sessions there is no mail at all."""
    return ["started", "fetched", "checked", "opened mail", "stored", "ended"]


def swapped(usual: Steps, dice: np.random.Generator) -> Steps:
    """What was fetched is stored before it is checked."""
    return ["started", "fetched", "stored", "checked", "ended"]


def new_template(usual: Steps, dice: np.random.Generator) -> Steps:
    """A statement that nobody logged before."""
    return [*usual[:2], "disk is full", *usual[2:]]


def too_many(usual: Steps, dice: np.random.Generator) -> Steps:
    """A retry storm."""
    return [usual[0], *["fetched"] * 200, *usual[1:]]


def ended_twice(usual: Steps, dice: np.random.Generator) -> Steps:
    """The end comes again."""
    return [*usual, "ended"]


TROUBLE: dict[str, Callable[[Steps, np.random.Generator], Steps]] = {
    one.__name__: one for one in (without_end, without_close, swapped, new_template, too_many, ended_twice)
}


def normal(count: int, seed: int) -> list[Steps]:
    """So many normal sessions."""
    dice = np.random.default_rng(seed)
    return [steps(dice) for _ in range(count)]


def trouble(kind: str, count: int, seed: int) -> list[Steps]:
    """So many sessions that went wrong in one way."""
    dice = np.random.default_rng(seed)
    return [TROUBLE[kind](steps(dice), dice) for _ in range(count)]


def sessions(made: Iterable[Steps], until: int = NOON + 10**6 * SECOND) -> Sessions:
    """Each with its lines a second apart, two seconds after the one before it; looked at long after."""
    lines = (
        (f"s{number}", template, NOON + (2 * number + at) * SECOND)
        for number, one in enumerate(made)
        for at, template in enumerate(one)
    )
    return Sessions.of(lines, until)
