"""What takes how long is told to Prometheus, by its conventions, and in a bounded number of series."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from detector.alerts.delivery import ChannelCount
from detector.api.live import LiveStatus, PartitionStatus
from detector.api.metrics.measured import Measured
from detector.findings import Cause
from detector.meter import Step
from detector.outputs.outbox import Figures
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.servers.prometheus import promtool
from tests.store.shop import minute, status


class Stopped:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def samples(measured: Measured) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in measured.collect()
        for sample in family.samples
    }


def values(text: str, name: str) -> dict[tuple[str, ...], float]:
    """Of all samples of this name, by the values of their labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def test_a_step_is_measured_from_its_beginning_to_its_end() -> None:
    measured = Measured(clock := Stopped())
    with measured.step(Step.COMMIT):
        clock.now += 0.3
    found = samples(measured)
    assert found["drainwatch_step_duration_seconds_sum", ("commit",)] == pytest.approx(0.3)
    assert found["drainwatch_step_duration_seconds_bucket", ("commit", "0.1")] == 0
    assert found["drainwatch_step_duration_seconds_bucket", ("commit", "0.5")] == 1


def test_what_failed_took_its_time_and_what_had_nothing_to_do_took_none() -> None:
    measured = Measured(clock := Stopped())

    def fail() -> None:
        with measured.step(Step.COMMIT):
            clock.now += 7
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    with measured.step(Step.READ) as lap:
        clock.now += 7
        lap.counts = False
    found = samples(measured)
    assert found["drainwatch_step_duration_seconds_sum", ("commit",)] == pytest.approx(7)
    assert found["drainwatch_step_duration_seconds_count", ("read",)] == 0


def test_what_never_happened_is_nought_and_not_missing() -> None:
    found = samples(Measured())
    assert [found["drainwatch_step_duration_seconds_count", (step.value,)] for step in Step] == [0] * len(Step)
    assert [found["drainwatch_models_trained_total", (cause.value,)] for cause in Cause] == [0] * len(Cause)
    assert found["drainwatch_windows_scored_total", ()] == 0


def test_requests_are_counted_by_route_and_class_of_status(api: TestClient) -> None:
    for path in ("/api/v1/namespaces/shop", "/api/v1/namespaces/bank", "/api/v1/namespaces/none", "/made/up", "/%00"):
        api.get(path)
    api.get("/api/v1/status", headers={"host": "evil.example.org"})
    counted = values(api.get("/metrics").text, "drainwatch_http_request_duration_seconds_count")
    assert counted == {
        ("/api/v1/namespaces/{namespace:path}", "2xx"): 2,
        ("/api/v1/namespaces/{namespace:path}", "4xx"): 1,
        ("(none)", "4xx"): 3,
    }
    assert values(api.get("/metrics").text, "drainwatch_http_request_duration_seconds_count")["/metrics", "2xx"] == 1


def test_an_answer_that_fails_is_of_the_fifth_class(api: TestClient, store: SqliteStore, live: LiveStatus) -> None:
    store.close()
    assert api.get("/api/v1/incidents").status_code == 503
    found = samples(live.measured)
    assert found["drainwatch_http_request_duration_seconds_count", ("/api/v1/incidents", "5xx")] == 1


def test_promtool_has_no_complaint(api: TestClient, live: LiveStatus, tmp_path: Path) -> None:
    live.partitions = (PartitionStatus("logs/0", 5, 7, minute(9)),)
    live.outputs = lambda: [Figures("kafka", waiting=3, sent=5, failed=1, given_up=2)]
    live.channels = lambda: {"ops": ChannelCount("slack", sent=5, failed=1, refused=1, last_success=minute(9))}
    api.get("/api/v1/status")
    text = api.get("/metrics").text
    assert promtool("check", "metrics", folder=tmp_path, given=text) == ""


@pytest.fixture
def crowded(empty: TestClient, store: SqliteStore, live: LiveStatus) -> str:
    """The metrics of a cluster with countless namespaces and partitions."""
    live.partitions = tuple(PartitionStatus(f"logs/{number}", 5, 7, minute(9)) for number in range(2_000))
    store.commit(PassResult(minute(10), statuses=[status(f"n{number:04}", score=1.0) for number in range(2_000)]))
    for number in range(300):
        empty.get(f"/api/v1/namespaces/n{number:04}")
        empty.get(f"/{number}")
    return empty.get("/metrics").text


def test_the_number_of_series_is_bounded(crowded: str) -> None:
    series = [line for line in crowded.splitlines() if not line.startswith("#")]
    assert len(series) < 3_000
    assert {one: len(values(crowded, one)) for one in ("drainwatch_anomaly_score", "drainwatch_partition_lag")} == {
        "drainwatch_anomaly_score": 501,
        "drainwatch_partition_lag": 501,
    }
