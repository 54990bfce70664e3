"""How long things take in this process, and how much came of it: measured where they are done, with a clock at hand.

Names follow https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from detector.findings import Cause
from detector.meter import Lap, Step

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, that tells when the process began

_STEPS_IN = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0, 300.0)
"""Seconds: from a look at a few files to learning from a month."""
_ANSWERS_IN = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)


class Measured(Collector):
    """Is a `Meter` (`detector.meter`), and gives what it measured; its methods may be called by any thread.

    `clock` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._registry = CollectorRegistry()
        self._steps = Histogram(
            "drainwatch_step_duration_seconds",
            "What the service does, and how long it took.",
            ["step"],
            buckets=_STEPS_IN,
            registry=self._registry,
        )
        self._scored = Counter("drainwatch_windows_scored", "Windows that got a score.", registry=self._registry)
        self._trained = Counter(
            "drainwatch_models_trained", "Models put to work, and why.", ["cause"], registry=self._registry
        )
        self._answers = Histogram(
            "drainwatch_http_request_duration_seconds",
            "Requests to the API and the page, and how long they took.",
            ["route", "status"],
            buckets=_ANSWERS_IN,
            registry=self._registry,
        )
        for step in Step:  # what there was none of is nought, not missing
            self._steps.labels(step.value)
        for cause in Cause:
            self._trained.labels(cause.value)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    @contextmanager
    def step(self, step: str) -> Iterator[Lap]:
        """Measure a step; one that fails took its time, too."""
        lap, begin = Lap(), self._clock()
        try:
            yield lap
        finally:
            if lap.counts:
                self._steps.labels(str(step)).observe(self._clock() - begin)

    def scored(self, windows: int) -> None:
        """Count windows that were scored."""
        self._scored.inc(windows)

    def trained(self, cause: Cause) -> None:
        """Count a model."""
        self._trained.labels(cause.value).inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Take down a request, by the template of its route and the status of the answer."""
        self._answers.labels(route, f"{status // 100}xx").observe(seconds)

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering it collects nothing."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All that was measured."""
        return self._registry.collect()
