"""Who talks to whom in the namespace of the stack: what docs/helm.md lists, and nobody else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.docs.markdown import section, table_rows, text_of
from tests.helm.drainwatch import WORKERS, joined, labels_of, made, workload
from tests.helm.policies import Place, may_reach
from tests.kubernetes import tools
from tests.kubernetes.manifests import Document, one
from tests.kubernetes.rendering import RefusedError
from tests.servers.missing import MissingError, skip

ON = {"networkPolicy": {"enabled": True, "stack": {"enabled": True}}}
DOCUMENTS = joined(WORKERS, ON, {"keda": {"enabled": True}, "setup": {"kibana": {"enabled": True}}})
PLACES: Mapping[str, Place] = {
    "Elasticsearch": Place(
        "logging",
        {
            "common.k8s.elastic.co/type": "elasticsearch",
            "elasticsearch.k8s.elastic.co/cluster-name": "elasticsearch",
        },
    ),
    "Kibana": Place("logging", {"common.k8s.elastic.co/type": "kibana", "kibana.k8s.elastic.co/name": "kibana"}),
    "Logstash": Place(
        "logging", {"common.k8s.elastic.co/type": "logstash", "logstash.k8s.elastic.co/name": "logstash"}
    ),
    "Filebeat": Place("logging", {"common.k8s.elastic.co/type": "beat", "beat.k8s.elastic.co/name": "filebeat"}),
    "Kafka": Place("logging", {"strimzi.io/cluster": "logs", "strimzi.io/name": "logs-kafka"}),
    "entity operator": Place("logging", {"strimzi.io/cluster": "logs", "strimzi.io/name": "logs-entity-operator"}),
    "Kafka exporter": Place("logging", {"strimzi.io/cluster": "logs", "strimzi.io/name": "logs-kafka-exporter"}),
    "ECK": Place("elastic-system", {"app.kubernetes.io/name": "elastic-operator"}),
    "Strimzi": Place("strimzi", {"strimzi.io/kind": "cluster-operator"}),
    "Prometheus": Place("monitoring", {"app.kubernetes.io/name": "prometheus"}),
    "Alertmanager": Place("monitoring", {"app.kubernetes.io/name": "alertmanager"}),
    "ingress": Place("ingress-nginx", {"app.kubernetes.io/name": "ingress-nginx"}),
    "KEDA": Place("keda", {"app": "keda-operator"}),
    "DNS": Place("kube-system", {"k8s-app": "kube-dns"}),
    "Kubernetes API": Place(address="10.0.0.1"),
    "the world": Place(address="203.0.113.7"),
    "metadata": Place(address="169.254.169.254"),
    "a pod beside": Place("logging", {"app": "other"}),
    "a pod elsewhere": Place("shop", {"app": "checkout"}),
}
OURS = ("detector", "setup", "test")
STORES = (("Elasticsearch", 9200), ("Kafka", 9093))
ALLOWED: set[tuple[str, str, int]] = {
    *((ours, store, port) for ours in OURS for store, port in STORES),
    *((ours, "the world", 443) for ours in ("detector", "test")),
    *((o, at, port) for o in ("detector", "test") for at in ("Prometheus", "Alertmanager") for port in (9090, 9093)),
    *((asking, "detector", 8765) for asking in ("test", "Prometheus", "ingress")),
    *(("Filebeat", target, port) for target, port in (("Logstash", 5044), ("Elasticsearch", 9200), ("Kafka", 9093))),
    *(("Logstash", target, port) for target, port in (("Elasticsearch", 9200), ("Kafka", 9093))),
    *(("Elasticsearch", "Elasticsearch", port) for port in (9200, 9300)),
    *(("Kafka", "Kafka", port) for port in (9090, 9091)),
    *((asking, "the world", 443) for asking in ("Filebeat", "Elasticsearch", "Kafka", "entity operator")),
    *((asking, "metadata", 443) for asking in ("Filebeat", "Elasticsearch", "Kafka", "entity operator")),
    *((asking, "Kubernetes API", 443) for asking in ("detector", "test", "Elasticsearch")),
    *((a, "Kubernetes API", port) for a in ("Filebeat", "Kafka", "entity operator") for port in (443, 6443)),
    *(
        (asking, place, 6443)
        for asking in ("Filebeat", "Kafka", "entity operator")
        for place in ("the world", "metadata")
    ),
    ("Kibana", "Elasticsearch", 9200),
    ("entity operator", "Kafka", 9091),
    ("ECK", "Elasticsearch", 9200),
    *(("Strimzi", "Kafka", port) for port in (9090, 9091, 8443)),
    ("ingress", "Kibana", 5601),
    ("setup", "Kibana", 5601),
    ("Prometheus", "Kafka", 9404),
    ("Prometheus", "Kafka exporter", 9404),
    ("Kafka exporter", "Kafka", 9091),
    ("KEDA", "Kafka", 9093),
}
"""By who asks, who answers and the port, beside DNS."""
PORTS = (443, 5044, 5601, 6443, 8443, 8765, 9090, 9091, 9092, 9093, 9200, 9300, 9404)


def places(documents: list[Document]) -> dict[str, Place]:
    """Those of others, and the pods of the chart by their component."""
    detector = dict(labels_of(workload(documents)))
    ours = {name: Place("logging", detector | {"app.kubernetes.io/component": name}) for name in OURS}
    return {**PLACES, **ours}


def policies(documents: list[Document]) -> list[Document]:
    return [document for document in documents if document["kind"] == "NetworkPolicy"]


def test_only_those_talk_who_have_to() -> None:
    documents = made(**DOCUMENTS)
    known, rules = places(documents), policies(documents)
    found = {
        (source, target, port)
        for source, target in itertools.product(known, known)
        for port in PORTS
        # What isn't in the namespace is others' to shut in.
        if "logging" in (known[source].namespace, known[target].namespace)
        and may_reach(rules, known[source], known[target], port)
    }
    assert found == ALLOWED


def test_each_lets_in_only_those_who_have_to_also_where_nothing_holds_back_the_others() -> None:
    documents = made(**joined(DOCUMENTS, {"networkPolicy": {"stack": {"defaultDeny": False}}}))
    known, rules = places(documents), policies(documents)
    for target in ("Elasticsearch", "Kibana", "Logstash", "Filebeat", "Kafka", "detector"):
        for port in PORTS:
            for source in ("a pod beside", "a pod elsewhere", "the world"):
                assert not may_reach(rules, known[source], known[target], port), (source, target, port)


def test_all_find_names_and_nobody_else_asks_for_them() -> None:
    documents = made(**DOCUMENTS)
    known, rules = places(documents), policies(documents)
    for name, place in known.items():
        if place.namespace == "logging":
            assert may_reach(rules, place, known["DNS"], 53, "UDP"), name
            assert may_reach(rules, place, known["DNS"], 53, "TCP"), name
            assert not may_reach(rules, place, known["the world"], 53, "UDP"), name


def test_drainwatch_alone_is_shut_in_and_the_others_are_left_as_they_are() -> None:
    documents = made(networkPolicy={"enabled": True})
    known, rules = places(documents), policies(documents)
    assert may_reach(rules, known["ingress"], known["detector"], 8765)
    assert not may_reach(rules, known["a pod beside"], known["detector"], 8765)
    assert may_reach(rules, known["a pod beside"], known["Elasticsearch"], 9200)
    assert not may_reach(rules, known["detector"], known["Kafka"], 9093), "it isn't used"


def test_pods_of_set_up_are_let_out_before_the_release_is_there() -> None:
    documents = made(**DOCUMENTS)
    policy = one(documents, "NetworkPolicy", "drainwatch-setup")
    hooks = {document["metadata"]["name"]: document["metadata"].get("annotations", {}) for document in documents}
    weight = "helm.sh/hook-weight"
    job = hooks["drainwatch-setup-elasticsearch"]["helm.sh/hook"]
    assert policy["metadata"]["annotations"]["helm.sh/hook"].startswith(job)
    assert int(policy["metadata"]["annotations"][weight]) < int(hooks["drainwatch-setup-elasticsearch"][weight])


def test_nodes_are_let_in_where_filebeat_has_their_network() -> None:
    node = Place(address="10.1.2.3")
    shut = policies(made(**ON))
    assert not may_reach(shut, node, PLACES["Logstash"], 5044)
    cidrs = {"networkPolicy": {"stack": {"logstash": {"nodeCidrs": ["10.1.0.0/16"]}}}}
    assert may_reach(policies(made(**joined(ON, cidrs))), node, PLACES["Logstash"], 5044)


def test_no_addresses_are_nobody_s_and_not_everybody_s() -> None:
    nothing = {"channels": {"cidrs": []}, "stack": {"apiServer": {"cidrs": []}, "elasticsearch": {"snapshotCidrs": []}}}
    documents = made(**joined(DOCUMENTS, {"networkPolicy": nothing}))
    assert all(rule["to"] for policy in policies(documents) for rule in policy["spec"].get("egress", ()))
    known, rules = places(documents), policies(documents)
    for source, place in known.items():
        if place.namespace == "logging":
            assert not may_reach(rules, place, known["the world"], 443), source


@pytest.mark.parametrize("part", ["channels", "stack"])
def test_no_ports_are_refused_for_they_would_be_all(part: str) -> None:
    ports: dict[str, Any] = (
        {"channels": {"ports": []}} if part == "channels" else {"stack": {"apiServer": {"ports": []}}}
    )
    with pytest.raises(RefusedError, match="ports"):
        made(networkPolicy=ports)


@pytest.mark.parametrize("part", ["elasticsearch", "kibana", "logstash", "filebeat", "kafka"])
def test_each_part_can_be_left_out(part: str) -> None:
    def names(documents: list[Document]) -> set[str]:
        return {document["metadata"]["name"] for document in policies(documents)}

    without = names(made(**joined(ON, {"networkPolicy": {"stack": {part: {"enabled": False}}}})))
    more = {f"drainwatch-stack-{name}" for name in ("entity-operator", "kafka-exporter") if part == "kafka"}
    assert names(made(**ON)) - without == {f"drainwatch-stack-{part}"} | more


def test_the_labels_are_those_that_eck_gives_to_pods() -> None:
    try:
        controllers = tools.ECK.source() / "pkg"
    except MissingError as missing:
        skip(str(missing))
    said = "".join(
        (controllers / name).read_text("utf-8")
        for name in (
            "apis/common/v1/common.go",
            "controller/elasticsearch/label/label.go",
            "controller/kibana/label/label.go",
            "controller/logstash/labels/labels.go",
            "controller/beat/common/labels.go",
        )
    )
    words = set(re.findall(r'= "([^"\s]+)"', said))
    for name in ("Elasticsearch", "Kibana", "Logstash", "Filebeat"):
        assert set(PLACES[name].labels) <= words
        assert PLACES[name].labels["common.k8s.elastic.co/type"] in words


def test_the_page_lists_all_ports() -> None:
    rows = table_rows(section(text_of("docs/helm.md"), "## Network"))
    listed = {int(port) for row in rows for port in row[2].split(",")}
    assert listed - {53} == set(PORTS)
