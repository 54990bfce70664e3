"""What the doctor says of a real Prometheus and the queries to it."""

from __future__ import annotations

from collections.abc import Callable

from detector.doctor.check import State
from detector.doctor.prometheus import judge
from detector.doctor.prometheus_look import look
from detector.settings import Settings
from ingest.prometheus.series import SECOND
from tests.ingest.prometheus.history import gauges
from tests.servers.prometheus import Prometheus

START = 1_767_225_600
QUERIES = {
    "load": {"query": "load"},
    "mesh": {"query": "istio_requests_total"},
    "wrong": {"query": "sum by namespace (load)"},
    "nameless": {"query": "load", "label": "ns"},
}


def settings(url: str, **queries: object) -> Settings:
    section = {"url": url, "presets": [], "queries": queries, "delay": "0s"}
    return Settings.model_validate({"prometheus": section})


def checks(told: Settings) -> dict[str, tuple[State, str]]:
    return {one.name: (one.state, one.seen) for one in judge(look(told, lambda: (START + 60) * SECOND))}


def test_each_query_says_what_it_gives(prometheus: Callable[..., Prometheus]) -> None:
    load = [({"namespace": name}, [1.0] * 10) for name in ("bank", "shop")]
    seen = checks(settings(prometheus(history=gauges(START, 15, {"load": load})).url, **QUERIES))
    assert seen["reach Prometheus"][0] is State.OK
    assert seen["query load"] == (State.OK, "2 namespaces: bank, shop")
    assert seen["query mesh"] == (State.SKIPPED, "gives nothing: what it asks for is not measured here")
    assert seen["query wrong"][0] is State.FAILED
    assert "parse error" in seen["query wrong"][1]
    assert seen["query nameless"] == (
        State.FAILED,
        "The query nameless gives series without the label ns; sum by it, or set label.",
    )
    assert "metrics" not in seen


def test_where_nothing_is_measured_that_is_a_warning(prometheus: Callable[..., Prometheus]) -> None:
    seen = checks(settings(prometheus().url, mesh=QUERIES["mesh"]))
    assert seen["metrics"] == (State.WARNING, "no query gives anything, so no metrics are looked at")


def test_one_that_is_away_is_a_failure() -> None:
    (seen,) = judge(look(settings("http://127.0.0.1:9"), lambda: START * SECOND))
    assert (seen.name, seen.state, seen.mend) == ("reach Prometheus", State.FAILED, "Look at prometheus.url.")


def test_without_one_nothing_is_said() -> None:
    assert list(judge(look(Settings(), lambda: 0))) == []
