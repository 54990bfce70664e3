"""What a real API server says of all that we render: it checks what no schema does, and tells who may do what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.helm.drainwatch import EXAMPLES, HOST, WORKERS, made
from tests.helm.stack.eck import EVERY, chart, rendered
from tests.helm.stack.manifests import HELM_VALUES, plain, walk
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.manifests import Document, load
from tests.kubernetes.rendering import render
from tests.length import AT_LENGTH

pytestmark = pytest.mark.long
if not AT_LENGTH:
    pytest.skip("takes minutes", allow_module_level=True)


def test_the_server_finds_what_no_schema_does(cluster: Cluster) -> None:
    resources = {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}
    with pytest.raises(AssertionError, match="must be less than or equal to memory limit"):
        cluster.takes([template_of({"spec": {"containers": [{"name": "a", "resources": resources}]}}, "a")])
    topic = {"apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaTopic", "metadata": {"name": "a"}}
    with pytest.raises(AssertionError, match=r"spec\.partitoins.*field not declared in schema"):
        cluster.takes([topic | {"spec": {"partitoins": 3}}])


def test_the_server_warns_of_a_pod_that_may_more_than_it_should(cluster: Cluster) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    warned = cluster.takes([pod | {"spec": {"containers": [{"name": "a", "image": "a"}]}}])
    assert len(warned) == 1
    assert 'would violate PodSecurity "restricted:latest"' in warned[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_chart_of_drainwatch_is_taken_without_a_warning(cluster: Cluster, example: Path) -> None:
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "monitoring"}}
    cluster.apply([priority | {"value": 1000}])  # which one of the examples wants, and each cluster has its own
    assert cluster.takes(made(example)) == []


@pytest.mark.parametrize("settings", [{}, WORKERS, HOST], ids=["as it is", "workers", "with a host"])
def test_so_is_what_its_switches_make(cluster: Cluster, settings: Mapping[str, Any]) -> None:
    assert cluster.takes(made(**settings)) == []


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_the_stack_is_taken(cluster: Cluster, size: str, way: str) -> None:
    documents = rendered(size, way)
    assert cluster.takes(documents) == []
    templates = [found["podTemplate"] for found in walk(list(documents)) if "podTemplate" in found]
    assert len(templates) >= 3
    cluster.takes([template_of(template, f"template-{n}") for n, template in enumerate(templates)])


def test_the_operator_is_taken_without_a_warning(cluster: Cluster) -> None:
    values = HELM_VALUES / "eck-operator" / "values.yaml"
    assert cluster.takes(render(chart("eck-operator"), values, namespace="elastic-system"), "elastic-system") == []


def test_what_is_applied_as_it_is_is_taken_without_a_warning(cluster: Cluster) -> None:
    assert cluster.takes(plain()) == []


def test_the_application_of_argo_is_taken_without_a_warning(cluster: Cluster) -> None:
    assert cluster.takes(load(HELM_VALUES / "argocd" / "drainwatch.yaml"), "argocd") == []


@pytest.fixture
def filebeat(cluster: Cluster) -> Iterator[str]:
    """Filebeat's service account, with its rights."""
    given = [document for document in rendered("small", "") if document["kind"] in RIGHTS]
    cluster.apply(given)
    (account,) = (document["metadata"]["name"] for document in given if document["kind"] == "ServiceAccount")
    yield f"logging/{account}"
    cluster.remove(given)


RIGHTS = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")


def test_filebeat_may_look_up_where_a_line_comes_from_and_nothing_else(cluster: Cluster, filebeat: str) -> None:
    looked_up = {"pods": "", "namespaces": "", "nodes": "", "replicasets": "apps", "jobs": "batch"}
    for resource, group in looked_up.items():
        assert all(cluster.may(filebeat, verb, resource, group=group) for verb in ("get", "list", "watch")), resource
        assert not any(cluster.may(filebeat, verb, resource, group=group) for verb in ("create", "delete", "patch"))
    assert not any(cluster.may(filebeat, "get", resource) for resource in ("secrets", "configmaps", "pods/log"))


def test_drainwatch_may_do_nothing_in_the_cluster(cluster: Cluster) -> None:
    for example in EXAMPLES:
        given = [document for document in made(example) if document["kind"] in RIGHTS]
        cluster.apply(given)
        accounts = [document["metadata"]["name"] for document in given if document["kind"] == "ServiceAccount"]
        assert accounts
        for account in accounts:
            for resource in ("pods", "secrets", "configmaps", "namespaces", "pods/log"):
                assert not cluster.may(f"logging/{account}", "get", resource, "logging"), (account, resource)
        cluster.remove(given)


def template_of(template: Mapping[str, Any], name: str) -> Document:
    """A pod template that an operator completes, as it may be after that."""
    spec = template.get("spec", {})
    containers = [{"image": "example.org/image:1", **one} for one in spec.get("containers", [{"name": "main"}])]
    inits = [{"image": "example.org/image:1", **one} for one in spec.get("initContainers", [])]
    whole = {
        "metadata": {"labels": {"app": "a"}, **template.get("metadata", {})},
        "spec": {**spec, "containers": containers, "initContainers": inits},
    }
    return {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": name}, "template": whole}
