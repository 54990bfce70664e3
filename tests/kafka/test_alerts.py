"""An alert in a topic of Kafka."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from detector.alert import Event
from detector.alerts.channels.kafka import KafkaAlerts
from detector.alerts.channels.port import NeverError
from detector.alerts.notice import decode
from detector.errors import ServerError
from ingest.kafka.settings import KafkaConnection
from tests.detector.alerts.channels.notices import NOW, notice
from tests.kafka.test_outputs import connection, headers_of, held
from tests.servers.kafka import Broker


def test_notices_are_read_back_in_order_by_alert(kafka: Broker, topic: Callable[..., str]) -> None:
    name = topic()
    told = [notice(), notice(Event.RESOLVED, id="n-2")]
    with closing(KafkaAlerts("stream", connection(kafka), name)) as channel:
        assert [channel.send(one, NOW) for one in told] == [f"written to {name}"] * 2
    messages = held(kafka, name, 2)
    assert [decode(message.value() or b"") for message in messages] == told
    assert {message.key() for message in messages} == {b"a-1"}
    assert headers_of(messages[1]) == {
        "kind": "alert",
        "event": "resolved",
        "schema-version": "1",
        "content-type": "application/json",
        "message-id": "n-2",
    }


def test_what_the_topic_does_not_take_is_refused_for_good(kafka: Broker, topic: Callable[..., str]) -> None:
    name = topic(config={"max.message.bytes": "2000"})
    channel = KafkaAlerts("stream", connection(kafka), name)
    with closing(channel), pytest.raises(NeverError, match=r"doesn't take a message of [\d,]+ bytes"):
        channel.send(notice(title="".join(map(chr, range(0x4E00, 0x6E00)))), NOW)


def test_brokers_that_are_not_there_are_asked_again() -> None:
    channel = KafkaAlerts("stream", KafkaConnection(("127.0.0.1:1",), timeout=1.0), "alerts")
    with closing(channel), pytest.raises(ServerError, match="Nothing can be written to the topic alerts"):
        channel.send(notice(), NOW)
