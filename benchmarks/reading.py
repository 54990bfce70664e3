"""A process of its own that reads logs to counts once, and says what that took; other benchmarks start it.

    python -m benchmarks.reading ENGINE WORKERS PATH…

ENGINE is `native` or `python`; on so many processors as there are workers. It prints a line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Spent:
    """What reading took. Starting the process is left out, starting others isn't."""

    lines: int
    counted: int
    wall: float
    """Seconds by the clock."""
    processor: float
    """Seconds of processor time, those of children that have ended among them."""
    peak: int
    """Bytes of memory at most, of this process alone."""


def spend(engine: str, workers: int, paths: Sequence[str]) -> Spent:
    """Read it here."""
    # Imported here, as the command does it: a process that is started reads the main module, and all that it imports.
    from detector.batch import count_all
    from detector.settings import Settings, micros
    from detector.wiring import open_engine, open_source

    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, set(allowed[:workers]))
    settings = Settings.model_validate({"parsing": {"engine": engine, "workers": workers}})
    templates = open_engine(settings)
    begin, processor = time.perf_counter(), time.process_time()
    with closing(open_source(paths, settings, follow=False, clock=lambda: time.time_ns() // 1000)) as source:
        windows, _ = count_all(source, templates, micros(settings.detection.window), lambda *_: None)
        tally = source.tally
    wall, processor = time.perf_counter() - begin, time.process_time() - processor
    counted = sum(int(window.counts.sum()) for window in windows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Spent(tally.read, counted, wall, processor, peak)


def apart(engine: str, workers: int, paths: Sequence[str]) -> Spent:
    """Read it in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.reading", engine, str(workers), *paths]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Spent(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    print(json.dumps(asdict(spend(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))))
