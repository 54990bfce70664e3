"""What goes wrong in a cluster costs time, or is told; it costs no record."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ingest.errors import ServerError
from ingest.settings import SECOND
from tests.ingest.elasticsearch.documents import document, load, make_index
from tests.ingest.elasticsearch.reading import MINUTE, Row, catch_up, drain, messages, now, opened, read
from tests.ingest.elasticsearch.test_source import PODS, story
from tests.ingest.logs import stamp
from tests.servers.elasticsearch import Server
from tests.servers.proxy import Proxy


class Meddling(Proxy):
    """Does something before it passes on the n-th request that contains a text."""

    def __init__(self, server: Server) -> None:
        self._due, self._containing = 0, ""
        self._meddle: Callable[[], object] = lambda: None
        super().__init__(server)

    def before(self, number: int, containing: str, meddle: Callable[[], object]) -> None:
        self._due, self._containing, self._meddle = number, containing, meddle

    def judge(self, request: str) -> tuple[float, None]:
        if self._containing and self._containing in request:
            self._due -= 1
            if self._due == 0:
                self._meddle()
        return super().judge(request)  # type: ignore[return-value]


@pytest.fixture
def proxy(elasticsearch: Server) -> Iterator[Meddling]:
    made = Meddling(elasticsearch)
    yield made
    made.close()


@pytest.fixture
def index(elasticsearch: Server, prefix: str) -> str:
    """An index of four minutes."""
    name = f"filebeat-{prefix}"
    make_index(elasticsearch.client, name)
    load(elasticsearch.client, name, story(4))
    return name


@pytest.fixture
def expected(elasticsearch: Server, index: str) -> list[Row]:
    return read(elasticsearch.connection("reader"), index)[0]


def test_overload_now_and_then(proxy: Meddling, index: str, expected: list[Row]) -> None:
    proxy.answer(429, times=2, containing="_search", passing=1)
    proxy.answer(503, times=2, containing="_pit", passing=1)
    assert read(proxy.connection("reader"), index, page=100)[0] == expected
    assert len(proxy.requests) > 10


def test_connections_that_break(proxy: Meddling, index: str, expected: list[Row]) -> None:
    for passing in range(0, 12, 3):
        proxy.cut(containing="_search", passing=passing, done=bool(passing % 2))
    assert read(proxy.connection("reader"), index, page=100)[0] == expected


def test_slowness(proxy: Meddling, index: str, expected: list[Row]) -> None:
    proxy.delay(1.5, containing="_search")
    calm = threading.Timer(1.0, proxy.calm_down)
    calm.start()
    assert read(replace(proxy.connection("reader"), timeout=1.0), index)[0] == expected
    calm.join()


def test_a_cluster_that_is_away_for_longer_than_patience_lasts(
    proxy: Meddling, index: str, expected: list[Row]
) -> None:
    with opened(replace(proxy.connection("reader"), patience=0.5), index, page=100) as source:
        with proxy.away(), pytest.raises(ServerError, match="can't be reached"):
            drain(source)
        proxy.answer(503, times=1_000, containing="_search", passing=3)
        with pytest.raises(ServerError, match="failed with 503"):
            drain(source)
        assert source.tally.balanced
        proxy.calm_down()
        assert drain(source) == expected, "the source itself is none the worse for it"


def test_an_index_that_is_deleted_while_it_is_read(
    elasticsearch: Server, proxy: Meddling, index: str, expected: list[Row]
) -> None:
    load(elasticsearch.client, f"{index}-other", [document(PODS[0], 1 << 40, stamp(5), "gone soon")])
    proxy.before(3, "_search", lambda: elasticsearch.client.indices.delete(index=f"{index}-other"))
    with opened(proxy.connection("reader"), f"{index}*", page=100) as source:
        found = drain(source)
        assert found == expected
        assert source.tally.read == sum(1 for _ in story(4))
        assert any("is read again: no such index" in problem.message for problem in source.problems)


def test_a_search_that_the_cluster_forgot(
    elasticsearch: Server, proxy: Meddling, index: str, expected: list[Row]
) -> None:
    def forget() -> None:
        elasticsearch.client.indices.close(index=index)
        elasticsearch.client.indices.open(index=index, wait_for_active_shards=1)

    proxy.before(4, "_search", forget)
    with opened(proxy.connection("reader"), index, page=100) as source:
        assert drain(source) == expected
        assert any("is read again" in problem.message for problem in source.problems)


def test_an_index_whose_times_are_no_dates_is_left_out_and_told(
    elasticsearch: Server, index: str, expected: list[Row]
) -> None:
    elasticsearch.client.indices.create(
        index=f"{index}-odd", mappings={"properties": {"@timestamp": {"type": "keyword"}}}
    )
    load(elasticsearch.client, f"{index}-odd", story(1))
    with opened(elasticsearch.connection("reader"), f"{index}*") as source:
        assert drain(source) == expected
        (problem,) = source.problems
    assert problem.path == f"{index}-odd"
    assert problem.message == "is left out: its field @timestamp is mapped as keyword, and not as date."


def test_such_an_index_that_comes_while_others_are_followed(
    elasticsearch: Server, index: str, expected: list[Row]
) -> None:
    begin = now() // MINUTE * MINUTE - 30 * MINUTE
    with opened(elasticsearch.connection("reader"), f"{index}*", follow=True, until=None) as source:
        assert sorted(catch_up(source)) == sorted(expected)
    with opened(elasticsearch.connection("reader"), f"{index}*") as source:
        source.poll()
        odd = {"properties": {"@timestamp": {"type": "keyword"}}}
        elasticsearch.client.indices.create(index=f"{index}-odd", mappings=odd)
        load(elasticsearch.client, f"{index}-odd", story(1))
        again = list(source.reread(begin, begin + MINUTE))
        assert len(again) == 1
        assert [problem.path for problem in source.problems] == [f"{index}-odd"]


def test_names_that_match_nothing_are_told(elasticsearch: Server, index: str, expected: list[Row]) -> None:
    with opened(elasticsearch.connection("reader"), index, f"{index}-nowhere", "filebeat-dwno-*") as source:
        assert drain(source) == expected
        told = {problem.path: problem.message for problem in source.problems}
    assert told.keys() == {f"{index}-nowhere", "filebeat-dwno-*"}
    assert told[f"{index}-nowhere"].startswith("There is no index")


def test_an_index_that_may_not_be_read(elasticsearch: Server, prefix: str) -> None:
    load(elasticsearch.client, f"{prefix}-secret", story(1))
    with opened(elasticsearch.connection("reader"), f"{prefix}-secret", f"{prefix}-sec*") as source:
        assert drain(source) == []
        told = {problem.path: problem.message for problem in source.problems}
    assert told.keys() == {f"{prefix}-secret", f"{prefix}-sec*"}
    assert told[f"{prefix}-secret"].startswith("The user reader may not do ")
    assert f"on {prefix}-secret: it lacks the index privilege view_index_metadata" in told[f"{prefix}-secret"]
    assert "or none that may be read" in told[f"{prefix}-sec*"]


def test_an_index_without_such_a_time_is_told(elasticsearch: Server, prefix: str) -> None:
    load(elasticsearch.client, f"filebeat-{prefix}", [{"message": "when?"}])
    with opened(elasticsearch.connection("reader"), f"filebeat-{prefix}") as source:
        assert drain(source) == []
        assert "name it by fields.time" in source.problems[0].message


@pytest.mark.parametrize(("ahead", "told"), [(600, "10 min ahead of"), (-600, "10 min behind"), (1, "")])
def test_a_clock_that_is_wrong(elasticsearch: Server, prefix: str, ahead: int, told: str) -> None:
    """What came two minutes ago is read, what came just now is not, whatever this machine takes for the time."""
    made = now()
    make_index(elasticsearch.client, f"filebeat-{prefix}")
    documents = [
        {"@timestamp": (made + offset * SECOND) // 1_000, "message": f"{offset}"} for offset in (-180, -150, -1)
    ]
    load(elasticsearch.client, f"filebeat-{prefix}", documents)
    with opened(
        elasticsearch.connection("reader"),
        f"filebeat-{prefix}",
        since=made - 600 * SECOND,
        until=None,
        follow=True,
        clock=lambda: now() + ahead * SECOND,
        compare_clocks=True,
    ) as source:
        assert messages(catch_up(source)) == ["-180", "-150"]
        shown = [problem.message for problem in source.problems]
    assert shown == ([f"This machine's clock is {told} the cluster's; the cluster's is used."] if told else [])


def test_without_the_right_to_ask_for_the_time_this_machines_is_used(elasticsearch: Server, prefix: str) -> None:
    index = f"{prefix}-anomalies-x"  # which a viewer may read, and nothing else
    load(elasticsearch.client, index, story(1))
    with opened(
        elasticsearch.connection("viewer"), index, clock=lambda: now() + 600 * SECOND, compare_clocks=True
    ) as source:
        assert drain(source)
        assert source.problems == []
