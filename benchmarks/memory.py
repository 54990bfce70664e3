"""Ten times the lines, and sixteen times as many in the same minutes: peak memory, and what a line costs.

    python -m benchmarks.memory [--short]

Each run is a process of its own, on one core. Longer: ten times the lines in ten times the minutes. Denser: the minutes
stay the same, so that much more waits for its window to close than may wait in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.machine import describe
from benchmarks.reading import Spent, apart
from benchmarks.table import Measure, shown
from benchmarks.written import write_containers
from ingest.core import native

LINES, SHORT, RUNS = 1_000_000, 30_000, 3
MINUTES = 60.0
GIB = 1 << 30


def measures(short: bool = False) -> list[Measure]:
    """Rows for the table of all benchmarks; with the engine that is there."""
    engine = "python" if native() is None else "native"
    lines, runs = SHORT if short else LINES, 1 if short else RUNS
    base = _spent(engine, lines, MINUTES, runs)
    longer = _spent(engine, 10 * lines, 10 * MINUTES, 1)
    denser = _spent(engine, 10 * lines, MINUTES, 1)
    many = _spent(engine, 16 * lines, MINUTES, runs)
    note = f"{engine}; {lines:,} lines in {MINUTES:.0f} minutes take {base[0].peak / 1e6:.0f} MB"
    return [
        Measure("ten times the lines in ten times the time, peak memory", 1.1, _peaks(base, longer), "×", note, "most"),
        Measure("ten times the lines in the same time, peak memory", 1.1, _peaks(base, denser), "×", note, "most"),
        Measure(
            "peak memory of all these", 1.0, tuple(one.peak / GIB for one in longer + denser + many), "GiB", "", "most"
        ),
        Measure(
            "cost of a line at 16 times the lines", 1.05, _costs(base, many), "×", f"{engine}; same minutes", "most"
        ),
    ]


def _spent(engine: str, lines: int, minutes: float, runs: int) -> list[Spent]:
    with TemporaryDirectory() as folder:
        write_containers(Path(folder), lines, minutes)
        return [apart(engine, 1, [folder]) for _ in range(runs)]


def _peaks(base: Sequence[Spent], more: Sequence[Spent]) -> tuple[float, ...]:
    return tuple(many.peak / one.peak for one, many in zip(base, more, strict=False))


def _costs(base: Sequence[Spent], more: Sequence[Spent]) -> tuple[float, ...]:
    pairs = zip(base, more, strict=False)
    return tuple(many.processor / many.lines * one.lines / one.processor for one, many in pairs)


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    print(f"{describe()}\n")
    print(shown(measures("--short" in arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
