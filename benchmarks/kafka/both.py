"""Both benchmarks on a broker that Maven downloads and Java runs, as the tests do."""

from __future__ import annotations

from benchmarks.kafka import backlog, steady
from benchmarks.kafka.workers import broker_running
from benchmarks.table import Measure
from tests.servers.missing import MissingError


def measures(short: bool) -> list[Measure]:
    """A row that says what to install, where something is missing."""
    try:
        with broker_running() as broker:
            lines, runs, rate, seconds = (20_000, 1, 1_000.0, 15.0) if short else (400_000, 3, 10_000.0, 60.0)
            return [*backlog.measure(broker, lines, runs), *steady.measure(broker, rate, seconds)]
    except MissingError as missing:
        return [Measure("Kafka", None, (), note=str(missing))]
