"""Names, labels, ports and commands in different manifests, and in the program, are the same ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from detector.api.hosts import is_ours
from detector.cli.app import app
from detector.cli.setup import choices_of
from detector.cli.setup_kafka import topics_of
from detector.cli.setup_watcher import watches_of
from detector.setup.rules import wanted_files
from tests.docs.markdown import ROOT, section, table_rows, text_of
from tests.helm.drainwatch import (
    CHART,
    EXAMPLES,
    HOST,
    WORKERS,
    example,
    joined,
    labels_of,
    made,
    pod_of,
    pods,
    settings_of,
    workload,
)
from tests.helm.policies import selects
from tests.kubernetes.manifests import Document, load, one
from tests.kubernetes.rendering import notes

EVERYTHING = joined(
    WORKERS,
    HOST,
    {
        "autoscaling": {"enabled": True},
        "metrics": {key: {"enabled": True} for key in ("serviceMonitor", "rules", "dashboard")},
        "setup": {
            "kafka": {"enabled": True},
            "kibana": {"enabled": True},
            "watcher": {"enabled": True, "slackSecret": "slack"},
        },
        "verticalPodAutoscaler": {"enabled": True},
    },
)
NAMED = {"nameOverride": "other", "fullnameOverride": "another"}


def of_kind(documents: list[Document], kind: str) -> list[Document]:
    return [document for document in documents if document["kind"] == kind]


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


@pytest.mark.parametrize("values", [EVERYTHING, joined(EVERYTHING, NAMED)], ids=["usual names", "other names"])
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
    assert trigger["metadata"]["bootstrapServers"] == ",".join(read.brokers)
    assert (trigger["metadata"]["consumerGroup"], trigger["metadata"]["topic"]) == (read.group, read.topic)
    assert (trigger["metadata"]["sasl"], trigger["metadata"]["tls"]) == ("scram_sha512", "enable")
    asks = one(documents, "TriggerAuthentication", trigger["authenticationRef"]["name"])["spec"]
    (variable,) = asks["env"]
    (container,) = pod_of(workload(documents))["containers"]
    assert (variable["containerName"], variable["name"]) in {
        (container["name"], one["name"]) for one in container["env"]
    }
    assert {one["parameter"] for one in asks["secretTargetRef"]} == {"password", "ca"}


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


def test_kibana_is_asked_as_whoever_sets_up_elasticsearch(tmp_path: Path) -> None:
    documents = made(example("everything"))
    service, read = settings_of(documents, tmp_path), settings_of(documents, tmp_path, "drainwatch-setup")
    assert (read.kibana.url, read.kibana.space) == ("https://kibana-kb-http:5601", "ops")
    assert not read.kibana.says_who_asks
    assert read.elasticsearch.password_file
    (container,) = pod_of(one(documents, "Job", "drainwatch-setup-kibana"))["containers"]
    assert str(read.kibana.ca_file.parent if read.kibana.ca_file else "") in {
        m["mountPath"] for m in container["volumeMounts"]
    }
    assert not service.kibana.url


# Commands


def command_of(arguments: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The names and the parameters of a command, by the program's own parser. Raises its errors for what isn't one."""
    command: Any = typer.main.get_command(app)
    names: list[str] = []
    while below := getattr(command, "commands", None):
        names.append(arguments[len(names)])
        command = below[names[-1]]
    return names, command.make_context(names[-1], arguments[len(names) :]).params


def test_every_command_in_a_pod_is_one() -> None:
    found = []
    for documents in (*map(made, EXAMPLES), made(**EVERYTHING)):
        for _, _, container in pods(documents):
            if "args" in container:
                names, parameters = command_of(container["args"])
                found.append(" ".join(names))
                places = [mount["mountPath"] for mount in container["volumeMounts"]]
                assert str(Path(parameters["config"]).parent) in places
                assert parameters.get("yes", True), "nobody is there to be asked"
                if webhook := parameters.get("slack_webhook_file"):
                    assert str(webhook.parent) in places
    assert set(found) == {"run", "doctor", "setup elasticsearch", "setup kafka", "setup kibana", "setup watcher"}


