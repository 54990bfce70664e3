"""Kafka by Strimzi: a cluster in two sizes, topics, users."""

from __future__ import annotations

import pytest

from detector.settings import KafkaSettings
from detector.setup.topics import BY_DEFAULT
from tests.helm.stack.manifests import HELM_VALUES, heap, of_kind, quantity
from tests.kubernetes.manifests import Document, load, one

DEFAULTS = KafkaSettings()
DAY = 86_400_000
"""Milliseconds."""
STRIMZI = HELM_VALUES / "strimzi"
TOPICS = of_kind(load(STRIMZI / "topics.yaml"), "KafkaTopic")
USERS = of_kind(load(STRIMZI / "users.yaml"), "KafkaUser")
SMALL, PRODUCTION = load(STRIMZI / "small.yaml"), load(STRIMZI / "kafka.yaml")


@pytest.mark.parametrize("size", [SMALL, PRODUCTION], ids=["small", "production"])
def test_its_names_are_those_that_others_use(size: list[Document]) -> None:
    assert list(of_kind(size, "Kafka")) == ["logs"]
    others = [*of_kind(size, "KafkaNodePool").values(), *TOPICS.values(), *USERS.values()]
    assert {document["metadata"]["labels"]["strimzi.io/cluster"] for document in others} == {"logs"}
    (listener,) = of_kind(size, "Kafka")["logs"]["spec"]["kafka"]["listeners"]
    assert (listener["port"], listener["tls"]) == (9093, True)
    assert listener["authentication"] == {"type": "scram-sha-512"}


def test_both_sizes_speak_alike() -> None:
    small, production = (of_kind(size, "Kafka")["logs"]["spec"]["kafka"] for size in (SMALL, PRODUCTION))
    for name in ("listeners", "authorization"):
        assert small[name] == production[name]
    assert small["config"]["ssl.enabled.protocols"] == production["config"]["ssl.enabled.protocols"] == "TLSv1.3"


@pytest.mark.parametrize("size", [SMALL, PRODUCTION], ids=["small", "production"])
def test_what_is_kept_fits_on_the_disks(size: list[Document]) -> None:
    pool = one(size, "KafkaNodePool")["spec"]
    config = of_kind(size, "Kafka")["logs"]["spec"]["kafka"]["config"]
    (volume,) = pool["storage"]["volumes"]
    partitions = sum(topic["spec"]["partitions"] for topic in TOPICS.values())
    copies = partitions * config["default.replication.factor"]
    kept = copies / pool["replicas"] * config["log.retention.bytes"]
    assert kept < float(quantity(volume["size"])) * 0.9


@pytest.mark.parametrize("size", [SMALL, PRODUCTION], ids=["small", "production"])
def test_half_of_the_memory_is_heap(size: list[Document]) -> None:
    pool = one(size, "KafkaNodePool")["spec"]
    assert pool["jvmOptions"]["-Xms"] == pool["jvmOptions"]["-Xmx"]
    assert heap(pool["jvmOptions"]["-Xmx"]) * 2 == quantity(pool["resources"]["limits"]["memory"])


@pytest.mark.parametrize("size", [SMALL, PRODUCTION], ids=["small", "production"])
def test_copies_are_no_more_than_there_are_brokers(size: list[Document]) -> None:
    brokers = one(size, "KafkaNodePool")["spec"]["replicas"]
    config = of_kind(size, "Kafka")["logs"]["spec"]["kafka"]["config"]
    assert {value for name, value in config.items() if name.endswith("replication.factor")} == {brokers}
    assert {value for name, value in config.items() if name.endswith(("min.isr", "min.insync.replicas"))} == {
        max(1, brokers - 1)
    }


@pytest.mark.parametrize("size", [SMALL, PRODUCTION], ids=["small", "production"])
def test_the_operator_takes_its_settings(size: list[Document]) -> None:
    # strimzi/strimzi-kafka-operator: KafkaClusterSpec.java, FORBIDDEN_PREFIXES and their exceptions; the operator
    # leaves those out and only logs it.
    forbidden = (
        *("listeners", "advertised.", "broker.", "listener.", "host.name", "port", "sasl.", "ssl."),
        *("security.", "password.", "log.dir", "authorizer.", "super.user", "node.id", "controller."),
    )
    config = of_kind(size, "Kafka")["logs"]["spec"]["kafka"]["config"]
    assert {name for name in config if name.startswith(forbidden)} == {"ssl.enabled.protocols"}


def test_each_broker_has_a_host_and_a_zone_of_its_own() -> None:
    pod = one(PRODUCTION, "KafkaNodePool")["spec"]["template"]["pod"]
    (apart,) = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert apart["topologyKey"] == "kubernetes.io/hostname"
    kafka = of_kind(PRODUCTION, "Kafka")["logs"]["spec"]["kafka"]
    assert kafka["rack"] == {"topologyKey": "topology.kubernetes.io/zone"}
    assert kafka["template"]["podDisruptionBudget"] == {"maxUnavailable": 1}


def test_its_topics_are_those_of_setup() -> None:
    names = {
        "lines": DEFAULTS.topic,
        "findings": DEFAULTS.anomalies_topic,
        "dead letters": DEFAULTS.dead_letter_topic,
    }
    assert set(TOPICS) == set(names.values())
    for purpose, name in names.items():
        wanted = {key: int(value) for key, value in BY_DEFAULT[purpose].items()}
        assert TOPICS[name]["spec"]["config"] == wanted | ({"retention.ms": 7 * DAY} if purpose == "lines" else {})


def test_drainwatch_may_what_it_needs_and_no_more() -> None:
    assert rights("drainwatch") == {
        ("topic", DEFAULTS.topic): ["Describe", "DescribeConfigs", "Read"],
        ("group", DEFAULTS.group): ["Describe", "Read"],
        ("topic", DEFAULTS.anomalies_topic): ["Describe", "Write"],
        ("topic", DEFAULTS.dead_letter_topic): ["Describe", "Write"],
    }


def test_who_writes_lines_can_t_read_them_and_the_other_way_round() -> None:
    assert rights("filebeat") == {("topic", DEFAULTS.topic): ["Describe", "Write"]}
    assert rights("logstash") == {
        ("topic", DEFAULTS.topic): ["Describe", "Read"],
        ("group", "logstash"): ["Describe", "Read"],
    }


def rights(user: str) -> dict[tuple[str, str], list[str]]:
    acls = USERS[user]["spec"]["authorization"]["acls"]
    assert {acl["resource"]["patternType"] for acl in acls} == {"literal"}
    return {(acl["resource"]["type"], acl["resource"]["name"]): acl["operations"] for acl in acls}
