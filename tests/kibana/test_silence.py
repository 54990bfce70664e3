"""The watch of drainwatch itself tells when no window was closed for ten minutes."""

from __future__ import annotations

from detector.setup.watches import Watch
from detector.store.elasticsearch import open_store
from detector.store.port import ALERTS, METRICS, PassResult
from tests.kibana import slack
from tests.kibana.conftest import Filled
from tests.kibana.watcher import Watcher
from tests.servers.elasticsearch import Server
from tests.store.clusters import set_up
from tests.store.shop import anomaly, counts, incident, minute


def sent(watcher: Watcher, begin: int, end: int) -> list[tuple[int, str]]:
    return [(number, message.action) for number in range(begin, end) for message in watcher.look(minute(number))]


def test_a_store_that_closes_windows_is_not_silent(elasticsearch: Server, prefix: str, filled: Filled) -> None:
    set_up(elasticsearch.client, prefix)
    watcher = filled(Watch.SILENCE)
    with_nothing_to_say = range(30)
    store = open_store(elasticsearch.connection("writer"), prefix)
    for number in with_nothing_to_say:
        store.commit(PassResult(minute(number)))
        assert watcher.look(minute(number + 2)) == [], "two minutes is what a window takes to be closed"
    store.close()
    assert sent(watcher, 32, 75) == [
        (40, "slack"), (40, "email"), (56, "slack"), (56, "email"), (72, "slack"), (72, "email"),
    ]  # fmt: skip


def test_workers_are_not_silent_while_one_of_them_goes_on(elasticsearch: Server, prefix: str, filled: Filled) -> None:
    set_up(elasticsearch.client, prefix)
    store = open_store(elasticsearch.connection("writer"), prefix)
    for number, name in enumerate(("logs-0", "logs-1")):
        part = store.scope(name)
        part.commit(PassResult(minute(10 * number), counts=[counts(0, f"shop-{number}", paid=1)]))
        part.close()
    store.close()
    assert sent(filled(Watch.SILENCE, emails=()), 10, 30) == [(21, "slack")]


def test_jobs_beside_detection_that_go_on_do_not_count(elasticsearch: Server, prefix: str, filled: Filled) -> None:
    set_up(elasticsearch.client, prefix)
    store = open_store(elasticsearch.connection("writer"), prefix)
    store.commit(PassResult(minute(0)))
    for name in (ALERTS, METRICS):
        part = store.scope(name)
        part.commit(PassResult(minute(20)))
        part.close()
    store.close()
    assert sent(filled(Watch.SILENCE, emails=()), 9, 12) == [(11, "slack")]


def test_findings_written_beside_the_passes_do_not_count(elasticsearch: Server, prefix: str, filled: Filled) -> None:
    set_up(elasticsearch.client, prefix)
    store = open_store(elasticsearch.connection("writer"), prefix)
    one = incident(14, 14)
    store.commit(PassResult(None, anomalies=[anomaly(14, incident=one.id)], incidents=[one]))
    store.close()
    (message,) = filled(Watch.SILENCE, emails=()).look(minute(15))
    slack.check(message.content)
    assert message.content["text"] == "drainwatch is silent: no window closed for 10m"


def test_a_store_that_is_gone_or_never_was_is_silent(prefix: str, filled: Filled) -> None:
    assert sent(filled(Watch.SILENCE, page="https://drainwatch.example"), 0, 2) == [(0, "slack"), (0, "email")]