def test_what_set_up_is_told_means_what_the_values_say(tmp_path: Path) -> None:
    documents = made(
        example("everything"),
        setup={"kafka": {"enabled": True, "partitions": 24, "replication": 3, "retention": "7d"}},
    )
    settings = settings_of(documents, tmp_path, "drainwatch-setup")
    said = {
        document["metadata"]["name"].rpartition("-")[2]: command_of(pod_of(document)["containers"][0]["args"])[1]
        for document in of_kind(documents, "Job")
    }
    chosen = said["elasticsearch"]
    choices = choices_of(settings, chosen["parts"], chosen["bucket"], chosen["viewer_of"])
    assert {str(part) for part in choices.parts} == {"roles", "logs"}
    assert list(choices.namespaces) == ["shop"]
    chosen = said["kafka"]
    lines, *_ = topics_of(settings, chosen["partitions"], chosen["replication"], chosen["retention"])
    assert (lines.partitions, lines.config["retention.ms"]) == (24, str(7 * 86_400_000))
    assert said["kibana"]["create_space"]
    assert said["kibana"]["overwrite"]
    assert {str(watch) for watch in watches_of(said["watcher"]["watch"])} == {"server-errors", "silence"}


def test_the_test_of_the_chart_asks_by_a_name_that_is_answered_to(tmp_path: Path) -> None:
    for values in ({}, NAMED, {"service": {"port": 80}}):
        documents = made(**values)
        (asked,) = re.findall(
            r'"http://([^/"]+)/healthz"', json.dumps(pod_of(of_kind(documents, "Pod")[0])).replace("\\", "")
        )
        host, _, port = asked.partition(":")
        name = workload(documents)["metadata"]["name"]
        assert is_ours(host, settings_of(documents, tmp_path, name).service.host_names)
        service = of_kind(documents, "Service")[0]
        assert int(port) == service["spec"]["ports"][0]["port"]


def test_notes_say_how_to_look(tmp_path: Path) -> None:
    said = notes(CHART, example("try"))
    assert "kubectl -n logging port-forward svc/drainwatch 8765:8765" in said
    assert "WARNING: what is learned is lost with the pod" in said
    assert "Pods are ready when" not in said
    said = notes(CHART, example("everything"))
    assert "https://drainwatch.example.org" in said
    assert "WARNING: drainwatch has no log-in" in said
    for line in said.splitlines():
        if found := re.search(r"-- drainwatch (.+)$", line):
            command_of(found[1].split())


# Documentation


def documented() -> dict[str, str]:
    return {row[0].strip("`"): row[1] for row in table_rows(section(text_of("docs/helm.md"), "## Every value"))}


def test_every_value_is_documented_with_its_default_and_no_other() -> None:
    (values,) = load(CHART / "values.yaml")
    left = documented()

    def walk(prefix: str, value: Any) -> None:
        if prefix not in left:
            assert isinstance(value, dict), f"{prefix} isn't documented"
            assert value, f"{prefix} isn't documented"
            for key, below in value.items():
                walk(f"{prefix}.{key}" if prefix else key, below)
            return
        shown = left.pop(prefix)
        if shown == "none":
            assert value in ("", [], {}), prefix
        elif shown != "see values.yaml":
            assert yaml.safe_load(shown.strip("`")) == value, prefix

    walk("", values)
    assert not left, "there are no such values"


def test_the_schema_tells_of_each_value_what_the_page_tells() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    for row in table_rows(section(text_of("docs/helm.md"), "## Every value")):
        one = schema
        for name in row[0].strip("`").split("."):
            assert one.get("additionalProperties") is False
            one = one["properties"][name]
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", row[2]).replace("`", "")
        assert one["description"] == plain


def test_settings_on_the_page_are_taken(tmp_path: Path) -> None:
    blocks = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", text_of("docs/helm.md"), re.DOTALL)]
    assert len(blocks) == 3
    for values in blocks:
        assert settings_of(made(**values), tmp_path)


def test_the_chart_is_of_the_version_of_the_package() -> None:
    (chart,) = load(CHART / "Chart.yaml")
    (version,) = re.findall(r'^version = "([^"]+)"', text_of("pyproject.toml"), re.MULTILINE)
    assert (chart["version"], chart["appVersion"]) == (version, version)
