"""Messages to templates: drainwatch's engine against Drain3's own TemplateMiner with masks of the same kind.

    python -m benchmarks.templates [PATH…]

Without a path, on the lines of the demo. Each is run several times in turn on the same messages; printed are lines a
second and the ratio, each as the median with the least and the most.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from drain3.masking import MaskingInstruction
from drain3.template_miner import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig

from benchmarks.machine import describe
from detector.demo import write_history
from detector.settings import Settings
from detector.wiring import open_engine, open_source
from ingest.batch import LogBatch

RUNS = 5
HOUR = 3_600_000_000
MASKS = {
    "TIME": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?",
    "UUID": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "IP": r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
    "MAIL": r"[\w.+-]+@[\w-]+\.[\w.]+",
    "HEX": r"\b[0-9a-f]{16,64}\b",
    "NUM": r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])",
}


def read(paths: Sequence[str]) -> LogBatch:
    """All records of these files."""
    source = open_source(paths, Settings(), follow=False, clock=lambda: time.time_ns() // 1000)
    batches = []
    while not source.exhausted:
        batches.append(source.poll())
    source.close()
    return LogBatch.concat(batches)


def by_drain3(batch: LogBatch) -> None:
    """Drain3 as its users run it: a miner for each workload, masks of its own, no persistence."""
    config = TemplateMinerConfig()
    config.masking_instructions = [MaskingInstruction(pattern, name) for name, pattern in MASKS.items()]
    miners = [TemplateMiner(config=config) for _ in batch.origins]
    for message, origin in zip(batch.message, batch.origin.tolist(), strict=True):
        miners[origin].add_log_message(message)


def by_drainwatch(batch: LogBatch) -> None:
    """Formats told apart, levels found, personal data and variables masked, templates mined."""
    open_engine(Settings()).parse(batch)


def timed(task: Callable[[LogBatch], None], batch: LogBatch) -> float:
    """Seconds of processor time."""
    begin = time.process_time()
    task(batch)
    return time.process_time() - begin


def main(paths: Sequence[str]) -> None:
    """Print the comparison."""
    with TemporaryDirectory() as folder:
        if not paths:
            end = time.time_ns() // 1000
            write_history(Path(folder), end - 3 * HOUR, end)
            paths = [folder]
        batch = read(paths)
    characters = sum(map(len, batch.message)) / max(len(batch), 1)
    print(f"{describe()}\n{len(batch):,} records of {characters:.0f} characters on average, {RUNS} runs, one core")
    pairs = [(timed(by_drain3, batch), timed(by_drainwatch, batch)) for _ in range(RUNS)]
    for name, seconds in zip(("Drain3", "drainwatch"), zip(*pairs, strict=True), strict=True):
        print(f"{name:12}{spread([len(batch) / each for each in seconds], ',.0f')} lines/s")
    print(f"{'ratio':12}{spread([theirs / ours for theirs, ours in pairs], '.2f')}")


def spread(values: Sequence[float], form: str) -> str:
    """The median, and in brackets the least and the most."""
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


if __name__ == "__main__":
    main(sys.argv[1:])
