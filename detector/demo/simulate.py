"""The log lines of the whole cluster in the order of time: a pure function of cluster, seed, times and faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detector.demo.dialects import DIALECTS, container_lines
from detector.demo.events import Event, good_minute, startup
from detector.demo.faults import MINUTE, DemoFault
from detector.demo.mischief import restarts_before, spoil
from detector.demo.model import Cluster, Namespace
from detector.demo.pods import pod_at
from parsers.level import ERRORS


@dataclass(frozen=True, slots=True)
class Written:
    """Lines that one record adds to a file."""

    time: int
    """Microseconds UTC."""
    file: str
    data: bytes
    """One or more whole lines."""


def _versions(seed: int, space: Namespace, minute: int) -> dict[tuple[str, int], str]:
    return {
        (service.workload, replica): pod_at(seed, space, service, minute, replica).version
        for service in space.services
        for replica in range(service.replicas)
    }


def _written(seed: int, space: Namespace, event: Event, faults: Sequence[DemoFault]) -> Written:
    service = space.service(event.workload)
    restarts = event.restarts or restarts_before(faults, space.name, event.workload, event.time)
    # The last lines of a request belong to the pod that took it, or to the one that came with a roll-out.
    pod = pod_at(seed, space, service, event.job or event.time, event.replica, restarts)
    record = DIALECTS[service.form](event.time, event.statement.level, event.logger, event.text)
    stream = "stderr" if event.statement.level in ERRORS else "stdout"
    return Written(event.time, pod.file, b"".join(container_lines(space.runtime, event.time, stream, record)))


def _minute(
    cluster: Cluster, seed: int, minute: int, faults: Sequence[DemoFault], born: int | None
) -> list[tuple[Namespace, Event]]:
    found: list[tuple[Namespace, Event]] = []
    for space in cluster:
        versions = _versions(seed, space, minute)
        events = spoil(seed, space, minute, good_minute(seed, space, minute, versions), faults, versions)
        if born is not None and minute <= born < minute + MINUTE:
            for service in space.services:
                for replica in range(service.replicas):
                    events += startup(seed, space, service, born, replica, versions[service.workload, replica])
        found += [(space, event) for event in events]
    return found


def simulate(
    cluster: Cluster,
    start: int,
    end: int,
    seed: int,
    faults: Sequence[DemoFault] = (),
    *,
    born: int | None = None,
) -> Iterator[Written]:
    """Everything logged from `start` up to but not at `end` (microseconds UTC), in the order of time.

    The same arguments give the same bytes, and two adjoining ranges give together what the whole range gives. At
    `born` the cluster was started: every container logs its start-up then.
    """
    # A request that began up to a minute before may still log.
    minute = start // MINUTE * MINUTE - MINUTE
    waiting: list[tuple[Namespace, Event]] = []
    while minute < end:
        waiting += _minute(cluster, seed, minute, faults, born)
        waiting.sort(key=lambda pair: (pair[1].time, pair[0].name))
        minute += MINUTE
        for space, event in waiting:
            if event.time < minute and start <= event.time < end:
                yield _written(seed, space, event, faults)
        waiting = [pair for pair in waiting if pair[1].time >= minute]
