"""The values for ECK's charts: each size, each way of a line, as the charts render it and ECK's CRDs take it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.helm.stack.eck import EVERY, KINDS, SIZES, STACK, chart, files, lost, rendered, values
from tests.helm.stack.manifests import HELM_VALUES, heap, of_kind, quantity, resources, walk
from tests.kubernetes.checking import valid
from tests.kubernetes.manifests import Document, load, one
from tests.kubernetes.rendering import render

VERSION = "9.5.0"
Pod = Mapping[str, Any]


def spec(size: str, way: str, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = one(rendered(size, way), kind)["spec"]
    return found


def pods(documents: list[Document] | tuple[Document, ...]) -> dict[str, Pod]:
    """The templates that ECK completes, by the kind of their resource."""
    found: dict[str, Pod] = {}
    for document in documents:
        body = document.get("spec", {})
        templates = [body.get("podTemplate"), body.get("daemonSet", {}).get("podTemplate")]
        templates += [node["podTemplate"] for node in body.get("nodeSets", ())]
        for template in filter(None, templates):
            found[document["kind"]] = template["spec"]
    return found


def container(size: str, way: str, kind: str) -> dict[str, Any]:
    (found,) = pods(list(rendered(size, way)))[kind]["containers"]
    return dict(found)


def env(container: Mapping[str, Any], name: str) -> str:
    (found,) = (entry for entry in container["env"] if entry["name"] == name)
    return str(found["value"])


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_eck_takes_what_comes_of_it(size: str, way: str) -> None:
    valid(list(rendered(size, way)))


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_the_chart_makes_something_of_each_value(size: str, way: str) -> None:
    assert list(lost(values(files(size, way)), rendered(size, way))) == []


@pytest.mark.parametrize(
    ("misspelt", "told"),
    [
        ({"eck-kibana": {"counts": 2}}, "eck-kibana.counts"),
        ({"eck-beats": {"daemonset": {"podTemplate": {}}}}, "eck-beats.daemonset"),
        ({"eck-elasticsearch": {"podDisruptionBudget": {"minAvailable": 2}}}, "eck-elasticsearch.podDisruptionBudget"),
        ({"eck-filebeat": {"enabled": True}}, "eck-filebeat"),
    ],
)
def test_a_misspelt_value_is_noticed(misspelt: dict[str, Any], told: str) -> None:
    documents = render(chart("eck-stack"), *files("small", ""), name="elastic-stack", settings=misspelt)
    assert list(lost(misspelt, documents)) == [told]


def test_an_overlay_of_snapshots_reaches_the_keystore() -> None:
    overlay = STACK / "snapshots-s3.yaml"
    documents = render(chart("eck-stack"), *files("production", ""), overlay, name="elastic-stack")
    valid(documents)
    assert one(documents, "Elasticsearch")["spec"]["secureSettings"] == [{"secretName": "elasticsearch-s3"}]


@pytest.mark.parametrize("settings", [{}, {"podMonitor": {"enabled": True}}], ids=["alone", "with Prometheus"])
def test_the_operator_is_one_that_a_restricted_namespace_takes(settings: dict[str, Any]) -> None:
    documents = render(
        chart("eck-operator"),
        HELM_VALUES / "eck-operator" / "values.yaml",
        name="elastic-operator",
        namespace="elastic-system",
        settings=settings,
        api_versions=["monitoring.coreos.com/v1"],
    )
    valid([document for document in documents if document["kind"] != "CustomResourceDefinition"])
    pod = one(documents, "StatefulSet")["spec"]["template"]["spec"]
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert ("PodMonitor" in {document["kind"] for document in documents}) == bool(settings)
    # Else there are no zones to be aware of.
    rules = of_kind(documents, "ClusterRole")["elastic-operator"]["rules"]
    assert any("nodes" in rule["resources"] and "get" in rule["verbs"] for rule in rules)
    assert "elastic-operator" in of_kind(documents, "ClusterRoleBinding")


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_names_are_those_that_others_use(size: str, way: str) -> None:
    names = {document["kind"]: document["metadata"]["name"] for document in rendered(size, way)}
    expected = {"Elasticsearch": "elasticsearch", "Kibana": "kibana", "Beat": "filebeat", "Logstash": "logstash"}
    assert {kind: names.get(kind) for kind in expected} == expected | (
        {"Logstash": None} if way == "filebeat-to-elasticsearch" else {}
    )
    assert {spec(size, way, kind)["version"] for kind in names if kind in KINDS.values()} == {VERSION}


@pytest.mark.parametrize("size", SIZES)
def test_logstash_is_where_filebeat_sends_to(size: str) -> None:
    (service,) = spec(size, "", "Logstash")["services"]
    (port,) = service["service"]["spec"]["ports"]
    (host,) = spec(size, "", "Beat")["config"]["output.logstash"]["hosts"]
    assert host == f"logstash-ls-{service['name']}:{port['port']}"


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_filebeat_has_one_output(size: str, way: str) -> None:
    config = spec(size, way, "Beat")["config"]
    outputs = {key for key, value in config.items() if key.startswith("output.") and value.get("enabled", True)}
    name = {"": "logstash", "kafka": "kafka"}.get(way, "elasticsearch")
    assert outputs == {f"output.{name}"}


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_nobody_asks_for_more_than_it_may_have(size: str, way: str) -> None:
    for found in resources(rendered(size, way)):
        asked, limits = found["resources"].get("requests", {}), found["resources"].get("limits", {})
        assert {name for name in asked if name in limits and quantity(asked[name]) > quantity(limits[name])} == set()


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_memory_is_bounded_everywhere(size: str, way: str) -> None:
    for kind, pod in pods(list(rendered(size, way))).items():
        for found in (*pod["containers"], *pod.get("initContainers", ())):
            assert "memory" in found["resources"]["limits"], kind
            assert {"cpu", "memory"} <= set(found["resources"]["requests"]), kind


def test_the_small_one_asks_for_what_it_says() -> None:
    memory = sum(
        quantity(found["resources"]["requests"]["memory"])
        for found in resources(rendered("small", ""))
        if "memory" in found["resources"]["requests"]
    )
    assert f"{float(memory) / 2**30:.1f} GiB of memory" in (STACK / "small.yaml").read_text("utf-8").replace(
        "\n# ", " "
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("kind", "variable"), [("Elasticsearch", "ES_JAVA_OPTS"), ("Logstash", "LS_JAVA_OPTS")])
def test_half_of_the_memory_is_heap(size: str, kind: str, variable: str) -> None:
    found = container(size, "", kind)
    least, most = re.findall(r"-Xm[sx](\w+)", env(found, variable))
    assert least == most
    assert heap(most) * 2 == quantity(found["resources"]["limits"]["memory"])


@pytest.mark.parametrize("size", SIZES)
def test_the_queues_of_logstash_fit_on_its_volume(size: str) -> None:
    logstash = spec(size, "", "Logstash")
    (claim,) = logstash["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "logstash-data"
    config = logstash["config"]
    queues = [heap(config[name].removesuffix("b")) for name in ("queue.max_bytes", "dead_letter_queue.max_bytes")]
    assert sum(queues) * 1.2 < quantity(claim["spec"]["resources"]["requests"]["storage"])


def test_three_nodes_are_apart_and_two_can_go_on() -> None:
    elasticsearch = spec("production", "", "Elasticsearch")
    (nodes,) = elasticsearch["nodeSets"]
    assert nodes["count"] == 3
    assert nodes["zoneAwareness"] == {"topologyKey": "topology.kubernetes.io/zone"}
    (apart,) = nodes["podTemplate"]["spec"]["affinity"]["podAntiAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert apart["topologyKey"] == "kubernetes.io/hostname"
    labels = {"elasticsearch.k8s.elastic.co/cluster-name": "elasticsearch"}
    assert apart["labelSelector"]["matchLabels"] == labels
    assert elasticsearch["updateStrategy"]["changeBudget"] == {"maxUnavailable": 1, "maxSurge": 0}
    # ECK makes a budget unless it is told not to.
    assert "podDisruptionBudget" not in elasticsearch
    assert [claim["metadata"]["name"] for claim in nodes["volumeClaimTemplates"]] == ["elasticsearch-data"]


@pytest.mark.parametrize("kind", ["Kibana", "Logstash"])
def test_of_two_one_stays(kind: str) -> None:
    assert spec("production", "", kind)["count"] == 2
    name = kind.lower()
    budget = of_kind(rendered("production", ""), "PodDisruptionBudget")[name]["spec"]
    label = f"{name}.k8s.elastic.co/name"
    assert budget == {"maxUnavailable": 1, "selector": {"matchLabels": {label: name}}}


@pytest.mark.parametrize("size", SIZES)
def test_nothing_older_than_tls_1_3_is_spoken(size: str) -> None:
    (nodes,) = spec(size, "", "Elasticsearch")["nodeSets"]
    for layer in ("http", "transport"):
        assert nodes["config"][f"xpack.security.{layer}.ssl.supported_protocols"] == ["TLSv1.3"]
    assert spec(size, "", "Kibana")["config"]["server.ssl.supportedProtocols"] == ["TLSv1.3"]
    assert spec(size, "", "Beat")["config"]["output.logstash"]["ssl"]["supported_protocols"] == ["TLSv1.3"]


@pytest.mark.parametrize("size", SIZES)
def test_maps_are_allowed_or_done_without(size: str) -> None:
    (nodes,) = spec(size, "", "Elasticsearch")["nodeSets"]
    raised = [found["command"][-1] for found in nodes["podTemplate"]["spec"].get("initContainers", ())]
    if nodes["config"].get("node.store.allow_mmap", True):
        assert raised == ["sysctl -w vm.max_map_count=1048576"]
    else:
        assert raised == []


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_only_who_has_to_is_root_or_looks_into_the_node(size: str, way: str) -> None:
    documents = list(rendered(size, way))
    for kind, pod in pods(documents).items():
        root = pod.get("securityContext", {}).get("runAsUser") == 0
        assert (root, "hostPath" in str(pod)) == ((True, True) if kind == "Beat" else (False, False)), kind
        privileged = [found for found in walk(pod) if found.get("privileged") is True]
        assert bool(privileged) == (kind == "Elasticsearch" and size == "production"), kind
        assert "hostNetwork" not in pod
        assert pod["automountServiceAccountToken"] is (kind == "Beat"), kind


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_filebeat_is_on_every_node_and_keeps_its_place_there(size: str, way: str) -> None:
    pod = pods(list(rendered(size, way)))["Beat"]
    assert pod["tolerations"] == [{"operator": "Exists"}]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["beat-data"]["hostPath"] == {"path": "/var/lib/filebeat-data", "type": "DirectoryOrCreate"}
    mounts = {mount["name"]: mount for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts["varlog"] == {"name": "varlog", "mountPath": "/var/log", "readOnly": True}
    # ECK mounts this one itself.
    assert set(volumes) - set(mounts) == {"beat-data"}


def test_filebeat_may_look_up_pods_and_nothing_else() -> None:
    rules = one(rendered("small", ""), "ClusterRole")["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}
    assert {name for rule in rules for name in rule["resources"]} == {
        "pods",
        "namespaces",
        "nodes",
        "replicasets",
        "jobs",
    }
    (subject,) = one(rendered("small", ""), "ClusterRoleBinding")["subjects"]
    assert subject == {"kind": "ServiceAccount", "name": "filebeat", "namespace": "logging"}


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_files_that_are_named_are_mounted(size: str, way: str) -> None:
    for kind in ("Beat", "Logstash"):
        if kind == "Logstash" and way == "filebeat-to-elasticsearch":
            continue
        pod = pods(list(rendered(size, way)))[kind]
        paths = {mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
        config = str(spec(size, way, kind)["config"]) + str(spec(size, way, kind).get("pipelines"))
        for path in re.findall(r"(/etc/filebeat/\w+|/usr/share/logstash/(?!data)\w+)", config):
            assert path in paths, path
        names = {volume["name"] for volume in pod["volumes"]}
        assert {mount["name"] for mount in pod["containers"][0]["volumeMounts"]} <= names


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_who_mounts_what_not_everybody_may_read_can_read_it(size: str, way: str) -> None:
    for kind, pod in pods(list(rendered(size, way))).items():
        for volume in pod.get("volumes", ()):
            mode = volume.get("secret", {}).get("defaultMode", 0o644)
            who = pod.get("securityContext", {})
            # Files of Secrets belong to root and to the group fsGroup.
            assert mode & 0o004 or who.get("runAsUser") == 0 or (mode & 0o040 and "fsGroup" in who), (kind, volume)


def test_elasticsearch_learns_who_drainwatch_is_from_secrets() -> None:
    auth = spec("small", "", "Elasticsearch")["auth"]
    assert auth["roles"] == [{"secretName": "drainwatch-roles"}]
    secrets = of_kind(load(STACK / "secrets.example.yaml"), "Secret")
    users = [secrets[entry["secretName"]] for entry in auth["fileRealm"]]
    assert [user["stringData"]["username"] for user in users] == ["drainwatch", "drainwatch-setup"]
    (roles,) = load(STACK / "roles.yml")
    for user in users:
        assert set(user["stringData"]["roles"].split(",")) <= set(roles)
        assert set(user["stringData"]) == {"username", "password", "roles"}
