"""What can't go together is refused before anything is installed, with a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.helm.drainwatch import WORKERS, joined, made
from tests.kubernetes.rendering import RefusedError

SQLITE = {"config": {"store": {"kind": "sqlite"}}}
CONTRADICTIONS: list[tuple[str, Mapping[str, Any], str]] = [
    ("a Deployment of Kafka", {"config": {"ingest": {"source": "kafka"}}}, "set kind to StatefulSet"),
    (
        "workers of Elasticsearch",
        joined(WORKERS, {"config": {"ingest": {"source": "elasticsearch"}}}),
        "Set kind to Dep",
    ),
    ("workers without brokers", {"kind": "StatefulSet"}, "config.kafka.brokers names none"),
    ("many workers, one file", joined(WORKERS, SQLITE), "a file that one pod writes"),
    (
        "scaled workers, one file",
        joined(WORKERS, SQLITE, {"replicas": 1, "keda": {"enabled": True}}),
        "a file that one",
    ),
    ("HPA of one pod", {"autoscaling": {"enabled": True}}, "for workers of Kafka"),
    ("KEDA of one pod", {"keda": {"enabled": True}}, "for workers of Kafka"),
    (
        "HPA and KEDA",
        joined(WORKERS, {"autoscaling": {"enabled": True}, "keda": {"enabled": True}}),
        "keep one of them",
    ),
    (
        "more at least than at most",
        joined(WORKERS, {"autoscaling": {"enabled": True, "minReplicas": 9}}),
        "autoscaling.minReplicas is more than autoscaling.maxReplicas",
    ),
    ("topics of nobody", {"setup": {"kafka": {"enabled": True}}}, "config.kafka.brokers names none"),
    ("an Ingress without a name", {"ingress": {"enabled": True}}, "name one"),
    ("dashboards of a file", joined(SQLITE, {"setup": {"kibana": {"enabled": True}}}), "only what is kept in Elastic"),
    (
        "watches without Elasticsearch",
        joined(WORKERS, SQLITE, {"replicas": 1, "setup": {"watcher": {"enabled": True}}}),
        "neither read nor written",
    ),
    (
        "all shut in, and drainwatch not let out",
        {"networkPolicy": {"stack": {"enabled": True}}},
        "networkPolicy.enabled, which lets them out",
    ),
]
MISSPELT: list[tuple[Mapping[str, Any], str]] = [
    ({"replicaCount": 3}, "replicaCount"),
    ({"image": {"registry": "x"}}, "registry"),
    ({"config": {"detecion": {}}}, "detecion"),
    ({"config": {"detection": {"windows": "30s"}}}, "windows"),
    ({"config": {"detection": {"window": 30}}}, "window"),
    ({"config": {"detection": {"window": "30 seconds"}}}, "window"),
    ({"config": {"store": {"kind": "duckdb"}}}, "kind"),
    ({"config": {"alerts": {"routes": [{"chanels": ["a"]}]}}}, "chanels"),
    ({"config": {"prometheus": {"queries": {"a": {"qery": "up"}}}}}, "qery"),
    ({"kind": "DaemonSet"}, "kind"),
    ({"image": {"digest": "latest"}}, "digest"),
    ({"secretMounts": [{"name": "kafka", "secretName": "x"}]}, "secretMounts"),
    ({"ingress": {"hosts": ["drainwatch.example.org"]}}, "hosts"),
    ({"setup": {"elasticsearch": {"with": ["role"]}}}, "with"),
    ({"probes": {"readiness": {"path": "/ready"}}}, "path"),
    ({"networkPolicy": {"stack": {"kafak": {"enabled": False}}}}, "kafak"),
]


@pytest.mark.parametrize(
    ("values", "said"), [one[1:] for one in CONTRADICTIONS], ids=[one[0] for one in CONTRADICTIONS]
)
def test_contradictions_are_told(values: Mapping[str, Any], said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        made(**values)


@pytest.mark.parametrize(("values", "named"), MISSPELT, ids=[one[1] for one in MISSPELT])
def test_a_value_that_there_is_not_is_named(values: Mapping[str, Any], named: str) -> None:
    with pytest.raises(RefusedError, match=named):
        made(**values)
