"""The watch over a store in a real Elasticsearch: what it writes, whose part it is, and where it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from detector.findings import Source
from detector.store import elasticsearch as kept
from detector.store.port import METRICS, PassResult
from tests.metrics.watching import MINUTE, SPIKE, Watching, in_logs
from tests.servers.elasticsearch import Server
from tests.servers.prometheus import Prometheus
from tests.store.clusters import set_up


@pytest.fixture
def run(server: Prometheus, elasticsearch: Server, prefix: str) -> Iterator[Watching]:
    set_up(elasticsearch.client, prefix)
    with closing(kept.open_store(elasticsearch.connection("writer"), prefix)) as store:
        made = Watching(server, store)
        made.now = SPIKE[0] - MINUTE
        made.beside.turn(store)
        yield made
        made.watch.let_go()


@pytest.mark.long
def test_an_incident_is_written_made_a_part_and_ended_over_a_restart(run: Watching) -> None:
    run.until(SPIKE[0] + 2 * MINUTE)
    (before,) = run.incidents()
    assert (before.namespace, before.open, before.source) == ("shop", True, Source.METRICS)
    told = in_logs("aa", SPIKE[0] - MINUTE, SPIKE[0] + 3 * MINUTE)
    run.store.commit(PassResult(closed_until=told.end, incidents=[told]))
    run.watch.let_go()
    run.restart()
    run.until(SPIKE[1] + 6 * MINUTE)
    (after,) = run.incidents()
    assert (after.id, after.part_of, after.open) == (before.id, "aa", False)
    assert [one.id for one in run.store.incidents().items] == ["aa"]
    assert METRICS not in run.store.scopes()
