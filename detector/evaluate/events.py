"""What is planted into days: a fault or a harmless event, with a beginning and an end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.lines import Lines
from detector.evaluate.mixing import Draws
from detector.evaluate.world import World
from detector.findings import Change

SIZES = ("small", "medium", "large")
AFTERMATH = 15 * 60_000_000
"""Microseconds after an event in which what is found is neither right nor wrong."""


@dataclass(frozen=True, slots=True)
class Event:
    """One planted event; all times are microseconds UTC, on whole minutes."""

    kind: str
    size: str
    """`small`, `medium` or `large`; empty for harmless ones."""
    workload: str
    """Where it is; empty for the whole namespace."""
    begin: int
    end: int
    turn: int
    """Which of several texts, templates or kinds of traffic it takes: successive events take different ones."""
    harmless: bool = False
    template: int = -1
    """Number of the template that it is about, where it is about one."""
    also: tuple[str, ...] = ()
    """Other workloads that rightly may be named first."""


Plant = Callable[[Lines, Event, World, np.random.Generator], Lines]
"""What becomes of the lines of its time; others are not touched. Lines may be moved to after its end."""


def unchanged(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """All lines as they are."""
    return lines


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One way to go wrong."""

    name: str
    shown: str
    """What happens, for people."""
    plant: Plant
    amount: Mapping[str, float]
    """By size: how much of it."""
    minutes: Mapping[str, tuple[int, int]]
    """By size: shortest and longest."""
    share: Callable[[float], float]
    """Share of the traces of its time and place that it changes, given the amount: decides where it is visible."""
    everywhere: bool = False
    """Whether it is about the whole namespace."""
    picks: Callable[[World, str, float], int] | None = None
    """The template that it is about, given workload and traces a minute; -1 where there is none to be had there."""
    callers_too: bool = False
    """Whether callers of the workload rightly may be named first."""


@dataclass(frozen=True, slots=True)
class HarmlessKind:
    """One kind of change that is nobody's fault."""

    name: str
    shown: str
    minutes: tuple[int, int]
    plant: Plant = unchanged
    factor: float = 1.0
    """By how much the load is multiplied."""
    extra: Callable[[Event, World, NDArray[np.float64], np.random.Generator], Draws] | None = None
    """More traces, given the load of its minutes."""
    changes: Callable[[Event, World], tuple[Change, ...]] = field(default=lambda event, world: ())
    everywhere: bool = False
    hours: tuple[int, int] | None = None
    """When it may begin, UTC; None for any time."""
    restarts_known: bool = False
    """Only for workloads whose start was seen in the days that are learned from."""
