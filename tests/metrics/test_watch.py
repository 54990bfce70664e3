"""What the watch writes into a store, by the history of a real Prometheus and a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.beside import Beside
from detector.findings import Incident, ReasonKind, Source
from detector.metrics.watch import Watch, Watched
from detector.store.port import PassResult, Store
from detector.store.sqlite import open_store
from ingest.prometheus.series import SECOND
from ingest.prometheus.settings import PrometheusConnection, Query
from tests.conftest import begin
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


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    rng = np.random.default_rng(7)
    steps = 7 * HOUR
    latency = {name: 0.2 * np.exp(0.05 * rng.standard_normal(steps)) for name in ("bank", "shop")}
    requests = {name: rng.poisson(500, steps).astype(float) for name in ("bank", "shop")}
    latency["shop"][slice(*SPIKE)] *= 5
    numbers = {"latency": latency, "requests": requests}
    text = gauges(
        START,
        15,
        {name: [({"namespace": space}, values) for space, values in of.items()] for name, of in numbers.items()},
    )
    running = Prometheus(history=text)
    begin(running)
    yield running
    running.close()


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


@pytest.fixture
def watching(server: Prometheus, tmp_path: Path) -> Iterator[Callable[..., Watching]]:
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        made: list[Watching] = []

        def start(at: int, **other: object) -> Watching:
            made.append(Watching(server, store, **other))
            made[-1].now = at
            made[-1].beside.turn(store)
            return made[-1]

        yield start
        for one in made:
            one.watch.let_go()


def test_a_spike_is_an_incident_that_says_what_how_much_and_how_much_was_expected(
    watching: Callable[..., Watching],
) -> None:
    run = watching(SPIKE[0] - MINUTE)
    assert run.incidents() == []
    run.until(SPIKE[0] + 2 * MINUTE)
    (incident,) = run.incidents()
    assert (incident.namespace, incident.open, incident.source) == ("shop", True, Source.METRICS)
    assert time_of(SPIKE[0]) <= incident.start <= time_of(SPIKE[0] + MINUTE)
    (reason,) = incident.reasons
    assert (reason.template, reason.kind) == ("latency, 95th percentile (ms)", ReasonKind.MORE)
    assert 800 < reason.observed < 1_300
    assert 150 < reason.expected_low < 200 < reason.expected_high < 250
    assert incident.summary.startswith(f"shop: latency, 95th percentile (ms): {reason.observed}, 1")
    assert incident.summary.endswith("expected, since 2026-01-01 05:00 UTC")


def test_it_ends_once_nothing_stood_out_for_long_enough(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[0] - MINUTE)
    run.until(SPIKE[1] + 6 * MINUTE)
    (incident,) = run.incidents()
    assert not incident.open
    assert time_of(SPIKE[1] - MINUTE) <= incident.end <= time_of(SPIKE[1] + MINUTE)
    assert incident.anomalies == 10


def test_a_restart_amid_an_incident_neither_forgets_nor_repeats_it(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[0] - MINUTE)
    run.until(SPIKE[0] + 4 * MINUTE)
    (before,) = run.incidents()
    run.watch.let_go()
    run.restart()
    run.now = SPIKE[0] + 8 * MINUTE
    run.until(SPIKE[1] + 6 * MINUTE)
    (after,) = run.incidents()
    assert (after.id, after.start, after.open) == (before.id, before.start, False)
    assert after.end > before.end


def test_what_was_missed_while_nobody_looked_is_told_afterwards(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[0] - MINUTE)
    run.watch.let_go()
    run.restart()
    run.now = SPIKE[1] + 20 * MINUTE
    run.beside.turn(run.store)
    (incident,) = run.incidents()
    assert time_of(SPIKE[0]) <= incident.start <= time_of(SPIKE[0] + MINUTE)
    assert not incident.open


def test_a_first_start_tells_nothing_of_what_was_before(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[1] + 2 * MINUTE)
    run.until(SPIKE[1] + 20 * MINUTE)
    assert run.incidents() == []


def test_a_namespace_with_little_history_is_not_judged(watching: Callable[..., Watching]) -> None:
    run = watching(HOUR // 2)
    assert run.watch.scores_now() == {}
    run.until(HOUR + 2 * MINUTE)
    assert set(run.watch.scores_now()) == {"bank", "shop"}


def in_logs(name: str, begin: int, end: int) -> Incident:
    return Incident(name, "shop", time_of(begin), time_of(end), 60.0, (), 3, True, "shop: timeouts")


def test_with_an_incident_in_the_logs_of_that_time_it_is_one(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[0] - MINUTE)
    run.until(SPIKE[0] + 2 * MINUTE)
    told = in_logs("aa", SPIKE[0] - MINUTE, SPIKE[0] + 3 * MINUTE)
    run.store.commit(PassResult(closed_until=told.end, incidents=[told]))
    run.until(SPIKE[0] + 3 * MINUTE)
    assert [one.part_of for one in run.incidents()] == ["aa"]
    assert [one.id for one in run.store.incidents().items] == ["aa"]
    (part,) = run.store.parts_of("aa")
    assert part.source is Source.METRICS


def test_it_stands_alone_again_where_that_is_taken_back(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[0] - MINUTE)
    told = in_logs("aa", SPIKE[0], SPIKE[0] + 3 * MINUTE)
    run.store.commit(PassResult(closed_until=told.end, incidents=[told]))
    run.until(SPIKE[0] + 3 * MINUTE)
    assert [one.part_of for one in run.incidents()] == ["aa"]
    run.store.commit(PassResult(closed_until=told.end, retracted=["aa"]))
    run.until(SPIKE[0] + 4 * MINUTE)
    assert [one.part_of for one in run.incidents()] == [""]


def test_one_that_ended_long_before_is_another_one(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[0] - MINUTE)
    told = in_logs("aa", SPIKE[0] - 30 * MINUTE, SPIKE[0] - 10 * MINUTE)
    run.store.commit(PassResult(closed_until=told.end, incidents=[told]))
    run.until(SPIKE[0] + 3 * MINUTE)
    assert [one.part_of for one in run.incidents()] == [""]


def test_a_wrong_query_is_said_and_the_others_are_looked_at(watching: Callable[..., Watching]) -> None:
    wrong = Query("wrong", "sum by namespace (latency)", "wrong")
    run = watching(SPIKE[0] - MINUTE, queries=(*QUERIES, wrong))
    (notice,) = run.watch.notices
    assert notice.startswith("The query wrong failed. Prometheus can't read it: ")
    run.until(SPIKE[0] + 2 * MINUTE)
    assert len(run.incidents()) == 1


def test_where_nothing_is_measured_that_is_said(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[0], queries=(Query("mesh", "istio_requests_total", "mesh"),))
    assert run.watch.notices == ("Prometheus knows nothing of what is asked for. drainwatch doctor shows each query.",)


def test_a_prometheus_that_is_away_is_said_and_caught_up_with(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[0] - MINUTE)
    run.server.kill()
    run.until(SPIKE[0] + 3 * MINUTE)
    (notice,) = run.beside.notices
    assert notice.startswith("metrics: Prometheus at http://127.0.0.1:")
    run.server.start()
    run.server.wait()
    run.until(SPIKE[0] + 4 * MINUTE)
    assert run.beside.notices == ()
    (incident,) = run.incidents()
    assert time_of(SPIKE[0]) <= incident.start <= time_of(SPIKE[0] + MINUTE)
