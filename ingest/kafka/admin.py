"""Asks a Kafka cluster about itself, and says plainly why it gives no answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from ingest.kafka.plainly import explain
from ingest.kafka.settings import KafkaConnection, client_config

Answer = TypeVar("Answer")

_MISSING = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})
_LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]
_SOON = frozenset(
    {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS}
)
"""What is said before a coordinator is chosen, or ready."""
quiet = logging.getLogger("drainwatch.kafka")
"""Takes what the client says of its connections: what matters is raised."""
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """What answers."""

    id: str
    brokers: int


@dataclass(frozen=True, slots=True)
class TopicSeen:
    """A topic as it is."""

    name: str
    id: str
    partitions: int
    replicas: int
    """Of the partition that has the fewest."""
    rights: frozenset[str]
    """What whoever asks may do with it: `read`, `write`, `describe`, …"""


class Admin:
    """Asks one thing each. All raise `ServerError`; `timeout` is of one request, in seconds."""

    def __init__(self, connection: KafkaConnection, timeout: float | None = None) -> None:
        self._timeout = connection.timeout if timeout is None else timeout
        self._cause: KafkaError | None = None
        config: dict[str, Any] = dict(client_config(connection))
        config |= {"socket.timeout.ms": round(max(self._timeout, 1.0) * 1_000), "error_cb": self._heard}
        try:
            self._client = AdminClient(config, logger=quiet)
        except KafkaException as error:
            raise explain(error.args[0], "Kafka's client can't be set up") from None

    def cluster(self) -> Cluster:
        """What answers, whoever asks."""
        said = self._answer(self._client.describe_cluster(request_timeout=self._timeout), "Kafka was asked who it is")
        return Cluster(str(said.cluster_id), len(said.nodes))

    def topic(self, name: str) -> TopicSeen | None:
        """A topic; None where there is none of that name."""
        asked = self._client.describe_topics(
            TopicCollection([name]), include_authorized_operations=True, request_timeout=self._timeout
        )[name]
        try:
            said = self._answer(asked, f"The topic {name} was asked for", passing=_MISSING)
        except KafkaException:
            return None
        return TopicSeen(
            name,
            str(said.topic_id),
            len(said.partitions),
            min(len(partition.replicas) for partition in said.partitions),
            _rights(said.authorized_operations),
        )

    def config(self, topic: str) -> dict[str, str]:
        """The configuration of a topic, with the defaults that it goes by."""
        resource = ConfigResource(ResourceType.TOPIC, topic)
        (asked,) = self._client.describe_configs([resource], request_timeout=self._timeout).values()
        said = self._answer(asked, f"The configuration of {topic} was asked for")
        return {name: str(entry.value) for name, entry in said.items()}

    def group_rights(self, group: str) -> frozenset[str]:
        """What whoever asks may do with a consumer group, whether or not there is one."""

        def ask() -> Future[Any]:
            asked: Future[Any] = self._client.describe_consumer_groups(
                [group], include_authorized_operations=True, request_timeout=self._timeout
            )[group]
            return asked

        # A group that isn't there yet is described as a dead one, or (by Kafka 4) as missing.
        try:
            said = self._coordinated(ask, f"The consumer group {group} was asked for")
        except KafkaException:
            return frozenset({"read", "describe"})
        return _rights(said.authorized_operations)

    def committed(self, group: str) -> dict[tuple[str, int], int]:
        """By topic and partition, where a consumer group will read on."""

        def ask() -> Future[Any]:
            (asked,) = self._client.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(group)], request_timeout=self._timeout
            ).values()
            return asked

        try:
            said = self._coordinated(ask, f"Offsets of {group} were asked for")
        except KafkaException:
            return {}
        return {(one.topic, one.partition): one.offset for one in said.topic_partitions if one.offset >= 0}

    def ends(self, topic: str, partitions: int) -> dict[int, int]:
        """By partition, the offset after its last message."""
        wanted = {TopicPartition(topic, number): _LATEST for number in range(partitions)}
        asked = self._client.list_offsets(wanted, request_timeout=self._timeout) if wanted else {}
        return {
            one.partition: self._answer(future, f"The end of {topic} was asked for").offset
            for one, future in asked.items()
        }

    def create(self, name: str, partitions: int, replication: int, config: Mapping[str, str]) -> None:
        """Make a topic; `replication` -1 is what brokers do by default."""
        new = NewTopic(name, partitions, replication, config=dict(config))
        self._answer(
            self._client.create_topics([new], operation_timeout=self._timeout, request_timeout=self._timeout)[name],
            f"The topic {name} can't be created",
        )

    def change(self, topic: str, config: Mapping[str, str]) -> None:
        """Set parts of a topic's configuration; the others stay as they are."""
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in config.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        (asked,) = self._client.incremental_alter_configs([resource], request_timeout=self._timeout).values()
        self._answer(asked, f"The topic {topic} can't be changed")

    def _coordinated(self, ask: Callable[[], Future[Answer]], what: str) -> Answer:
        """Of a consumer group's coordinator, which a cluster takes a moment to choose for its first group.

        That there is no such group is raised as it came.
        """
        until = time.monotonic() + self._timeout
        while True:
            passing = {KafkaError.GROUP_ID_NOT_FOUND, *(_SOON if time.monotonic() < until else ())}
            try:
                return self._answer(ask(), what, passing)
            except KafkaException as error:
                if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                    raise
                time.sleep(0.1)

    def _answer(self, asked: Future[Answer], what: str, passing: frozenset[int] | set[int] = frozenset()) -> Answer:
        """Of a request; an error among `passing` is raised as it came."""
        try:
            return asked.result(self._timeout + 5)
        except TimeoutError:
            self._client.poll(0)
            raise explain(KafkaError(KafkaError._TIMED_OUT), what, self._cause) from None
        except KafkaException as error:
            self._client.poll(0)
            if error.args[0].code() in passing:
                raise
            raise explain(error.args[0], what, self._cause) from None

    def _heard(self, error: KafkaError) -> None:
        self._cause = error


def _rights(operations: Sequence[Any] | None) -> frozenset[str]:
    return frozenset(operation.name.lower() for operation in operations or ())
