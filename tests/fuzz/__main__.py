"""Searches all targets, or those that are named, and prints what came of it.

    python -m tests.fuzz [--seconds 60] [--processes 2] [--folder .fuzz] [TARGET…]

Inputs that reached something new are kept in the folder, and the next search begins with them. An input that broke a
promise is printed as Python writes bytes: put it into `tests/fuzz/found.py`, and mend what it broke.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import atheris

# It tells each module that it takes.
with contextlib.redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["ingest", "parsers", "detector"]):
    from tests.fuzz.catalogue import TARGETS

from tests.fuzz.found import FOUND
from tests.fuzz.searching import Found, Search
from tests.fuzz.target import Target


def fuzz(options: Sequence[str], target: Target, broken: Path) -> None:
    """Search in this process, and end it; an input that breaks a promise goes to the file `broken`."""
    warnings.simplefilter("error")  # what only warns is told to nobody at night
    for seed in target.seeds:  # what is made once isn't part of the search's time
        target.run(seed)

    def run(data: bytes) -> None:
        try:
            target.run(data)
        except BaseException:
            broken.write_bytes(data)  # libFuzzer keeps only what ended the process by a signal
            raise

    atheris.Setup(list(options), run)
    atheris.Fuzz()


def search(targets: Sequence[Target], folder: Path, limit: Sequence[str], processes: int) -> list[Found]:
    """All of them, so many at once."""
    waiting = list(targets)
    running: list[Search] = []
    found: list[Found] = []
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                running.append(Search(waiting.pop(0), folder, limit, fuzz))
            for one in list(running):
                if (ended := one.ended()) is not None:
                    running.remove(one)
                    found.append(ended)
                    print(_row(ended), flush=True)
            time.sleep(0.05)
    finally:
        for one in running:
            one.stop()
    return found


def _row(one: Found) -> str:
    state = "nothing found" if one.crash is None else "BROKEN"
    return (
        f"{one.target.name:<17} {one.executed:>10,} inputs  {one.covered:>6,} edges  {one.seconds:>6.0f} s  "
        f"{state:<14} {one.target.reads}"
    )


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Search for inputs that break a reader.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--runs", type=int, default=0, help="so many inputs instead, the same ones each time")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--folder", type=Path, default=Path(".fuzz"), help="where inputs that reached something are kept"
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    chosen = parser.parse_args(arguments)
    if unknown := [name for name in chosen.targets if name not in TARGETS]:
        parser.error(f"{unknown[0]} is no target. There are {', '.join(TARGETS)}.")
    targets = [TARGETS[name] for name in chosen.targets or TARGETS]
    for target in targets:
        for known in FOUND.get(target.name, ()):
            target.run(known)
    limit = [f"-runs={chosen.runs}", "-seed=1"] if chosen.runs else [f"-max_total_time={chosen.seconds}"]
    found = search(targets, chosen.folder, limit, chosen.processes)
    for one in found:
        if one.crash is not None:
            print(f"\n{one.target.name}: {one.crash!r}\n{one.said}")
    broken = sum(one.crash is not None for one in found)
    print(f"{sum(one.executed for one in found):,} inputs to {len(found)} targets, {broken} of them broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
