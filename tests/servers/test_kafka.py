"""The broker that tests run on is what it claims to be."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from tests.servers.access import spoken
from tests.servers.kafka import Broker
from tests.servers.kafka_access import PASSWORD

Config = dict[str, str | int | float | bool]


def sent(config: Mapping[str, str | int | float | bool], topic: str, *values: str) -> list[str]:
    """What became of each: empty where the broker has it."""
    told: list[str] = []
    producer = Producer({**config, "log_level": 0, "message.timeout.ms": 10_000})
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _: told.append(error.name() if error else ""))
    assert producer.flush(20) == 0
    return told


def held(broker: Broker, topic: str, amount: int) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": topic})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    values = [message.value() or b"" for message in consumer.consume(amount, timeout=20)]
    consumer.close()
    return values


def sasl(broker: Broker, mechanism: str, user: str, password: str = PASSWORD) -> Config:
    return {
        "bootstrap.servers": broker.sasl_address,
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": mechanism,
        "sasl.username": user,
        "sasl.password": password,
        "ssl.ca.location": str(broker.ca_file),
    }


def test_it_keeps_what_is_sent(kafka: Broker, topic: Callable[..., str]) -> None:
    name = topic()
    assert sent({"bootstrap.servers": kafka.address}, name, "one", "two") == ["", ""]
    assert held(kafka, name, 2) == [b"one", b"two"]


def test_it_speaks_nothing_older_than_tls_1_3(kafka: Broker) -> None:
    assert spoken(kafka.sasl_address, kafka.ca_file, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    with pytest.raises(ssl.SSLError):
        spoken(kafka.sasl_address, kafka.ca_file, ssl.TLSVersion.TLSv1_2)


def test_a_topic_has_as_many_partitions_as_were_asked_for(kafka: Broker, topic: Callable[..., str]) -> None:
    name = topic(partitions=3, config={"retention.ms": "60000"})
    assert len(kafka.client().list_topics(name, timeout=10).topics[name].partitions) == 3


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_it_knows_its_users_by_their_passwords(kafka: Broker, topic: Callable[..., str], mechanism: str) -> None:
    name = topic()
    assert sent(sasl(kafka, mechanism, "admin"), name, "secret") == [""]
    with pytest.raises(KafkaException):
        AdminClient({**sasl(kafka, mechanism, "admin", "wrong"), "log_level": 0}).list_topics(timeout=1)


def test_users_may_do_what_they_were_allowed_to(kafka: Broker, topic: Callable[..., str]) -> None:
    name = topic()
    assert sent(sasl(kafka, "PLAIN", "nobody"), name, "secret") == ["TOPIC_AUTHORIZATION_FAILED"]
    binding = AclBinding(
        ResourceType.TOPIC,
        name,
        ResourcePatternType.LITERAL,
        "User:nobody",
        "*",
        AclOperation.WRITE,
        AclPermissionType.ALLOW,
    )
    client = kafka.client()
    for done in client.create_acls([binding]).values():
        done.result(10)
    assert sent(sasl(kafka, "PLAIN", "nobody"), name, "secret") == [""]


def test_it_knows_clients_by_their_certificates(kafka: Broker, topic: Callable[..., str]) -> None:
    config: Config = {
        "bootstrap.servers": kafka.tls_address,
        "security.protocol": "SSL",
        "ssl.ca.location": str(kafka.ca_file),
        "log_level": 0,
    }
    with pytest.raises(KafkaException):
        AdminClient(config).list_topics(timeout=1)
    files = {"ssl.certificate.location": "client.crt", "ssl.key.location": "client.key"}
    known = config | {name: str(Path(kafka.folder) / file) for name, file in files.items()}
    assert AdminClient(known).list_topics(timeout=10).brokers


@pytest.mark.long
def test_it_can_go_and_come_back_with_what_it_had(own_broker: Callable[..., Broker]) -> None:
    broker = own_broker()
    broker.create_topic("lines", 1)
    address = broker.address
    for go in (broker.stop, broker.kill):
        assert sent({"bootstrap.servers": address}, "lines", "kept") == [""]
        go()
        with pytest.raises(KafkaException):
            broker.client().list_topics(timeout=0.5)
        broker.start()
        broker.wait()
        assert broker.address == address
    assert held(broker, "lines", 2) == [b"kept", b"kept"]
