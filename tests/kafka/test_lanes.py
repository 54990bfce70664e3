"""What a worker does where a topic, its brokers or their client behave as they seldom do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from confluent_kafka import KafkaError
from confluent_kafka import Message as Fetched
from structlog.testing import capture_logs

from detector.api.live import LiveStatus
from detector.errors import SourceError
from detector.outputs import Outbox
from detector.store.port import PassResult, Told
from detector.store.sqlite import open_reader, open_store
from detector.worker.lane import refuse_moved
from ingest.accounting import DropReason, Tally
from ingest.errors import ServerError
from ingest.kafka.messages import Refused
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


def finished(topic: Topic, store: Path, clock: Clock, refused: list[Refused] | None = None) -> Tally:
    """A worker reads the topic until all is in closed windows."""
    with working(topic, store, clock, refused=refused) as live:
        until(lambda: live.partitions and live.partitions[0].lag == 0)
        clock.now += 60 * SECOND
        until(lambda: is_kept(store, topic.high))
    with closing(open_reader(store)) as reader:
        return reader.tally()


def is_kept(store: Path, end: int) -> bool:
    """Whether all before this offset is in closed windows."""
    with closing(open_reader(store)) as reader:
        return any(one.resume_at == end for one in reader.checkpoints().values())


def later(clock: Clock, store: Path, end: int) -> bool:
    """As `is_kept`; the clock goes on meanwhile."""
    clock.now += SECOND
    return is_kept(store, end)


def test_a_topic_that_is_deleted_and_made_anew_while_it_is_read_is_read_from_its_beginning(tmp_path: Path) -> None:
    old, new = (messages(list(partition(seed, BEGIN, seconds))) for seed, seconds in ((2, 60), (3, 30)))
    topic, store, clock = Topic(old), tmp_path / "store.sqlite", Clock()
    with working(topic, store, clock) as live:
        until(lambda: live.partitions and live.partitions[0].position == len(old))
        clock.now += 60 * SECOND
        until(lambda: is_kept(store, len(old)))
        topic.replace(new, "two")
        topic.group = 20  # what the group keeps is of the old one
        until(lambda: live.partitions[0].position == len(new), 30)
        clock.now += 60 * SECOND
        until(lambda: is_kept(store, len(new)))
    with closing(open_reader(store)) as reader:
        assert reader.tally().read == len(old) + len(new)
        assert set(reader.checkpoints()) == {"logs/0", "logs/0@two"}


def test_a_topic_that_was_made_anew_and_outgrew_what_was_read_is_noticed_before_anything_of_it_is_counted(
    tmp_path: Path,
) -> None:
    old, new = (messages(list(partition(seed, BEGIN, seconds))) for seed, seconds in ((2, 30), (3, 90)))
    topic, store, clock = Topic(old), tmp_path / "store.sqlite", Clock()
    with working(topic, store, clock) as live:
        until(lambda: live.partitions and live.partitions[0].position == len(old))
        clock.now += 60 * SECOND
        until(lambda: is_kept(store, len(old)))
        topic.replace(new, "two")
        until(lambda: later(clock, store, len(new)))
    with closing(open_reader(store)) as reader:
        assert reader.tally().read == len(old) + len(new)
        assert reader.checkpoints()["logs/0"].read_to == len(old)


@pytest.mark.parametrize(
    ("stopped", "more"), [(True, 5), (False, 5), (False, 80)], ids=["unread", "while it is read", "and grown beyond"]
)
def test_what_comes_in_place_of_messages_that_the_brokers_lost_is_read_and_the_loss_told(
    tmp_path: Path, stopped: bool, more: int
) -> None:
    log, after = (list(partition(seed, BEGIN + begin, 60)) for seed, begin in ((11, 0), (12, 900 * SECOND)))
    topic, store, clock, cut = Topic(messages(log)), tmp_path / "store.sqlite", Clock(), len(log) - 40
    new = messages(after[:more], first=cut)

    def told(live: LiveStatus) -> bool:
        return "the brokers have lost messages" in (live.partitions[0].problem or "" if live.partitions else "")

    with working(topic, store, clock) as live:
        until(lambda: later(clock, store, len(log)))
        if not stopped:
            topic.cut(cut)
            until(lambda: told(live))
            topic.cut(cut, new)
            until(lambda: later(clock, store, cut + more))
    if stopped:
        topic.cut(cut)
        with working(topic, store, clock) as live:
            until(lambda: told(live))
            topic.cut(cut, new)
            until(lambda: later(clock, store, cut + more))
    with closing(open_reader(store)) as reader:
        assert (reader.tally().read, reader.tally().balanced) == (len(log) + more, True)


@pytest.mark.parametrize("partitions", [1, 2])
def test_a_topic_that_was_made_anew_is_begun_at_its_beginning_and_not_where_the_group_was(
    tmp_path: Path, partitions: int
) -> None:
    old, new = (messages(list(partition(seed, BEGIN, 30))) for seed in (4, 5))
    topic, store, clock = Topic(old), tmp_path / "store.sqlite", Clock()
    finished(topic, store, clock)
    topic = Topic(new, "two", partitions)
    topic.group = len(new) // 2
    with closing(open_store(store, shared=True)) as opened:
        if partitions > 1:
            with pytest.raises(SourceError, match="has 2 partitions now and had 1"):
                refuse_moved(opened, "logs", "two", 2)
            opened.release("logs/0")
        refuse_moved(opened, "logs", "two", partitions)
    assert finished(topic, store, clock).read == len(old) + len(new)
    with closing(open_store(store, shared=True)) as opened:
        refuse_moved(opened, "logs", "two", partitions)


def test_a_store_that_is_made_anew_is_filled_from_the_beginning_whatever_the_group_keeps(tmp_path: Path) -> None:
    topic, clock = Topic(messages(list(partition(6, BEGIN, 30)))), Clock()
    topic.group = topic.high
    assert finished(topic, tmp_path / "store.sqlite", clock).read == topic.high


def test_the_group_says_where_to_begin_for_those_who_want_but_what_is_new(tmp_path: Path) -> None:
    topic, store, clock = Topic(messages(list(partition(6, BEGIN, 30)))), tmp_path / "store.sqlite", Clock()
    topic.group = topic.high - 7
    with working(topic, store, clock, start="latest") as live:
        until(lambda: live.partitions and live.partitions[0].lag == 0)
    assert topic.begun == [topic.high - 7]


def test_marks_of_transactions_at_the_end_do_not_keep_windows_open(tmp_path: Path) -> None:
    topic = Topic(messages(list(partition(7, BEGIN, 30))))
    topic.high += 1
    assert finished(topic, tmp_path / "store.sqlite", Clock()).read == len(topic.log)


def test_a_partition_with_nothing_but_what_is_refused_is_refused_once(tmp_path: Path) -> None:
    topic, store, clock = Topic(messages([b"no JSON"] * 50)), tmp_path / "store.sqlite", Clock()
    refused: list[Refused] = []
    for _ in range(2):
        tally = finished(topic, store, clock, refused)
        assert (tally.read, tally.dropped, len(refused)) == (50, {DropReason.MALFORMED: 50}, 50)
    with closing(open_reader(store)) as reader:
        assert reader.closed_until() is None  # what comes of an earlier time isn't late


def test_where_nothing_more_can_be_made_of_what_comes_it_is_stored_how_far_it_was_read(tmp_path: Path) -> None:
    topic, store, clock = Topic(messages(list(partition(11, BEGIN, 30)))), tmp_path / "store.sqlite", Clock()
    refused: list[Refused] = []
    with working(topic, store, clock, refused=refused) as live:
        until(lambda: live.partitions and live.partitions[0].lag == 0)
        clock.now += 60 * SECOND
        until(lambda: is_kept(store, topic.high))
        closed = live.partitions[0].closed_until
        topic.append([b"no JSON"] * 50)
        until(lambda: len(refused) == 50)
        clock.now += SECOND  # no window ends
        until(lambda: is_kept(store, topic.high))
        assert live.partitions[0].closed_until == closed


def test_where_a_partition_ends_is_looked_at_as_soon_as_a_window_is_over(tmp_path: Path) -> None:
    topic, store, clock = Topic(messages(list(partition(12, BEGIN, 30)))), tmp_path / "store.sqlite", Clock()
    with working(topic, store, clock) as live:
        until(lambda: live.partitions and live.partitions[0].lag == 0)
        for _ in range(4):
            topic.looks, fetches = [], topic.fetches
            clock.now += 5 * SECOND
            until(lambda: topic.looks)
            assert topic.looks[0] - fetches < 10  # in half a second there are up to a hundred


def test_it_is_logged_when_a_topic_can_not_be_read_and_when_all_is_caught_up_each_once(tmp_path: Path) -> None:
    topic = Topic(messages(list(partition(13, BEGIN, 30))))
    topic.trouble = KafkaError(KafkaError._UNKNOWN_TOPIC)
    topic.may_join.clear()
    with capture_logs() as said, working(topic, tmp_path / "store.sqlite", Clock()) as live:
        until(lambda: live.error)
        assert (live.error or "").startswith("The topic logs can't be read: there is no such topic.")
        until(lambda: topic.fetches > 20)
        assert live.phase == "catching up"
        topic.trouble = None
        topic.may_join.set()
        until(lambda: live.phase == "live")
        assert live.error is None
    problems = [one["problem"] for one in said if one["event"] == "failed"]
    assert problems == ["The topic logs can't be read: there is no such topic."]
    assert [one["messages"] for one in said if one["event"] == "caught up"] == [topic.high]


def test_partitions_that_go_before_they_could_be_opened_are_not_waited_for(tmp_path: Path) -> None:
    topic = Topic(messages(list(partition(14, BEGIN, 30))))
    topic.numbers = [0, 1, 2]
    topic.may_open.clear()
    with working(topic, tmp_path / "store.sqlite", Clock()) as live:
        until(lambda: len(live.partitions) == 3)
        topic.leaving = [1, 2]
        until(lambda: topic.left_in is not None)
        topic.may_open.set()
        until(lambda: live.partitions and live.partitions[0].lag == 0)
    assert (topic.left_in or 0) < 3


def test_what_is_deleted_as_it_is_fetched_is_told_on_the_page_and_counted(tmp_path: Path) -> None:
    log = messages(list(partition(8, BEGIN, 60)))
    topic, store, clock = Topic([one for one in log if not 50 <= one.offset < 90]), tmp_path / "store.sqlite", Clock()
    topic.delete_when_begun = 90
    with working(topic, store, clock) as live:
        until(lambda: live.partitions and live.partitions[0].lag == 0)
        until(lambda: "40 messages, from offset 50 on, were deleted" in (live.partitions[0].problem or ""))
        clock.now += 60 * SECOND
        until(lambda: read(store) == len(log))
    with closing(open_reader(store)) as reader:
        assert reader.tally().dropped == {DropReason.DELETED: 40}


class Failing:
    """An output that never knows what to say, so that no pass can be stored; it notes when it was tried."""

    name = "failing"

    def __init__(self) -> None:
        self.tried: list[float] = []

    def messages(self, result: PassResult) -> list[Told]:
        """Fails."""
        self.tried.append(time.monotonic())
        raise ServerError("The output is away.", "Wait.")

    def send(self, told: Sequence[Told]) -> None:
        """Nothing ever is."""

    def close(self) -> None:
        """Nothing is open."""


def test_a_pass_that_always_fails_is_tried_ever_less_often(tmp_path: Path) -> None:
    topic, output = Topic(messages(list(partition(9, BEGIN, 60)))), Failing()
    outbox = Outbox([output])
    with closing(outbox), working(topic, tmp_path / "store.sqlite", Clock(), outbox=outbox):
        until(lambda: len(output.tried) == 4)
    first, second, third = (later - one for one, later in pairwise(output.tried))
    assert first < 2 <= second < 4 <= third


def test_whose_lines_are_refused_and_where_they_belong_is_said_on_the_page_once(tmp_path: Path) -> None:
    topic, store = Topic(messages(list(partition(10, BEGIN, 30)))), tmp_path / "store.sqlite"
    with closing(open_store(store, shared=True)) as opened, closing(opened.scope("logs/1")) as other:
        other.claim(["pay"])
        with working(topic, store, Clock()) as live:
            until(lambda: live.partitions and live.partitions[0].lag == 0)
            problem = live.partitions[0].problem or ""
    assert problem.startswith("Lines of the namespace pay are refused here, as it belongs to logs/1,")
    assert "drainwatch release logs --namespace pay;" in problem
