"""What was shipped to Elasticsearch is read as the records that the files hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ingest.accounting import DropReason, Tally
from ingest.batch import LogBatch
from ingest.elasticsearch.settings import Connection
from ingest.errors import DrainwatchError
from ingest.files import END_OF_TIME, FileSource
from ingest.settings import SECOND, ReadSettings
from ingest.timestamps import EARLIEST
from parsers.formats import read_record
from tests.ingest.elasticsearch.documents import document, load, make_data_stream, make_index, of_container_logs
from tests.ingest.elasticsearch.reading import MINUTE, Clock, Row, catch_up, drain, messages, opened, read, rows
from tests.ingest.logs import NOON, stamp
from tests.ingest.test_real_logs import AFTERWARDS, real
from tests.length import older_in_full
from tests.parsers import events
from tests.servers.elasticsearch import Server

PODS = [f"{name}_{namespace}_main-{digit * 64}.log" for name, namespace, digit in (
    ("web-7d9c5b6f4-x2x9p", "shop", "a"),
    ("web-7d9c5b6f4-kk4td", "shop", "b"),
    ("db-0", "infra", "c"),
)]  # fmt: skip
LONG_LINES = ReadSettings(max_line_bytes=1_000_000)
TRACE = [
    "ERROR payment failed",
    "java.lang.IllegalStateException: no",
    "\tat shop.Pay.now(Pay.java:1)",
    "\tat a.B.c(B.java:2)",
]
GO = ["panic: boom", "", "goroutine 1 [running]:", "main.main()", "\t/app/main.go:7 +0x1d"]


def story(minutes: int = 4) -> list[dict[str, Any]]:
    """Three containers: lines, stack traces on both streams at once, times that are not the document's, empty lines."""
    documents = []
    for number, pod in enumerate(PODS):
        offset = 0
        for second in range(minutes * 60):
            at = second + number * 0.1
            lines = [("stdout", f"{stamp(at)} INFO request {second} served in {second % 7} ms")]
            if second % 13 == number:
                lines += [("stderr", line) for line in TRACE]
                lines[2:2] = [("stdout", '{"level":"info","msg":"between"}')]
            if second % 29 == number:
                lines += [("stdout", line) for line in GO]
            if second % 17 == 0:
                lines += [("stdout", f"{stamp(at + 3)} INFO the clock of this line is ahead"), ("stdout", "")]
            for place, (stream, line) in enumerate(lines):
                documents.append(document(pod, offset, stamp(at + place / 1_000), line, stream))
                offset += len(line) + 1
    return documents


def by_file_source(documents: Iterable[dict[str, Any]], folder: Path) -> tuple[list[Row], Tally]:
    """The same documents as Filebeat writes them into files, one a container, read from there."""
    files: dict[str, list[dict[str, Any]]] = {}
    for each in documents:
        files.setdefault(each["log"]["file"]["path"], []).append(each)
    places: dict[tuple[str, int], tuple[str, int]] = {}
    for number, (path, lines) in enumerate(files.items()):
        name = folder / f"{number}.ndjson"
        with name.open("wb") as file:
            for each in lines:
                places[str(name), file.tell()] = (path, each["log"]["offset"])
                file.write(json.dumps(each).encode() + b"\n")
    source = FileSource([folder], LONG_LINES, follow=False, clock=lambda: AFTERWARDS)
    batches = []
    while not source.exhausted:
        batches.append(source.poll())
    source.close()
    found = []
    for row in rows(LogBatch.concat(batches)):
        partition, position = places[row.partition.partition("@")[0], row.position]
        found.append(row._replace(partition=partition, position=position))
    return sorted(found, key=lambda row: (row.time, row.partition, row.position)), source.tally


def same(found: tuple[list[Row], Tally], expected: tuple[list[Row], Tally]) -> None:
    """Compared record by record, so that a difference can be read."""
    for one, other in zip(found[0], expected[0], strict=False):
        assert one == other
    assert len(found[0]) == len(expected[0])
    assert found[1] == expected[1]


