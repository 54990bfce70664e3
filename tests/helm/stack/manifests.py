"""What is in helm-values/ beside values of charts, and how to look into it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.kubernetes.manifests import Document, load

HELM_VALUES = Path(__file__).parents[3] / "helm-values"
PLAIN = [
    HELM_VALUES / path
    for path in (
        "namespaces.yaml",
        "cert-manager/certificates.yaml",
        "eck-stack/secrets.example.yaml",
        "smoke/busybox.yaml",
        "strimzi/kafka.yaml",
        "strimzi/podmonitor.yaml",
        "strimzi/small.yaml",
        "strimzi/topics.yaml",
        "strimzi/users.yaml",
    )
]
"""What `kubectl apply` takes as it is."""
_FACTORS = {"": Decimal(1), "m": Decimal("0.001"), "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9)}
_FACTORS |= {"Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40)}
_HEAP = {"k": 2**10, "m": 2**20, "g": 2**30}


def plain() -> list[Document]:
    """All documents of all of them."""
    return [document for path in PLAIN for document in load(path)]


def of_kind(documents: Sequence[Document], kind: str) -> dict[str, Document]:
    """Those of a kind, by name."""
    return {document["metadata"]["name"]: document for document in documents if document["kind"] == kind}


def walk(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping in it, itself included."""
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from walk(item)


def quantity(text: str | int | float) -> Decimal:
    """An amount as Kubernetes writes it, in bytes or processors.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    found = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text))
    assert found, text
    return Decimal(found[1]) * _FACTORS[found[2]]


def heap(size: str) -> int:
    """Bytes of `4g` as Java writes it."""
    return int(size[:-1]) * _HEAP[size[-1].lower()]


def resources(documents: Sequence[Document]) -> Iterator[Mapping[str, Any]]:
    """What asks for memory or processors: everything with limits or requests."""
    for found in walk(list(documents)):
        if isinstance(found.get("resources"), Mapping):
            yield found
