"""The checks themselves: what is right passes, and what Kubernetes wouldn't take, or would drop unseen, doesn't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubernetes.checking import scored, valid
from tests.kubernetes.golang import module
from tests.kubernetes.manifests import Document, load, one, parse
from tests.kubernetes.rendering import RefusedError, lint, notes, render
from tests.servers.missing import MissingError

TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  kubernetes: {{ .Capabilities.KubeVersion.Version | quote }}
  monitors: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" | quote }}
  word: {{ required "a word is needed" .Values.word | quote }}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text(
        "apiVersion: v2\nname: small\nversion: 0.1.0\nicon: https://example.org/i.png\n"
    )
    (tmp_path / "values.yaml").write_text("word: hello\n")
    (tmp_path / "templates" / "all.yaml").write_text(TEMPLATE)
    (tmp_path / "templates" / "NOTES.txt").write_text("Installed as {{ .Release.Name }}, it says {{ .Values.word }}.\n")
    return tmp_path


def deployment(**container: Any) -> Document:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "small", "namespace": "logging"},
        "spec": {
            "selector": {"matchLabels": {"app": "small"}},
            "template": {
                "metadata": {"labels": {"app": "small"}},
                "spec": {"containers": [{"name": "small", "image": "busybox:1.37", **container}]},
            },
        },
    }


def custom(api: str, kind: str, **spec: Any) -> Document:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "small"}, "spec": spec}


def elasticsearch(node_set: dict[str, Any]) -> Document:
    whole = {"name": "default", "count": 3} | node_set
    return custom("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", version="9.5.0", nodeSets=[whole])


def test_a_chart_is_rendered_for_a_release_a_namespace_and_a_cluster(chart: Path, tmp_path: Path) -> None:
    values = tmp_path / "more.yaml"
    values.write_text("word: from a file\n")
    plain = render(chart, name="mine")
    assert [plain[0]["metadata"], plain[0]["data"]] == [
        {"name": "mine", "namespace": "logging"},
        {"kubernetes": "v1.34.4", "monitors": "false", "word": "hello"},
    ]
    other = one(render(chart, values, kube_version="1.32.0", api_versions=["monitoring.coreos.com/v1"]), "ConfigMap")
    assert other["data"] == {"kubernetes": "v1.32.0", "monitors": "true", "word": "from a file"}
    assert one(render(chart, values, settings={"word": "yes"}), "ConfigMap")["data"]["word"] == "yes"


def test_what_a_chart_refuses_is_told(chart: Path) -> None:
    with pytest.raises(RefusedError, match="a word is needed"):
        render(chart, settings={"word": ""})


def test_a_chart_is_linted_strictly(chart: Path) -> None:
    lint(chart)
    template = chart / "templates" / "all.yaml"
    template.write_text(TEMPLATE.replace("{{ .Release.Name }}", "No_Name"))
    with pytest.raises(RefusedError, match="object name does not conform"):  # which is only a warning
        lint(chart)


def test_notes_are_as_people_read_them(chart: Path) -> None:
    assert notes(chart, name="mine", settings={"word": "hi"}) == "Installed as mine, it says hi.\n"


def test_what_is_right_is_valid() -> None:
    limits = {"cpu": 1, "memory": "512Mi"}
    port = {"httpGet": {"path": "/healthz", "port": "http"}}
    valid([deployment(resources={"limits": limits}, livenessProbe=port, env=[{"name": "A", "value": "1"}])])


@pytest.mark.parametrize(
    ("container", "complaint"),
    [
        ({"resorces": {}}, "'resorces' not allowed"),
        ({"resources": {"limit": {}}}, "'limit' not allowed"),
        ({"env": [{"name": "A", "value": 1}]}, "got number, want string"),
        ({"ports": [{"name": "http"}]}, "missing property 'containerPort'"),
        ({"resources": {"limits": {"memory": "512MB"}}}, "'512MB' does not match"),
        ({"command": None}, "got null, want array"),
    ],
)
def test_what_kubernetes_would_refuse_or_drop_is_found(container: dict[str, Any], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        valid([deployment(**container)])


def test_an_unknown_kind_is_a_fault_unless_it_is_excused_with_a_reason() -> None:
    unknown = custom("example.org/v1", "Wonder")
    with pytest.raises(AssertionError, match="could not find schema for Wonder"):
        valid([deployment(), unknown])
    valid([deployment(), unknown], unknown={"Wonder": "its schema is nowhere to be had"})
    with pytest.raises(AssertionError, match="needn't be excused"):
        valid([deployment()], unknown={"Wonder": "its schema is nowhere to be had"})


def test_an_older_version_of_a_kind_is_unknown() -> None:
    with pytest.raises(AssertionError, match="could not find schema for Deployment"):
        valid([deployment() | {"apiVersion": "extensions/v1beta1"}])


def test_nothing_is_not_valid() -> None:
    with pytest.raises(AssertionError, match="nothing to check"):
        valid([])


@pytest.mark.parametrize(
    "right",
    [
        elasticsearch({"config": {"node.roles": ["master"]}, "podTemplate": {"spec": {"nodeSelector": {"a": "b"}}}}),
        custom(
            "logstash.k8s.elastic.co/v1alpha1",
            "Logstash",
            version="9.5.0",
            pipelines=[{"pipeline.id": "main", "config.string": "input {}"}],
        ),
        custom("kafka.strimzi.io/v1", "KafkaTopic", partitions=12, replicas=3, config={"retention.ms": 604800000}),
        custom("cert-manager.io/v1", "Issuer", selfSigned={}),
        custom(
            "monitoring.coreos.com/v1",
            "ServiceMonitor",
            selector={"matchLabels": {"a": "b"}},
            endpoints=[{"port": "http", "interval": "30s"}],
        ),
        custom(
            "keda.sh/v1alpha1",
            "ScaledObject",
            scaleTargetRef={"name": "a"},
            triggers=[{"type": "kafka", "metadata": {}}],
        ),
        custom(
            "autoscaling.k8s.io/v1",
            "VerticalPodAutoscaler",
            targetRef={"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"},
            updatePolicy={"updateMode": "Off"},
        ),
        custom(
            "argoproj.io/v1alpha1",
            "Application",
            project="default",
            destination={"namespace": "logging", "server": "https://kubernetes.default.svc"},
            source={"repoURL": "https://example.org/r.git", "path": "helm-values/drainwatch"},
        ),
    ],
    ids=lambda document: document["kind"],
)
def test_custom_kinds_are_known_by_their_projects_own_sources(right: Document) -> None:
    valid([right])
    wrong = right | {"spec": right["spec"] | {"mispelt": 1}}
    with pytest.raises(AssertionError, match="'mispelt' not allowed"):
        valid([wrong])


def test_a_pod_template_inside_a_resource_of_eck_is_looked_at_although_its_schema_leaves_it_open() -> None:
    container = {"name": "elasticsearch", "resources": {"request": {"cpu": 1}}}
    with pytest.raises(AssertionError, match="'request' not allowed"):
        valid([elasticsearch({"podTemplate": {"spec": {"containers": [container]}}})])


def test_what_runs_badly_is_critical_unless_it_is_ignored_with_a_reason() -> None:
    with pytest.raises(AssertionError, match=r"CPU limit is not set.*container-resources"):
        scored([deployment()])
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "small", "namespace": "logging"},
        "spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80}]},
    }
    with pytest.raises(AssertionError, match=r"\(service-targets-pod\)"):
        scored([service])
    scored([service], ignored={"service-targets-pod": "others have the pods"})
    with pytest.raises(AssertionError, match="needn't be ignored"):
        scored([service], ignored={"service-targets-pod": "others have the pods", "pod-probes": "none"})


def test_a_key_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("kind: A\nspec:\n  one: 1\n  one: 2\n")
    with pytest.raises(yaml.YAMLError, match="one is there twice"):
        load(path)


def test_a_date_stays_text_and_empty_documents_are_none() -> None:
    assert parse("---\n---\nday: 2026-01-01\nequals: =\n") == [{"day": "2026-01-01", "equals": "="}]


def test_a_module_that_is_not_the_pinned_one_is_refused() -> None:
    with pytest.raises(MissingError, match="should have the sum h1:wrong"):
        module("github.com/yannh/kubeconform", "v0.8.0", "h1:wrong")


def test_without_go_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match=r"install 1\.26 or newer"):
        module("example.org/nothing", "v1.0.0", "h1:none")
