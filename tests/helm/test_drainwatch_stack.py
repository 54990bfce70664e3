"""The chart and the stack beside it (helm-values/) know each other by the same names, ports, topics and Secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helm.drainwatch import CHART, example, made, of_kind, pods, settings_of
from tests.helm.stack.eck import EVERY, rendered, values
from tests.kubernetes.manifests import Document, load, one

BESIDE = CHART.parent
(VALUES,) = load(CHART / "values.yaml")
READING = [example("eck"), example("kafka"), example("try")]


def kafka(size: str) -> Document:
    return one(load(BESIDE / "strimzi" / f"{size}.yaml"), "Kafka")


def strimzi(name: str, kind: str) -> dict[str, Document]:
    return {document["metadata"]["name"]: document for document in of_kind(load(BESIDE / "strimzi" / name), kind)}


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_policies_are_for_the_resources_that_there_are(size: str, way: str) -> None:
    stack = VALUES["networkPolicy"]["stack"]
    parts = {"Elasticsearch": "elasticsearch", "Kibana": "kibana", "Logstash": "logstash", "Beat": "filebeat"}
    found = {
        document["kind"]: document["metadata"]["name"] for document in rendered(size, way) if document["kind"] in parts
    }
    assert found
    assert all(stack[parts[kind]]["name"] == name for kind, name in found.items())


@pytest.mark.parametrize("size", ["kafka", "small"])
def test_policies_are_for_the_kafka_that_there_is(size: str) -> None:
    assert VALUES["networkPolicy"]["stack"]["kafka"]["name"] == kafka(size)["metadata"]["name"]


def test_namespaces_are_those_that_are_made() -> None:
    there = {document["metadata"]["name"] for document in load(BESIDE / "namespaces.yaml")}
    named = VALUES["networkPolicy"]["namespaces"]
    assert {named[part] for part in ("monitoring", "eckOperator", "strimziOperator")} <= there


def test_pods_use_the_network_of_the_cluster_so_that_policies_hold() -> None:
    for size, way in EVERY:
        assert "hostNetwork" not in str(rendered(size, way))


@pytest.mark.parametrize("path", READING, ids=lambda path: path.stem)
def test_secrets_are_those_that_operators_and_people_make(path: Path) -> None:
    (chosen,) = load(path)
    elastic = VALUES["networkPolicy"]["stack"]["elasticsearch"]["name"]
    users = values([BESIDE / "eck-stack" / "base.yaml"])["eck-elasticsearch"]["auth"]["fileRealm"]
    there = {
        f"{elastic}-es-http-certs-public",
        f"{elastic}-es-elastic-user",
        "kibana-kb-http-certs-public",
        f"{kafka('kafka')['metadata']['name']}-cluster-ca-cert",
        *(user["secretName"] for user in users),
        *strimzi("users.yaml", "KafkaUser"),
        *(mount["secretName"] for mount in chosen.get("secretMounts", ())),
    }
    for name, spec, _ in pods(made(path)):
        mounted = {volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume}
        assert mounted <= there, name


def test_workers_find_brokers_topics_and_what_they_may(tmp_path: Path) -> None:
    read = settings_of(made(example("kafka")), tmp_path).kafka
    spec = kafka("kafka")
    (listener,) = spec["spec"]["kafka"]["listeners"]
    assert read.brokers == (f"{spec['metadata']['name']}-kafka-bootstrap:{listener['port']}",)
    assert read.security_protocol == "sasl_ssl"
    assert listener["tls"] is True
    assert listener["authentication"]["type"] == read.sasl_mechanism.lower()
    topics = strimzi("topics.yaml", "KafkaTopic")
    assert {read.topic, read.anomalies_topic, read.dead_letter_topic} <= set(topics)
    rules = strimzi("users.yaml", "KafkaUser")[read.username]["spec"]["authorization"]["acls"]
    allowed = {(rule["resource"]["type"], rule["resource"]["name"]) for rule in rules}
    assert allowed == {("group", read.group)} | {("topic", topic) for topic in topics}
    (chosen,) = load(example("kafka"))
    assert chosen["autoscaling"]["maxReplicas"] <= topics[read.topic]["spec"]["partitions"]


def test_dashboards_and_rules_have_the_labels_that_are_looked_for() -> None:
    (beside,) = load(BESIDE / "kube-prometheus-stack" / "values.yaml")
    sidecar = beside["grafana"]["sidecar"]["dashboards"]
    labels = one(made(example("eck")), "ConfigMap", "drainwatch-dashboard")["metadata"]["labels"]
    assert labels[sidecar["label"]] == sidecar["labelValue"]
    spec: dict[str, Any] = beside["prometheus"]["prometheusSpec"]
    assert spec["serviceMonitorSelectorNilUsesHelmValues"] is spec["ruleSelectorNilUsesHelmValues"] is False
