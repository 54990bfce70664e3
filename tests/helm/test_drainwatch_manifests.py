"""What the chart makes is what Kubernetes takes, with every example and every switch, and what it should be given."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.helm.drainwatch import CHART, EXAMPLES, HOST, WORKERS, example, joined, made, pods, workload
from tests.kubernetes import tools
from tests.kubernetes.checking import scored, valid
from tests.kubernetes.manifests import label, load, one
from tests.kubernetes.rendering import lint, render
from tests.servers.missing import MissingError, skip

STACK = {"networkPolicy": {"enabled": True, "stack": {"enabled": True}}}
SWITCHES: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "workers": WORKERS,
    "a volume": {"config": {"store": {"kind": "sqlite"}}},
    "a volume that is there": {"config": {"store": {"kind": "sqlite"}}, "persistence": {"existingClaim": "mine"}},
    "no volume": {"config": {"store": {"kind": "sqlite"}}, "persistence": {"enabled": False}},
    "one worker with a volume": joined(WORKERS, {"replicas": 1, "config": {"store": {"kind": "sqlite"}}}),
    "no set-up": {"setup": {"elasticsearch": {"enabled": False}}},
    "topics": joined(WORKERS, {"setup": {"kafka": {"enabled": True, "existingSecret": "admin", "retention": "7d"}}}),
    "watches": {"setup": {"watcher": {"enabled": True, "slackAccount": "monitoring"}}},
    "an ingress": joined(HOST, {"ingress": {"annotations": {"a": "b"}, "className": "nginx"}}),
    "an account that is there": {"serviceAccount": {"create": False, "name": "mine"}},
    "rights": {"rbac": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}},
    "an own user": {"elasticsearch": {"username": "drainwatch"}, "setup": {"elasticsearch": {"username": "elastic"}}},
    "nobody is asked": {"elasticsearch": {"existingSecret": "", "caSecret": ""}},
    "certificates": joined(WORKERS, {"kafka": {"existingSecret": "", "certSecret": "drainwatch-cert"}}),
    "by CPU": joined(WORKERS, {"autoscaling": {"enabled": True}}),
    "by lag": joined(WORKERS, {"keda": {"enabled": True}}),
    "by lag, unprotected": joined(
        WORKERS, {"keda": {"enabled": True}, "kafka": {"existingSecret": "", "caSecret": ""}}
    ),
    "no budget": joined(WORKERS, {"podDisruptionBudget": {"enabled": False}}),
    "recommendations": {"verticalPodAutoscaler": {"enabled": True}},
    "metrics": {"metrics": {key: {"enabled": True} for key in ("serviceMonitor", "rules", "dashboard")}},
    "shut in": {"networkPolicy": {"enabled": True, "channels": {"cidrs": []}, "dnsCidrs": ["169.254.20.10/32"]}},
    "all shut in": joined(WORKERS, STACK, {"keda": {"enabled": True}}),
    "parts shut in": joined(
        STACK,
        {
            "networkPolicy": {
                "stack": {
                    "defaultDeny": False,
                    "kafka": {"enabled": False},
                    "elasticsearch": {"snapshotCidrs": []},
                    "logstash": {"nodeCidrs": ["10.0.0.0/16"]},
                }
            }
        },
    ),
    "all about pods": {
        "podAnnotations": {"a": "b"},
        "podLabels": {"team": "platform"},
        "nodeSelector": {"kubernetes.io/arch": "amd64"},
        "tolerations": [{"key": "logging", "operator": "Exists"}],
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
        "priorityClassName": "high",
        "topologySpreadConstraints": [],
        "image": {"pullSecrets": ["registry"], "tag": "1"},
        "extraEnv": [{"name": "OMP_NUM_THREADS", "value": "1"}],
        "envFrom": [{"secretRef": {"name": "more"}}],
        "extraVolumes": [{"name": "more", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
        "secretMounts": [{"name": "slack", "secretName": "slack"}],
        "service": {"annotations": {"a": "b"}, "type": "NodePort"},
        "nameOverride": "other",
        "fullnameOverride": "another",
    },
}


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_taken(values: Path) -> None:
    lint(CHART, values)
    valid(made(values))


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_is_taken(switch: str) -> None:
    lint(CHART, settings=SWITCHES[switch])
    valid(made(**SWITCHES[switch]))


PULLED = {"container-image-pull-policy": "what a registry of one's own has under a tag or digest stays the same"}
OTHERS = {
    "networkpolicy-targets-pod": "pods of Elasticsearch, Kibana, Logstash, Filebeat and Kafka are made by operators"
}


@pytest.mark.parametrize(("name", "ignored"), [("eck", PULLED), ("kafka", PULLED), ("everything", PULLED | OTHERS)])
def test_what_is_installed_in_production_has_no_critical_fault(name: str, ignored: Mapping[str, str]) -> None:
    scored(made(example(name)), ignored)


@pytest.mark.parametrize("version", ["1.32.0", "1.33.5", "1.36.0", "1.34.2-gke.1000"])
def test_versions_of_kubernetes_that_are_promised(version: str) -> None:
    assert render(CHART, kube_version=version)


def test_a_packaged_chart_has_the_rules_and_the_dashboard(tmp_path: Path) -> None:
    """In the repository they are links to prometheus/."""
    try:
        helm = tools.helm()
    except MissingError as missing:
        skip(str(missing))
    subprocess.run([helm, "package", CHART, "--destination", tmp_path], check=True, capture_output=True, timeout=60)
    (package,) = tmp_path.glob("drainwatch-*.tgz")
    settings = {"metrics": {"rules": {"enabled": True}, "dashboard": {"enabled": True}}}
    assert [label(document) for document in render(package, settings=settings)] == [
        label(document) for document in made(**settings)
    ]


def test_the_argo_cd_application_names_files_that_are_there() -> None:
    (application,) = load(CHART.parent / "argocd" / "drainwatch.yaml")
    valid([application])
    source = application["spec"]["source"]
    assert CHART.parents[1] / source["path"] == CHART
    values = [CHART / name for name in source["helm"]["valueFiles"]]
    documents = render(CHART, *values, settings=source["helm"]["valuesObject"])
    assert (
        workload(documents)["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"]
        == "/healthz"
    )


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.stem)
def test_no_container_may_what_it_needs_not(values: Path) -> None:
    for name, spec, container in pods(made(values)):
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, f"{name}: DRAINWATCH_PORT would be no setting of drainwatch"
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["runAsUser"] > 10_000, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
        assert writable - {"/var/lib/drainwatch"} == {"/tmp"}, name
        assert set(container["resources"]) == {"requests", "limits"}, name


def test_there_are_no_rights_in_the_cluster_but_those_that_are_asked_for() -> None:
    kinds = {document["kind"] for document in made(example("everything"))}
    assert not {kind for kind in kinds if "Role" in kind}
    documents = made(**SWITCHES["rights"])
    assert one(documents, "RoleBinding")["subjects"][0]["name"] == one(documents, "ServiceAccount")["metadata"]["name"]
    assert workload(documents)["spec"]["template"]["spec"]["automountServiceAccountToken"] is True


def test_of_what_reads_elasticsearch_never_two_run_at_once() -> None:
    spec = workload(made(replicas=5))["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_whoever_scales_workers_does_it_alone() -> None:
    assert workload(made(**joined(WORKERS, {"replicas": 5})))["spec"]["replicas"] == 5
    for how in ("autoscaling", "keda"):
        assert "replicas" not in workload(made(**joined(WORKERS, {how: {"enabled": True}})))["spec"]


def test_other_settings_make_other_pods() -> None:
    def pod(**settings: Any) -> Any:
        return workload(made(**settings))["spec"]["template"]

    assert pod() != pod(config={"detection": {"window": "30s"}})
    assert pod() == pod(setup={"elasticsearch": {"existingSecret": "other"}})


def test_what_was_learned_outlives_an_uninstall() -> None:
    claim = one(made(config={"store": {"kind": "sqlite"}}), "PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_the_time_to_stop_is_longer_than_a_request_may_take(tmp_path: Path) -> None:
    from detector.settings.model import ElasticsearchSettings

    grace = workload(made())["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace >= 2 * ElasticsearchSettings().timeout.total_seconds()


@pytest.mark.parametrize("switch", ["as it is", "one worker with a volume"])
def test_a_newer_version_changes_nothing_that_kubernetes_lets_nobody_change(switch: str, tmp_path: Path) -> None:
    newer = tmp_path / "drainwatch"
    shutil.copytree(CHART, newer)
    chart = newer / "Chart.yaml"
    chart.write_text(chart.read_text("utf-8").replace("0.1.0", "0.2.0"), "utf-8")
    before, after = (
        workload(documents)["spec"]
        for documents in (made(**SWITCHES[switch]), render(newer, settings=SWITCHES[switch]))
    )
    assert before["template"] != after["template"]
    for key in ("selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy"):
        assert before.get(key) == after.get(key)
