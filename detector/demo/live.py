"""The cluster in real time: each second its lines are appended, and faults come when they are asked for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

from detector.demo.cluster import CLUSTER
from detector.demo.faults import (
    MINUTE,
    DemoFault,
    FaultKind,
    encode_fault,
    parse_fault,
    plan_fault,
    read_faults,
    record_faults,
)
from detector.demo.load import dice
from detector.demo.model import Cluster
from detector.demo.simulate import simulate
from detector.demo.writer import LogFolder, log_folder
from detector.errors import SourceError, UsageError


def _requests(folder: Path) -> Path:
    return folder / "requests"


def request_fault(folder: Path, fault: DemoFault) -> None:
    """Ask the demo that runs in this folder for a fault; it begins within a second or two.

    Raises `UsageError` where no demo lives in the folder, `SourceError` where it can't be written.
    """
    if not log_folder(folder).is_dir():
        raise UsageError(f"There is no demo in {folder}.", "Start one with `drainwatch demo`, or name its folder.")
    try:
        _requests(folder).mkdir(exist_ok=True)
        ready = _requests(folder) / f"{fault.start}-{uuid.uuid4().hex}.json"
        draft = ready.with_suffix(".part")
        draft.write_text(encode_fault(fault), encoding="utf-8")
        draft.replace(ready)
    except OSError as error:
        raise SourceError(
            f"The demo's folder {folder} can't be written: {error.strerror}.", "Check its owner."
        ) from error


class Simulator:
    """A cluster that logs into a folder, on from where the history ends."""

    def __init__(
        self, folder: Path, *, seed: int = 1, cluster: Cluster = CLUSTER, surprise_every: int | None = 25 * MINUTE
    ) -> None:
        """`surprise_every` (microseconds): how often a fault comes unasked; None for never."""
        self.folder = folder
        self.seed = seed
        self.cluster = cluster
        self.surprise_every = surprise_every
        self.faults = list(read_faults(folder))
        self._files = LogFolder(log_folder(folder))

    def run_live(self, since: int, stop: Event, clock: Callable[[], int], *, tick: float = 1.0) -> None:
        """Append lines from `since` (microseconds UTC, where the history ended) until `stop` is set.

        `clock` tells the time in microseconds UTC. Raises `SourceError` where the folder can't be written.
        """
        while not stop.is_set():
            since = self.advance(since, clock())
            stop.wait(tick)

    def advance(self, since: int, until: int) -> int:
        """Append what is logged in [since, until) and return where to go on."""
        if until <= since:
            return since
        self._take_requests(since)
        self._surprise(since)
        recent = [
            fault for fault in self.faults if fault.kind is FaultKind.CRASH_LOOP or fault.end >= since - 2 * MINUTE
        ]
        for line in simulate(self.cluster, since, until, self.seed, recent):
            self._files.add(line)
        self._files.flush()
        return until

    def _take_requests(self, now: int) -> None:
        folder = _requests(self.folder)
        for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
            fault = parse_fault(path.read_bytes())
            with suppress(FileNotFoundError):
                path.unlink()
            if fault and self._fits(fault):
                # What is written already can't be changed: the fault begins now, and lasts as long as was asked.
                late = max(0, now - fault.start)
                self._begin(
                    DemoFault(fault.kind, fault.namespace, fault.workload, fault.start + late, fault.end + late)
                )

    def _fits(self, fault: DemoFault) -> bool:
        return any(
            fault.namespace == space.name and any(fault.workload == service.workload for service in space.services)
            for space in self.cluster
        )

    def _begin(self, fault: DemoFault) -> None:
        self.faults.append(fault)
        record_faults(self.folder, [fault])

    def _surprise(self, now: int) -> None:
        if not self.surprise_every:
            return
        slot = now // self.surprise_every
        rng = dice(self.seed, "surprise", slot)
        start = slot * self.surprise_every + rng.randrange(self.surprise_every // 2)
        space, kind = rng.choice(self.cluster), rng.choice(list(FaultKind))
        fault = plan_fault(self.cluster, kind, space.name, start=start, minutes=rng.randint(4, 7))
        if start >= now or now - start > 5_000_000 or any(known.start == start for known in self.faults):
            return
        if not any(known.covers(now) for known in self.faults):
            self._begin(DemoFault(fault.kind, fault.namespace, fault.workload, now, fault.end))
