"""The chart of drainwatch, rendered as an installation would be."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from detector.settings import Settings
from detector.settings.load import load_settings
from tests.docs.markdown import ROOT
from tests.kubernetes.manifests import Document, one
from tests.kubernetes.rendering import render

CHART = ROOT / "helm-values" / "drainwatch"
EXAMPLES = sorted(CHART.glob("examples/*.yaml"))
PODS = ("Deployment", "StatefulSet", "Job", "Pod")
WORKERS: Mapping[str, Any] = {
    "kind": "StatefulSet",
    "config": {"kafka": {"brokers": ["logs-kafka-bootstrap:9093"]}},
    "kafka": {"existingSecret": "drainwatch", "caSecret": "logs-cluster-ca-cert"},
}
"""The least that makes workers of Kafka."""
HOST: Mapping[str, Any] = {"ingress": {"enabled": True, "hosts": [{"host": "drainwatch.example.org"}]}}

NAMED: Mapping[str, Any] = {"nameOverride": "other", "fullnameOverride": "another"}


def made(*examples: Path, **settings: Any) -> list[Document]:
    """All that the chart makes of these values, hooks and tests included."""
    return copy.deepcopy(_made(examples, json.dumps(settings)))


@functools.cache
def _made(examples: tuple[Path, ...], settings: str) -> list[Document]:
    return render(CHART, *examples, settings=json.loads(settings))


def example(name: str) -> Path:
    """One of the examples, by its name without `.yaml`."""
    return CHART / "examples" / f"{name}.yaml"


def joined(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Values laid over one another, as Helm does it."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            both = isinstance(value, Mapping) and isinstance(whole.get(key), dict)
            whole[key] = joined(whole[key], value) if both else copy.deepcopy(value)
    return whole


def pod_of(document: Document) -> Document:
    """The spec of the pods that a document makes."""
    spec: Document = document["spec"] if document["kind"] == "Pod" else document["spec"]["template"]["spec"]
    return spec


def labels_of(document: Document) -> dict[str, str]:
    """The labels of the pods that a document makes."""
    found: dict[str, str] = (document if document["kind"] == "Pod" else document["spec"]["template"])["metadata"][
        "labels"
    ]
    return found


def pods(documents: Sequence[Document]) -> Iterator[tuple[str, Document, Document]]:
    """Whatever makes pods: its name, the spec of a pod, and its only container."""
    for document in documents:
        if document["kind"] in PODS:
            (container,) = pod_of(document)["containers"]
            yield document["metadata"]["name"], pod_of(document), container


def workload(documents: Sequence[Document]) -> Document:
    """The Deployment or StatefulSet."""
    (found,) = (document for document in documents if document["kind"] in ("Deployment", "StatefulSet"))
    return found


def settings_of(documents: Sequence[Document], folder: Path, name: str = "drainwatch") -> Settings:
    """What drainwatch itself makes of the ConfigMap and the variables of the pods that mount it.

    Raises `SettingsError` as `drainwatch run` would.
    """
    spec, container = next(
        (spec, container)
        for _, spec, container in pods(documents)
        for volume in spec["volumes"]
        if volume.get("configMap", {}).get("name") == name
    )
    file = folder / f"{name}.toml"
    file.write_text(one(documents, "ConfigMap", name)["data"]["drainwatch.toml"], "utf-8")
    assert spec["enableServiceLinks"] is False
    variables = {variable["name"]: variable.get("value", "from-a-secret") for variable in container["env"]}
    return load_settings(file, variables)


def of_kind(documents: Sequence[Document], kind: str) -> list[Document]:
    """All of a kind."""
    return [document for document in documents if document["kind"] == kind]


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
"""All that isn't pods, of workers."""
