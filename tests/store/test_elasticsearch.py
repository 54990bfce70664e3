"""What can happen in a cluster: requests that get lost, a second writer, foreign and missing indices, full disks."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from detector.errors import StoreError, StoreVersionError
from detector.feedback import mute
from detector.store.elasticsearch import ElasticsearchStore, open_reader, open_store
from detector.store.elasticsearch.journal import Writer
from detector.store.port import PassResult
from ingest.elasticsearch.settings import Connection
from ingest.source import Checkpoint
from parsers.engine import EngineState
from tests.servers.elasticsearch import Server
from tests.servers.proxy import Proxy
from tests.store.shop import anomaly, as_dicts, counts, incident, minute, morning, status, tally, template

OPENERS: tuple[Callable[[Connection, str], object], ...] = (open_store, open_reader)
DAY = 24 * 60
"""Windows of a day."""
CLOCK = itertools.count(minute(DAY))
"""It is seven o'clock the next morning, and a microsecond later at every look."""


@contextmanager
def opened(connection: Connection, prefix: str, name: str = "one") -> Iterator[ElasticsearchStore]:
    """The store, to be written by somebody of that name."""
    store = open_store(connection, prefix, clock=CLOCK.__next__, writer=Writer(name, name))
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def store(elasticsearch: Server, ready: str) -> Iterator[ElasticsearchStore]:
    with opened(elasticsearch.connection("writer"), ready) as made:
        yield made


def step(number: int, weight: bytes = b"") -> PassResult:
    """The pass that closes this window; everything in it says the number, and it changes what the one before wrote."""
    return PassResult(
        closed_until=minute(number + 1),
        counts=[counts(number, paid=number + 1)],
        additions=[counts(number - 1, late=1)],
        templates=[template("paid", count=number), template(f"t{number}")],
        anomalies=[anomaly(number), anomaly(number + DAY)],
        incidents=[incident(0, number)],
        retracted=[anomaly(number - 1).id, anomaly(number - 1 + DAY).id],
        statuses=[status(last=number)],
        checkpoints={"a.log": Checkpoint(number, number)},
        engine=EngineState(1, {("shop", "checkout"): b"%d" % number + weight}),
        tally=tally(number + 10),
    )


def check_whole(store: ElasticsearchStore) -> int:
    """That the store holds steps 0 to n and nothing of another; n."""
    closed = store.closed_until()
    last = -1 if closed is None else (closed - minute(0)) // (minute(1) - minute(0)) - 1
    if last < 0:
        assert store.templates() == []
        return last
    expected = {n: {"paid": n + 1} | ({"late": 1} if n < last else {}) for n in range(last + 1)}
    assert as_dicts(store.counts("shop")) == {-1: {"late": 1}} | expected
    assert {one.id: one.count for one in store.templates()} == {"paid": last} | {f"t{n}": 1 for n in range(last + 1)}
    assert store.anomalies().items == [anomaly(last + DAY), anomaly(last)]
    assert store.incidents().items == [incident(0, last)]
    assert [one.last_window for one in store.statuses()] == [minute(last)]
    assert store.checkpoints() == {"a.log": Checkpoint(last, last)}
    assert store.engine_state().by_workload["shop", "checkout"].startswith(b"%d" % last)
    assert store.tally() == tally(last + 10)
    return last


def test_cut_off_at_any_request_a_pass_is_there_whole_or_not_at_all(
    elasticsearch: Server, ready: str, proxy: Proxy
) -> None:
    impatient = replace(proxy.connection("writer"), patience=0.0)
    seen = set()
    with opened(elasticsearch.connection("writer"), ready) as store:
        store.commit(step(0))
    with opened(impatient, ready, "two") as store:
        number, passing = 0, 0
        while True:
            number += 1
            proxy.cut(1_000, passing=passing)
            failed = False
            try:
                store.commit(step(number))
            except StoreError:
                failed = True
            proxy.calm_down()
            # By the one that lived through it, and by another one.
            if number % 2:
                last = check_whole(store)
            else:
                with opened(elasticsearch.connection("writer"), ready, f"other {number}") as other:
                    last = check_whole(other)
            seen.add((failed, number - last))
            if last < number:
                store.commit(step(number))
            if not failed:
                break
            passing += 1
    assert seen == {(True, 0), (True, 1), (False, 0)}
    assert passing >= 7, "that is how many requests a pass needs"


