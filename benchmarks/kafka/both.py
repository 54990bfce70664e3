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
            rate, seconds = (1_000.0, 20.0) if short else (10_000.0, 60.0)
            rows = steady.measure(broker, rate, seconds)
            for engine, lines in backlog.LINES.items():
                rows += backlog.measure(broker, engine, 20_000 if short else lines, 1 if short else 3)
            return rows
    except MissingError as missing:
        return [Measure("Kafka", None, (), note=str(missing))]
