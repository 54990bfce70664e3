"""The values for charts that are neither ours nor Elastic's: rendered where the chart can be had, else looked into."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helm.stack.eck import chart
from tests.helm.stack.manifests import HELM_VALUES, quantity, resources
from tests.kubernetes import tools
from tests.kubernetes.checking import valid
from tests.kubernetes.manifests import Loader, load, one
from tests.kubernetes.rendering import render
from tests.servers.missing import MissingError, skip

OPEN: Mapping[str, Any] = {}
"""What a chart's own values say where any key may follow."""
ALL = [
    path
    for folder in ("cert-manager", "eck-operator", "elastic-8.5.1", "falcosidekick", "kube-prometheus-stack", "strimzi")
    for path in sorted((HELM_VALUES / folder).glob("*.yaml"))
]


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader)
    return found


def unknown(ours: Mapping[str, Any], theirs: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Keys that the chart's own values don't have."""
    for key, value in ours.items():
        if theirs != OPEN and key not in theirs:
            yield f"{path}{key}"
        elif isinstance(value, Mapping) and isinstance(theirs.get(key), Mapping):
            yield from unknown(value, theirs[key], f"{path}{key}.")


def cert_manager() -> Path:
    try:
        return tools.CERT_MANAGER.source() / "deploy" / "charts" / "cert-manager"
    except MissingError as missing:
        skip(str(missing))


def test_the_operator_of_eck_knows_all_that_it_is_told() -> None:
    ours = read(HELM_VALUES / "eck-operator" / "values.yaml")
    theirs = read(chart("eck-operator") / "values.yaml")
    assert list(unknown(ours, theirs)) == ["podSecurityContext.seccompProfile"], "a context, handed on as it is"
    assert list(unknown({"config": {"metric": {"port": 1}}}, theirs)) == ["config.metric"]


@pytest.mark.parametrize("settings", [{}, {"prometheus": {"servicemonitor": {"enabled": True}}}], ids=["", "monitored"])
def test_cert_manager_takes_what_it_is_told(settings: dict[str, Any]) -> None:
    # Its schema refuses what it doesn't know.
    documents = render(
        cert_manager(),
        HELM_VALUES / "cert-manager" / "values.yaml",
        name="cert-manager",
        namespace="cert-manager",
        settings=settings,
    )
    valid([document for document in documents if document["kind"] != "CustomResourceDefinition"])
    assert one(documents, "Role", "cert-manager:leaderelection")["metadata"]["namespace"] == "cert-manager"


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(HELM_VALUES)))
def test_nobody_asks_for_more_than_it_may_have(path: Path) -> None:
    for found in resources(load(path)):
        limits = found["resources"].get("limits", {})
        for name, asked in found["resources"].get("requests", {}).items():
            if name in limits and limits[name] is not None:
                assert quantity(asked) <= quantity(limits[name]), found


def test_alertmanager_takes_its_configuration(tmp_path: Path) -> None:
    values = read(HELM_VALUES / "kube-prometheus-stack" / "values.yaml")
    config = tmp_path / "alertmanager.yml"
    config.write_text(yaml.safe_dump(values["alertmanager"]["config"]))
    program = shutil.which("amtool")
    if program is None:
        skip("amtool is missing: apt install prometheus-alertmanager")
    done = subprocess.run([program, "check-config", config], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr


def test_of_two_alerts_for_one_thing_people_hear_the_worse() -> None:
    values = read(HELM_VALUES / "kube-prometheus-stack" / "values.yaml")
    said = (HELM_VALUES.parent / "prometheus" / "rules" / "drainwatch-alerts.yml").read_text("utf-8")
    first = values["alertmanager"]["config"]["inhibit_rules"][0]
    for name in ("source_matchers", "target_matchers"):
        (matcher,) = first[name]
        _, alert, _ = matcher.split('"')
        assert f"alert: {alert}\n" in said
    assert first["equal"] == ["namespace"]


def test_prometheus_finds_what_the_charts_of_others_bring() -> None:
    values = read(HELM_VALUES / "kube-prometheus-stack" / "values.yaml")
    spec = values["prometheus"]["prometheusSpec"]
    for what in ("serviceMonitor", "podMonitor", "rule"):
        assert spec[f"{what}SelectorNilUsesHelmValues"] is False
    dashboards = values["grafana"]["sidecar"]["dashboards"]
    assert (dashboards["label"], dashboards["labelValue"], dashboards["searchNamespace"]) == (
        "grafana_dashboard",
        "1",
        "ALL",
    )


def test_falco_writes_what_drainwatch_reads() -> None:
    falco = read(HELM_VALUES / "falcosidekick" / "falco.yaml")
    assert falco["falco"]["json_output"] is True
    assert falco["falco"]["json_include_output_fields_property"] is True
    assert falco["falco"]["stdout_output"] == {"enabled": True}
    assert falco["tty"] is True
    assert falco["falcosidekick"] == {"enabled": False}


@pytest.mark.parametrize(("name", "options"), [("elasticsearch", "esJavaOpts"), ("logstash", "logstashJavaOpts")])
def test_half_of_the_memory_is_heap_in_the_archived_charts_too(name: str, options: str) -> None:
    values = read(HELM_VALUES / "elastic-8.5.1" / f"{name}.yaml")
    least, most = (word.removeprefix("-Xms").removeprefix("-Xmx") for word in values[options].split())
    assert least == most
    assert quantity(values["resources"]["limits"]["memory"]) == 2 * quantity(f"{most[:-1]}Gi")


def test_the_archived_charts_have_images_that_drainwatch_reads() -> None:
    for path in sorted((HELM_VALUES / "elastic-8.5.1").glob("*.yaml")):
        assert read(path)["imageTag"].startswith("8.19."), path


def test_files_that_are_named_are_mounted_by_the_archived_charts_too() -> None:
    ingest = HELM_VALUES.parent / "ingest"
    filebeat = read(HELM_VALUES / "elastic-8.5.1" / "filebeat.yaml")["daemonset"]
    (mount,) = filebeat["secretMounts"]
    assert f"{mount['path']}/tls.crt" in (ingest / "filebeat" / "output-logstash.yml").read_text("utf-8")
    logstash = read(HELM_VALUES / "elastic-8.5.1" / "logstash.yaml")
    paths = {mount["name"]: mount["path"] for mount in logstash["secretMounts"]}
    pipeline = (ingest / "logstash" / "pipeline" / "10-input-beats.conf").read_text("utf-8")
    assert f"${{BEATS_TLS:{paths['logstash-beats-tls']}}}/tls.crt" in pipeline
    variables = {entry["name"]: entry for entry in logstash["extraEnvs"]}
    assert variables["ECK_ES_SSL_CERTIFICATE_AUTHORITY"]["value"] == f"{paths['elasticsearch-master-certs']}/ca.crt"
    output = (ingest / "logstash" / "pipeline" / "90-output-elasticsearch.conf").read_text("utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", output)) - {"ES_API_KEY"} == set(variables)