def test_the_records_are_those_of_the_file_source(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    documents = story()
    load(elasticsearch.client, f"filebeat-{prefix}", documents)
    found = read(elasticsearch.connection("reader"), f"filebeat-{prefix}", read=LONG_LINES)
    expected = by_file_source(documents, tmp_path)
    assert found[1].joined > 100
    assert len({row.origin for row in found[0]}) == 3
    same(found, expected)


@pytest.mark.parametrize("options", [{"slices": 1, "page": 100}, {"slices": 3, "page": 100}, {"source_filter": True}])
def test_however_it_is_fetched(elasticsearch: Server, prefix: str, tmp_path: Path, options: dict[str, Any]) -> None:
    documents = story(2)
    make_index(elasticsearch.client, f"filebeat-{prefix}", number_of_shards=2)
    load(elasticsearch.client, f"filebeat-{prefix}", documents)
    found = read(elasticsearch.connection("reader"), f"filebeat-{prefix}", read=LONG_LINES, **options)
    same(found, by_file_source(documents, tmp_path))


def test_a_data_stream_that_was_rolled_over_and_a_plain_index(
    elasticsearch: Server, prefix: str, tmp_path: Path
) -> None:
    documents, client = story(2), elasticsearch.client
    make_data_stream(client, f"logs-{prefix}-default")
    load(client, f"logs-{prefix}-default", documents[::3])
    client.indices.rollover(alias=f"logs-{prefix}-default")
    load(client, f"logs-{prefix}-default", documents[1::3])
    load(client, f"filebeat-{prefix}", documents[2::3])
    found = read(elasticsearch.connection("reader"), f"logs-{prefix}-*", f"filebeat-{prefix}*", read=LONG_LINES)
    same(found, by_file_source(documents, tmp_path))


def test_what_was_sent_twice_is_counted_once(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    documents, client = story(2), elasticsearch.client
    load(client, f"filebeat-{prefix}-1", documents)
    load(client, f"filebeat-{prefix}-2", documents[100:150])
    found, tally = read(elasticsearch.connection("reader"), f"filebeat-{prefix}-*", read=LONG_LINES)
    empty = sum(not each["message"] for each in documents[100:150])
    assert tally.dropped[DropReason.DUPLICATE] == 50 - empty
    assert found == by_file_source(documents, tmp_path)[0]


@pytest.mark.parametrize("options", [{}, {"source_filter": True}])
def test_events_that_were_indexed_as_fields(elasticsearch: Server, prefix: str, options: dict[str, Any]) -> None:
    seen, event, at = events.falco(), events.kubernetes(count=3), {"@timestamp": stamp(7)}
    load(elasticsearch.client, f"filebeat-{prefix}-falco", [{**at, **seen, "uuid": "b5a1"}])
    load(elasticsearch.client, f"filebeat-{prefix}-metricbeat", [{**events.metricbeat(event), **at}])
    load(elasticsearch.client, f"logs-{prefix}", [document(PODS[0], 0, stamp(7), events.line(event), "stdout")])
    found, _ = read(elasticsearch.connection("reader"), f"*-{prefix}*", **options)
    told = sorted(read_record(row.message) for row in found)
    assert told == sorted(read_record(events.line(one)) for one in (seen, event, event))
    assert {row.origin.namespace for row in found} == {"shop", "local"}


def test_some_lines_of_train_ticket(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    folder = real("train-ticket/containers")
    smallest = sorted(folder.iterdir(), key=lambda path: path.stat().st_size)[:4]
    _train_ticket(elasticsearch, prefix, tmp_path, list(of_container_logs(folder, [path.name for path in smallest])))


@pytest.mark.long
@pytest.mark.timeout(600)
@older_in_full
def test_all_lines_of_train_ticket(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    documents = list(of_container_logs(real("train-ticket/containers")))
    assert len(documents) == 175_209
    _train_ticket(elasticsearch, prefix, tmp_path, documents)


def _train_ticket(server: Server, prefix: str, folder: Path, documents: list[dict[str, Any]]) -> None:
    make_index(server.client, f"filebeat-{prefix}")
    load(server.client, f"filebeat-{prefix}", sorted(documents, key=lambda each: str(each["@timestamp"])))
    begin, end = 1_674_900_000 * SECOND, 1_675_100_000 * SECOND
    found = read(server.connection("reader"), f"filebeat-{prefix}", since=begin, until=end, read=LONG_LINES)
    assert found[1].read == len(documents)
    same(found, by_file_source(documents, folder))


@pytest.mark.parametrize("name", ["container-input", "filestream-autodiscover"])
def test_all_documents_of_a_real_filebeat(elasticsearch: Server, prefix: str, name: str) -> None:
    documents = [json.loads(line) for line in real(f"filebeat/{name}.ndjson").read_bytes().splitlines()]
    # As a template does that takes whatever applications put into their JSON.
    mappings = {"dynamic": False, "properties": {"@timestamp": {"type": "date", "ignore_malformed": True}}}
    elasticsearch.client.indices.create(index=f"filebeat-{prefix}", mappings=mappings)
    for each in documents:
        each.pop("@metadata", None)
    load(elasticsearch.client, f"filebeat-{prefix}", documents)
    found, tally = read(
        elasticsearch.connection("reader"), f"filebeat-{prefix}", since=EARLIEST, until=AFTERWARDS, span=360 * MINUTE
    )
    assert tally.read == len(documents)
    assert tally.dropped[DropReason.EMPTY] == (1 if name == "container-input" else 4)
    # In the second file are lines that Filebeat was made to read several times, with several configurations.
    assert {*tally.dropped} <= {DropReason.EMPTY, DropReason.DUPLICATE}
    assert len({(row.origin.namespace, row.origin.workload) for row in found}) == (
        2 if name == "container-input" else 6
    )
    if name == "filestream-autodiscover":
        assert "own message" in messages(found)
        assert "price computed for sku-0" in messages(found)


def test_only_some_namespaces(elasticsearch: Server, prefix: str) -> None:
    """Where the namespace is mapped as text, too, as it is without a template."""
    load(elasticsearch.client, f"filebeat-{prefix}-text", story(1))
    make_index(elasticsearch.client, f"filebeat-{prefix}-keyword")
    load(elasticsearch.client, f"filebeat-{prefix}-keyword", story(1))
    other = document("x-0_shop-two_main-" + "d" * 64 + ".log", 0, stamp(7), "another namespace")
    load(elasticsearch.client, f"filebeat-{prefix}-text", [other])
    for kind in ("text", "keyword"):
        found, tally = read(elasticsearch.connection("reader"), f"filebeat-{prefix}-{kind}", namespaces=("shop",))
        assert {row.origin.namespace for row in found} == {"shop"}
        assert tally.read == sum(each["kubernetes"]["namespace"] == "shop" for each in story(1))


def test_other_names_of_fields(elasticsearch: Server, prefix: str) -> None:
    mappings = {"properties": {"ts": {"properties": {"logged": {"type": "date_nanos"}}}, "team": {"type": "keyword"}}}
    elasticsearch.client.indices.create(index=f"logstash-{prefix}", mappings=mappings)
    documents = [
        {"ts": {"logged": "2026-03-02T12:00:01.123456789Z"}, "text": {"line": f"hello {number}"}, "team": f"t{number}"}
        for number in range(3)
    ]
    load(elasticsearch.client, f"logstash-{prefix}", documents)
    fields = {"time": "ts.logged", "message": ("text.line",), "namespace": ("team",)}
    found, _ = read(elasticsearch.connection("reader"), f"logstash-{prefix}", fields=fields)
    assert [
        (row.time - NOON, row.message, row.origin.namespace) for row in sorted(found, key=lambda it: it.message)
    ] == [(1_123_456, f"hello {number}", f"t{number}") for number in range(3)]
    found, _ = read(elasticsearch.connection("reader"), f"logstash-{prefix}", fields=fields, namespaces=("t1",))
    assert messages(found) == ["hello 1"]


def test_hostile_documents_do_not_stop_the_others(elasticsearch: Server, prefix: str) -> None:
    at = "2026-03-02T12:00:01.000Z"
    deep: Any = "x"
    for _ in range(18):
        deep = {"a": deep}
    hostile: list[dict[str, Any]] = [
        {"@timestamp": at},
        {"@timestamp": at, "message": {"object": [1]}},
        {"@timestamp": at, "message": deep},
        {"@timestamp": at, "message": "\u0000\u0001\u0002".encode().decode("unicode_escape")},
        {"@timestamp": at, "message": "m", "kubernetes": "text"},
        {"@timestamp": at, "message": "m", "log": ["a", {"offset": -5}], "stream": 7},
        {"@timestamp": at, "message": "x" * 100_000, "log": {"offset": 1 << 70}},
        {"@timestamp": 1_772_452_801_000, "message": "by number"},
        {"@timestamp": "2026-03-02T12:00:01.123456789Z", "message": "by nanoseconds"},
        {"@timestamp": at, "message": "with dots", "log.file.path": "/x.log", "log.offset": 3},
    ]
    elasticsearch.client.indices.create(
        index=f"logs-{prefix}", mappings={"dynamic": False, "properties": {"@timestamp": {"type": "date"}}}
    )
    load(elasticsearch.client, f"logs-{prefix}", [*hostile, *story(1)])
    found, tally = read(elasticsearch.connection("reader"), f"logs-{prefix}")
    assert tally.read == len(hostile) + len(story(1))
    assert tally.dropped[DropReason.BINARY] == 1
    assert tally.dropped[DropReason.EMPTY] == 1 + sum(not each["message"] for each in story(1))
    shown = messages(found)
    assert {'{"object":[1]}', "by number", "by nanoseconds", "with dots"} <= set(shown)
    assert max(map(len, shown)) == 65_536
    assert {row.time - NOON for row in found if row.message == "by nanoseconds"} == {1_123_456}


def test_windows_are_read_as_they_become_due(elasticsearch: Server, prefix: str) -> None:
    load(elasticsearch.client, f"filebeat-{prefix}", story(3))
    clock = Clock(NOON + 90 * SECOND)
    with opened(
        elasticsearch.connection("reader"), f"filebeat-{prefix}", follow=True, until=None, clock=clock
    ) as source:
        assert source.watermark is None
        assert catch_up(source) == []
        assert source.at_end
        clock.now = NOON + 100 * SECOND  # a window, the lateness and the query delay
        first = catch_up(source)
        assert max(row.time for row in first) <= NOON + 80 * SECOND
        assert len([row for row in first if row.time < NOON + MINUTE]) > 150
        assert source.watermark is not None
        # So that the window can be closed, also where records may still go on.
        assert source.watermark - 10 * SECOND >= NOON + MINUTE
        assert source.positions()["elasticsearch"].read_to == NOON + 70 * SECOND
        clock.now = NOON + 159 * SECOND
        assert catch_up(source) == []
        clock.now = NOON + 160 * SECOND
        assert len(catch_up(source)) > 150
        assert not source.exhausted
        assert source.progress().done == source.progress().total == 2


def test_a_record_that_may_go_on_waits_for_the_next_range(elasticsearch: Server, prefix: str) -> None:
    name = PODS[0]
    lines = [(65, "ERROR failed"), (69.9, "java.lang.Error: x"), (70.1, "\tat a.B.c(B.java:1)"), (80, "INFO on")]
    documents = [document(name, offset, stamp(at), line) for offset, (at, line) in enumerate(lines)]
    load(elasticsearch.client, f"filebeat-{prefix}", documents)
    clock = Clock(NOON + 100 * SECOND)
    with opened(
        elasticsearch.connection("reader"), f"filebeat-{prefix}", follow=True, until=None, clock=clock
    ) as source:
        assert catch_up(source) == []
        assert source.tally.pending == 2
        clock.now += MINUTE
        assert messages(catch_up(source)) == ["ERROR failed\njava.lang.Error: x\n\tat a.B.c(B.java:1)", "INFO on"]


def test_an_open_record_keeps_its_window_open(elasticsearch: Server, prefix: str) -> None:
    early = f"{stamp(59.5)} ERROR this line says an earlier time than its document"
    load(elasticsearch.client, f"filebeat-{prefix}", [document(PODS[0], 0, stamp(68), early)])
    clock = Clock(NOON + 100 * SECOND)
    with opened(
        elasticsearch.connection("reader"), f"filebeat-{prefix}", follow=True, until=None, clock=clock
    ) as source:
        assert catch_up(source) == []
        assert source.watermark == NOON + round(69.5 * SECOND)


def test_reading_ends_where_it_is_told_to(elasticsearch: Server, prefix: str) -> None:
    load(elasticsearch.client, f"filebeat-{prefix}", story(4))
    found, _ = read(
        elasticsearch.connection("reader"), f"filebeat-{prefix}", since=NOON + 61 * SECOND, until=NOON + 150 * SECOND
    )
    assert NOON + 60 * SECOND <= found[0].time < NOON + 61 * SECOND
    assert found[-1].time < NOON + 153 * SECOND


def test_when_all_is_read_every_window_can_close(elasticsearch: Server, prefix: str) -> None:
    load(elasticsearch.client, f"filebeat-{prefix}", story(1))
    with opened(elasticsearch.connection("reader"), f"filebeat-{prefix}") as source:
        drain(source)
        assert source.watermark == END_OF_TIME


def test_large_ranges_come_in_parts(elasticsearch: Server, prefix: str) -> None:
    documents = [document(PODS[0], at, stamp(at / 1_000), f"{stamp(at / 1_000)} line {at}") for at in range(8_400)]
    load(elasticsearch.client, f"filebeat-{prefix}", documents)
    with opened(elasticsearch.connection("reader"), f"filebeat-{prefix}") as source:
        first = source.poll()
        assert 0 < len(first) < 10_000
        assert source.watermark is None
        assert source.tally.read == 0
        assert len(drain(source)) + len(first) == 8_400


def test_a_window_of_microseconds_cannot_be_searched() -> None:
    with (
        pytest.raises(DrainwatchError, match="milliseconds"),
        opened(Connection(("http://localhost:1",)), "x", span=1_500),
    ):
        pass
