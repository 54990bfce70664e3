"""Messages to templates, on one core: drainwatch's engines against Drain3's own TemplateMiner.

    python -m benchmarks.templates [--short] [PATH…]

On lines of many systems (`benchmarks.lines`), and on those of the paths. Drain3 is run with the masks that drainwatch
has, each an instruction of its own, and with six masks of the kind that its examples have. All are run in turn on the
same messages, several times, each with nothing learned yet (making a miner or an engine is left out, some 0.2 s);
printed are lines a second and the ratios, each as the median with the least and the most.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from drain3.masking import MaskingInstruction
from drain3.template_miner import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig

from benchmarks.lines import mixed
from benchmarks.machine import describe
from benchmarks.table import Measure, shown
from detector.settings import Settings
from detector.wiring import open_engine, open_source
from ingest.batch import LogBatch
from ingest.core import native, why_not
from parsers import masking, redaction

RUNS = 3
LINES = 100_000
SHORT = 5_000
GOALS = {"native": 60.0, "python": 4.0}

EXAMPLES = {
    "TIME": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?",
    "UUID": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "IP": r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
    "MAIL": r"[\w.+-]+@[\w-]+\.[\w.]+",
    "HEX": r"\b[0-9a-f]{16,64}\b",
    "NUM": r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])",
}
OURS = {
    "HIDDEN": redaction._SECRET.pattern,
    "BEARER": redaction._BEARER.pattern,
    "USERINFO": redaction._USERINFO.pattern,
    "PHONE": redaction._PHONE.pattern,
    "IBAN": redaction._IBAN.pattern,
    "CARD": redaction._CARD.pattern,
    **{name: mask for name, mask in masking._PARTS.items() if name not in {"MASKED", "KEPT", "WORD"}},
}
"""What the engines mask, less what is decided word by word in code (`parsers.words`): Drain3 has no place for that."""

Task = Callable[[LogBatch], object]


def read(paths: Sequence[str]) -> LogBatch:
    """All records of these files."""
    source = open_source(paths, Settings(), follow=False, clock=lambda: time.time_ns() // 1000)
    batches = []
    while not source.exhausted:
        batches.append(source.poll())
    source.close()
    return LogBatch.concat(batches).in_order()


def drain3(masks: Mapping[str, str]) -> Callable[[], Task]:
    """Drain3 as its users run it: a miner for each workload, no persistence."""

    def fresh() -> Task:
        config = TemplateMinerConfig()
        config.masking_instructions = [MaskingInstruction(pattern, name) for name, pattern in masks.items()]

        def run(batch: LogBatch) -> None:
            miners = [TemplateMiner(config=config) for _ in batch.origins]
            for message, origin in zip(batch.message, batch.origin.tolist(), strict=True):
                miners[origin].add_log_message(message)

        return run

    return fresh


def drainwatch(engine: str) -> Callable[[], Task]:
    """Formats told apart, levels found, personal data and variables masked, templates mined."""
    settings = Settings.model_validate({"parsing": {"engine": engine, "workers": 1}})
    return lambda: open_engine(settings).parse


def timed(task: Task, batch: LogBatch) -> float:
    """Seconds of processor time."""
    begin = time.process_time()
    task(batch)
    return time.process_time() - begin


@dataclass(frozen=True)
class Runs:
    """Lines a second, by who ran and run."""

    where: str
    records: int
    characters: float
    speeds: Mapping[str, Sequence[float]]

    def ratios(self, ours: str, theirs: str) -> tuple[float, ...]:
        """Run by run."""
        return tuple(a / b for a, b in zip(self.speeds[ours], self.speeds[theirs], strict=True))


def run(where: str, batch: LogBatch, runs: int = RUNS) -> Runs:
    """All of them in turn, several times."""
    tasks = {"Drain3, our masks": drain3(OURS), "Drain3, six masks": drain3(EXAMPLES), "python": drainwatch("python")}
    if native() is not None:
        tasks["native"] = drainwatch("native")
    speeds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(runs):
        for name, fresh in tasks.items():
            speeds[name].append(len(batch) / timed(fresh(), batch))
    return Runs(where, len(batch), sum(map(len, batch.message)) / max(len(batch), 1), speeds)


def all_runs(logs: Sequence[str], short: bool) -> list[Runs]:
    """On the made-up mix, and on the lines of the paths where there are any."""
    count = SHORT if short else LINES
    batches = {"many systems": mixed(count)}
    if logs:
        own = read(logs)
        batches["your logs"] = own.take(np.arange(min(count, len(own))))
    return [run(where, batch, 1 if short else RUNS) for where, batch in batches.items()]


def measures(logs: Sequence[str] = (), short: bool = False) -> list[Measure]:
    """Rows for the table of all benchmarks."""
    return [row for each in all_runs(logs, short) for row in rows(each)]


def rows(runs: Runs) -> list[Measure]:
    """Both engines against Drain3 with the same masks."""
    name = f"messages → template ids, {runs.where}"
    note = f"against Drain3 with the same masks; {runs.records:,} records of {runs.characters:.0f} characters, one core"
    return [
        Measure(f"{name}, {engine}", goal, runs.ratios(engine, "Drain3, our masks"), note=note)
        if engine in runs.speeds
        else Measure(f"{name}, {engine}", goal, (), note=f"no compiled core: {why_not()}")
        for engine, goal in GOALS.items()
    ]


def main(arguments: Sequence[str]) -> None:
    """Print the comparison."""
    short = "--short" in arguments
    every = all_runs([each for each in arguments if not each.startswith("--")], short)
    print(describe())
    for runs in every:
        print(f"\n{runs.where}: {runs.records:,} records of {runs.characters:.0f} characters on average, one core")
        for name, speeds in runs.speeds.items():
            print(f"  {name:18} {spread(speeds, ',.0f')} lines/s")
        for ours in GOALS:
            for theirs in ("Drain3, our masks", "Drain3, six masks"):
                if ours in runs.speeds:
                    print(f"  {ours:7} / {theirs} {spread(runs.ratios(ours, theirs), '.1f')} ×")
    print()
    print(shown([row for runs in every for row in rows(runs)]))


def spread(values: Sequence[float], form: str) -> str:
    """The median, and in brackets the least and the most."""
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


if __name__ == "__main__":
    main(sys.argv[1:])
