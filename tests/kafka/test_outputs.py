"""Findings and dead letters arrive in their topics, once and in order, or it is said why they don't."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from detector.errors import DrainwatchError, ServerError
from detector.outputs.kafka import AnomaliesOutput, DeadLetters
from detector.store.port import PassResult
from ingest.accounting import DropReason
from ingest.kafka.messages import Message as Read
from ingest.kafka.messages import Refused
from ingest.kafka.settings import KafkaConnection
from tests.servers.kafka import Broker
from tests.servers.kafka_access import PASSWORD
from tests.store.shop import anomaly, incident, minute, morning

Topics = Callable[..., str]


def connection(broker: Broker, timeout: float = 10.0) -> KafkaConnection:
    return KafkaConnection((broker.address,), timeout=timeout)


def held(broker: Broker, topic: str, amount: int) -> list[Message]:
    """The messages of a topic of one partition: as many as should be there, and no more."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": topic, "enable.partition.eof": False})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    messages = consumer.consume(amount, timeout=20) if amount else []
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
    consumer.close()
    assert end == amount
    return messages


def body(message: Message) -> Any:
    return json.loads(message.value() or b"")


def headers_of(message: Message) -> dict[str, str]:
    headers = message.headers() or []
    assert isinstance(headers, list)
    return {name: value.decode() for name, value in headers if isinstance(value, bytes)}


def publish(output: AnomaliesOutput, result: PassResult) -> None:
    output.send(output.messages(result))


def refused(*values: bytes, reason: DropReason = DropReason.MALFORMED) -> Sequence[Refused]:
    return [
        Refused("logs", 3, Read(17 + number, value, b"shop", None, (("trace", b"t1"),)), reason)
        for number, value in enumerate(values)
    ]


def test_findings_are_keyed_by_their_namespace(kafka: Broker, topic: Topics) -> None:
    name = topic()
    output = AnomaliesOutput(connection(kafka), name)
    publish(
        output, PassResult(minute(6), anomalies=[anomaly(3), anomaly(3, namespace="bank")], incidents=[incident(3, 5)])
    )
    output.close()
    messages = held(kafka, name, 3)
    assert [message.key() for message in messages] == [b"shop", b"bank", b"shop"]
    assert [body(message)["kind"] for message in messages] == ["anomaly", "anomaly", "incident"]
    assert headers_of(messages[2]) == {
        "kind": "incident",
        "schema-version": "1",
        "content-type": "application/json",
        "message-id": body(messages[2])["message_id"],
    }


def test_a_pass_without_findings_needs_no_broker() -> None:
    publish(AnomaliesOutput(KafkaConnection(("127.0.0.1:1",), timeout=1), "findings"), PassResult(minute(3)))


def test_a_pass_that_is_told_again_can_be_told_from_a_new_one(kafka: Broker, topic: Topics) -> None:
    name = topic()
    for _ in range(2):  # another process after a crash
        for result in morning():
            publish(AnomaliesOutput(connection(kafka), name), result)
    findings = sum(len(result.anomalies) + len(result.incidents) for result in morning())
    ids = [body(message)["message_id"] for message in held(kafka, name, 2 * findings)]
    assert ids[:findings] == ids[findings:]


def test_what_is_withdrawn_is_told(kafka: Broker, topic: Topics) -> None:
    name, gone = topic(), incident(3, 5)
    publish(AnomaliesOutput(connection(kafka), name), PassResult(minute(6), withdrawn=[gone], retracted=[gone.id]))
    (message,) = held(kafka, name, 1)
    assert (message.key(), body(message)["kind"], body(message)["id"]) == (b"shop", "retracted", gone.id)


def test_dead_letters_are_as_they_were_and_say_where_they_were_from(kafka: Broker, topic: Topics) -> None:
    name = topic()
    letters = DeadLetters(connection(kafka), name, "worker-1", lambda: 1_000_000)
    letters.send(refused(b"not json", b"\xff\x00"))
    letters.send([])
    letters.close()
    first, second = held(kafka, name, 2)
    assert (first.key(), first.value(), second.value()) == (b"shop", b"not json", b"\xff\x00")
    assert headers_of(first) == {
        "trace": "t1",
        "drainwatch-reason": "malformed",
        "drainwatch-topic": "logs",
        "drainwatch-partition": "3",
        "drainwatch-offset": "17",
        "drainwatch-worker": "worker-1",
        "drainwatch-time": "1000",
    }


