"""The queries that come with drainwatch, on a real Prometheus that knows what exporters name so."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from ingest.prometheus.client import Prometheus
from ingest.prometheus.presets import PRESETS
from ingest.prometheus.series import SECOND, read
from ingest.prometheus.settings import PrometheusConnection
from tests.conftest import begin
from tests.ingest.prometheus.history import gauges
from tests.servers.prometheus import Prometheus as Server

START = 1_767_225_600
STEPS = 60
SHOP = {"namespace": "shop"}
MESH = {"destination_workload_namespace": "shop", "reporter": "destination"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    grows = np.arange(STEPS, dtype=np.float64)

    def buckets(labels: dict[str, str], bounds: tuple[str, ...]) -> list[tuple[dict[str, str], object]]:
        return [({**labels, "le": bound}, grows * (place + 1)) for place, bound in enumerate(bounds)]

    pod = {**SHOP, "pod": "web-1", "container": "web"}
    requests = [({**SHOP, "code": code, "pod": pod}, grows) for code in ("200", "503") for pod in ("a", "b")]
    numbers = {
        "kube_pod_container_status_restarts_total": [(pod, grows)],
        "kube_deployment_status_replicas_unavailable": [({**SHOP, "deployment": "web"}, [1.0] * STEPS)],
        "container_cpu_usage_seconds_total": [(pod, 15 * grows), ({**SHOP, "container": ""}, 30 * grows)],
        "container_memory_working_set_bytes": [
            (pod, [2.0**30] * STEPS),
            ({**SHOP, "container": ""}, [2.0**31] * STEPS),
        ],
        "http_requests_total": [*requests, ({**SHOP, "status": "500", "pod": "c"}, grows)],
        "http_request_duration_seconds_bucket": buckets(SHOP, ("0.1", "0.5", "+Inf")),
        "istio_requests_total": [({**MESH, "response_code": code}, grows) for code in ("200", "500")],
        "istio_request_duration_milliseconds_bucket": buckets(MESH, ("100", "500", "+Inf")),
    }
    started = Server(history=gauges(START, 15, numbers))  # type: ignore[arg-type]
    begin(started)
    yield started
    started.close()


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("kubernetes", {"restarts": 20.0, "unavailable": 1.0, "cpu": 1_000.0, "memory": 1_024.0}),
        ("http", {"requests": 20.0, "server_errors": 12.0, "latency": 500.0}),
        ("istio", {"mesh_requests": 8.0, "mesh_errors": 4.0, "mesh_latency": 500.0}),
    ],
)
def test_each_gives_one_number_a_namespace(server: Server, preset: str, expected: dict[str, float]) -> None:
    at = (START + (STEPS - 1) * 15) * SECOND
    with Prometheus(PrometheusConnection(server.url, patience=0.0)) as client:
        found = read(client, PRESETS[preset], at, at, 15 * SECOND)
    assert not found.problems
    assert found.namespaces == ("shop",)
    seen = {query.name: round(float(found.values[0, place, 0]), 6) for place, query in enumerate(found.queries)}
    assert seen == expected
