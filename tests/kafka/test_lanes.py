"""What a worker does where a topic, its brokers or their client behave as they seldom do."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import cast

from confluent_kafka import Message as Fetched

from detector.store.sqlite import open_reader
from ingest.kafka.topic import headers_of
from tests.kafka.documents import SECOND, messages, partition
from tests.kafka.test_source import BEGIN
from tests.kafka.topics import Topic, until, working

HOUR = 3_600 * SECOND


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = BEGIN + HOUR

    def __call__(self) -> int:
        return self.now


def read(store: Path) -> int:
    """Lines that the store has in its account."""
    with closing(open_reader(store)) as reader:
        return reader.tally().read


class Unreadable:
    """A message as the client gives it whose header has a name that isn't UTF-8."""

    def headers(self) -> None:
        """As the client does."""
        b"\xff".decode()


def test_a_header_whose_name_is_not_utf8_costs_the_headers_and_not_the_message() -> None:
    assert headers_of(cast(Fetched, Unreadable())) == ()


def test_where_the_client_fails_with_messages_in_its_hands_they_are_fetched_again(tmp_path: Path) -> None:
    topic, store, clock = Topic(messages(list(partition(1, BEGIN, 60)))), tmp_path / "store.sqlite", Clock()
    topic.raising.append(ValueError("one message is odd"))
    with working(topic, store, clock) as live:
        until(lambda: len(topic.begun) > 1 and live.partitions and live.partitions[0].lag == 0)
        clock.now += 60 * SECOND
        until(lambda: read(store) == len(topic.log))