def test_a_pass_too_large_for_one_document_is_whole_all_the_same(
    elasticsearch: Server, ready: str, proxy: Proxy
) -> None:
    large = os.urandom(3_200_000)
    state = f"{ready}-state"

    def chunks() -> int:
        elasticsearch.client.indices.refresh(index=state)
        return int(elasticsearch.client.count(index=state, q="drainwatch.kind:journal-chunk")["count"])

    with opened(replace(proxy.connection("writer"), patience=0.0), ready) as store:
        store.commit(step(0, large))
        assert check_whole(store) == 0
        assert chunks() == 0
        # The write to the head is the commit; the first refresh comes in the midst of carrying it out.
        for request, there in (("_doc/journal", 0), ("_refresh", 1)):
            number = check_whole(store) + 1
            proxy.cut(1_000, request)
            with pytest.raises(StoreError):
                store.commit(step(number, large))
            proxy.calm_down()
            assert chunks() > 0
            assert check_whole(store) == number - 1 + there
        assert store.engine_state().by_workload["shop", "checkout"] == b"1" + large
        store.commit(step(2))
    with opened(elasticsearch.connection("writer"), ready) as store:
        assert check_whole(store) == 2
    assert chunks() == 0


def test_an_answer_that_gets_lost_is_not_taken_for_another_writer(ready: str, proxy: Proxy) -> None:
    with opened(proxy.connection("writer"), ready) as store:
        store.commit(step(0))
        for number, passing in ((1, 0), (2, 1)):
            proxy.cut(containing="_doc/journal", passing=passing, done=True)
            store.commit(step(number))
        assert check_whole(store) == 2


def test_of_two_writers_the_second_is_told_and_nothing_of_it_is_written(elasticsearch: Server, ready: str) -> None:
    connection = elasticsearch.connection("writer")
    with opened(connection, ready, "anna") as anna, opened(connection, ready, "bert") as bert:
        anna.commit(step(0))
        with pytest.raises(StoreError, match=r"Another drainwatch \(anna\) writes .*Stop one"):
            bert.commit(replace(step(5), templates=[template("berts")]))
        assert check_whole(bert) == 0
        # Who has read where the other one stopped may go on; now it is the first that doesn't know.
        bert.commit(step(1))
        with pytest.raises(StoreError, match="bert"):
            anna.commit(step(1))
        assert check_whole(anna) == 1


def test_a_writer_that_was_taken_for_dead_is_refused_when_it_wakes_up(
    elasticsearch: Server, ready: str, proxy: Proxy
) -> None:
    with opened(proxy.connection("writer"), ready, "sleeper") as sleeper:
        sleeper.commit(step(0))
        found: list[int] = []

        def meanwhile() -> None:
            with opened(elasticsearch.connection("writer"), ready, "heir") as heir:
                found.append(check_whole(heir))
                heir.commit(step(2))
                found.append(check_whole(heir))

        # It sleeps after the pass was committed, before it is carried out.
        proxy.strike(meanwhile, "_bulk")
        with pytest.raises(StoreError, match="heir"):
            sleeper.commit(step(1))
        assert found == [1, 2]
        assert check_whole(sleeper) == 2, "what it wrote when it woke up was older than what it found"


def test_a_reader_sees_passes_and_what_another_one_said(
    elasticsearch: Server, ready: str, store: ElasticsearchStore
) -> None:
    for result in morning():
        store.commit(result)
    reader = open_reader(elasticsearch.connection("writer"), ready)
    assert reader.closed_until() == minute(10)
    with opened(elasticsearch.connection("writer"), ready, "other") as other:
        other.say(mute("shop", "", "", minute(10), template="paid"))
    store.commit(PassResult(minute(11), templates=[template("paid", count=31)]))
    assert [one.count for one in reader.templates("shop") if one.id == "paid"] == [31]
    assert [one.template for one in reader.feedback("shop")] == ["paid"]
    reader.close()


