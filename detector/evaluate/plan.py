"""What is planted when: every kind and size as often as the others, where it can be seen, and far enough apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.background import MINUTE
from detector.evaluate.events import SIZES, Event, FaultKind
from detector.evaluate.faults import FAULTS, SLOW_KINDS
from detector.evaluate.harmless import HARMLESS, NIGHTLY
from detector.evaluate.mixing import DAY_MINUTES, PEAK_SHARE, expected_load
from detector.evaluate.world import World
from detector.rarity import DAY

Of = TypeVar("Of")

APART = 25
"""Healthy minutes between two events, at least."""
LEAST_LINES = 2.0
"""Lines a minute that a workload is expected to log, at that hour, for a fault in it to be a visible one."""
LEAST_EVIDENCE = 25.0
"""A fault that changes a share s of the n traces that are expected through its workload while it lasts is visible where
n·s² is at least this: five standard deviations of such a count, if traces came independently."""
_EPOCH = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000
"""A Monday."""
_TRAINING_ROLLOUTS = 2
"""A day, in the days that are learned from."""
_NEITHER = (*SLOW_KINDS, "namespace-gone")
"""Kinds that are not hidden in the days that are learned from: too long, or nobody would leave them in."""
_TRIES = 40


@dataclass(frozen=True, slots=True)
class Options:
    """How days are made; the same options and seed make the same days."""

    train_days: int = 3
    days: int = 2
    faults: int = 11
    """A test day."""
    harmless: int = 7
    """A test day, the nightly job not among them."""
    contamination: int = 2
    """Short faults a day that are hidden in the days that are learned from."""
    mean: float | None = None
    """Traces a minute, the mean of a weekday; None: so that the peak is as busy as the real logs."""
    kinds: tuple[str, ...] = field(default_factory=lambda: tuple(FAULTS))
    harmless_kinds: tuple[str, ...] = field(default_factory=lambda: tuple(HARMLESS))
    faults_until: tuple[int, int] = (0, DAY_MINUTES)
    """Minutes of a test day in which events may lie."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens in the days of a seed."""

    start: int
    """First microsecond."""
    split: int
    """Where learning ends and the test days begin."""
    end: int
    mean: float
    events: tuple[Event, ...]
    """Of the test days, and of those before; by time."""

    def tested(self) -> list[Event]:
        """Events of the test days."""
        return [event for event in self.events if event.begin >= self.split]


def plan(world: World, options: Options, seed: int) -> Plan:
    """What happens with this seed."""
    start = _EPOCH + seed % 7 * DAY
    split = start + options.train_days * DAY
    mean = options.mean if options.mean is not None else PEAK_SHARE * world.background.median
    planner = _Planner(world, options, seed, mean)
    events: list[Event] = []
    for day in range(options.train_days):
        events += planner.training_day(start + day * DAY)
    for day in range(options.days):
        events += planner.test_day(split + day * DAY, seed * options.days + day)
    return Plan(start, split, split + options.days * DAY, mean, tuple(sorted(events, key=lambda one: one.begin)))


