"""Documents that come when their window was read are noticed, and the window is handed over again, whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ingest.accounting import Remark
from ingest.elasticsearch.grid import Grid, first_few, next_slots
from ingest.elasticsearch.late import chunks
from ingest.elasticsearch.memory import Memory
from ingest.elasticsearch.source import ElasticsearchSource
from ingest.settings import SECOND
from ingest.source import Revisit
from tests.ingest.elasticsearch.documents import document, load, make_index
from tests.ingest.elasticsearch.reading import MINUTE, Clock, Row, catch_up, messages, opened, read, rows
from tests.ingest.elasticsearch.test_source import PODS, TRACE, story
from tests.ingest.logs import NOON, stamp
from tests.servers.elasticsearch import Server


class Followed:
    """A source that is followed, and documents that come meanwhile."""

    def __init__(self, server: Server, index: str, source: ElasticsearchSource, clock: Clock) -> None:
        self.server, self.index, self.source, self.clock = server, index, source, clock
        self.places = 1 << 30

    def go_on(self, minutes: float = 1) -> list[Row]:
        self.clock.now += round(minutes * MINUTE)
        return catch_up(self.source)

    def late(self, second: float, *lines: str, **fields: Any) -> None:
        documents = []
        for number, line in enumerate(lines):
            self.places += 100
            documents.append({**document(PODS[0], self.places, stamp(second + number / 1_000), line), **fields})
        load(self.server.client, self.index, documents)

    def revisited(self) -> list[Revisit]:
        found = list(self.source.revisit())
        assert self.source.tally.balanced
        return found


@pytest.fixture
def followed(elasticsearch: Server, prefix: str) -> Iterator[Followed]:
    """At 12:06:00; closed are the windows until 12:05, watched those since 11:55."""
    index, clock = f"filebeat-{prefix}", Clock(NOON + 6 * MINUTE)
    load(elasticsearch.client, index, story(10))
    with opened(elasticsearch.connection("reader"), index, follow=True, until=None, clock=clock) as source:
        catch_up(source)
        made = Followed(elasticsearch, index, source, clock)
        assert made.revisited() == []
        yield made


def test_a_window_that_holds_more_is_handed_over_whole(followed: Followed) -> None:
    before = followed.source.tally.records
    followed.late(62.5, "INFO late")
    followed.go_on()
    assert followed.revisited() == [], "it may still grow"
    followed.go_on()
    counted = followed.source.tally.records
    (again,) = followed.revisited()
    # Also the next one, to which belongs a line of 12:01:59 that says a later time itself.
    assert (again.begin, again.until) == (NOON + MINUTE, NOON + 3 * MINUTE)
    expected, _ = read(followed.server.connection("reader"), followed.index, until=NOON + 8 * MINUTE)
    assert rows(again.batch.in_order()) == [row for row in expected if again.begin <= row.time < again.until]
    assert "INFO late" in again.batch.message
    assert followed.source.tally.records == counted + 1 > before
    assert followed.source.tally.remarks[Remark.LATE] == 1
    followed.go_on()
    assert followed.revisited() == [], "each is handed over once"


def test_a_window_that_keeps_growing_is_waited_for_until_it_is_watched_no_more(followed: Followed) -> None:
    seen = []
    for minute in range(14):
        followed.late(62.5, f"INFO late {minute}")
        followed.go_on()
        seen += [(minute, again) for again in followed.revisited()]
    assert [again.begin for _, again in seen] == [NOON + MINUTE]
    minute, again = seen[0]
    # Its end left the ten minutes that are watched, and with it what came until then.
    assert 5 <= minute <= 8
    assert f"INFO late {minute}" in again.batch.message


def test_a_look_that_comes_too_soon_asks_nothing(followed: Followed) -> None:
    followed.late(62.5, "INFO late")
    followed.go_on()
    assert followed.revisited() == []
    assert followed.revisited() == [], "as it would if the window had been found settled"


def test_adjoining_windows_come_together(followed: Followed) -> None:
    for second in (62, 125, 245):
        followed.late(second, "INFO late")
    followed.go_on()
    followed.revisited()
    followed.go_on()
    found = [((again.begin - NOON) // MINUTE, (again.until - NOON) // MINUTE) for again in followed.revisited()]
    assert found == [(1, 3), (4, 5)]
    assert followed.source.tally.remarks[Remark.LATE] == 3


def test_a_document_that_says_another_time_brings_the_window_beside_it(followed: Followed) -> None:
    followed.late(122, f"{stamp(118)} INFO logged in the minute before")
    followed.go_on()
    followed.revisited()
    followed.go_on()
    (again,) = followed.revisited()
    assert (again.begin, again.until) == (NOON + MINUTE, NOON + 3 * MINUTE)
    assert any("in the minute before" in message for message in again.batch.message)


def test_a_late_stack_trace_is_joined(followed: Followed) -> None:
    followed.late(70, *TRACE, stream="stderr")
    followed.go_on()
    followed.revisited()
    followed.go_on()
    (again,) = followed.revisited()
    assert again.batch.message.count("\n".join(TRACE)) > story(2).count(document(PODS[0], 0, "", ""))
    assert followed.source.tally.remarks[Remark.LATE] == len(TRACE)


def test_what_came_while_nobody_looked_is_noticed_after_a_restart(followed: Followed) -> None:
    checkpoints = followed.source.positions()
    followed.late(62.5, "INFO late")
    reader, index = followed.server.connection("reader"), followed.index
    resume: dict[str, Any] = {"closed_until": NOON + 5 * MINUTE, "checkpoints": checkpoints, "clock": followed.clock}
    with opened(reader, index, follow=True, until=None, **resume) as source:
        again = Followed(followed.server, index, source, followed.clock)
        assert all(row.time >= NOON + 5 * MINUTE for row in again.go_on())
        assert again.revisited() == []
        again.go_on()
        (revisit,) = again.revisited()
        assert "INFO late" in revisit.batch.message
        assert source.tally.remarks[Remark.LATE] == 1
    with opened(reader, index, until=NOON + 10 * MINUTE, **resume | {"clock": lambda: NOON + 60 * MINUTE}) as source:
        while not source.exhausted:
            source.poll()
        (revisit,) = source.revisit()
        assert "INFO late" in revisit.batch.message, "where nothing is followed nothing is waited for"


@pytest.mark.parametrize("minutes", [8, 30])
def test_it_is_noticed_also_when_it_was_stopped_for_long(followed: Followed, minutes: int) -> None:
    resume: dict[str, Any] = {"closed_until": NOON + 5 * MINUTE, "checkpoints": followed.source.positions()}
    followed.late(62.5, "INFO late")
    followed.clock.now += minutes * MINUTE
    reader, index = followed.server.connection("reader"), followed.index
    with opened(reader, index, follow=True, until=None, clock=followed.clock, **resume) as source:
        again = Followed(followed.server, index, source, followed.clock)
        found = []
        for _ in range(3):
            again.go_on()
            found += again.revisited()
    assert ["INFO late" in one.batch.message for one in found if one.begin <= NOON + MINUTE < one.until] == [True]


def test_a_run_that_ends_amid_its_findings_leaves_the_rest_to_the_next(elasticsearch: Server, prefix: str) -> None:
    index, clock = f"filebeat-{prefix}", Clock(NOON + 58 * MINUTE)
    make_index(elasticsearch.client, index)
    load(elasticsearch.client, index, story(10))
    reader = elasticsearch.connection("reader")
    with opened(reader, index, follow=True, until=None, clock=clock) as source:
        followed = Followed(elasticsearch, index, source, clock)
        followed.go_on(0)
        followed.revisited()
        ingested = {"event": {"ingested": "2026-03-02T12:58:20.000Z"}}
        for second in (62.5, 310):
            followed.late(second, "INFO very late", **ingested)
        followed.go_on()
        assert next(iter(source.revisit())).begin == NOON + MINUTE
        resume: dict[str, Any] = {"closed_until": NOON + 57 * MINUTE, "checkpoints": source.positions()}
    with opened(reader, index, follow=True, until=None, clock=clock, **resume) as source:
        followed = Followed(elasticsearch, index, source, clock)
        followed.go_on()
        assert NOON + 5 * MINUTE in [again.begin for again in followed.revisited()]


def test_what_comes_very_late_is_found_by_the_time_of_its_ingestion(elasticsearch: Server, prefix: str) -> None:
    index, clock = f"filebeat-{prefix}", Clock(NOON + 58 * MINUTE)
    make_index(elasticsearch.client, index)
    load(elasticsearch.client, index, story(10))
    with opened(elasticsearch.connection("reader"), index, follow=True, until=None, clock=clock) as source:
        followed = Followed(elasticsearch, index, source, clock)
        followed.go_on(0)
        assert followed.revisited() == []
        ingested = {"event": {"ingested": "2026-03-02T12:58:20.000Z"}}
        followed.late(62.5, "INFO very late", **ingested)
        followed.late(250, "INFO very late", "INFO very late", **ingested)
        followed.late(58 * 60, "INFO in time", **ingested)
        followed.go_on()
        found = followed.revisited()
        assert [(again.begin - NOON) // MINUTE for again in found] == [1, 4]
        assert [again.batch.message.count("INFO very late") for again in found] == [1, 2]
        assert source.tally.remarks[Remark.LATE] == 3
        followed.go_on()
        assert followed.revisited() == []
        expected, tally = read(elasticsearch.connection("reader"), index, until=clock.now)
        assert len(expected) == tally.records
        assert source.tally.read == tally.read


def test_what_was_found_by_counting_is_not_found_again_by_the_time_of_its_ingestion(
    elasticsearch: Server, prefix: str
) -> None:
    index, clock = f"filebeat-{prefix}", Clock(NOON + 29 * MINUTE)
    make_index(elasticsearch.client, index)
    load(elasticsearch.client, index, story(1))
    with opened(elasticsearch.connection("reader"), index, follow=True, until=None, clock=clock) as source:
        followed = Followed(elasticsearch, index, source, clock)
        followed.go_on(0)
        assert followed.revisited() == []
        followed.late(18.5 * 60, "INFO late", event={"ingested": "2026-03-02T12:29:50.000Z"})
        followed.go_on()
        assert [again.begin for again in followed.revisited()] == [NOON + 18 * MINUTE], "the last look at it"
        for _ in range(3):
            followed.go_on()
            assert followed.revisited() == []
        assert source.tally.remarks[Remark.LATE] == 1


def test_without_it_what_comes_very_late_is_left_alone(followed: Followed) -> None:
    followed.go_on(40)
    followed.revisited()
    followed.late(62.5, "INFO very late")
    followed.go_on()
    followed.revisited()
    followed.go_on()
    assert followed.revisited() == []


def test_what_comes_before_anything_was_read_comes_as_if_in_time(elasticsearch: Server, prefix: str) -> None:
    index, clock = f"filebeat-{prefix}", Clock(NOON + 5 * MINUTE)
    make_index(elasticsearch.client, index)
    with opened(elasticsearch.connection("reader"), index, follow=True, until=None, clock=clock) as source:
        followed = Followed(elasticsearch, index, source, clock)
        assert followed.go_on() == []
        followed.late(62.5, "INFO the first")
        assert followed.revisited() == []
        assert messages(followed.go_on()) == ["INFO the first"]
        assert source.tally.read == 1


def test_a_cluster_that_was_empty_at_first_is_read_as_one_that_never_was(elasticsearch: Server, prefix: str) -> None:
    index, clock = f"filebeat-{prefix}", Clock(NOON + 30 * MINUTE)
    make_index(elasticsearch.client, index)
    with opened(elasticsearch.connection("reader"), index, follow=True, until=None, clock=clock) as source:
        followed = Followed(elasticsearch, index, source, clock)
        assert followed.go_on() == []
        load(elasticsearch.client, index, story(10))
        assert followed.revisited() == []
        assert source.watermark is None, "or all of it would be late"
        found = followed.go_on()
        expected, _ = read(elasticsearch.connection("reader"), index, until=NOON + 30 * MINUTE)
        assert found == expected


def test_documents_that_are_all_dropped_are_read_once(elasticsearch: Server, prefix: str) -> None:
    index, clock = f"filebeat-{prefix}", Clock(NOON + 6 * MINUTE)
    make_index(elasticsearch.client, index)
    load(elasticsearch.client, index, [document(PODS[0], at, stamp(at), " ") for at in range(100)])
    with opened(elasticsearch.connection("reader"), index, follow=True, until=None, clock=clock) as source:
        followed = Followed(elasticsearch, index, source, clock)
        for _ in range(3):
            followed.go_on()
            followed.revisited()
        assert source.tally.read == source.tally.dropped.total() == 100


def test_any_past_time_is_read_again_a_few_windows_at_a_time(elasticsearch: Server, prefix: str) -> None:
    index = f"filebeat-{prefix}"
    load(elasticsearch.client, index, story(6))
    expected, _ = read(elasticsearch.connection("reader"), index)
    with opened(elasticsearch.connection("reader"), index, follow=True, until=None) as source:
        found = []
        for again in source.reread(NOON + 90 * SECOND, NOON + 4 * MINUTE):
            assert source.progress().unit == "windows"
            assert source.progress().total == 3
            found.append(again)
        assert [(again.begin, again.until) for again in found] == [(NOON + MINUTE, NOON + 4 * MINUTE)]
        assert rows(found[0].batch.in_order()) == [
            row for row in expected if NOON + MINUTE <= row.time < NOON + 4 * MINUTE
        ]
        assert source.tally.read == 0


def test_large_windows_are_read_again_one_by_one() -> None:
    counts = {0: 60_000, 60: 30_000, 120: 30_000, 180: 200_000, 240: 1}
    assert list(chunks(counts, 0, 360, 60)) == [(0, 120), (120, 180), (180, 240), (240, 360)]


def test_frontiers_lie_behind_the_windows_that_they_close() -> None:
    grid = Grid(60, 10)
    assert [grid.floor(at) for at in (9, 10, 69, 70)] == [-50, 10, 10, 70]
    assert [grid.ceil(at) for at in (9, 10, 11, 70)] == [10, 10, 70, 70]
    assert [grid.closed(at) for at in (69, 70, 129)] == [0, 60, 60]


def test_ranges_grow_while_there_is_little_and_are_cut_where_there_is_much() -> None:
    assert next_slots(1, 0) == 8
    assert [next_slots(4, documents) for documents in (1, 50_000, 200_000)] == [8, 4, 2]
    assert next_slots(1, 200_000) == 1
    counts = {10: 60_000, 70: 30_000, 130: 30_000}
    assert first_few(counts, 10, 190, 60, before=0) == 130
    assert first_few(counts, 10, 190, 60, before=200_000) == 10
    assert first_few({}, 10, 1_000, 60, before=0) == 1_000


@pytest.mark.parametrize("identity", ["", "{", "[]", '{"windows": 7}', '{"span": 30, "windows": [[0, 5]]}'])
def test_a_memory_that_cannot_be_used_is_none(identity: str) -> None:
    memory = Memory.of(identity, 60, 600)
    assert (memory.counts, memory.since, memory.known) == ({}, 600, 600)
