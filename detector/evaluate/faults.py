"""The kinds of faults, one function each: what becomes of a namespace's lines while they last."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.background import MINUTE
from detector.evaluate.events import SIZES, Event, FaultKind, Plant
from detector.evaluate.lines import ALONE, Lines, some_traces
from detector.evaluate.vocabulary import Role
from detector.evaluate.world import World

HELD_OUT_KINDS = ("error-ramp", "rate-ramp", "timeouts", "pod-loss", "retry-storm")
"""Kinds that nothing is tuned on."""
SLOW_KINDS = ("error-ramp", "rate-ramp")
"""Kinds that begin with next to nothing: by window, their first part can't be told from health."""
FAULTS: dict[str, FaultKind] = {}
"""All of them, in the order in which they are told."""

_SECOND = 1_000_000
_ANY = dict.fromkeys(SIZES, (4, 20))
_BY_LENGTH = {"small": (4, 6), "medium": (7, 12), "large": (13, 20)}
_SLOW = dict.fromkeys(SIZES, (30, 60))
_SELDOM = 2.5
"""Lines a minute of a template that an error ramp may take."""
_RETRIED = 3
"""Templates that are logged again in a retry storm."""


def _fault(
    name: str,
    shown: str,
    amounts: tuple[float, float, float],
    *,
    minutes: dict[str, tuple[int, int]] = _ANY,
    share: Callable[[float], float] = lambda _: 1.0,
    everywhere: bool = False,
    picks: Callable[[World, str, float], int] | None = None,
    callers_too: bool = False,
) -> Callable[[Plant], Plant]:
    def register(plant: Plant) -> Plant:
        amount = dict(zip(SIZES, amounts, strict=True))
        FAULTS[name] = FaultKind(name, shown, plant, amount, minutes, share, everywhere, picks, callers_too)
        return plant

    return register


def amount_of(event: Event) -> float:
    """How much of it: what the number means is said where its kind is registered."""
    return FAULTS[event.kind].amount[event.size]


def busiest_template(world: World, workload: str, load: float) -> int:
    """The template of a workload with most lines; -1 where those are less than 2 a minute at this load."""
    lines = np.where(world.of_workload(workload), world.lines, 0.0)
    best = int(lines.argmax())
    return best if lines[best] * load >= 2.0 else -1


def known_error(world: World, workload: str, load: float) -> int:
    """A template of a workload that is seldom at this load, a warning or error where there is one; else -1."""
    rate = np.where(world.of_workload(workload), world.lines * load, 0.0)
    seldom = (rate > 0.02) & (rate <= _SELDOM)
    seldom = seldom & world.alarming() if (seldom & world.alarming()).any() else seldom
    return int(np.where(seldom, rate, 0.0).argmax()) if seldom.any() else -1


