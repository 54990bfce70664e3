"""A source as a search is one: lines come window by window, some so late that their window has to be read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from detector.pipeline import Pipeline
from detector.settings import DetectionSettings, Settings, micros
from detector.store.port import Store
from detector.wiring import open_engine
from ingest.accounting import Tally
from ingest.batch import LogBatch, Origin
from ingest.source import Checkpoint, Problem, Progress, Revisit
from tests.detector.records import MINUTE, SECOND, START

LATENESS = micros(DetectionSettings().lateness)


@dataclass(frozen=True, slots=True)
class Line:
    """A line, and how many windows after its own it can be found; 0 for in time."""

    second: float
    """After `START`."""
    message: str
    workload: str = "cart"
    delay: int = 0
    namespace: str = "shop"

    @property
    def window(self) -> int:
        """Which minute it is in."""
        return int(self.second // 60)


class Slow:
    """Hands over a window at each poll, of the lines that can be found by then; `revisit` has those that come later."""

    def __init__(
        self, lines: Sequence[Line], minutes: int, checkpoints: Mapping[str, Checkpoint] | None = None
    ) -> None:
        self._lines = sorted(lines, key=lambda line: (line.second, line.namespace, line.workload, line.message))
        self._minutes = minutes
        self._in_time: dict[int, list[int]] = defaultdict(list)
        self._late = [row for row, line in enumerate(self._lines) if line.delay]
        for row, line in enumerate(self._lines):
            if not line.delay:
                self._in_time[line.window].append(row)
        at = (checkpoints or {"search": Checkpoint(0, 0)})["search"]
        self._now = at.resume_at
        self._handed = {number for number, line in enumerate(self._lines) if not line.delay}
        self._handed |= {int(row) for row in at.identity.split(",") if row}
        self.tally = Tally()
        self.problems: Sequence[Problem] = ()

    @property
    def exhausted(self) -> bool:
        return self._now >= self._minutes and not self._owed()

    @property
    def at_end(self) -> bool:
        return self._now >= self._minutes

    @property
    def watermark(self) -> int | None:
        return START + self._now * MINUTE + LATENESS if self._now else None

    def poll(self) -> LogBatch:
        rows = self._in_time[self._now]
        self._now += 1
        self.tally.read += len(rows)
        self.tally.records += len(rows)
        return self._batch(rows)

    def revisit(self) -> Iterator[Revisit]:
        for window in sorted({self._lines[row].window for row in self._owed()}):
            found = [row for row in self._owed() if self._lines[row].window == window]
            self._handed.update(found)
            self.tally.read += len(found)
            self.tally.records += len(found)
            yield replace(self.reread(window, window + 1), more=len(found))

    def reread(self, begin: int, end: int) -> Revisit:
        """Some minutes again, with all that was handed over of them."""
        whole = [row for row in sorted(self._handed) if begin <= self._lines[row].window < end]
        return Revisit(START + begin * MINUTE, START + end * MINUTE, self._batch(whole))

    def positions(self) -> Mapping[str, Checkpoint]:
        late = ",".join(str(row) for row in sorted(self._handed) if self._lines[row].delay)
        return {"search": Checkpoint(self._now, self._now, late)}

    def progress(self) -> Progress:
        return Progress(self._now, self._minutes, "windows")

    def close(self) -> None:
        pass

    def _owed(self) -> list[int]:
        """Late lines that can be found by now and were not handed over."""
        late = ((row, self._lines[row]) for row in self._late)
        return [row for row, line in late if line.window + line.delay < self._now and row not in self._handed]

    def _batch(self, rows: Sequence[int]) -> LogBatch:
        lines = [self._lines[row] for row in rows]
        origins = {(line.namespace, line.workload): None for line in lines}
        at = {origin: index for index, origin in enumerate(origins)}
        return LogBatch(
            tuple(Origin(*origin) for origin in origins),
            ("search",),
            np.array([START + round(line.second * SECOND) for line in lines], np.int64),
            np.array([at[line.namespace, line.workload] for line in lines], np.int32),
            np.zeros(len(lines), np.int32),
            np.array([line.window for line in lines], np.int64),
            ("",) * len(lines),
            ("",) * len(lines),
            tuple(line.message for line in lines),
        )


def settings(**detection: Any) -> Settings:
    return Settings(detection=DetectionSettings(trees=10, **detection))


def begun(lines: Sequence[Line], minutes: int, store: Store, told: Settings) -> tuple[Slow, Pipeline]:
    """A source and a pipeline that go on where the store is."""
    source = Slow(lines, minutes, store.checkpoints() or None)
    return source, Pipeline(source, open_engine(told), store, told)


def read(lines: Sequence[Line], minutes: int, store: Store, told: Settings, steps: int | None = None) -> Pipeline:
    """Read minute by minute to the end of so many minutes, or for so many steps, revising as the service does."""
    source, pipeline = begun(lines, minutes, store, told)
    while not source.exhausted and (steps is None or steps > 0):
        steps = None if steps is None else steps - 1
        pipeline.poll()
        pipeline.close_windows()
        for again in source.revisit():
            pipeline.revise(again)
    return pipeline


def in_time(lines: Sequence[Line]) -> list[Line]:
    """The same lines, none of them late."""
    return [replace(line, delay=0) for line in lines]


def contents(store: Store) -> dict[str, Any]:
    """All that a store holds of what was found; not which of its lines a template is shown by, nor the checkpoints."""
    names = [status.namespace for status in store.statuses()]
    return {
        "counts": {
            name: [
                (one.window, dict(sorted(zip(one.templates, one.counts.tolist(), strict=True))))
                for one in store.counts(name)
            ]
            for name in names
        },
        "templates": sorted(
            (one.id, one.workload, one.text, one.level, one.count, one.first_seen, one.last_seen)
            for one in store.templates()
        ),
        "anomalies": store.anomalies(limit=1000).items,
        "incidents": store.incidents(limit=1000).items,
        "models": store.models(),
        "statuses": store.statuses(),
        "until": store.closed_until(),
        "tally": store.tally(),
    }
