"""The kinds of harmless change, one function each: what detection should leave people in peace about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.background import MINUTE
from detector.evaluate.events import Event, HarmlessKind
from detector.evaluate.lines import Lines, some_traces
from detector.evaluate.mixing import Draws
from detector.evaluate.vocabulary import JOB_WORKLOAD, Role
from detector.evaluate.world import World
from detector.findings import Change, ChangeKind, finding_id

HELD_OUT_HARMLESS: tuple[str, ...] = ()
"""Kinds that nothing is tuned on: none any more, since alarms in `load-test` and `level-switch` were looked into."""
NIGHTLY = "nightly-job"
"""The one that comes every night at the same time, also in the days that are learned from."""

_SECOND = 1_000_000
_TRAFFIC = (0.01, 0.3)
"""A kind of traffic: the share of traces that begin alike."""
_DEBUG_SHARE = 0.9


def change_of(event: Event, world: World, kind: ChangeKind, before: str, after: str) -> Change:
    """A change in the workload of an event, as its first line shows it."""
    space = world.background.namespace
    name = finding_id("change", space, event.workload, kind.value, event.begin, after)
    return Change(name, space, event.workload, event.begin, kind, before, after)


def _revision(event: Event) -> str:
    return finding_id(event.workload, event.begin)[:9]


def _release(event: Event, world: World) -> tuple[Change, ...]:
    image = f"registry.example/{event.workload}"
    return (
        change_of(event, world, ChangeKind.IMAGE, f"{image}:1.{event.turn}", f"{image}:1.{event.turn + 1}"),
        change_of(event, world, ChangeKind.ROLLOUT, "5f6d8c9b7", _revision(event)),
    )


def _restart(event: Event, world: World) -> tuple[Change, ...]:
    return (change_of(event, world, ChangeKind.ROLLOUT, "5f6d8c9b7", _revision(event)),)


def _scale_out(event: Event, world: World) -> tuple[Change, ...]:
    return (change_of(event, world, ChangeKind.PODS, "1", "3"),)


def _spoken(event: Event, world: World, roles: tuple[Role, ...], pods: int, rng: np.random.Generator) -> Lines:
    """What pods say one after the other in the first minutes of it, a line a second or so."""
    said = [number for role in roles for number in world.said(event.workload, role)]
    length = event.end - event.begin - len(said) * 2 * _SECOND
    starts = event.begin + np.sort(rng.integers(max(1, length), size=pods))
    starts[0] = event.begin
    times = starts[:, None] + np.cumsum(rng.integers(1, 2 * _SECOND, size=(pods, len(said))), axis=1)
    return Lines.alone(np.minimum(times.ravel(), event.end - 1), np.tile(said, pods))


def deployment(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """New pods of a new version say more than the old ones did when they started."""
    return lines.plus(_spoken(event, world, (Role.STARTUP, Role.RELEASE, Role.STOP), 2, rng))


def rollout(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """New pods of the same version."""
    return lines.plus(_spoken(event, world, (Role.STARTUP, Role.STOP), 2, rng))


def scale_out(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """Pods are added."""
    return lines.plus(_spoken(event, world, (Role.STARTUP,), 2, rng))


def rotation(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """A log is rotated: what is logged in some seconds arrives a little later, all of it, in the next window."""
    gap = int(rng.integers(10, 40)) * _SECOND
    middle = event.begin + MINUTE
    begin = middle - gap + int(rng.integers(2, 6)) * _SECOND
    own = world.of_workload(event.workload)[lines.template] & lines.between(begin, begin + gap)
    return Lines(np.where(own, np.maximum(lines.time, middle), lines.time), lines.template, lines.trace)


def level_switch(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """DEBUG is switched on: every request of a service says much more."""
    own = world.of_workload(event.workload)[lines.template]
    picked = lines.where(own & some_traces(lines, own, _DEBUG_SHARE, rng))
    said = rng.choice(world.said(event.workload, Role.DEBUG), size=2 * len(picked))
    time = np.repeat(picked.time, 2) + rng.integers(50_000, size=2 * len(picked))
    return lines.plus(Lines(np.minimum(time, event.end - 1), said.astype(np.int32), np.repeat(picked.trace, 2)))


def nightly_job(lines: Lines, event: Event, world: World, rng: np.random.Generator) -> Lines:
    """A job of its own runs for some minutes, as it did the night before."""
    begins, *works = world.said(JOB_WORKLOAD, Role.JOB)
    size = int(rng.poisson(40 * (event.end - event.begin) / MINUTE))
    times = np.sort(rng.integers(event.begin, event.end, size=size))
    said = rng.choice(works, size=size, p=np.array([0.5, 0.3, 0.15, 0.05])[: len(works)])
    return lines.plus(Lines.alone([event.begin], [begins]), Lines.alone(times, said))


def one_traffic(event: Event, world: World, load: NDArray[np.float64], rng: np.random.Generator) -> Draws:
    """Five times as many of the traces that begin alike, for one such beginning."""
    background = world.background
    real = np.concatenate(background.minutes)
    first = background.template[background.begin[real]]
    kinds, sizes = np.unique(first, return_counts=True)
    share = sizes / len(real)
    usual = kinds[(share >= _TRAFFIC[0]) & (share <= _TRAFFIC[1])]
    kind = usual[event.turn % len(usual)] if len(usual) else kinds[sizes.argmax()]
    alike = real[first == kind]
    more = rng.poisson(4 * load * len(alike) / len(real))
    at = np.repeat(np.arange(len(load)), more) * MINUTE + rng.integers(MINUTE, size=int(more.sum()))
    return Draws(rng.choice(alike, size=len(at)).astype(np.int64), event.begin + at.astype(np.int64))


_KINDS = (
    HarmlessKind("surge", "three times the traffic", (10, 30), factor=3.0, everywhere=True),
    HarmlessKind("one-traffic", "one kind of request five times as often", (10, 30), extra=one_traffic,
                 everywhere=True),
    HarmlessKind("deployment", "a new image with start-up texts of its own", (2, 4), deployment, changes=_release),
    HarmlessKind("rollout", "new pods of the same image", (2, 4), rollout, changes=_restart),
    HarmlessKind("scale-out", "more pods; their start was seen before", (2, 3), scale_out, changes=_scale_out,
                 restarts_known=True),
    HarmlessKind(NIGHTLY, "a job that comes every night", (8, 8), nightly_job, everywhere=True),
    HarmlessKind("rotation", "lines of some seconds come in the next window", (2, 2), rotation),
    HarmlessKind("level-switch", "DEBUG is switched on for a service", (10, 30), level_switch),
    HarmlessKind("load-test", "four times the traffic at night", (20, 60), factor=4.0, everywhere=True, hours=(0, 5)),
)  # fmt: skip
HARMLESS = {kind.name: kind for kind in _KINDS}
"""All of them, in the order in which they are told."""