def _times(event: Event, a_minute: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Random times in it, on average so many a minute and at least one."""
    size = max(1, int(rng.poisson(a_minute * (event.end - event.begin) / MINUTE)))
    return np.sort(rng.integers(event.begin, event.end, size=size))


def _again(lines: Lines, mask: NDArray[np.bool_], times: float, event: Event, rng: np.random.Generator) -> Lines:
    """Each of some lines `times` more, within some seconds; a part of a time by chance."""
    picked = lines.where(mask)
    repeats = np.floor(times + rng.random(len(picked))).astype(np.int64)
    time = np.repeat(picked.time, repeats) + rng.integers(10 * _SECOND, size=int(repeats.sum()))
    return Lines(np.minimum(time, event.end - 1), np.repeat(picked.template, repeats), np.repeat(picked.trace, repeats))


def _own(lines: Lines, event: Event, world: World) -> NDArray[np.bool_]:
    return np.asarray(world.of_workload(event.workload)[lines.template])


@_fault("new-error", "an error text that was never seen, so many a minute", (2, 8, 30))
def new_error(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """A service logs an error that it never logged."""
    texts = world.said(event.workload, Role.ERROR)
    times = _times(event, amount_of(event), rng)
    return lines.plus(Lines.alone(times, np.full(len(times), texts[event.turn % len(texts)])))


@_fault("silent", "a service logs nothing; sizes are lengths", (1, 1, 1), minutes=_BY_LENGTH)
def silent(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """A service hangs, or its lines don't arrive."""
    return lines.where(~_own(lines, event, world))


@_fault("template-up", "one template of a service comes so many times as often", (3, 6, 12), picks=busiest_template)
def template_up(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """One statement is logged far too often."""
    return lines.plus(_again(lines, lines.template == event.template, amount_of(event) - 1, event, rng))


@_fault("service-down", "a service takes part in fewer requests: this share is missing", (0.4, 0.6, 0.8), share=float)
def service_down(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """A service's rate falls: it is missing in a share of the traces."""
    own = _own(lines, event, world)
    return lines.where(~(own & some_traces(lines, own, amount_of(event), rng)))


@_fault("crash-loop", "a service starts again and again with an error; seconds between", (120, 60, 30))
def crash_loop(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """A service comes up, logs its start, fails, and hardly does any work."""
    working = {"small": 0.4, "medium": 0.2, "large": 0.05}[event.size]
    own = _own(lines, event, world)
    kept = lines.where(~own | some_traces(lines, own, working, rng))
    said = world.said(event.workload, Role.STARTUP)
    crashes = world.said(event.workload, Role.CRASH)
    story = [*said, crashes[event.turn % len(crashes)]]
    starts = np.arange(event.begin, event.end - 10 * _SECOND, int(amount_of(event)) * _SECOND)
    times = (starts[:, None] + np.arange(len(story)) * _SECOND).ravel()
    return kept.plus(Lines.alone(times, np.tile(story, len(starts))))


@_fault("loss", "this share of all lines of the namespace is lost", (0.3, 0.5, 0.8), share=float, everywhere=True)
def loss(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """A node's shipper drops lines."""
    return lines.where(rng.random(len(lines)) >= amount_of(event))


@_fault("namespace-gone", "nothing is logged at all; sizes are lengths", (1, 1, 1), minutes=_BY_LENGTH, everywhere=True)
def namespace_gone(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """All is silent."""
    return Lines.none()


@_fault("pod-loss", "this share of a service's lines is lost", (0.3, 0.5, 0.8), share=float)
def pod_loss(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """Single lines of one service are lost, wherever in a trace."""
    return lines.where(~_own(lines, event, world) | (rng.random(len(lines)) >= amount_of(event)))


@_fault("retry-storm", "three templates of a service come so many times in each of its traces", (3, 5, 10))
def retry_storm(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """Calls of a service are repeated."""
    own = _own(lines, event, world)
    usual = np.bincount(lines.template[own], minlength=len(world.templates))
    often = np.argsort(-usual, kind="stable")[: 2 * _RETRIED]
    retried = rng.permutation(often[usual[often] > 0])[:_RETRIED]
    return lines.plus(_again(lines, np.isin(lines.template, retried), amount_of(event) - 1, event, rng))


@_fault("timeouts", "traces end at a service, and its callers time out: this share", (0.3, 0.5, 0.9), share=float,
        callers_too=True)  # fmt: skip
def timeouts(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """A service doesn't answer any more: what comes after it is missing, its callers log time-outs."""
    own = _own(lines, event, world)
    cut = some_traces(lines, own, amount_of(event), rng) & (lines.trace != ALONE)
    rows = np.flatnonzero(own & cut)
    traces, first = np.unique(lines.trace[rows], return_index=True)
    if not len(traces):
        return lines
    stopped = lines.time[rows[first]]
    at = np.clip(np.searchsorted(traces, lines.trace), 0, len(traces) - 1)
    gone = cut & (lines.time > stopped[at])
    # The smallest ones are told by one error in ten traces that are cut short.
    told = rng.random(len(traces)) < (0.1 if event.size == "small" else 1.0)
    texts = [world.said(caller, Role.TIMEOUT) for caller in (event.also or (event.workload,))]
    said = [texts[number % len(texts)][event.turn % 2] for number in range(int(told.sum()))]
    return lines.where(~gone).plus(Lines.alone(np.minimum(stopped[told] + 5 * _SECOND, event.end - 1), said))


@_fault("error-ramp", "a known error grows slowly to so many a minute more", (5, 15, 40), minutes=_SLOW,
        picks=known_error)  # fmt: skip
def error_ramp(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """A known warning or error becomes more frequent, minute by minute."""
    times = _times(event, amount_of(event) / 2, rng)
    # The square root of an even distribution is one that grows evenly.
    at = event.begin + (np.sqrt(rng.random(len(times))) * (event.end - event.begin)).astype(np.int64)
    return lines.plus(Lines.alone(np.sort(at), np.full(len(at), event.template)))


@_fault("rate-ramp", "one template of a service grows slowly to so many times its rate", (3, 6, 12), minutes=_SLOW,
        picks=busiest_template)  # fmt: skip
def rate_ramp(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """One statement is logged more and more often."""
    more = _again(lines, lines.template == event.template, amount_of(event) - 1, event, rng)
    done = (more.time - event.begin) / (event.end - event.begin)
    return lines.plus(more.where(rng.random(len(more)) < done))
