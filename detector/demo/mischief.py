"""What each fault does to the events of a minute; one function a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from detector.demo.events import Event, say, startup
from detector.demo.faults import MINUTE, DemoFault, FaultKind
from detector.demo.load import dice
from detector.demo.model import Namespace, Service, Statement

_SECOND = 1_000_000


def restart_times(fault: DemoFault) -> list[int]:
    """When a crash-looping container starts: the kubelet waits 10, 20, 40, … seconds, here at most 40."""
    times, moment, wait = [], fault.start, 10
    while moment < fault.end:
        times.append(moment)
        moment += (wait + 5) * _SECOND
        wait = min(wait * 2, 40)
    return times


def _touched(events: Iterable[Event], fault: DemoFault) -> dict[int, Event]:
    """By request, its first event at the faulty service while the fault is on."""
    first: dict[int, Event] = {}
    for event in events:
        if event.request >= 0 and event.workload == fault.workload and fault.covers(event.time):
            found = first.get(event.request)
            first[event.request] = event if found is None or event.time < found.time else found
    return first


def _aside(event: Event, service: Service, statement: Statement, after_us: int, rng: Random) -> Event:
    return say(event.time + after_us, service, event.replica, statement, rng, {}, event.request)


def _cut_short(
    events: list[Event],
    fault: DemoFault,
    service: Service,
    rng: Random,
    statement: Statement,
    chance: float,
    after: int,
) -> list[Event]:
    """Requests get no further than the faulty service, which logs `statement` instead."""
    hit = {number: event for number, event in _touched(events, fault).items() if rng.random() < chance}
    kept = [event for event in events if event.request not in hit or event.time <= hit[event.request].time]
    return kept + [_aside(event, service, statement, after, rng) for event in hit.values()]


def _refused(events: list[Event], fault: DemoFault, service: Service, rng: Random) -> list[Event]:
    return _cut_short(events, fault, service, rng, service.trouble.refused, 0.85, 3_000)


def _timeouts(events: list[Event], fault: DemoFault, service: Service, rng: Random) -> list[Event]:
    return _cut_short(events, fault, service, rng, service.trouble.timeout, 0.5, 5 * _SECOND)


def _without(events: list[Event], fault: DemoFault) -> list[Event]:
    return [event for event in events if event.workload != fault.workload or not fault.covers(event.time)]


def _silence(events: list[Event], fault: DemoFault, service: Service, rng: Random) -> list[Event]:
    return _without(events, fault)


def _loss(events: list[Event], fault: DemoFault, service: Service, rng: Random) -> list[Event]:
    lost = _without(events, fault)
    dropped = [event for event in events if event.workload == fault.workload and fault.covers(event.time)]
    return lost + [event for event in dropped if rng.random() >= 0.6]


def _retry_storm(events: list[Event], fault: DemoFault, service: Service, rng: Random) -> list[Event]:
    again = [
        _aside(event, service, service.trouble.retry, attempt * 200_000, rng)
        for event in _touched(events, fault).values()
        for attempt in range(1, rng.randint(3, 8))
    ]
    return events + again


def _errors(events: list[Event], fault: DemoFault, service: Service, rng: Random) -> list[Event]:
    hit = [event for event in _touched(events, fault).values() if rng.random() < 0.35]
    return events + [_aside(event, service, service.trouble.error, 5_000, rng) for event in hit]


_ALTER: dict[FaultKind, Callable[[list[Event], DemoFault, Service, Random], list[Event]]] = {
    FaultKind.REFUSED: _refused,
    FaultKind.TIMEOUTS: _timeouts,
    FaultKind.SILENCE: _silence,
    FaultKind.LOSS: _loss,
    FaultKind.RETRY_STORM: _retry_storm,
    FaultKind.ERRORS: _errors,
}


def _crash_loop(
    seed: int, space: Namespace, service: Service, fault: DemoFault, minute: int, versions: dict[tuple[str, int], str]
) -> list[Event]:
    """Start-up texts and a panic at each restart that falls into the minute; after the fault, a start that lasts."""
    events: list[Event] = []
    moments = [*restart_times(fault), fault.end]
    for restarts, moment in enumerate(moments, start=1):
        if not minute <= moment < minute + MINUTE:
            continue
        for replica in range(service.replicas):
            version = versions[service.workload, replica]
            begun = startup(seed, space, service, moment, replica, version, restarts)
            events += begun
            if moment < fault.end:
                rng = dice(seed, "panic", space.name, service.workload, moment, replica)
                last = begun[-1].time if begun else moment
                panic = service.trouble.panic
                events.append(say(last + 150_000, service, replica, panic, rng, {}, restarts=restarts))
    return events


def spoil(
    seed: int,
    space: Namespace,
    minute: int,
    events: list[Event],
    faults: Iterable[DemoFault],
    versions: dict[tuple[str, int], str],
) -> list[Event]:
    """The events of the minute as the faults of this namespace leave them, in no order.

    Events outside a fault's time or workload stay byte for byte as they were.
    """
    for fault in faults:
        if fault.namespace != space.name or fault.start >= minute + 2 * MINUTE or fault.end < minute:
            continue
        service = space.service(fault.workload)
        rng = dice(seed, "fault", fault.kind, fault.workload, fault.start, minute)
        if fault.kind is FaultKind.CRASH_LOOP:
            again = _crash_loop(seed, space, service, fault, minute, versions)
            events = _without(events, fault) + again
        else:
            events = _ALTER[fault.kind](events, fault, service, rng)
    return events


def restarts_before(faults: Iterable[DemoFault], namespace: str, workload: str, time: int) -> int:
    """How often the container was started again by crash loops that are over at `time`."""
    return sum(
        len(restart_times(fault)) + 1
        for fault in faults
        if fault.kind is FaultKind.CRASH_LOOP
        and (fault.namespace, fault.workload) == (namespace, workload)
        and fault.end <= time
    )