def test_documents_that_are_refused_are_named_and_the_rest_is_written(
    elasticsearch: Server, ready: str, store: ElasticsearchStore
) -> None:
    index = f"{ready}-anomalies-2026.11.21"
    mapping = elasticsearch.client.indices.simulate_index_template(name=index)["template"]["mappings"]
    mapping["properties"]["drainwatch"]["properties"]["score"] = {"properties": {"value": {"type": "double"}}}
    elasticsearch.client.indices.create(index=index, mappings=mapping)
    store.commit(step(3))
    (lost,) = store.lost
    assert (lost.index, lost.id, store.lost_total) == (index, anomaly(3).id, 1)
    assert "drainwatch.score" in lost.reason
    assert store.anomalies().items == [anomaly(3 + DAY)]
    assert store.closed_until() == minute(4)


def test_an_index_of_somebody_else_is_left_alone(elasticsearch: Server, ready: str, store: ElasticsearchStore) -> None:
    theirs = f"{ready}-counts-2026.11.21"
    elasticsearch.client.indices.delete_index_template(name=f"{ready}-counts")
    elasticsearch.client.index(index=theirs, id="1", document={"a": 1}, refresh=True)
    with pytest.raises(StoreError, match=rf"{theirs} was made without drainwatch's index template.*Delete it"):
        store.commit(step(0))
    assert elasticsearch.client.count(index=theirs)["count"] == 1
    assert check_whole(store) == -1


def test_without_its_template_an_index_is_not_made(
    elasticsearch: Server, ready: str, store: ElasticsearchStore
) -> None:
    store.commit(step(0))
    elasticsearch.client.indices.delete_index_template(name=f"{ready}-counts")
    tomorrow = replace(step(1), counts=[counts(DAY, paid=1)])
    with pytest.raises(StoreError, match=r"index template for .*-counts-2026\.11\.22 is missing.*drainwatch setup"):
        store.commit(tomorrow)
    assert f"{ready}-counts-2026.11.22" not in elasticsearch.client.indices.get(index=f"{ready}-*")
    assert check_whole(store) == 0
    store.commit(step(1))
    assert check_whole(store) == 1


def test_a_deleted_day_is_made_again_by_the_next_write(
    elasticsearch: Server, ready: str, store: ElasticsearchStore
) -> None:
    store.commit(step(0))
    elasticsearch.client.indices.delete(index=f"{ready}-counts-2026.11.21")
    store.commit(step(1))
    assert as_dicts(store.counts("shop")) == {0: {"late": 1}, 1: {"paid": 2}}
    assert store.anomalies().items == [anomaly(1 + DAY), anomaly(1)]


def test_a_deleted_state_is_told_and_begun_anew_once_it_is_set_up(
    elasticsearch: Server, ready: str, store: ElasticsearchStore
) -> None:
    store.commit(step(0))
    store.commit(step(1))
    elasticsearch.client.indices.delete(index=f"{ready}-state")
    with pytest.raises(StoreError, match=r"-state is gone.*how far logs were read.*Run `drainwatch setup"):
        store.commit(step(2))
    assert f"{ready}-state" not in elasticsearch.client.indices.get(index=f"{ready}-*")
    with pytest.raises(StoreError, match=r"-state is missing\. Run `drainwatch setup"):
        store.closed_until()
    elasticsearch.client.indices.create(index=f"{ready}-state")
    assert store.closed_until() is None
    assert len(list(store.counts("shop"))) == 3
    store.commit(morning()[0])
    assert store.closed_until() == minute(3)
    assert as_dicts(store.counts("shop"))[1] == {"paid": 4}


def test_a_deleted_index_of_templates_is_told(elasticsearch: Server, ready: str, store: ElasticsearchStore) -> None:
    store.commit(step(0))
    elasticsearch.client.indices.delete(index=f"{ready}-templates")
    with pytest.raises(StoreError, match=r"-templates is gone.*Run `drainwatch setup"):
        store.commit(step(1))
    with pytest.raises(StoreError, match=r"-templates is missing"), opened(elasticsearch.connection("writer"), ready):
        pass


