"""A service that looks at a real Prometheus beside its logs: what spikes in both at once is told as one incident."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from detector.findings import Incident, Source
from detector.store.sqlite import open_reader
from tests.ingest.prometheus.history import gauges
from tests.servers.prometheus import Prometheus
from tests.service.serving import ServiceProcess, lines
from tests.service.test_outputs import write_until
from tests.service.test_trouble import status, until
from tests.service.writer import Container

QUERIES = {
    "latency": {"query": "max by (namespace) (latency)", "what": "latency", "unit": "ms", "scale": 1000.0, "least": 20}
}


class Exporter:
    """Serves the latency of two namespaces, that of shop as slow as it is told to be."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._rng, self.slower = np.random.default_rng(1), 1.0
        latency = Gauge("latency", "seconds", ["namespace"], registry=registry)
        latency.labels("shop").set_function(lambda: self.slower * self._now())
        latency.labels("bank").set_function(self._now)
        self._server, self._thread = start_http_server(0, "127.0.0.1", registry)
        self.address = f"127.0.0.1:{self._server.server_port}"

    def _now(self) -> float:
        return 0.2 * float(np.exp(0.05 * self._rng.standard_normal()))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    made = Exporter()
    yield made
    made.close()


def history() -> str:
    """An hour of what the exporter tells, up to now."""
    rng, steps = np.random.default_rng(2), 240
    begin = int(time.time()) - steps * 15
    values = {name: 0.2 * np.exp(0.05 * rng.standard_normal(steps)) for name in ("bank", "shop")}
    return gauges(begin, 15, {"latency": [({"namespace": name}, of) for name, of in values.items()]})


def in_metrics(store: Path) -> list[Incident]:
    with closing(open_reader(store)) as reader:
        return reader.incidents(source=Source.METRICS).items


def answer(address: str, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}api/v1/{path}", timeout=10) as body:
        found: dict[str, Any] = json.load(body)
    return found


def in_lists(address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer(address, "incidents")["items"]
    return found


@pytest.mark.long
@pytest.mark.timeout(240)
def test_what_spikes_in_metrics_is_told_within_seconds_and_with_the_logs_as_one(
    prometheus: Callable[..., Prometheus], exporter: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = prometheus([exporter.address], history=history())
    for name, value in {"URL": server.url, "STEP": "1s", "DELAY": "1s", "HISTORY": "50m"}.items():
        monkeypatch.setenv(f"DRAINWATCH_PROMETHEUS__{name}", value)
    wrong = {"wrong": {"query": "sum by namespace (latency)"}}
    monkeypatch.setenv("DRAINWATCH_PROMETHEUS__QUERIES", json.dumps(QUERIES | wrong))
    container = Container(tmp_path, "shop", "web-7d9c5b6f4-x2x9p", "web")
    service = ServiceProcess(tmp_path / "store.sqlite", [tmp_path / "containers"])
    container.write("INFO begun")
    service.start()
    try:
        service.wait_until(1)
        until(
            lambda: any("wrong failed. Prometheus can't read it" in one for one in status(service.address)["notices"])
        )

        exporter.slower = 6.0
        until(lambda: bool(in_metrics(service.store)), 20)
        alone = in_metrics(service.store)[0]
        assert (alone.namespace, alone.part_of, alone.open) == ("shop", "", True)
        assert alone.reasons[0].template == "latency (ms)"
        assert [one["source"] for one in in_lists(service.address)] == ["metrics"]
        exporter.slower = 1.0
        until(lambda: not any(one.open for one in in_metrics(service.store)), 40)

        write_until(container, lambda: lines(service.store)["shop"] > 500)  # it has learned the logs
        exporter.slower = 6.0
        write_until(container, lambda: any(one.part_of for one in in_metrics(service.store)), faults=True)
        part = next(one for one in in_metrics(service.store) if one.part_of)
        whole = answer(service.address, f"incidents/{part.part_of}")
        assert (whole["source"], [one["id"] for one in whole["parts"]]) == ("logs", [part.id])
        assert part.id not in [one["id"] for one in in_lists(service.address)]
    finally:
        container.close()
        assert service.stop() == 0
    assert "Traceback" not in service.said.read_text()
