"""The topic as one worker of a consumer group sees it: partitions come and go, messages are fetched, ends looked at.

Partitions move one by one (cooperative-sticky assignment). A partition that came is paused until `begin_at` says where
its reading begins; the offsets that the group keeps are for those who watch its lag, and for where nothing else is
known. https://docs.confluent.io/platform/current/clients/confluent-kafka-python/html/index.html
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import (
    OFFSET_BEGINNING,
    TIMESTAMP_LOG_APPEND_TIME,
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka import Message as Fetched
from confluent_kafka.admin import AdminClient, ListOffsetsResultInfo, OffsetSpec

from ingest.kafka.messages import Message
from ingest.kafka.plainly import explain
from ingest.kafka.settings import KafkaConnection, TopicSettings, client_config

AT_ONCE = 5_000
"""Messages that are fetched at once."""
_HARMLESS = frozenset((KafkaError._TIMED_OUT, KafkaError._MAX_POLL_EXCEEDED))
_EARLIEST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
_LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]
log = logging.getLogger("drainwatch.kafka")


Answer = TypeVar("Answer")


class _NoGroupError(Exception):
    """Nobody of this group was ever there."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a topic is."""

    id: str
    """Another one where it was deleted and made anew; empty where the brokers don't tell."""
    partitions: int


