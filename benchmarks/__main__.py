"""All figures that are promised, measured here, in one table.

    python -m benchmarks [--short] [PATH…]

`make bench` runs it, with LOGS as the path of logs of your own. `--short` shows in minutes that all of them run: its
figures mean little. How long it will take is said first. A benchmark that fails is a row that says so, and the command
fails in the end.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks import cores, counts, detection, memory, metrics, scoring, store, templates
from benchmarks.kafka import both as kafka
from benchmarks.machine import describe
from benchmarks.page import measuring as page
from benchmarks.table import Measure, shown


class Part(NamedTuple):
    """One benchmark."""

    minutes: float
    """That it takes on two quiet cores."""
    measures: Callable[[Sequence[str], bool], list[Measure]]
    """Of these logs, or made-up ones; short or not."""


def _store(_: Sequence[str], short: bool) -> list[Measure]:
    return store.measures(*((20, 20, 1) if short else tuple(map(int, store.DEFAULTS))))


def _scoring(_: Sequence[str], short: bool) -> list[Measure]:
    return scoring.measures(*((20, 50, 3) if short else tuple(map(int, scoring.DEFAULTS))))


PARTS = {
    "templates": Part(1, templates.measures),
    "counts": Part(2, counts.measures),
    "cores": Part(3, cores.measures),
    "memory": Part(12, lambda _, short: memory.measures(short)),
    "store": Part(1, _store),
    "scoring": Part(5, _scoring),
    "kafka": Part(5, lambda _, short: kafka.measures(short)),
    "page": Part(12, lambda _, short: page.measures(short)),
    "detection": Part(5, detection.measures),
    "metrics": Part(10, metrics.measures),
}
"""By name; a new benchmark is one more line here."""


def main(arguments: Sequence[str]) -> int:
    """Print what is being measured as it is, then the table."""
    short, logs = "--short" in arguments, [each for each in arguments if not each.startswith("--")]
    rows: list[Measure] = []
    failed = 0
    print(
        f"This takes some {2 if short else sum(part.minutes for part in PARTS.values()):.0f} minutes.", file=sys.stderr
    )
    begin = time.monotonic()
    for name, part in PARTS.items():
        print(f"{time.monotonic() - begin:6.0f} s  {name}", file=sys.stderr, flush=True)
        try:
            rows += part.measures(logs, short)
        except Exception as error:  # the others are still worth having
            failed += 1
            rows.append(Measure(name, None, (), note=f"failed: {type(error).__name__}: {error}"))
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{describe()}; load {busy:.1f} at the end{', short form' if short else ''}\n")
    print(shown(rows))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
