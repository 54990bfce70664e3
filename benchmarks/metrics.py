"""What is found of faults in made-up metrics, and what is told on healthy days: on seeds that nothing was tuned on.

    python -m benchmarks.metrics [--short]

Each namespace has fifty hours of history, then a day of its own; each fault is put into a day that is otherwise
healthy.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from statistics import median

import numpy as np

from benchmarks.made_metrics import DAY, HOUR, QUERIES, STEP, Fault, Floats, broken, made
from benchmarks.table import Measure, show
from detector.metrics.detector import Detector
from detector.metrics.usual import Grid

FIRST_SEED = 7_000
KINDS = ("web", "small", "batch", "idle")
_NOT_IDLE = ("web", "small", "batch")
FAULTS: dict[str, tuple[float, Sequence[str]]] = {
    "errors": (1 / 6, _NOT_IDLE),
    "latency": (1 / 6, _NOT_IDLE),
    "outage": (1 / 6, _NOT_IDLE),
    "surge": (1 / 6, ("web", "batch")),
    "shift": (4.0, KINDS),
    "crash loop": (0.5, KINDS),
    "leak": (6.0, KINDS),
}
"""Hours that each lasts, and where it is put."""
_HISTORY, _GAP = 50 * HOUR, 20
"""Steps; an incident ends after five quiet minutes."""
_START = 2 * DAY + 2 * HOUR


def measures(_: Sequence[str] = (), short: bool = False) -> list[Measure]:
    """Rows for the table of all benchmarks."""
    seeds = range(FIRST_SEED, FIRST_SEED + (4 if short else 24))
    told = {seed: healthy(seed) for seed in seeds}
    rows = [
        Measure(
            "false incidents in metrics", None, tuple(map(float, told.values())), "a day", f"{len(told)} namespaces"
        )
    ]
    rows.append(
        Measure("the same on average", 1.0, (sum(told.values()) / len(told),), "a day", "alert_budget 1", "most")
    )
    for kind, (hours, where) in FAULTS.items():
        delays = [delay for seed in seeds if KINDS[seed % 4] in where for delay in [found(seed, kind, hours)]]
        seen = [delay for delay in delays if delay is not None]
        late = f"after {median(seen):.1f} min, {max(seen):.0f} at most" if seen else ""
        rows.append(
            Measure(f"{kind} found", None, (100.0 * len(seen) / len(delays),), "%", f"of {len(delays)}; {late}")
        )
    return rows


def healthy(seed: int) -> int:
    """Incidents of a day on which nothing is wrong."""
    values = made(seed, _START + DAY, KINDS[seed % 4])
    crossed = list(_judged(values, _START))
    return len(_starts(np.flatnonzero(crossed)))


def found(seed: int, kind: str, hours: float) -> float | None:
    """Minutes from the beginning of a fault until it is told; None where it isn't."""
    begin = _START + int(np.random.default_rng(seed).integers(HOUR, 14 * HOUR))
    steps = int(hours * HOUR)
    values = broken(made(seed, begin + steps, KINDS[seed % 4]), Fault(kind, begin, steps), seed)
    before = HOUR
    for place, crossed in enumerate(_judged(values, begin - before)):
        if crossed and place >= before:
            return (place - before + 1) * STEP / 60
    return None


def _judged(values: Floats, begin: int) -> Iterator[bool]:
    """Whether each step from `begin` on is told, by what came before it."""
    detector = Detector(QUERIES, Grid(STEP * 1_000_000), budget=1.0, learn=HOUR, keep=_HISTORY, seed=1)
    detector.remember(values[:, max(begin - _HISTORY, 0) : begin])
    for place in range(begin, values.shape[1]):
        yield detector.step(values[:, place]).crossed


def _starts(crossed: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[int]:
    return [int(one) for one, before in zip(crossed, [-DAY, *crossed], strict=False) if one - before > _GAP]


if __name__ == "__main__":
    show(measures, sys.argv[1:])
