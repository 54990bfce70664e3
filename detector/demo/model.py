"""What a simulated cluster is made of: plain data, written down by hand in `detector.demo.cluster`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LogForm = Literal[
    "logback", "python", "logfmt", "zap", "spring_json", "pino", "access", "envoy", "klog", "postgres", "redis", "shell"
]
"""The dialect that a service logs in; `detector.demo.dialects` speaks them."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One logging call in a service's code."""

    level: str
    """`debug`, `info`, `warning`, `error` or `critical`."""
    logger: str
    """Class, module or `file.go:12`; for access logs, nothing."""
    text: str
    """With slots in braces, such as `{order}`; `detector.demo.slots` fills them."""
    trace: tuple[str, ...] = ()
    """Lines of a stack trace that follow it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a service logs when things go wrong; only `refused` and `panic` are never seen on a good day."""

    refused: Statement
    error: Statement
    retry: Statement
    timeout: Statement
    panic: Statement


@dataclass(frozen=True, slots=True)
class Service:
    """A workload and how it logs."""

    workload: str
    container: str
    image: str
    form: LogForm
    startup: tuple[Statement, ...]
    trouble: Trouble
    kind: Literal["deployment", "statefulset", "cronjob"] = "deployment"
    replicas: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """A line that a request makes in one of the services on its way."""

    workload: str
    statement: Statement
    after_ms: int
    """Milliseconds since the request began, give or take."""
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Journey:
    """A kind of request and the lines that it makes."""

    name: str
    rate: float
    """Requests a minute at a load of 1."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Routine:
    """What a service does by the clock, whatever the load."""

    workload: str
    statements: tuple[Statement, ...]
    every_s: int
    nightly: int = 1
    """How many times over it does its work in the run of 02:30 UTC."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """Services under one load."""

    name: str
    services: tuple[Service, ...]
    journeys: tuple[Journey, ...]
    routines: tuple[Routine, ...]
    runtime: Literal["cri", "docker"] = "cri"
    peak_hour: float = 13.0
    """UTC hour of the daily maximum."""
    night: float = 0.35
    """Load at night as a share of the load at the peak."""
    weekend: float = 0.6
    """Load on Saturdays and Sundays as a share of that on weekdays."""

    def service(self, workload: str) -> Service:
        """The service of that name."""
        return next(service for service in self.services if service.workload == workload)


Cluster = tuple[Namespace, ...]
