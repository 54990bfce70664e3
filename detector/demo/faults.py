"""The faults that can be put into the demo, and the truth about those that were."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from detector.demo.model import Cluster
from detector.errors import UsageError

MINUTE = 60_000_000
"""Microseconds."""


class FaultKind(StrEnum):
    """What goes wrong."""

    REFUSED = "refused"
    """A dependency refuses connections: an error text never seen before, and requests that end there."""
    SILENCE = "silence"
    """The service logs nothing at all."""
    CRASH_LOOP = "crash-loop"
    """It starts, fails and starts again."""
    RETRY_STORM = "retry-storm"
    """A retry that is seldom otherwise, many times a request."""
    TIMEOUTS = "timeouts"
    """Half of its requests end in a time-out."""
    LOSS = "loss"
    """Three of five of its lines are lost."""
    ERRORS = "errors"
    """An error that is seldom otherwise, in every third request."""


@dataclass(frozen=True, slots=True)
class DemoFault:
    """One fault; times are microseconds UTC, the end is the first moment after it."""

    kind: FaultKind
    namespace: str
    workload: str
    start: int
    end: int

    def covers(self, time: int) -> bool:
        """Whether it is on at that time."""
        return self.start <= time < self.end


_USUAL = {"shop": "checkout", "payments": "payment", "platform": "controller", "media": "transcoder"}


def _known(what: str, asked: str, names: Iterable[str]) -> str:
    known = sorted(names)
    if asked in known:
        return asked
    near = get_close_matches(asked, known, 1)
    raise UsageError(
        f"The demo has no {what} called {asked!r}.",
        f"Did you mean {near[0]!r}?" if near else f"Choose one of {', '.join(known)}.",
    )


def plan_fault(
    cluster: Cluster,
    kind: str,
    namespace: str = "payments",
    workload: str | None = None,
    *,
    start: int,
    minutes: float = 5,
) -> DemoFault:
    """A fault of that kind from `start` (microseconds UTC) on; without a workload, in the namespace's usual one.

    Raises `UsageError` that names the nearest known kind, namespace or workload, or for a length that can't be.
    """
    _known("fault", kind, [known.value for known in FaultKind])
    spaces = {space.name: space for space in cluster}
    _known("namespace", namespace, spaces)
    names = [service.workload for service in spaces[namespace].services]
    target = _known(f"workload in {namespace}", workload or _USUAL.get(namespace, names[0]), names)
    if not 0 < minutes <= 24 * 60:
        raise UsageError(f"A fault can't last {minutes:g} minutes.", "Choose more than 0 and at most 1440.")
    return DemoFault(FaultKind(kind), namespace, target, start, start + int(minutes * MINUTE))


def history_faults(end: int) -> tuple[DemoFault, ...]:
    """The faults of a history that ends at `end`: a silent service two hours before it, refusals 40 minutes before."""
    silent, refused = end - 120 * MINUTE, end - 40 * MINUTE
    return (
        DemoFault(FaultKind.SILENCE, "media", "transcoder", silent, silent + 10 * MINUTE),
        DemoFault(FaultKind.REFUSED, "payments", "payment", refused, refused + 6 * MINUTE),
    )


def parse_fault(text: bytes) -> DemoFault | None:
    """A fault as `encode_fault` wrote it; None for anything else."""
    try:
        found = json.loads(text)
        kind, start, end = FaultKind(found["kind"]), int(found["start"]), int(found["end"])
        return DemoFault(kind, str(found["namespace"]), str(found["workload"]), start, end)
    except (ValueError, KeyError, TypeError):
        return None


def encode_fault(fault: DemoFault) -> str:
    """One line of JSON."""
    return json.dumps(asdict(fault))


def _truth(folder: Path) -> Path:
    return folder / "faults.ndjson"


def record_faults(folder: Path, faults: Iterable[DemoFault]) -> None:
    """Add to the truth that lies in the demo folder."""
    with _truth(folder).open("a", encoding="utf-8") as file:
        file.writelines(encode_fault(fault) + "\n" for fault in faults)


def read_faults(folder: Path) -> tuple[DemoFault, ...]:
    """All faults that were put into this demo folder, oldest first."""
    path = _truth(folder)
    lines = path.read_bytes().splitlines() if path.exists() else []
    return tuple(fault for line in lines if (fault := parse_fault(line)))
