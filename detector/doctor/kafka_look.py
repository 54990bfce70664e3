"""Looks at Kafka as drainwatch would use it; whatever can't be looked at is a fact too. Nothing is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeVar

import msgspec
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from detector.connecting import kafka_connection_of
from detector.doctor.kafka_facts import KafkaFacts, NoAnswer, Sample, TopicFact
from detector.errors import DrainwatchError
from detector.settings import KafkaSettings, Settings
from ingest.kafka.admin import Admin, TopicSeen, quiet
from ingest.kafka.plainly import explain
from ingest.kafka.settings import KafkaConnection, client_config

Seen = TypeVar("Seen")
_PATIENT = 5.0
"""Seconds that one request of the doctor's may take."""
_OF_EACH = 20
"""Messages of a partition that are looked at."""
_PARTITIONS = 64
"""So many of them, at most."""


def look(settings: Settings) -> KafkaFacts | None:
    """All facts; None where no brokers are named."""
    section = settings.kafka
    if not section.brokers:
        return None
    secret = f"the file {section.password_file}" if section.password_file else "the setting kafka.password"
    facts = KafkaFacts(
        brokers=section.brokers,
        protocol=section.security_protocol,
        asks=_who(section),
        secret_from=secret if section.username else "",
        group=section.group,
        split=frozenset(section.split),
    )
    try:
        connection = replace(kafka_connection_of(settings), timeout=_PATIENT)
        admin = Admin(connection)
    except DrainwatchError as error:
        return replace(facts, unusable=NoAnswer(error.problem, error.advice))
    facts = replace(facts, cluster=_tried(admin.cluster))
    if isinstance(facts.cluster, NoAnswer):
        return facts
    return _of_topics(facts, admin, connection, settings)


def _of_topics(facts: KafkaFacts, admin: Admin, connection: KafkaConnection, settings: Settings) -> KafkaFacts:
    section = settings.kafka
    read, write = frozenset({"describe", "read"}), frozenset({"describe", "write"})
    named = [(section.anomalies_topic, "findings", write)]
    if settings.ingest.source == "kafka":
        named = [(section.topic, "lines", read), *named, (section.dead_letter_topic, "dead letters", write)]
    topics = [
        TopicFact(name, purpose, needed, _tried(lambda name=name: admin.topic(name)))  # type: ignore[misc]
        for name, purpose, needed in named
        if name
    ]
    facts = replace(facts, topics=topics)
    lines = next((one.seen for one in topics if one.purpose == "lines"), None)
    if settings.ingest.source != "kafka":
        return facts
    facts = replace(facts, group_rights=_tried(lambda: admin.group_rights(section.group)))
    if not isinstance(lines, TopicSeen) or not {"describe", "read"} <= lines.rights:
        return facts
    return replace(facts, sample=_tried(lambda: _sample(admin, connection, lines, section.group)))


def _who(section: KafkaSettings) -> str:
    if section.username:
        return f"the user {section.username}"
    return f"whom {section.cert_file} names" if section.cert_file else "nobody in particular"


def _sample(admin: Admin, connection: KafkaConnection, topic: TopicSeen, group: str) -> Sample:
    config: dict[str, Any] = dict(client_config(connection, "drainwatch-doctor"))
    # The group's name is asked for and not used: nothing is subscribed to, and nothing is committed.
    config |= {"group.id": group, "enable.auto.commit": False, "error_cb": lambda _: None}
    with closing(Consumer(config, logger=quiet)) as consumer:
        try:
            ends, wanted = {}, []
            for number in range(min(topic.partitions, _PARTITIONS)):
                low, high = consumer.get_watermark_offsets(TopicPartition(topic.name, number), timeout=_PATIENT)
                ends[number] = high
                if high > low:
                    wanted.append(TopicPartition(topic.name, number, max(low, high - _OF_EACH)))
            consumer.assign(wanted)
            amount = sum(ends[one.partition] - one.offset for one in wanted)
            messages = consumer.consume(amount, timeout=_PATIENT) if amount else []
        except KafkaException as error:
            raise explain(error.args[0], f"The topic {topic.name} can't be read") from None
    kept = {number: offset for (name, number), offset in admin.committed(group).items() if name == topic.name}
    behind = sum(max(0, ends[number] - offset) for number, offset in kept.items() if number in ends) if kept else None
    return _judged([message for message in messages if message.error() is None], behind)


def _judged(messages: list[Message], behind: int | None) -> Sample:
    keyless = unreadable = nameless = 0
    where: dict[str, set[int]] = defaultdict(set)
    for message in messages:
        keyless += not message.key()
        try:
            document = msgspec.json.decode(message.value() or b"", type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            unreadable += 1
            continue
        name = _namespace(document)
        if name:
            where[name].add(message.partition() or 0)
        else:
            nameless += not _text(document, "log", "file", "path")
    found = {name: frozenset(partitions) for name, partitions in where.items()}
    return Sample(len(messages), keyless, unreadable, nameless, found, behind)


def _namespace(document: Mapping[str, Any]) -> str:
    return _text(document, "kubernetes", "namespace")


def _text(document: Mapping[str, Any], *path: str) -> str:
    """The text at that path, whether objects are nested or names have dots; empty where there is none."""
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if found is None:
        found = document.get(".".join(path))
    return found if isinstance(found, str) else ""


def _tried(ask: Callable[[], Seen]) -> Seen | NoAnswer:
    try:
        return ask()
    except DrainwatchError as error:
        return NoAnswer(error.problem, error.advice)
