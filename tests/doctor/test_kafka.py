"""The doctor and a real broker: what is missing, forbidden or written wrongly is told with how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from detector.api.auth.oidc import ask
from detector.assets import asset_folder
from detector.doctor import Check, State, diagnose
from detector.doctor.gather import gather
from detector.settings import Settings
from detector.wiring import open_reader
from tests.servers.kafka import Broker
from tests.servers.kafka_access import PASSWORD

Topics = Callable[..., str]
Line = tuple[str | None, bytes]


def line(namespace: str = "shop", key: str | None = None) -> Line:
    document = {"@timestamp": "2026-11-21T07:00:00.000Z", "message": "hello", "kubernetes": {"namespace": namespace}}
    return key or namespace, json.dumps(document).encode()


def write(broker: Broker, topic: str, *lines: Line, partition: int = -1) -> None:
    producer = Producer({"bootstrap.servers": broker.address, "log_level": 0})
    for key, value in lines:
        producer.produce(topic, value, key, partition)
    assert producer.flush(20) == 0


@pytest.fixture
def section(kafka: Broker, topic: Topics) -> dict[str, Any]:
    """Settings with which all is well but that there are no lines yet."""
    return {
        "brokers": kafka.address,
        "topic": topic(partitions=3),
        "anomalies_topic": topic(),
        "dead_letter_topic": topic(),
    }


def examined(folder: Path, section: dict[str, Any], source: str = "kafka") -> dict[str, Check]:
    settings = Settings.model_validate(
        {"ingest": {"source": source}, "kafka": section, "store": {"path": folder / "dw.sqlite"}}
    )
    checks = diagnose(
        gather(settings, assets=asset_folder("ilm"), clock=lambda: 0, open_reader=open_reader, ask_provider=ask)
    )
    assert PASSWORD not in str(checks)
    return {check.name: check for check in checks}


def test_all_is_well(kafka: Broker, section: dict[str, Any], tmp_path: Path) -> None:
    write(kafka, section["topic"], *[line(name) for name in ("shop", "bank", "shop", "media")])
    seen = examined(tmp_path, section)
    assert not [check for check in seen.values() if check.state in (State.FAILED, State.WARNING)]
    assert seen["settings"].seen == "logs from Kafka, results in a file"
    assert seen["reach Kafka"].seen.endswith("with 1 broker answers")
    assert seen[f"topic {section['topic']}"].seen == "3 partitions, 1 copy"
    assert seen[f"may read {section['topic']}"].seen == "all that is needed"
    assert seen[f"may write {section['dead_letter_topic']}"].seen == "all that is needed"
    assert seen["may join drainwatch"].seen == "all that is needed"
    assert seen["messages"].seen == "the newest 4 are JSON and name their namespaces: 3 of them"
    assert seen["keys"].seen == "every message has one, and every namespace is in one partition"


def test_topics_that_are_missing(section: dict[str, Any], tmp_path: Path) -> None:
    seen = examined(tmp_path, section | {"topic": "dw-nowhere"})
    missing = seen["topic dw-nowhere"]
    assert (missing.state, missing.mend) == (State.FAILED, "Run drainwatch setup kafka.")
    assert "messages" not in seen


def test_a_topic_in_which_nothing_is(section: dict[str, Any], tmp_path: Path) -> None:
    assert examined(tmp_path, section)["messages"].seen == "there are none"


def test_messages_without_a_key(kafka: Broker, section: dict[str, Any], tmp_path: Path) -> None:
    write(kafka, section["topic"], line(), (None, line()[1]))
    check = examined(tmp_path, section)["keys"]
    assert (check.state, check.seen) == (State.FAILED, "1 of 2 messages have none")
    assert "docs/kafka.md" in check.mend


def test_a_namespace_in_two_partitions(kafka: Broker, section: dict[str, Any], tmp_path: Path) -> None:
    for number in (0, 2):
        write(kafka, section["topic"], line("shop", key=f"pod-{number}"), partition=number)
    check = examined(tmp_path, section)["keys"]
    assert (check.state, "shop in several partitions" in check.seen) == (State.FAILED, True)
    assert examined(tmp_path, section | {"split": "shop"})["keys"].state is State.OK


def test_messages_that_are_no_documents(kafka: Broker, section: dict[str, Any], tmp_path: Path) -> None:
    write(kafka, section["topic"], line(), ("shop", b"2026-11-21 plain text"), ("shop", b"[1]"), ("shop", b"\xff"))
    check = examined(tmp_path, section)["messages"]
    assert (check.state, check.seen) == (State.FAILED, "3 of 4 messages are no JSON objects")


def test_messages_without_a_namespace(kafka: Broker, section: dict[str, Any], tmp_path: Path) -> None:
    by_path = {"message": "a", "log": {"file": {"path": "/var/log/containers/cart-1_shop_cart-0.log"}}}
    dotted = {"message": "a", "kubernetes.namespace": "shop"}
    write(kafka, section["topic"], *[("shop", json.dumps(one).encode()) for one in (by_path, dotted, {"message": "a"})])
    check = examined(tmp_path, section)["messages"]
    assert (check.state, check.seen) == (State.WARNING, "1 of 3 messages name no namespace")


def as_user(broker: Broker, user: str, password: str = PASSWORD) -> dict[str, Any]:
    return {
        "brokers": broker.sasl_address,
        "security_protocol": "sasl_ssl",
        "username": user,
        "password": password,
        "ca_file": broker.ca_file,
    }


@pytest.fixture
def allowed(kafka: Broker, section: dict[str, Any]) -> Iterator[Callable[..., None]]:
    """Allows the user `worker` something, until the test is over."""
    client, made = kafka.client(), list[tuple[Any, ...]]()

    def allow(kind: ResourceType, name: str, *operations: AclOperation) -> None:
        literal, yes = ResourcePatternType.LITERAL, AclPermissionType.ALLOW
        new = [(kind, name, literal, "User:worker", "*", operation, yes) for operation in operations]
        for done in client.create_acls([AclBinding(*one) for one in new]).values():
            done.result(10)
        made.extend(new)

    yield allow
    for deleted in client.delete_acls([AclBindingFilter(*one) for one in made]).values():
        deleted.result(10)


def test_rights_that_are_missing_are_named(
    kafka: Broker, section: dict[str, Any], allowed: Callable[..., None], tmp_path: Path
) -> None:
    allowed(ResourceType.TOPIC, section["topic"], AclOperation.READ)
    allowed(ResourceType.TOPIC, section["anomalies_topic"], AclOperation.DESCRIBE)
    allowed(ResourceType.GROUP, "drainwatch", AclOperation.DESCRIBE)
    seen = examined(tmp_path, section | as_user(kafka, "worker"))
    assert seen["Kafka settings"].seen.endswith("as the user worker, with a secret from the setting kafka.password")
    assert seen["TLS Kafka"].seen == "spoken and trusted"
    assert seen[f"may read {section['topic']}"].state is State.OK
    lacking = seen[f"may write {section['anomalies_topic']}"]
    assert (lacking.state, lacking.seen) == (State.FAILED, "the user lacks write")
    assert lacking.mend == "Allow it: Describe, Write on that topic."
    assert seen[f"topic {section['dead_letter_topic']}"].state is State.FAILED
    assert seen["may join drainwatch"].seen == "the user lacks read"


def test_all_that_is_documented_as_needed_is_enough(
    kafka: Broker, section: dict[str, Any], allowed: Callable[..., None], tmp_path: Path
) -> None:
    allowed(ResourceType.TOPIC, section["topic"], AclOperation.DESCRIBE, AclOperation.READ)
    allowed(ResourceType.GROUP, "drainwatch", AclOperation.DESCRIBE, AclOperation.READ)
    for name in ("anomalies_topic", "dead_letter_topic"):
        allowed(ResourceType.TOPIC, section[name], AclOperation.DESCRIBE, AclOperation.WRITE)
    write(kafka, section["topic"], line())
    seen = examined(tmp_path, section | as_user(kafka, "worker"))
    assert not [check for check in seen.values() if check.state in (State.FAILED, State.WARNING)]


def test_a_wrong_password_and_a_broker_that_is_away(kafka: Broker, section: dict[str, Any], tmp_path: Path) -> None:
    wrong = examined(tmp_path, section | as_user(kafka, "worker", "wr0ng"))["reach Kafka"]
    assert wrong.state is State.FAILED
    assert "Kafka doesn't know these credentials" in wrong.seen
    away = examined(tmp_path, section | {"brokers": "127.0.0.1:1"})["reach Kafka"]
    assert (away.state, away.mend) == (State.FAILED, "Check kafka.brokers, and that brokers are up.")


def test_a_service_that_only_tells_findings_needs_that_topic_alone(section: dict[str, Any], tmp_path: Path) -> None:
    seen = examined(tmp_path, section, source="files")
    assert f"may write {section['anomalies_topic']}" in seen
    assert not {"messages", "may join drainwatch", f"topic {section['topic']}"} & set(seen)


def test_without_brokers_nothing_is_said_of_kafka(tmp_path: Path) -> None:
    assert not [name for name in examined(tmp_path, {}, source="files") if "Kafka" in name]
