"""What the watch writes into a store, by the history of a real Prometheus and a clock that the test turns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from detector.errors import ServerError
from detector.findings import ReasonKind, Source
from detector.outputs.messages import messages_of
from detector.outputs.outbox import Outbox
from detector.store.port import PassResult, Told
from detector.store.sqlite import open_store
from ingest.prometheus.settings import Query
from tests.metrics.watching import HOUR, MINUTE, QUERIES, SPIKE, Watching, in_logs, time_of
from tests.servers.prometheus import Prometheus


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


class Kept:
    """An output that keeps what it sends, where it is not away."""

    name = "kept"

    def __init__(self) -> None:
        self.away, self.sent = False, list[dict[str, Any]]()

    def messages(self, result: PassResult) -> list[Told]:
        return [Told(self.name, one.message_id, "", b"", value, ()) for one, value in messages_of(result)]

    def send(self, told: Sequence[Told]) -> None:
        if self.away:
            raise ServerError("It is away.")
        self.sent += [json.loads(one.value) for one in told]

    def close(self) -> None:
        pass


def test_other_programs_are_told_of_it_too_and_whose_part_it_is(watching: Callable[..., Watching]) -> None:
    run, output = watching(SPIKE[0] - MINUTE), Kept()
    run.watch.let_go()
    run.restart()
    run.watch.outbox = Outbox([output])
    run.until(SPIKE[0] + 2 * MINUTE)
    (incident,) = run.incidents()
    output.away = True
    told = in_logs("aa", SPIKE[0], SPIKE[0] + 3 * MINUTE)
    run.store.commit(PassResult(closed_until=told.end, incidents=[told]))
    run.until(SPIKE[0] + 3 * MINUTE)
    run.watch.let_go()
    run.watch.outbox.close()
    assert {one["part_of"] for one in output.sent} <= {None}

    output.away = False
    run.restart()
    run.watch.outbox = Outbox([output])
    run.until(SPIKE[1] + 6 * MINUTE)
    run.watch.outbox.close()
    first, last = output.sent[0], output.sent[-1]
    assert (first["source"], first["id"], first["part_of"], first["open"]) == ("metrics", incident.id, None, True)
    assert (last["id"], last["part_of"], last["open"]) == (incident.id, "aa", False)
    revisions = [one["revision"] for one in output.sent]
    assert revisions == sorted(revisions)


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


def test_a_clock_that_was_ahead_and_was_set_right_is_no_reason_to_look_away(watching: Callable[..., Watching]) -> None:
    run = watching(SPIKE[0] - 10 * MINUTE)
    right, run.now = run.now, run.now + 100 * HOUR
    run.beside.turn(run.store)
    run.now = right
    run.until(SPIKE[0] + 4 * MINUTE)
    assert [one.namespace for one in run.incidents()] == ["shop"]
