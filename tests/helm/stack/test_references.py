"""What refers to something: to what is made by a file here, by an operator, or by whoever installs it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
import yaml

from tests.helm.stack.eck import EVERY, rendered
from tests.helm.stack.manifests import HELM_VALUES, of_kind, plain, walk
from tests.kubernetes.manifests import Document, Loader, load

BY_ECK = {
    "elasticsearch-es-elastic-user",
    "elasticsearch-es-http-certs-public",
    "kibana-kb-http-certs-public",
}
"""Secrets of the resources `elasticsearch` and `kibana`."""
BY_STRIMZI = {"logs-cluster-ca-cert"}
"""Of the resource `logs`; besides one for each user."""
BY_THE_ARCHIVED_CHARTS = {"elasticsearch-master-certs", "elasticsearch-master-credentials"}
ALL = plain()
EXAMPLES = of_kind(load(HELM_VALUES / "eck-stack" / "secrets.example.yaml"), "Secret")
BY_HAND = {*EXAMPLES, "drainwatch-roles"}
"""What README.md says that people make."""
_SECRET = re.compile(r"secretName|existingSecret|caSecret|certificateSecret|\w+(Certificate|Credential)Secret")
_OTHERS = [
    path
    for folder in ("elastic-8.5.1", "falcosidekick", "kube-prometheus-stack", "cert-manager", "strimzi", "eck-operator")
    for path in sorted((HELM_VALUES / folder).glob("*.yaml"))
]


def secrets(value: Any) -> Iterator[str]:
    """Names of Secrets that are referred to, mounted or read into the environment."""
    for found in walk(value):
        for key, name in found.items():
            if _SECRET.fullmatch(key) and name:
                yield name
            elif key == "secretKeyRef":
                yield name["name"]
            elif key == "secrets" and isinstance(name, list):
                yield from (entry for entry in name if isinstance(entry, str))


def made() -> set[str]:
    """Secrets that are there when all is installed."""
    by_cert_manager = {one["spec"]["secretName"] for one in of_kind(ALL, "Certificate").values()}
    return by_cert_manager | set(of_kind(ALL, "KafkaUser")) | BY_ECK | BY_STRIMZI | BY_HAND


def config_maps(documents: Sequence[Document]) -> set[str]:
    return {
        found["configMap"]["name"] for found in walk(list(documents)) if isinstance(found.get("configMap"), Mapping)
    }


@pytest.mark.parametrize(("size", "way"), EVERY)
def test_what_pods_of_the_stack_refer_to_is_made(size: str, way: str) -> None:
    documents = list(rendered(size, way))
    assert set(secrets(documents)) <= made()
    assert config_maps(documents) <= set(of_kind(documents, "ConfigMap"))
    accounts = {found["serviceAccountName"] for found in walk(documents) if "serviceAccountName" in found}
    assert accounts <= set(of_kind(documents, "ServiceAccount"))


@pytest.mark.parametrize("path", _OTHERS, ids=lambda path: str(path.relative_to(HELM_VALUES)))
def test_what_other_files_refer_to_is_made(path: Any) -> None:
    found = {name for document in yaml.load_all(path.read_text("utf-8"), Loader) for name in secrets(document)}
    archived = BY_THE_ARCHIVED_CHARTS if path.parent.name == "elastic-8.5.1" else set()
    assert found <= made() | archived


def test_nothing_that_is_optional_is_optional_because_it_is_misspelt() -> None:
    optional = {
        name
        for size, way in EVERY
        for found in walk(list(rendered(size, way)))
        if found.get("optional")
        for name in (found.get("secretName"), found.get("name"))
        if name
    }
    assert optional == {"filebeat-tls", "logstash-beats-tls", "logs-cluster-ca-cert", "filebeat", "logstash"}


def test_people_are_told_what_they_make() -> None:
    told = (HELM_VALUES / "README.md").read_text("utf-8")
    assert {name for name in BY_HAND if f"`{name}`" not in told and f" {name} " not in told} == set()


def test_hosts_are_services_that_are_there() -> None:
    kafka = of_kind(load(HELM_VALUES / "strimzi" / "kafka.yaml"), "Kafka")
    (port,) = (listener["port"] for listener in kafka["logs"]["spec"]["kafka"]["listeners"])
    known = {"elasticsearch-es-http:9200", "logstash-ls-beats:5044", f"logs-kafka-bootstrap:{port}"}
    for size, way in EVERY:
        text = str(rendered(size, way))
        assert set(re.findall(r"[\w-]+-(?:es-http|ls-beats|kafka-bootstrap):\d+", text)) <= known


def test_every_file_is_told_of() -> None:
    told = (HELM_VALUES / "README.md").read_text("utf-8")
    ours = [
        path for path in HELM_VALUES.rglob("*.y*ml") if "drainwatch" not in path.parts and "argocd" not in path.parts
    ]
    assert [str(path.relative_to(HELM_VALUES)) for path in ours if path.name not in told] == []
