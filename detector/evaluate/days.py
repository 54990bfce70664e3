"""The days of a plan as counts: what the detector is given, window by window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.background import MINUTE
from detector.evaluate.events import Event
from detector.evaluate.faults import FAULTS
from detector.evaluate.harmless import HARMLESS
from detector.evaluate.lines import Lines
from detector.evaluate.mixing import DAY_MINUTES, draw, expected_load, play
from detector.evaluate.plan import Plan
from detector.evaluate.world import World
from detector.findings import Change
from detector.rarity import DAY
from detector.vectors import WindowCounts
from parsers.engine import Template

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Days:
    """What one seed comes to."""

    plan: Plan
    span: int
    """Length of a window, microseconds."""
    counts: Ints
    """Lines by window and template of the world, shape (windows, templates)."""
    changes: tuple[Change, ...]
    """By time."""

    def windows(self, world: World, begin: int, end: int) -> list[WindowCounts]:
        """The windows with a line among those from number `begin` up to but not with `end`."""
        found = []
        for number in range(begin, end):
            seen = np.flatnonzero(self.counts[number])
            if len(seen):
                names = tuple(world.columns[template].template for template in seen.tolist())
                at = self.plan.start + number * self.span
                found.append(WindowCounts(world.background.namespace, at, names, self.counts[number, seen]))
        return found


class Catalogue:
    """The templates as the engine would have found them, as these days go by."""

    def __init__(self, world: World, days: Days) -> None:
        self._world, self._days = world, days
        self.templates: dict[str, Template] = {}

    def see(self, begin: int, end: int) -> None:
        """Enter what is in the windows from number `begin` up to but not with `end`."""
        counts = self._days.counts[begin:end]
        for number in np.flatnonzero(counts.sum(axis=0)).tolist():
            seen = np.flatnonzero(counts[:, number]) + begin
            first, last = (self._days.plan.start + int(seen[at]) * self._days.span for at in (0, -1))
            known = self._world.templates[number]
            mine = self.templates.setdefault(known.id, replace(known, first_seen=first, last_seen=last, count=0))
            mine.last_seen = last
            mine.count += int(counts[:, number].sum())


def make_days(world: World, plan: Plan, seed: int, span: int, on_day: Callable[[int], None] = lambda _: None) -> Days:
    """Mix the days of a plan and plant its events; `on_day` is called after each."""
    per_day = DAY // span
    counts, late = [], Lines.none()
    for number, day in enumerate(range(plan.start, plan.end, DAY)):
        events = [event for event in plan.events if day <= event.begin < day + DAY]
        lines = late.plus(_day(world, plan, day, events, seed))
        inside = lines.time < day + DAY
        late = lines.where(~inside)
        counts.append(lines.where(inside).counts(day, per_day, span, len(world.templates)))
        on_day(number)
    changes = [
        change for event in plan.events if event.harmless for change in HARMLESS[event.kind].changes(event, world)
    ]
    return Days(plan, span, np.vstack(counts), tuple(sorted(changes, key=lambda one: one.time)))


def _day(world: World, plan: Plan, day: int, events: list[Event], seed: int) -> Lines:
    rng = np.random.default_rng([seed, 3, (day - plan.start) // DAY])
    load = expected_load(day, plan.mean)
    harmless = [event for event in events if event.harmless]
    for event in harmless:
        begin, end = ((time - day) // MINUTE for time in (event.begin, event.end))
        load[begin:end] *= HARMLESS[event.kind].factor
    draws = draw(world.background, day, load, rng)
    for event in harmless:
        begin, end = ((time - day) // MINUTE for time in (event.begin, event.end))
        if (extra := HARMLESS[event.kind].extra) is not None:
            draws = draws.plus(extra(event, world, load[begin:end], _dice(event, seed, 4)))
    # Numbers of traces differ from day to day: a trace may go on after midnight.
    lines = play(world.background, draws, (day - plan.start) // DAY * 100 * DAY_MINUTES * DAY_MINUTES)
    for event in events:
        lines = plant(lines, event, world, _dice(event, seed, 5))
    return lines


def plant(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """The lines with an event in them; what is not of its time stays as it is."""
    kind = HARMLESS[event.kind] if event.harmless else FAULTS[event.kind]
    during = lines.between(event.begin, event.end)
    return lines.where(~during).plus(kind.plant(lines.where(during), event, world, rng))


def _dice(event: Event, seed: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, event.begin // MINUTE])
