"""Log files as a runtime writes them, read by the pass into a real store: for faults that need no process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from detector.pipeline import Pipeline
from detector.settings import Settings
from detector.store.sqlite import SqliteStore
from detector.wiring import open_engine
from ingest.files import FileSource
from ingest.settings import ReadSettings

SECOND = 1_000_000
NOW = 1_767_225_600 * SECOND
"""2026-01-01T00:00:00Z."""


def container(folder: Path, namespace: str, workload: str) -> Path:
    """The log of a pod's container, as the kubelet names it."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{workload}-7d9c5b6f4-x2x9p_{namespace}_{workload}-{'0' * 64}.log"


def line(time: int, text: str) -> str:
    """A line of CRI, logged at `time` (microseconds UTC)."""
    return f"{datetime.fromtimestamp(time / SECOND, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z stdout F {text}\n"


def write(path: Path, lines: Iterable[tuple[int, str]]) -> int:
    """Append lines; how many."""
    texts = [line(time, text) for time, text in lines]
    with path.open("a") as file:
        file.writelines(texts)
    return len(texts)


def read_all(logs: Path, store: SqliteStore, settings: Settings, now: int) -> None:
    """Read it to its end, as a pass does."""
    source = FileSource([logs], ReadSettings(), follow=False, clock=lambda: now, checkpoints=store.checkpoints())
    with closing(source), closing(open_engine(settings)) as engine:
        pipeline = Pipeline(source, engine, store, settings)
        while not source.exhausted:
            pipeline.poll()
            pipeline.close_windows()
        pipeline.close_windows()


def counted(store: SqliteStore) -> Counter[str]:
    """Lines in the counts, by namespace."""
    found: Counter[str] = Counter()
    for status in store.statuses():
        found[status.namespace] = sum(int(one.counts.sum()) for one in store.counts(status.namespace))
    return found
