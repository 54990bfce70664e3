"""A minute of a namespace on a good day: its requests, its routines, its roll-outs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from detector.demo.faults import MINUTE
from detector.demo.load import DAY, HOUR, dice, load, rollout
from detector.demo.model import Journey, Namespace, Routine, Service, Statement
from detector.demo.slots import fill

SECOND = 1_000_000
_MISHAPS = 0.3
"""How often a minute a service that runs all the time logs an error, a retry or a time-out on a good day."""


@dataclass(frozen=True, slots=True)
class Event:
    """One record, before it is put into the form of its service."""

    time: int
    """Microseconds UTC."""
    workload: str
    replica: int
    statement: Statement
    logger: str
    text: str
    """Slots filled; lines of the stack trace follow after newlines."""
    request: int = -1
    """Number of the request within the minute; -1 for what no request caused."""
    job: int = 0
    """For a cron job, its scheduled minute."""
    restarts: int = 0


def say(
    time: int,
    service: Service,
    replica: int,
    statement: Statement,
    rng: Random,
    about: dict[str, str],
    request: int = -1,
    job: int = 0,
    restarts: int = 0,
) -> Event:
    """The event of that statement, its slots filled from `about` and `rng`."""
    text = "\n".join(fill(line, rng, about) for line in (statement.text, *statement.trace))
    logger = fill(statement.logger, rng, about) if "{" in statement.logger else statement.logger
    return Event(time, service.workload, replica, statement, logger, text, request, job, restarts)


def poisson(rng: Random, mean: float) -> int:
    """A Poisson number; by the normal distribution where the mean is above 30, which is close enough."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, number, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        number += 1
        product *= rng.random()
    return number


def startup(
    seed: int, space: Namespace, service: Service, time: int, replica: int, version: str, restarts: int = 0
) -> list[Event]:
    """What a container logs when it starts at `time`."""
    rng = dice(seed, "start", space.name, service.workload, time, replica)
    about = {"version": version}
    moments = [time + (n * 700 + rng.randrange(400)) * 1_000 for n in range(len(service.startup))]
    return [
        say(moment, service, replica, statement, rng, about, restarts=restarts)
        for moment, statement in zip(moments, service.startup, strict=True)
    ]


def _request(space: Namespace, journey: Journey, minute: int, number: int, rng: Random) -> list[Event]:
    begins, about, events = minute + int(rng.random() * MINUTE), dict[str, str](), []
    replicas: dict[str, int] = {}
    for step in journey.steps:
        if step.chance < 1 and rng.random() >= step.chance:
            continue
        service = space.service(step.workload)
        replica = replicas.setdefault(step.workload, int(rng.random() * service.replicas))
        time = begins + int(step.after_ms * 1_000 * rng.uniform(0.7, 1.5))
        events.append(say(time, service, replica, step.statement, rng, about, number))
    return events


def _routine(seed: int, space: Namespace, routine: Routine, number: int, minute: int) -> list[Event]:
    service, every, events = space.service(routine.workload), routine.every_s * SECOND, list[Event]()
    for replica in range(service.replicas):
        # Each replica has its own second, so that they don't all speak at once.
        offset = dice(seed, space.name, number, replica).randrange(min(every, MINUTE))
        due = minute + (offset - minute) % every
        while due < minute + MINUTE:
            rng = dice(seed, "routine", space.name, number, replica, due)
            night = HOUR * 5 // 2 <= due % DAY < HOUR * 5 // 2 + every
            job = due // MINUTE * MINUTE if service.kind == "cronjob" else 0
            moment = due
            first, *middle, last = routine.statements if len(routine.statements) > 2 else (*routine.statements, None)
            for statement in (first, *middle * (routine.nightly if night else 1), last):
                if statement is not None:
                    events.append(say(moment, service, replica, statement, rng, {}, job=job))
                    moment += rng.randrange(100_000, 900_000)
            due += every
    return events


def _mishaps(space: Namespace, minute: int, rng: Random) -> list[Event]:
    events = list[Event]()
    for service in space.services:
        trouble = service.trouble
        for _ in range(poisson(rng, _MISHAPS) if service.kind != "cronjob" else 0):
            mishap = rng.choice((trouble.error, trouble.retry, trouble.timeout))
            time = minute + int(rng.random() * MINUTE)
            events.append(say(time, service, rng.randrange(service.replicas), mishap, rng, {}))
    return events


def _rollouts(seed: int, space: Namespace, minute: int, version_of: dict[tuple[str, int], str]) -> list[Event]:
    return [
        event
        for service in space.services
        if service.kind == "deployment" and rollout(seed, space, service.workload, minute) == minute
        for replica in range(service.replicas)
        for event in startup(seed, space, service, minute, replica, version_of[service.workload, replica])
    ]


def good_minute(seed: int, space: Namespace, minute: int, version_of: dict[tuple[str, int], str]) -> list[Event]:
    """All events of requests, routines, mishaps and roll-outs that begin in the minute; a few end in the next.

    `version_of` names the image tag by workload and replica.
    """
    rng = dice(seed, "minute", space.name, minute)
    busy = load(seed, space, minute)
    events, number = _rollouts(seed, space, minute, version_of), 0
    for journey in space.journeys:
        for _ in range(poisson(rng, journey.rate * busy)):
            events += _request(space, journey, minute, number, rng)
            number += 1
    for place, routine in enumerate(space.routines):
        events += _routine(seed, space, routine, place, minute)
    return events + _mishaps(space, minute, rng)
