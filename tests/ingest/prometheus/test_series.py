"""Series as a real Prometheus gives them, and what it says of queries that are none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from ingest.errors import ServerError
from ingest.prometheus.client import Prometheus
from ingest.prometheus.series import SECOND, Series, read
from ingest.prometheus.settings import PrometheusConnection, Query
from tests.conftest import begin
from tests.ingest.prometheus.history import gauges
from tests.servers.prometheus import Prometheus as Server

START = 1_767_225_600
"""2026-01-01 00:00 UTC."""
HOUR = 240
"""Samples, one every 15 s."""
NOTHING = float("nan")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    ramp = np.arange(HOUR, dtype=np.float64)
    gap = ramp.copy()
    gap[60:180] = NOTHING
    numbers = {
        "load": [({"namespace": "shop"}, ramp), ({"namespace": "bank"}, gap), ({}, ramp)],
        "failed": [({"ns": "shop"}, np.where(ramp < 120, NOTHING, 3.0))],
        "pod_load": [({"namespace": "shop", "pod": pod}, ramp) for pod in ("a", "b")],
    }
    started = Server(history=gauges(START, 15, numbers))
    begin(started)
    yield started
    started.close()


@pytest.fixture
def client(server: Server) -> Iterator[Prometheus]:
    with Prometheus(PrometheusConnection(server.url, patience=0.0)) as asked:
        yield asked


def block(client: Prometheus, *queries: Query, begin: int = 0, steps: int = HOUR, most: int = 1_000) -> Series:
    first = (START + begin) * SECOND
    return read(client, queries, first, first + (steps - 1) * 15 * SECOND, 15 * SECOND, most)


LOAD = Query("load", "load", "load")


def test_each_namespace_has_its_numbers_at_each_step(client: Prometheus) -> None:
    found = block(client, LOAD, Query("double", "load", "double", scale=2.0))
    assert found.namespaces == ("bank", "shop")
    assert found.time[0] == START * SECOND
    assert found.time[-1] == (START + 239 * 15) * SECOND
    assert found.values[1, 0].tolist() == list(range(HOUR))
    assert found.values[1, 1].tolist() == [2.0 * n for n in range(HOUR)]
    assert not found.problems


def test_a_gap_is_known_as_one_once_prometheus_takes_a_sample_for_stale(client: Prometheus) -> None:
    known = np.isfinite(block(client, LOAD).values[0, 0])
    stale = 300 // 15  # an instant vector looks back for five minutes
    assert known[: 60 + stale - 1].all()
    assert not known[60 + stale : 180].any()
    assert known[180:].all()


def test_what_is_divided_by_nothing_or_without_end_is_not_known(client: Prometheus) -> None:
    found = block(client, Query("none", "load / 0", "none"), LOAD)
    assert np.isnan(found.values[:, 0]).all()


def test_who_has_no_series_where_nothing_was_counted_has_nought_if_so_said(client: Prometheus) -> None:
    found = block(client, LOAD, Query("failed", "failed", "failed", label="ns", zero=True))
    assert found.values[0, 1].tolist() == [0.0] * HOUR
    assert found.values[1, 1].tolist() == [0.0] * 120 + [3.0] * 120


def test_nobody_has_nought_while_prometheus_itself_knows_nothing(client: Prometheus) -> None:
    found = block(client, LOAD, Query("failed", "failed", "failed", label="ns", zero=True), begin=-900, steps=80)
    assert np.isnan(found.values[:, :, :60]).all()
    assert (found.values[1, 1, 60:] == 0.0).all()


def test_a_long_time_is_asked_for_in_parts(client: Prometheus) -> None:
    first = START * SECOND
    found = read(client, [LOAD], first - 12_000 * SECOND, first + 3_585 * SECOND, SECOND)
    assert found.values.shape == (2, 1, 15_586)
    assert found.values[1, 0, 12_000] == 0.0
    assert found.values[1, 0, -1] == 239.0
    assert not found.problems


def test_a_query_that_is_none_is_told_in_prometheus_own_words_and_the_others_go_on(client: Prometheus) -> None:
    found = block(client, Query("wrong", "sum by namespace (load)", "wrong"), LOAD)
    (problem,) = found.problems
    assert problem.startswith("The query wrong failed. Prometheus can't read it: ")
    assert "parse error" in problem
    assert np.isfinite(found.values[1, 1]).all()


def test_several_series_of_a_namespace_are_not_guessed_at(client: Prometheus) -> None:
    found = block(client, Query("pods", "pod_load", "pods"))
    assert found.problems == (
        "The query pods gives several series of shop, and one is wanted: "
        "let it sum by (namespace) or take the max by (namespace).",
    )
    assert found.namespaces == ()


def test_a_label_that_is_not_there_is_told(client: Prometheus) -> None:
    (problem,) = block(client, Query("load", "load", "load", label="ns")).problems
    assert problem == "The query load gives series without the label ns; sum by it, or set label."


def test_what_is_not_measured_is_no_problem_but_known(client: Prometheus) -> None:
    found = block(client, Query("mesh", "sum by (namespace) (istio_requests_total)", "mesh"), LOAD)
    assert found.silent == ("mesh",)
    assert not found.problems


def test_too_many_namespaces_are_left_out_and_that_is_said(client: Prometheus) -> None:
    found = block(client, LOAD, most=1)
    assert found.namespaces == ("bank",)
    assert found.problems == (
        "Prometheus has metrics of 2 namespaces; 1 of them are left out, those after bank. "
        "Let prometheus.queries choose.",
    )


def test_a_server_that_is_away_is_told() -> None:
    with (
        Prometheus(PrometheusConnection("http://127.0.0.1:9", patience=0.3)) as client,
        pytest.raises(ServerError, match=r"Prometheus at http://127\.0\.0\.1:9 can't be reached: .*refused"),
    ):
        block(client, LOAD, LOAD)


def test_one_that_hangs_is_told_of_the_query(server: Server) -> None:
    server.pause()
    try:
        with Prometheus(PrometheusConnection(server.url, timeout=0.2, patience=5.0)) as client:
            found = block(client, LOAD)
    finally:
        server.resume()
    assert found.problems == (
        f"The query load failed. Prometheus at {server.url} doesn't answer within 0.2 s. "
        "Look whether it is well, or raise prometheus.timeout.",
    )


def test_what_is_not_prometheus_is_told(server: Server) -> None:
    with (
        Prometheus(PrometheusConnection(f"{server.url}/graph", patience=0.0)) as client,
        pytest.raises(ServerError, match=r"is not Prometheus \(status 404\)\. Set prometheus\.url"),
    ):
        client.instant("1", START)


def test_a_certificate_file_that_is_none_is_told() -> None:
    with pytest.raises(ServerError, match=r"nowhere/ca\.pem can't be read: No such file or directory\."):
        Prometheus(PrometheusConnection("https://prometheus", ca_file="/nowhere/ca.pem"))


def test_what_is_too_long_for_one_answer_is_asked_for_in_parts(server: Server) -> None:
    with Prometheus(PrometheusConnection(server.url, patience=0.0), most=3_000) as client:
        found = block(client, LOAD)
    assert found.values[1, 0].tolist() == list(range(HOUR))
    assert not found.problems


def test_what_is_too_long_for_one_step_is_refused(server: Server) -> None:
    with Prometheus(PrometheusConnection(server.url, patience=0.0), most=50) as client:
        (problem,) = block(client, LOAD).problems
    assert problem == (
        "The query load failed. Prometheus answers with more than 5e-05 MB. "
        "Let it give one series a namespace: sum by (namespace) (…)."
    )
