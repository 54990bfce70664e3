"""What is read of a cluster for an answer is given up with the answer; passes, which nobody waits for, go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, nullcontext

import pytest

from detector.deadline import within
from detector.errors import StoreError
from detector.store.elasticsearch.reading import ElasticsearchReader, reader_beside
from ingest.elasticsearch.settings import Connection
from tests.servers.inbox import Inbox, Posted, Reply

SLOW = 1.5
HEAD = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}


def slowly(_: Posted) -> Reply:
    return Reply(404, b'{"error": {"type": "x", "reason": "asked to the end"}, "status": 404}', HEAD, delay=SLOW)


@pytest.fixture
def slow() -> Iterator[Inbox]:
    with Inbox(slowly) as inbox:
        yield inbox


@pytest.fixture
def reader(slow: Inbox) -> Iterator[ElasticsearchReader]:
    connection = Connection(hosts=(slow.address,), timeout=60.0, patience=0.0)
    with closing(reader_beside(connection, "shop", lambda: False)) as made:
        yield made


def test_what_an_answer_has_no_time_for_is_given_up_and_says_what_to_do(reader: ElasticsearchReader) -> None:
    with within(SLOW / 5), pytest.raises(StoreError, match="longer than an answer may") as late:
        reader.statuses()
    assert "service.answer_within" in late.value.advice


def test_nothing_more_is_asked_once_the_time_is_over(slow: Inbox, reader: ElasticsearchReader) -> None:
    with within(0.01):
        time.sleep(0.02)
        with pytest.raises(StoreError, match="longer than an answer may"):
            reader.statuses()
    assert slow.asked == []


@pytest.mark.parametrize("seconds", [None, 60.0])
def test_what_has_time_is_waited_for(reader: ElasticsearchReader, seconds: float | None) -> None:
    with nullcontext() if seconds is None else within(seconds), pytest.raises(StoreError, match="asked to the end"):
        reader.statuses()
