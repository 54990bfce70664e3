"""All figures that are promised, measured here, in one table.

    python -m benchmarks [--short] [PATH…]

`make bench` runs it, with LOGS as the path of logs of your own. `--short` shows in minutes that all of them run: its
figures mean little. A benchmark that fails is a row that says so, and the command fails in the end.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks import cores, counts, memory, scoring, store, templates
from benchmarks.kafka import both as kafka
from benchmarks.machine import describe
from benchmarks.table import Measure, shown

Part = Callable[[Sequence[str], bool], list[Measure]]
PARTS: dict[str, Part] = {
    "templates": templates.measures,
    "counts": counts.measures,
    "cores": cores.measures,
    "memory": lambda _, short: memory.measures(short),
    "store": lambda _, short: store.measures(*((20, 20, 1) if short else tuple(map(int, store.DEFAULTS)))),
    "scoring": lambda _, short: scoring.measures(*((20, 50, 3) if short else tuple(map(int, scoring.DEFAULTS)))),
    "kafka": lambda _, short: kafka.measures(short),
}
"""By name; a new benchmark is one more line here."""


def main(arguments: Sequence[str]) -> int:
    """Print what is being measured as it is, then the table."""
    short, logs = "--short" in arguments, [each for each in arguments if not each.startswith("--")]
    rows: list[Measure] = []
    failed = 0
    begin = time.monotonic()
    for name, part in PARTS.items():
        print(f"{time.monotonic() - begin:6.0f} s  {name}", file=sys.stderr, flush=True)
        try:
            rows += part(logs, short)
        except Exception as error:  # the others are still worth having
            failed += 1
            rows.append(Measure(name, None, (), note=f"failed: {type(error).__name__}: {error}"))
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{describe()}; load {busy:.1f} at the end{', short form' if short else ''}\n")
    print(shown(rows))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
