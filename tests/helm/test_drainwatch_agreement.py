"""Names, labels and ports in different manifests, and in the program, are the same ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from detector.setup.rules import wanted_files
from tests.docs.markdown import ROOT
from tests.helm.drainwatch import (
    EVERYTHING,
    EXAMPLES,
    NAMED,
    WORKERS,
    example,
    joined,
    labels_of,
    made,
    of_kind,
    pod_of,
    pods,
    settings_of,
    workload,
)
from tests.helm.policies import selects
from tests.kubernetes.manifests import one


@pytest.mark.parametrize("values", [EVERYTHING, joined(EVERYTHING, NAMED)], ids=["usual names", "other names"])
def test_whatever_selects_pods_finds_those_of_the_service_alone(values: dict[str, Any]) -> None:
    documents = made(**values)
    ours = labels_of(workload(documents))
    others = [labels_of(document) for document in documents if document["kind"] in ("Job", "Pod")]
    selectors = [
        workload(documents)["spec"]["selector"],
        one(documents, "PodDisruptionBudget")["spec"]["selector"],
        *({"matchLabels": service["spec"]["selector"]} for service in of_kind(documents, "Service")),
        *(constraint["labelSelector"] for constraint in pod_of(workload(documents))["topologySpreadConstraints"]),
    ]
    assert len(selectors) == 6
    for selector in selectors:
        assert selects(selector, ours)
        assert not any(selects(selector, labels) for labels in others)


@pytest.mark.parametrize(
    "values",
    [EVERYTHING, joined(EVERYTHING, NAMED), {"metrics": EVERYTHING["metrics"]}],
    ids=["usual names", "other names", "one pod"],
)
def test_prometheus_finds_one_service_and_calls_the_job_as_the_rules_do(values: dict[str, Any]) -> None:
    documents = made(**values)
    monitor = one(documents, "ServiceMonitor")["spec"]
    (service,) = (s for s in of_kind(documents, "Service") if selects(monitor["selector"], s["metadata"]["labels"]))
    (endpoint,) = monitor["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["honorLabels"] is True
    job = service["metadata"]["labels"][monitor["jobLabel"]]
    rules = json.dumps(one(documents, "PrometheusRule")["spec"])
    assert set(re.findall(r'job=\\"([^"\\]+)\\"', rules)) == {job}


def test_rules_and_dashboard_are_those_that_drainwatch_writes() -> None:
    documents = made(**EVERYTHING)
    files = wanted_files(ROOT / "prometheus", "drainwatch")
    groups = [
        group
        for name in sorted(files, reverse=True)
        if name.endswith(".yml")
        for group in yaml.safe_load(files[name])["groups"]
    ]
    assert one(documents, "PrometheusRule")["spec"]["groups"] == groups
    dashboard = one(documents, "ConfigMap", "drainwatch-dashboard")["data"]["drainwatch.json"]
    assert json.loads(dashboard) == json.loads(files["drainwatch.json"])


def test_ports_lead_to_the_one_that_is_listened_on(tmp_path: Path) -> None:
    documents = made(**EVERYTHING)
    (container,) = pod_of(workload(documents))["containers"]
    (port,) = container["ports"]
    assert port["containerPort"] == settings_of(documents, tmp_path).service.port
    for service in of_kind(documents, "Service"):
        assert [one["targetPort"] for one in service["spec"]["ports"]] == [port["name"]]
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        assert container[probe]["httpGet"]["port"] == port["name"]
    backend = one(documents, "Ingress")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] in {service["metadata"]["name"] for service in of_kind(documents, "Service")}
    assert one(documents, "StatefulSet")["spec"]["serviceName"] == "drainwatch-workers"


def test_whatever_is_scaled_is_there() -> None:
    documents = made(**EVERYTHING)
    for kind, key in (("HorizontalPodAutoscaler", "scaleTargetRef"), ("VerticalPodAutoscaler", "targetRef")):
        target = one(documents, kind)["spec"][key]
        assert one(documents, target["kind"], target["name"])["apiVersion"] == target["apiVersion"]


def test_keda_asks_for_the_lag_of_the_group_as_drainwatch_does(tmp_path: Path) -> None:
    documents = made(example("everything"))
    read = settings_of(documents, tmp_path).kafka
    scaled = one(documents, "ScaledObject")["spec"]
    (trigger,) = scaled["triggers"]
    assert one(documents, "StatefulSet", scaled["scaleTargetRef"]["name"])
    assert read.brokers == ("logs-kafka-bootstrap:9093",)
    asked = trigger["metadata"]["bootstrapServers"]
    assert asked == "logs-kafka-bootstrap.logging.svc:9093", "KEDA is in another namespace"
    assert (trigger["metadata"]["consumerGroup"], trigger["metadata"]["topic"]) == (read.group, read.topic)
    assert (trigger["metadata"]["sasl"], trigger["metadata"]["tls"]) == ("scram_sha512", "enable")
    asks = one(documents, "TriggerAuthentication", trigger["authenticationRef"]["name"])["spec"]
    (variable,) = asks["env"]
    (container,) = pod_of(workload(documents))["containers"]
    assert (variable["containerName"], variable["name"]) in {
        (container["name"], one["name"]) for one in container["env"]
    }
    assert {one["parameter"] for one in asks["secretTargetRef"]} == {"password", "ca"}


def test_keda_is_told_names_that_have_a_namespace_or_are_addresses_as_they_are() -> None:
    brokers = {"config": {"kafka": {"brokers": "a:9092, b.kafka:9092,10.0.0.1:9092,[::1]:9092"}}}
    scaled = one(made(**joined(WORKERS, brokers, {"keda": {"enabled": True}})), "ScaledObject")["spec"]
    asked = scaled["triggers"][0]["metadata"]["bootstrapServers"]
    assert asked == "a.logging.svc:9092,b.kafka:9092,10.0.0.1:9092,[::1]:9092"


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.stem)
def test_everything_mounted_is_there_and_everything_there_is_mounted(values: Path) -> None:
    documents = made(values)
    maps = {document["metadata"]["name"] for document in of_kind(documents, "ConfigMap")}
    for name, spec, container in pods(documents):
        volumes = {volume["name"] for volume in spec["volumes"]}
        mounted = [mount["name"] for mount in container["volumeMounts"]]
        assert volumes == set(mounted), name
        assert len(mounted) == len(set(mounted)), name
        assert {volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume} <= maps, name


def test_what_is_needed_by_jobs_is_there_before_them() -> None:
    documents = made(**EVERYTHING)
    hooks = {
        (document["kind"], document["metadata"]["name"]): document["metadata"]["annotations"]
        for document in documents
        if "helm.sh/hook" in document["metadata"].get("annotations", {})
    }
    jobs = {key: hook for key, hook in hooks.items() if key[0] == "Job"}
    settings = hooks["ConfigMap", "drainwatch-setup"]
    assert len({hook["helm.sh/hook-weight"] for hook in jobs.values()}) == len(jobs) == 4
    for hook in jobs.values():
        assert int(settings["helm.sh/hook-weight"]) < int(hook["helm.sh/hook-weight"])
        assert set(hook["helm.sh/hook"].split(",")) <= set(settings["helm.sh/hook"].split(","))
    assert {name.rpartition("-")[2]: hook["helm.sh/hook"].partition("-")[0] for (_, name), hook in jobs.items()} == {
        "elasticsearch": "pre",
        "kafka": "pre",
        "kibana": "post",
        "watcher": "post",
    }
    assert pod_of(one(documents, "Job", "drainwatch-setup-kafka"))["serviceAccountName"] == "default"


def test_kibana_is_asked_as_somebody_who_may_import_or_as_whoever_sets_up_elasticsearch(tmp_path: Path) -> None:
    documents = made(example("everything"))
    service, read = settings_of(documents, tmp_path), settings_of(documents, tmp_path, "drainwatch-setup")
    assert (read.kibana.url, read.kibana.space) == ("https://kibana-kb-http:5601", "ops")
    assert read.kibana.username == "from-a-secret"
    assert not service.kibana.url
    (container,) = pod_of(one(documents, "Job", "drainwatch-setup-kibana"))["containers"]
    places = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert read.kibana.ca_file
    assert read.kibana.password_file
    assert {str(file.parent) for file in (read.kibana.ca_file, read.kibana.password_file)} <= places
    by_key = {"setup": {"kibana": {"enabled": True, "existingSecret": "key", "apiKeyKey": "encoded"}}}
    assert settings_of(made(**by_key), tmp_path, "drainwatch-setup").kibana.api_key_file
    documents = made(**EVERYTHING)
    assert not settings_of(documents, tmp_path, "drainwatch-setup").kibana.says_who_asks
