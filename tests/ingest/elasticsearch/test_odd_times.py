"""Times that are several, that stand elsewhere than in the document, or that only Elasticsearch can read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ingest.accounting import DropReason
from ingest.elasticsearch.columns import Columns
from ingest.elasticsearch.grid import Grid
from ingest.elasticsearch.hits import Reader
from ingest.elasticsearch.ranges import RangeReader
from ingest.elasticsearch.search import Counts, Search
from ingest.elasticsearch.settings import FieldNames
from ingest.settings import SECOND
from ingest.source import Problem
from tests.ingest.elasticsearch.documents import document, load, make_index
from tests.ingest.elasticsearch.reading import MINUTE, Clock, catch_up, drain, messages, opened, read
from tests.ingest.elasticsearch.test_hits import AT, beat, page
from tests.ingest.elasticsearch.test_source import PODS
from tests.ingest.logs import NOON, stamp
from tests.servers.elasticsearch import Server

EARLIER, LATER = "2026-03-02T10:00:00.000Z", "2026-03-02T14:00:00.000Z"


def lines(count: int) -> list[dict[str, Any]]:
    """A line every ten seconds."""
    return [document(PODS[0], at, stamp(at * 10), f"line {at}") for at in range(count)]


def odd(times: object, message: str = "odd") -> dict[str, Any]:
    return {**document(PODS[1], 1, stamp(0), message), "@timestamp": times}


@pytest.fixture
def index(elasticsearch: Server, prefix: str) -> str:
    name = f"filebeat-{prefix}"
    make_index(elasticsearch.client, name)
    return name


def test_a_document_of_two_times_stops_nothing(elasticsearch: Server, index: str) -> None:
    load(elasticsearch.client, index, [*lines(60), odd([stamp(200), stamp(195)])])
    found, tally = read(elasticsearch.connection("reader"), index)
    assert [row.time for row in found if row.message == "odd"] == [NOON + 200 * SECOND]
    assert (len(found), tally.dropped.total()) == (61, 0)


def test_the_time_in_the_range_counts(elasticsearch: Server, index: str) -> None:
    """The others lie before all that is read, and after it."""
    load(elasticsearch.client, index, [*lines(60), odd([EARLIER, stamp(300), LATER]), odd([stamp(60)])])
    found, tally = read(elasticsearch.connection("reader"), index)
    times = [(row.time - NOON) // SECOND for row in found if row.message == "odd"]
    assert (times, tally.dropped.total()) == ([60, 300], 0)


def test_a_document_of_two_times_is_not_late_again_and_again(elasticsearch: Server, index: str) -> None:
    clock = Clock(NOON + 10 * MINUTE)
    load(elasticsearch.client, index, [*lines(60), odd([stamp(200), stamp(301), LATER])])
    with opened(elasticsearch.connection("reader"), index, until=None, follow=True, clock=clock) as source:
        assert "odd" in messages(catch_up(source))
        for _ in range(4):
            clock.now += MINUTE
            catch_up(source)
            assert list(source.revisit()) == []
        load(elasticsearch.client, index, [odd([stamp(202), stamp(302)], "late")])
        revisits = []
        for _ in range(5):
            clock.now += MINUTE
            catch_up(source)
            revisits += list(source.revisit())
        begun = [(each.begin - NOON) // MINUTE for each in revisits]
        assert begun == [3, 5]


def test_a_time_that_is_not_in_the_document(elasticsearch: Server, prefix: str) -> None:
    index = f"filebeat-{prefix}"
    properties = {"made": {"type": "date"}, "@timestamp": {"type": "alias", "path": "made"}}
    elasticsearch.client.indices.create(index=index, mappings={"properties": properties})
    documents = lines(30)
    for each in documents:
        each["made"] = each.pop("@timestamp")
    load(elasticsearch.client, index, documents)
    with opened(elasticsearch.connection("reader"), index, page=10) as source:
        found = drain(source)
        assert source.problems == []
    assert [row.time for row in found] == [NOON + at * 10 * SECOND for at in range(30)]


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        ("2026-03-02", -43_200),
        ("2026-03-02T12", 0),
        ("2026-03-02T12:01", 60),
        ("2026-03-02T12Z", 0),
        (["2026-03-02T12:01"], 60),
        ([["2026-03-02T12:01:00.000Z"]], 60),
    ],
)
def test_forms_that_elasticsearch_takes(elasticsearch: Server, index: str, at: object, seconds: int) -> None:
    load(elasticsearch.client, index, [*lines(3), odd(at)])
    found, tally = read(elasticsearch.connection("reader"), index, since=NOON - 43_200 * SECOND)
    assert [row.time for row in found if row.message == "odd"] == [NOON + seconds * SECOND]
    assert (len(found), tally.dropped.total()) == (4, 0)


@pytest.mark.parametrize("kind", ["date", "date_nanos"])
def test_a_form_of_ones_own(elasticsearch: Server, prefix: str, kind: str) -> None:
    index = f"filebeat-{prefix}"
    mapping = {"type": kind, "format": "dd/MM/yyyy HH:mm:ss.SSS"}
    elasticsearch.client.indices.create(index=index, mappings={"properties": {"@timestamp": mapping}})
    load(elasticsearch.client, index, [odd("02/03/2026 12:01:00.250")])
    found, _ = read(elasticsearch.connection("reader"), index)
    assert [row.time for row in found] == [NOON + 60_250_000]


class Moment(Search):
    """One page, however it is asked for; `fields` are what Elasticsearch would say of it."""

    def __init__(self, sources: list[dict[str, Any]]) -> None:
        self.shown, self.time = "logs", "@timestamp"
        self.asked: list[bool] = []
        self._sources = sources

    def at_this_moment(self) -> Any:
        return self

    def __enter__(self) -> Moment:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def counts(self, begin: int, end: int) -> Counts:
        return Counts(len(self._sources), {begin: len(self._sources)})

    def pages(self, begin: int, end: int, expected: int, *, times: bool) -> list[bytes]:
        self.asked.append(times)
        return [page(*self._sources)]


def ranges(moment: Moment, problems: list[Problem]) -> Columns:
    reader = RangeReader(moment, Grid(MINUTE, 0), problems.append, lambda: None, lambda _: None)
    return reader.read(Reader(FieldNames()), NOON, NOON + MINUTE).columns


def test_a_time_that_nobody_can_read_is_told() -> None:
    moment, problems = Moment([beat(), beat(**{"@timestamp": "yesterday"})]), list[Problem]()
    found = ranges(moment, problems)
    assert (len(found.message), found.tally.dropped, moment.asked) == (1, {DropReason.NO_TIME: 1}, [False, True])
    assert [problem.path for problem in problems] == ["logs"]
    assert "in their field @timestamp" in problems[0].message


def test_nothing_is_asked_twice_where_all_times_can_be_read() -> None:
    moment, problems = Moment([beat(), beat(**{"@timestamp": [AT]})]), list[Problem]()
    assert (len(ranges(moment, problems).message), moment.asked, problems) == (2, [False], [])


@pytest.mark.parametrize("fields", [{"@timestamp": ["no number"]}, {"@timestamp": 7}, {}, {"@timestamp": ["NaN"]}])
def test_what_is_no_time_there_either(fields: Mapping[str, object]) -> None:
    raw = json.loads(page(beat(**{"@timestamp": "yesterday"})))
    raw["hits"]["hits"][0]["fields"] = fields
    reader = Reader(FieldNames())
    found = reader.begin()
    reader.read(json.dumps(raw).encode(), NOON, NOON + MINUTE, found)
    assert found.tally.dropped == {DropReason.NO_TIME: 1}
