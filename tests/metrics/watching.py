"""A watch over a real Prometheus that holds seven hours, with a spike in them, and the clock that the test turns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detector.beside import Beside
from detector.findings import Incident, Source
from detector.metrics.watch import Watch, Watched
from detector.store.port import Store
from ingest.prometheus.series import SECOND
from ingest.prometheus.settings import PrometheusConnection, Query
from tests.ingest.prometheus.history import gauges
from tests.servers.prometheus import Prometheus

START = 1_767_225_600
"""2026-01-01 00:00 UTC."""
HOUR, MINUTE = 240, 4
"""Steps of 15 s."""
SPIKE = (5 * HOUR, 5 * HOUR + 10 * MINUTE)
"""Of latency in shop."""
QUERIES = (
    Query("latency", "latency", "latency, 95th percentile", unit="ms", scale=1_000.0, least=20.0),
    Query("requests", "requests", "requests a minute", direction="both", least=10.0, zero=True),
)
WATCHED = Watched(
    queries=QUERIES,
    step=15 * SECOND,
    delay=0,
    history=4 * 3_600 * SECOND,
    learn=3_600 * SECOND,
    gap=300 * SECOND,
    window=60 * SECOND,
    budget=1.0,
    seed=1,
)


def time_of(step: int) -> int:
    return (START + step * 15) * SECOND


def history() -> str:
    """Seven hours of two namespaces."""
    rng = np.random.default_rng(7)
    steps = 7 * HOUR
    latency = {name: 0.2 * np.exp(0.05 * rng.standard_normal(steps)) for name in ("bank", "shop")}
    requests = {name: rng.poisson(500, steps).astype(float) for name in ("bank", "shop")}
    latency["shop"][slice(*SPIKE)] *= 5
    numbers = {"latency": latency, "requests": requests}
    return gauges(
        START,
        15,
        {name: [({"namespace": space}, values) for space, values in of.items()] for name, of in numbers.items()},
    )


def in_logs(name: str, begin: int, end: int) -> Incident:
    return Incident(name, "shop", time_of(begin), time_of(end), 60.0, (), 3, True, "shop: timeouts")


class Watching:
    """A watch, its store, and the clock."""

    def __init__(self, server: Prometheus, store: Store, **other: object) -> None:
        self.server, self.store, self.now = server, store, 0
        self._watched = replace(WATCHED, **other)  # type: ignore[arg-type]
        self.restart()

    def restart(self) -> None:
        """As another process."""
        connection = PrometheusConnection(self.server.url, patience=0.0)
        self.watch = Watch(self._watched, connection, clock=lambda: time_of(self.now))
        self.beside = Beside(self.watch, ours=lambda: True, monotonic=lambda: self.now * 15.0)

    def until(self, step: int, every: int = MINUTE) -> None:
        """Turn after turn up to this step."""
        while self.now < step:
            self.now = min(self.now + every, step)
            self.beside.turn(self.store)

    def incidents(self) -> list[Incident]:
        return self.store.incidents(source=Source.METRICS).items
