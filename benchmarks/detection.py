"""What detection finds of faults planted in real logs: `drainwatch evaluate chaos` on seeds that nothing was tuned on.

    python -m benchmarks.detection [--short] PATH…

PATH are logs to mix days from, those of the Train Ticket microservices for the figures in docs/detection.md; without
any, those that lie beside the checkout are taken. The goals are the ones that `evaluate chaos` prints.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.table import Measure, Sense, show
from detector.errors import UsageError

BESIDE = Path(__file__).parents[2] / "shared" / "data" / "train-ticket" / "containers"
NAME, GOAL = "faults found", 95.0
SEEDS = ("--first-seed", "6000")
SHORT = ("--seeds", "1", "--train-days", "1", "--days", "1")


def measures(logs: Sequence[str] = (), short: bool = False) -> list[Measure]:
    """Rows for the table of all benchmarks; one that says what is missing, where there are no logs."""
    paths = list(logs) or ([str(BESIDE)] if BESIDE.is_dir() else [])
    if not paths:
        return [Measure(NAME, GOAL, (), "%", "name logs, as this one makes up none")]
    try:
        figures = judged(paths, short)
    except UsageError as error:
        return [Measure(NAME, GOAL, (), "%", str(error))]
    card = figures["detectors"]["drainwatch"]
    note = f"{card['faults']} faults in {card['days']:.0f} days, {Path(paths[0]).parent.name}/{Path(paths[0]).name}"
    return [_row(goal, note) for goal in figures["goals"] if goal["value"] is not None]


def judged(paths: Sequence[str], short: bool) -> dict[str, Any]:
    """All figures of the command. Raises `UsageError` with its words where nothing can be made of the logs."""
    command = (sys.executable, "-m", "detector.cli", "evaluate", "chaos", *paths, *SEEDS, *(SHORT if short else ()))
    ended = subprocess.run([*command, "--json", "-"], capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip().rpartition("\n")[2].removeprefix("drainwatch: ")
        raise UsageError(said) if ended.returncode == UsageError.exit_code else RuntimeError(said)
    figures: dict[str, Any] = json.loads(ended.stdout)
    return figures


def _row(goal: dict[str, Any], note: str) -> Measure:
    scale, unit = (100.0, "%") if goal["percent"] else (1.0, "")
    sense: Sense = "least" if goal["at_least"] else "most"
    return Measure(goal["name"], scale * goal["limit"], (scale * goal["value"],), unit, note, sense)


if __name__ == "__main__":
    show(measures, sys.argv[1:])