def test_a_full_disk_is_waited_for_and_then_told(elasticsearch: Server, ready: str) -> None:
    def block(on: bool) -> None:
        # What Elasticsearch does itself at the flood stage of the disk watermark.
        settings = {"index.blocks.read_only_allow_delete": True if on else None}
        elasticsearch.client.indices.put_settings(index=f"{ready}-counts-2026.11.21", settings=settings)

    with opened(replace(elasticsearch.connection("writer"), patience=1.5), ready) as store:
        store.commit(step(0))
        block(True)
        freed = threading.Timer(0.5, block, [False])
        freed.start()
        store.commit(step(1))
        freed.join()
        assert check_whole(store) == 1
        block(True)
        with pytest.raises(StoreError, match=r"put off: .*flood-stage.*Make room.*Nothing is lost"):
            store.commit(step(2))
        block(False)
        assert check_whole(store) == 2


def test_a_busy_cluster_is_asked_again_and_one_that_is_away_is_named(ready: str, proxy: Proxy) -> None:
    with opened(replace(proxy.connection("writer"), patience=3.0), ready) as store:
        proxy.answer(429, times=2, containing="_bulk")
        proxy.answer(503, times=2, containing="_mget")
        store.commit(step(0))
        assert check_whole(store) == 0
    with opened(replace(proxy.connection("writer"), patience=0.0), ready) as store:
        with proxy.away():
            for use in (store.closed_until, lambda: store.commit(step(1)), lambda: list(store.counts("shop"))):
                with pytest.raises(
                    StoreError, match=rf"The store {ready}-\* can't be .*can't be reached.*whether it runs"
                ):
                    use()
        store.commit(step(1))
        assert check_whole(store) == 1


def test_requests_that_are_too_large_are_sent_in_parts(ready: str, proxy: Proxy) -> None:
    with opened(proxy.connection("writer"), ready) as store:
        store.commit(step(0))
        proxy.answer(413, times=2, containing="_bulk")
        store.commit(step(1))
        assert check_whole(store) == 1
        assert store.lost_total == 0
        proxy.answer(413, times=20, containing="_bulk")
        store.commit(step(2))
        assert store.lost_total > 0
        assert "too many for a request" in store.lost[0].reason


def test_a_store_of_another_version_or_without_rights_is_not_opened(elasticsearch: Server, ready: str) -> None:
    for opener in OPENERS:
        with pytest.raises(StoreError, match=r"no store dwnone-\* in the cluster.*Run `drainwatch setup"):
            opener(elasticsearch.connection("writer"), "dwnone")
        with pytest.raises(StoreError, match=r"-state is missing.*grant this user the role"):
            opener(elasticsearch.connection("reader"), ready)
        with pytest.raises(StoreError, match="password"):
            opener(replace(elasticsearch.connection("writer"), password="wrong"), ready)
    newer = {"_meta": {"drainwatch": {"schema": 2, "holds": "state"}}}
    elasticsearch.client.indices.put_mapping(index=f"{ready}-state", body=newer)
    for opener in OPENERS:
        with pytest.raises(StoreVersionError, match=r"newer drainwatch.*schema 2.*Use that version"):
            opener(elasticsearch.connection("writer"), ready)


def test_pruning_deletes_the_indices_of_whole_days(
    elasticsearch: Server, ready: str, store: ElasticsearchStore
) -> None:
    store.commit(
        PassResult(
            minute(3 * DAY),
            counts=[counts(at, paid=1) for at in (0, 1, DAY, DAY + 1, 2 * DAY)],
            anomalies=[anomaly(0), anomaly(DAY)],
            incidents=[incident(0, 0), incident(1, DAY + 5), incident(2 * DAY, 2 * DAY)],
        )
    )
    # A day has midnight for its border: 07:01 of the second day is within it.
    assert store.prune(minute(DAY + 1), minute(DAY + 1)) == 3 + 2 + 1
    names = elasticsearch.client.indices.get(index=f"{ready}-*")
    assert {name.removeprefix(f"{ready}-") for name in names} == {
        *("access", "state", "templates", "changes", "feedback", "alerts", "counts-2026.11.22"),
        "counts-2026.11.23",
        *("hours-2026.11.01", "anomalies-2026.11.22", "incidents-2026.11.21", "incidents-2026.11.23"),
    }
