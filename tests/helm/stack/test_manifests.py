"""What is applied beside the charts: namespaces, certificates, Kafka, the smoke test's pod."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helm.stack.manifests import HELM_VALUES, PLAIN, of_kind, plain, quantity, resources
from tests.kubernetes.checking import valid
from tests.kubernetes.manifests import load

ALL = plain()


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: str(path.relative_to(HELM_VALUES)))
def test_kubernetes_and_the_operators_take_it(path: Path) -> None:
    valid(load(path))


def test_all_that_belongs_into_a_namespace_names_one_that_is_made() -> None:
    namespaces = of_kind(ALL, "Namespace")
    for document in ALL:
        if document["kind"] != "Namespace":
            assert document["metadata"]["namespace"] in namespaces, document["metadata"]["name"]


def test_every_namespace_says_which_pods_it_takes() -> None:
    level = "pod-security.kubernetes.io/enforce"
    levels = {name: one["metadata"]["labels"][level] for name, one in of_kind(ALL, "Namespace").items()}
    assert levels == {
        "logging": "privileged",
        "monitoring": "privileged",
        "falco": "privileged",
        "elastic-system": "restricted",
        "cert-manager": "restricted",
        "strimzi": "restricted",
        "smoke": "restricted",
    }


def test_nobody_asks_for_more_than_it_may_have() -> None:
    for found in resources(ALL):
        limits = found["resources"].get("limits", {})
        for name, asked in found["resources"].get("requests", {}).items():
            if name in limits:
                assert quantity(asked) <= quantity(limits[name]), found


def test_no_secret_is_one() -> None:
    secrets = of_kind(load(HELM_VALUES / "eck-stack" / "secrets.example.yaml"), "Secret")
    hidden = ("password", "key", "url")
    assert {
        value for secret in secrets.values() for name, value in secret["stringData"].items() if name.endswith(hidden)
    } == {"REPLACE-ME"}