def test_a_dead_letter_that_is_too_large_is_cut(kafka: Broker, topic: Topics) -> None:
    name = topic(config={"max.message.bytes": "200000"})
    DeadLetters(connection(kafka), name, "worker-1", lambda: 0).send(refused(Random(1).randbytes(5_000_000), b"small"))
    messages = held(kafka, name, 2)
    sizes = {len(message.value() or b"") for message in messages}
    assert sizes == {100_000, 5}
    (cut,) = (message for message in messages if len(message.value() or b"") > 5)
    assert headers_of(cut)["drainwatch-cut-from"] == "5000000"


def test_a_dead_letter_whose_key_or_headers_are_too_large_goes_without(kafka: Broker, topic: Topics) -> None:
    name, long = topic(config={"max.message.bytes": "200000"}), Random(2).randbytes(900_000)
    DeadLetters(connection(kafka), name, "worker-1", lambda: 0).send(
        [
            Refused("logs", 0, Read(1, b"value", long, None, ()), DropReason.MALFORMED),
            Refused(
                "logs", 0, Read(2, b"value", b"shop", None, (("long", long), ("short", b"1"))), DropReason.MALFORMED
            ),
            Refused("logs", 0, Read(3, long, long, None, (("long", long),)), DropReason.MALFORMED),
        ]
    )
    letters = {headers_of(letter)["drainwatch-offset"]: letter for letter in held(kafka, name, 3)}
    assert [(letters[at].key(), letters[at].value()) for at in "123"] == [
        (long[:100], b"value"),
        (b"shop", b"value"),
        (long[:100], long[:1_000]),
    ]
    assert headers_of(letters["1"])["drainwatch-key-cut-from"] == "900000"
    assert headers_of(letters["2"])["drainwatch-headers-dropped"] == "2"
    assert headers_of(letters["3"])["drainwatch-cut-from"] == "900000"
    assert {headers_of(letter)["drainwatch-reason"] for letter in letters.values()} == {"malformed"}


def test_a_topic_that_is_missing_is_said(kafka: Broker) -> None:
    output = AnomaliesOutput(connection(kafka, timeout=2), "dw-nowhere")
    with pytest.raises(
        ServerError, match=r"topic dw-nowhere: there is no such topic\. Create it: drainwatch setup kafka"
    ):
        publish(output, PassResult(minute(6), anomalies=[anomaly(3)]))


def test_credentials_that_are_wrong_are_said_and_not_shown(kafka: Broker) -> None:
    wrong = KafkaConnection(
        (kafka.sasl_address,), "sasl_ssl", username="worker", password="wr0ng", ca_file=str(kafka.ca_file), timeout=2
    )
    with pytest.raises(ServerError, match="Kafka doesn't know these credentials") as said:
        publish(AnomaliesOutput(wrong, "findings"), PassResult(minute(6), anomalies=[anomaly(3)]))
    assert "wr0ng" not in str(said.value)


def test_a_certificate_that_is_not_trusted_is_said(kafka: Broker) -> None:
    untrusted = KafkaConnection((kafka.sasl_address,), "sasl_ssl", username="worker", password=PASSWORD, timeout=2)
    with pytest.raises(ServerError, match="TLS to Kafka fails"):
        publish(AnomaliesOutput(untrusted, "findings"), PassResult(minute(6), anomalies=[anomaly(3)]))


def test_rights_that_are_missing_are_said(kafka: Broker, topic: Topics) -> None:
    nobody = KafkaConnection(
        (kafka.sasl_address,), "sasl_ssl", username="nobody", password=PASSWORD, ca_file=str(kafka.ca_file), timeout=5
    )
    with pytest.raises(ServerError, match="may not"):
        publish(AnomaliesOutput(nobody, topic()), PassResult(minute(6), anomalies=[anomaly(3)]))


@pytest.mark.long
def test_while_the_broker_is_away_it_is_said_and_afterwards_it_goes_on(own_broker: Callable[..., Broker]) -> None:
    broker = own_broker()
    broker.create_topic("findings", 1)
    output = AnomaliesOutput(connection(broker, timeout=3), "findings")
    publish(output, PassResult(minute(4), anomalies=[anomaly(3)]))
    broker.stop()
    with pytest.raises(DrainwatchError, match=r"Kafka can't be reached\. Check kafka\.brokers"):
        publish(output, PassResult(minute(6), anomalies=[anomaly(5)]))
    broker.start()
    broker.wait()
    publish(output, PassResult(minute(6), anomalies=[anomaly(5)]))
    assert [body(message)["id"] for message in held(broker, "findings", 2)] == [anomaly(3).id, anomaly(5).id]