class _Planner:
    def __init__(self, world: World, options: Options, seed: int, mean: float) -> None:
        self.world, self.options, self.mean = world, options, mean
        self.rng = np.random.default_rng([seed, 1])
        self.lines = np.array([world.lines_of(name) for name in world.workloads])
        self.callers = {name: world.callers(name) for name in world.workloads}
        self.restarted: list[str] = []
        self.turn = int(self.rng.integers(1_000))
        self.nightly = int(self.rng.integers(60, 240))

    def training_day(self, day: int) -> list[Event]:
        taken = _Taken()
        events = self._nightly(day, taken)
        for name in ("rollout", "deployment")[:_TRAINING_ROLLOUTS] if "rollout" in self.options.harmless_kinds else ():
            events += self._harmless(name, day, taken)
            self.restarted += [event.workload for event in events[-1:] if event.kind == name]
        kinds = [kind for kind in self.options.kinds if kind not in _NEITHER]
        if kinds:
            for _ in range(self.options.contamination):
                events += self._fault(str(self.rng.choice(kinds)), "small", day, taken, longest=6)
        return events

    def test_day(self, day: int, number: int) -> list[Event]:
        first, last = self.options.faults_until
        taken = _Taken(first, last)
        events = self._nightly(day, taken)
        combinations = [(kind, size) for kind in self.options.kinds for size in SIZES]
        harmless = [kind for kind in self.options.harmless_kinds if kind != NIGHTLY]
        faults = _in_turn(combinations, number * self.options.faults, self.options.faults)
        # What needs most room comes first.
        for kind, size in sorted(faults, key=lambda pair: -FAULTS[pair[0]].minutes[pair[1]][1]):
            events += self._fault(kind, size, day, taken)
        for kind in _in_turn(harmless, number * self.options.harmless, self.options.harmless):
            events += self._harmless(kind, day, taken)
        return events

    def _nightly(self, day: int, taken: _Taken) -> list[Event]:
        if NIGHTLY not in self.options.harmless_kinds:
            return []
        minutes = HARMLESS[NIGHTLY].minutes[0]
        taken.take(self.nightly, minutes)
        begin = day + self.nightly * MINUTE
        return [Event(NIGHTLY, "", "", begin, begin + minutes * MINUTE, 0, harmless=True)]

    def _fault(self, name: str, size: str, day: int, taken: _Taken, longest: int = 60) -> list[Event]:
        """The event, or none where there is no room for it or nowhere to see it."""
        kind = FAULTS[name]
        shortest, most = kind.minutes[size]
        load = expected_load(day, self.mean)
        self.turn += 1
        for _ in range(_TRIES):
            minutes = int(self.rng.integers(shortest, min(most, max(longest, shortest)) + 1))
            begin = taken.room(minutes, self.rng)
            if begin is None:
                continue
            where = self._visible(kind, size, load[begin : begin + minutes])
            if where is None:
                continue
            taken.take(begin, minutes)
            workload, template = where
            since = day + begin * MINUTE
            also = self.callers[workload] if kind.callers_too else ()
            return [
                Event(name, size, workload, since, since + minutes * MINUTE, self.turn, template=template, also=also)
            ]
        return []

    def _visible(self, kind: FaultKind, size: str, load: NDArray[np.float64]) -> tuple[str, int] | None:
        """A workload in which a fault can be seen at this load (traces a minute), and its template."""
        share = kind.share(kind.amount[size])
        if kind.everywhere:
            return ("", -1) if load.sum() * share**2 >= LEAST_EVIDENCE else None
        lines = self.lines * float(load.mean())
        evidence = self.world.touched * float(load.sum()) * share**2
        fit = np.flatnonzero((lines >= LEAST_LINES) & (evidence >= LEAST_EVIDENCE)).tolist()
        for number in self.rng.permutation(fit).astype(int).tolist():
            workload = self.world.workloads[number]
            template = kind.picks(self.world, workload, float(load.mean())) if kind.picks else -1
            if kind.picks is None or template >= 0:
                return workload, template
        return None

    def _harmless(self, name: str, day: int, taken: _Taken) -> list[Event]:
        kind = HARMLESS[name]
        first, last = kind.hours or (0, 24)
        self.turn += 1
        fit = [name for name, lines in zip(self.world.workloads, self.lines, strict=True) if lines * self.mean >= 2]
        choice = self.restarted if kind.restarts_known else fit or list(self.world.workloads)
        if not kind.everywhere and not choice:
            return []
        for _ in range(_TRIES):
            minutes = int(self.rng.integers(kind.minutes[0], kind.minutes[1] + 1))
            begin = taken.room(minutes, self.rng, first * 60, last * 60)
            if begin is not None:
                taken.take(begin, minutes)
                workload = "" if kind.everywhere else str(self.rng.choice(choice))
                since = day + begin * MINUTE
                return [Event(name, "", workload, since, since + minutes * MINUTE, self.turn, harmless=True)]
        return []


class _Taken:
    """The minutes of a day that are not free for another event."""

    def __init__(self, first: int = 0, last: int = DAY_MINUTES) -> None:
        self._free = np.ones(DAY_MINUTES, np.bool_)
        self._free[:first] = False
        self._free[last:] = False

    def take(self, begin: int, minutes: int) -> None:
        """Nothing else may come near."""
        self._free[max(0, begin - APART) : begin + minutes + APART] = False

    def room(self, minutes: int, rng: np.random.Generator, first: int = 0, last: int = DAY_MINUTES) -> int | None:
        """A random minute from which on so many are free; the event ends within the day, with its aftermath."""
        before = np.concatenate([[0], np.cumsum(~self._free)])
        starts = np.arange(first, min(last, DAY_MINUTES - minutes - APART))
        fit = starts[before[starts + minutes] == before[starts]]
        return int(rng.choice(fit)) if len(fit) else None


def _in_turn(things: Sequence[Of], first: int, count: int) -> list[Of]:
    """`count` of them from number `first` of an endless row in which each comes once a round, in random order."""
    if not things:
        return []
    row: list[Of] = []
    for turn in range(first // len(things), (first + count) // len(things) + 1):
        order = np.random.default_rng([turn, 2]).permutation(len(things))
        row += [things[index] for index in order.tolist()]
    skipped = first % len(things)
    return row[skipped : skipped + count]
