"""How busy a namespace is in a minute, and when its workloads are rolled out: pure functions of seed and time."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from random import Random

from detector.demo.faults import MINUTE
from detector.demo.model import Namespace

HOUR = 60 * MINUTE
DAY = 24 * HOUR

_SURGE_SLOT, _SURGE_CHANCE = 3 * HOUR, 0.6
_ROLLOUT_SLOT, _ROLLOUT_CHANCE = 4 * HOUR, 0.7
_ROLLOUT_MEMORY = 12
"""Slots that are looked back: a workload not rolled out in two days keeps the pods it had."""


def dice(*parts: str | int) -> Random:
    """Random numbers that are the same for the same parts, on every machine."""
    return Random(hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest())


def daily(space: Namespace, time: int) -> float:
    """The hour's and the weekday's share of the load, 1 at the peak of a weekday."""
    hour = time % DAY / HOUR
    wave = (1 + math.cos((hour - space.peak_hour) / 24 * 2 * math.pi)) / 2
    weekday = (time // DAY + 3) % 7  # day 0 was a Thursday
    return (space.night + (1 - space.night) * wave) * (space.weekend if weekday >= 5 else 1.0)


@lru_cache(maxsize=1_024)
def surge(seed: int, namespace: str, slot: int) -> tuple[int, int, float] | None:
    """Start, end and factor of the surge in that slot of three hours, if there is one."""
    rng = dice(seed, "surge", namespace, slot)
    if rng.random() >= _SURGE_CHANCE:
        return None
    start = slot * _SURGE_SLOT + rng.randrange(_SURGE_SLOT // MINUTE - 20) * MINUTE
    return start, start + rng.randrange(5, 18) * MINUTE, rng.uniform(1.8, 3.2)


def load(seed: int, space: Namespace, minute: int) -> float:
    """The load of the minute that begins at `minute`, around 1 at the peak of a weekday.

    The hour's level, times a slow drift of some twenty minutes, times a burst that this minute has to itself, times
    a surge.
    """
    third, inside = divmod(minute, 20 * MINUTE)
    before, after = (dice(seed, "drift", space.name, third + step).uniform(0.8, 1.2) for step in (0, 1))
    drift = before + (after - before) * inside / (20 * MINUTE)
    burst = dice(seed, "burst", space.name, minute).gammavariate(8.0, 1 / 8)
    found = surge(seed, space.name, minute // _SURGE_SLOT)
    rush = found[2] if found and found[0] <= minute < found[1] else 1.0
    return daily(space, minute) * drift * burst * rush


@lru_cache(maxsize=4_096)
def _rollout_in(seed: int, namespace: str, workloads: tuple[str, ...], slot: int) -> tuple[int, str] | None:
    rng = dice(seed, "rollout", namespace, slot)
    if rng.random() >= _ROLLOUT_CHANCE:
        return None
    return slot * _ROLLOUT_SLOT + rng.randrange(_ROLLOUT_SLOT // MINUTE) * MINUTE, rng.choice(workloads)


def rollout(seed: int, space: Namespace, workload: str, time: int) -> int:
    """When the workload was last rolled out before `time`, microseconds UTC; 0 where that is long ago."""
    deployments = tuple(service.workload for service in space.services if service.kind == "deployment")
    newest = time // _ROLLOUT_SLOT
    for slot in range(newest, newest - _ROLLOUT_MEMORY, -1):
        found = _rollout_in(seed, space.name, deployments, slot)
        if found and found[1] == workload and found[0] <= time:
            return found[0]
    return 0
