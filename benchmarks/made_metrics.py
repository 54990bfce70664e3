"""Days of metrics of made-up namespaces, with and without faults; the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from ingest.prometheus.settings import Query

Floats = NDArray[np.float64]

STEP = 15
"""Seconds."""
DAY = 86_400 // STEP
HOUR = 3_600 // STEP
_RATE = 8
"""Steps that a rate is taken over: two minutes."""

QUERIES = (
    Query("requests", "", "requests a minute", direction="both", least=10.0, zero=True),
    Query("errors", "", "5xx responses a minute", least=2.0, zero=True),
    Query("latency", "", "latency, 95th percentile", unit="ms", least=50.0),
    Query("cpu", "", "CPU", unit="millicores", least=100.0),
    Query("memory", "", "memory", unit="MiB", least=64.0),
    Query("restarts", "", "container restarts in 5 minutes", least=2.0),
)
REQUESTS, ERRORS, LATENCY, CPU, MEMORY, RESTARTS = range(6)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, from a step on for some steps."""

    kind: str
    begin: int
    steps: int


def made(seed: int, steps: int, kind: str = "") -> Floats:
    """A namespace's healthy metrics, shape (6, steps), from midnight on.

    `kind` is one of `web`, `small`, `batch` and `idle`; else the seed chooses.
    """
    rng = np.random.default_rng(seed)
    kind = kind or ("web", "small", "batch", "idle")[seed % 4]
    level = {"web": rng.uniform(600, 6_000), "small": rng.uniform(10, 60), "batch": rng.uniform(50, 300), "idle": 1.0}[
        kind
    ]
    time = np.arange(steps)
    hours = time / HOUR
    day = 1 + rng.uniform(0.3, 0.8) * np.sin(2 * np.pi * (hours - rng.uniform(6, 11)) / 24)
    day *= 1 + 0.1 * rng.standard_normal(steps // DAY + 2)[time // DAY]  # no day is like another
    drift = np.exp(_wander(rng, steps, minutes=20, size=0.06))
    rate = level * day * drift
    bursts = _bursts(rng, steps, a_day=6, longest=4 * 8, size=0.6)
    rate *= 1 + bursts
    if kind == "batch":
        rate *= 1 + 3 * (((time + seed) % HOUR) < 5 * 4)  # a job every hour, for five minutes
    if kind != "idle":
        nightly = ((time % DAY) // HOUR) == 2
        work = 1.0 + 1.5 * nightly
    else:
        work = np.ones(steps)
    requests = _rated(rng.poisson(rate * STEP / 60), 60 / STEP)
    share = 0.001 * np.exp(_wander(rng, steps, minutes=60, size=0.5))
    errors = _rated(rng.poisson(rate * share * STEP / 60), 60 / STEP)
    busy = rate / level
    latency = rng.uniform(60, 300) * (0.7 + 0.3 * busy) * np.exp(_wander(rng, steps, minutes=4, size=0.08))
    latency *= 1 + _bursts(rng, steps, a_day=4, longest=12, size=1.0)
    latency = np.where(requests > 0, latency, np.nan)
    cpu = rng.uniform(200, 2_000) * (0.3 + 0.7 * busy * work) * np.exp(_wander(rng, steps, minutes=5, size=0.07))
    memory = _memory(rng, steps, rng.uniform(500, 4_000), busy)
    restarts = np.zeros(steps)
    for at in rng.integers(0, steps, rng.poisson(0.3 * steps / DAY)):
        restarts[at : at + 20] += 1  # one in five minutes
    values = np.stack([requests, errors, latency, cpu, memory, restarts])
    values[:, rng.random(steps) < 0.0005] = np.nan  # Prometheus was busy
    return values


def broken(values: Floats, fault: Fault, seed: int) -> Floats:
    """The same with a fault."""
    rng = np.random.default_rng(seed)
    out = values.copy()
    begin, end = fault.begin, min(fault.begin + fault.steps, values.shape[1])
    rise = np.minimum(np.arange(1, end - begin + 1) / _RATE, 1.0)  # as a rate sees it
    now = out[:, begin:end]
    match fault.kind:
        case "errors":
            now[ERRORS] += rise * (10 + 0.2 * np.nan_to_num(now[REQUESTS])) * rng.uniform(0.8, 1.2)
        case "latency":
            now[LATENCY] *= 1 + rise * rng.uniform(3, 6)
        case "outage":
            now[REQUESTS] *= 1 - rise
            now[CPU] *= 1 - 0.8 * rise
        case "surge":
            now[REQUESTS] *= 1 + rise * rng.uniform(3, 6)
            now[CPU] *= 1 + rise * rng.uniform(2, 4)
        case "shift":
            now[CPU] = now[CPU] * (1 + rise * 1.5) + 300 * rise
        case "crash loop":
            now[RESTARTS] += np.minimum(np.arange(end - begin) // 20 + 1, 5)
        case "leak":
            now[MEMORY] *= 1 + np.arange(end - begin) / (6 * HOUR)
        case _:
            raise ValueError(fault.kind)
    return out


def _wander(rng: np.random.Generator, steps: int, minutes: float, size: float) -> Floats:
    """A random walk that comes back, with this standard deviation and memory."""
    stay = np.exp(-STEP / (60 * minutes))
    noise = rng.standard_normal(steps) * size * np.sqrt(1 - stay**2)
    return np.asarray(lfilter([1.0], [1.0, -stay], noise), np.float64)


def _rated(counts: NDArray[np.int64], scale: float) -> Floats:
    return np.asarray(np.convolve(counts, np.ones(_RATE) / _RATE)[: len(counts)] * scale, np.float64)


def _bursts(rng: np.random.Generator, steps: int, a_day: float, longest: int, size: float) -> Floats:
    """Harmless ones: so many a day, each of some steps."""
    out = np.zeros(steps)
    for at in rng.integers(0, steps, rng.poisson(a_day * steps / DAY)):
        length = int(rng.integers(4, longest))
        shape = np.hanning(length + 2)[1:-1]
        end = min(at + length, steps)
        out[at:end] += (shape * rng.exponential(size))[: end - at]
    return out


def _memory(rng: np.random.Generator, steps: int, level: float, busy: Floats) -> Floats:
    """Grows with use and falls when it is collected."""
    period = rng.uniform(0.5, 3.0) * HOUR
    saw = (np.arange(steps) % period) / period
    return np.asarray(
        level * (0.8 + 0.1 * busy + 0.15 * saw) * np.exp(_wander(rng, steps, minutes=30, size=0.02)), np.float64
    )