class TopicReader:
    """A member of the group. `on_assigned` and `on_revoked` are told of partitions during `fetch`.

    All but `describe`, `bounds` and `committed`, which don't ask through the consumer, is for one thread. Raises
    `ServerError` where the brokers refuse.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        settings: TopicSettings,
        *,
        on_assigned: Callable[[list[int]], None],
        on_revoked: Callable[[list[int]], None],
    ) -> None:
        self.name, self._group, self._timeout = settings.topic, settings.group, connection.timeout
        self._on_assigned, self._on_revoked = on_assigned, on_revoked
        self.trouble: KafkaError | None = None
        """Why nothing can be read just now; None where that isn't known to be so."""
        config = client_config(connection)
        quiet = logging.getLogger("drainwatch.kafka.client")
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False  # what matters is in `trouble`
        try:
            self._admin = AdminClient(dict(config), logger=quiet)
            self._consumer = Consumer(
                {
                    **config,
                    "group.id": settings.group,
                    "partition.assignment.strategy": "cooperative-sticky",
                    "enable.auto.commit": False,
                    "enable.auto.offset.store": False,
                    "isolation.level": "read_committed",
                    # What was deleted is told, and not passed over: `gone` has the partitions.
                    "auto.offset.reset": "error",
                    # Marks of transactions have offsets, too, and are no messages.
                    "enable.partition.eof": True,
                    "session.timeout.ms": settings.session // 1_000,
                    "heartbeat.interval.ms": min(3_000, settings.session // 3_000),
                    "queued.max.messages.kbytes": 65_536,
                    "fetch.wait.max.ms": 100,
                    "error_cb": self._heard,
                },
                logger=quiet,
            )
            self._consumer.subscribe(
                [self.name], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
            )
        except KafkaException as error:
            raise explain(error.args[0], "Kafka's client can't be set up") from None
        self.gone: set[int] = set()
        """Partitions whose next message was deleted before it was fetched: they wait for `begin_at`."""
        self.passed: dict[int, int] = {}
        """By partition, an offset before which there is no message but those that were fetched; to be emptied."""
        self._looking: dict[int, Future[ListOffsetsResultInfo]] = {}

    def fetch(self, seconds: float) -> dict[int, list[Message]]:
        """The next messages by partition, waiting so long at most; partitions come and go meanwhile."""
        try:
            fetched = self._consumer.consume(AT_ONCE, seconds)
        except KafkaException as error:
            raise explain(error.args[0], f"The topic {self.name} can't be read") from None
        found: dict[int, list[Message]] = {}
        for message in fetched:
            if (problem := message.error()) is not None:
                if problem.code() == KafkaError._AUTO_OFFSET_RESET:
                    self.gone.add(message.partition() or 0)
                elif problem.code() == KafkaError._PARTITION_EOF:
                    self.passed[message.partition() or 0] = message.offset() or 0
                else:
                    self._heard(problem)
                continue
            found.setdefault(message.partition() or 0, []).append(_message(message))
        if found:
            self.trouble = None
        return found

    def describe(self) -> Description:
        """What the topic is just now."""
        asked = self._admin.describe_topics(TopicCollection([self.name]), request_timeout=self._timeout)
        told = self._answer(asked[self.name])
        return Description("" if told.topic_id is None else str(told.topic_id), len(told.partitions))

    def bounds(self, number: int) -> tuple[int, int]:
        """The first offset that is there, and the one after the last."""
        place = TopicPartition(self.name, number)
        asked = [
            self._admin.list_offsets(
                {place: spec}, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=self._timeout
            )[place]
            for spec in (_EARLIEST, _LATEST)
        ]
        low, high = (self._answer(future).offset for future in asked)
        return low, high

    def committed(self, number: int) -> int | None:
        """The offset that the group keeps for a partition; None where it keeps none."""
        asked = ConsumerGroupTopicPartitions(self._group, [TopicPartition(self.name, number)])
        future = self._admin.list_consumer_group_offsets([asked], request_timeout=self._timeout)[self._group]
        try:
            found = self._answer(future).topic_partitions
        except _NoGroupError:
            return None
        return found[0].offset if found and found[0].offset >= 0 else None

    def begin_at(self, number: int, offset: int) -> None:
        """Fetch this partition from an offset on, whatever was fetched of it before."""
        place = TopicPartition(self.name, number, offset)
        self.gone.discard(number)
        try:
            self._consumer.incremental_unassign([place])
            self._consumer.incremental_assign([place])
            self._consumer.resume([place])
        except KafkaException as error:
            raise explain(error.args[0], f"The topic {self.name} can't be read", self.trouble) from None

    def pause(self, numbers: Iterable[int]) -> None:
        """Fetch no more of these partitions for now."""
        self._consumer.pause([TopicPartition(self.name, number) for number in numbers])

    def resume(self, numbers: Iterable[int]) -> None:
        """Fetch more of these partitions again."""
        self._consumer.resume([TopicPartition(self.name, number) for number in numbers])

    def look(self, numbers: Iterable[int]) -> None:
        """Ask where these partitions end; `ends` has the answer, some time later."""
        wanted = {TopicPartition(self.name, number): _LATEST for number in numbers}
        if wanted:
            asked = self._admin.list_offsets(
                wanted, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=self._timeout
            )
            self._looking = {partition.partition: future for partition, future in asked.items()}

    @property
    def looking(self) -> bool:
        """Whether an answer is still to come."""
        return any(not future.done() for future in self._looking.values())

    def ends(self) -> dict[int, int]:
        """The offset after the last message of each partition, as it was when `look` asked."""
        found = {}
        for number, future in self._looking.items():
            try:
                found[number] = future.result(0).offset
            except KafkaException as error:
                self.trouble = error.args[0]
            except TimeoutError:
                continue
        self._looking = {}
        if found:
            self.trouble = None
        return found

    def keep(self, offsets: Mapping[int, int]) -> None:
        """Have the group keep these offsets, some time soon; it is told again, if it isn't there just now."""
        if offsets:
            places = [TopicPartition(self.name, number, offset) for number, offset in offsets.items()]
            try:
                self._consumer.commit(offsets=places, asynchronous=True)
            except KafkaException as error:
                log.debug("offsets were not kept: %s", error)

    def close(self) -> None:
        """Leave the group: the others have its partitions at once."""
        self._consumer.close()

    def _answer(self, future: Future[Answer]) -> Answer:
        what = f"The topic {self.name} can't be read"
        try:
            return future.result(self._timeout + 5)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                raise _NoGroupError from None
            raise explain(error.args[0], what, self.trouble) from None
        except TimeoutError:
            raise explain(KafkaError(KafkaError._TIMED_OUT), what, self.trouble) from None

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        places = [TopicPartition(one.topic, one.partition, OFFSET_BEGINNING) for one in partitions]
        consumer.incremental_assign(places)
        consumer.pause(places)
        self._on_assigned([one.partition for one in partitions])

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._on_revoked([one.partition for one in partitions])
        consumer.incremental_unassign(partitions)

    def _heard(self, error: KafkaError) -> None:
        if error.code() not in _HARMLESS:
            self.trouble = error


def _message(message: Fetched) -> Message:
    kind, time = message.timestamp()
    return Message(
        message.offset() or 0,
        message.value() or b"",
        message.key(),
        time * 1_000 if kind == TIMESTAMP_LOG_APPEND_TIME else None,
        headers_of(message),
    )


def headers_of(message: Fetched) -> tuple[tuple[str, bytes | None], ...]:
    """The headers of a message; none where a name isn't UTF-8, which the client can't tell."""
    # The client may hand over a list with the error still to be raised, by whatever is done next.
    try:
        headers = message.headers()
        if not isinstance(headers, list):
            return ()
        return tuple((name, value.encode() if isinstance(value, str) else value) for name, value in headers)
    except (UnicodeDecodeError, SystemError):
        return ()
