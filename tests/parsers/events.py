"""Events of Falco and Kubernetes, in the shapes in which they are reported."""

from __future__ import annotations

import json
from typing import Any

RULE = "Terminal shell in container"
SHELL = "A shell was spawned in a container with an attached terminal"


def falco(
    priority: str = "Critical", rule: str = RULE, pod: str | None = "ledger-7d9f6c5b4-x2x9p", **more: Any
) -> dict[str, Any]:
    """What Falco reports of a pod in `payments`."""
    return {
        "hostname": "node-1",
        "output": f"07:00:18.746609046: {priority} {SHELL} | user=root k8s_pod_name={pod}",
        "output_fields": {
            "container.name": "ledger",
            "evt.time": 1795244418746609046,
            "k8s.ns.name": "payments" if pod else None,
            "k8s.pod.name": pod,
            "proc.cmdline": "bash --password=hunter2",
        },
        "priority": priority,
        "rule": rule,
        "source": "syscall",
        "tags": ["T1059", "container", "shell"],
        "time": "2026-11-21T07:00:18.746609046Z",
        **more,
    }


def kubernetes(
    reason: str = "BackOff",
    message: str = "Back-off restarting failed container ledger",
    kind: str = "Pod",
    name: str = "ledger-7d9f6c5b4-x2x9p",
    namespace: str | None = "payments",
    **more: Any,
) -> dict[str, Any]:
    """An event as the API server has it."""
    about = {"kind": kind, "name": name, "uid": "4f3fe524-3a5d-11e7-b8f2-e687a39f6e48", "apiVersion": "v1"}
    return {
        "metadata": {"name": f"{name}.1818dc6c594723df", "namespace": namespace or "default"},
        "involvedObject": {**about, **({"namespace": namespace} if namespace else {})},
        "reason": reason,
        "message": message,
        "source": {"component": "kubelet", "host": "node-1"},
        "firstTimestamp": "2026-11-21T06:58:01Z",
        "lastTimestamp": "2026-11-21T07:00:18Z",
        "count": 1,
        "type": "Warning",
        **more,
    }


def metricbeat(event: dict[str, Any]) -> dict[str, Any]:
    """What Metricbeat makes of an event, in a document of its own."""
    about = {key: value for key, value in event["involvedObject"].items() if key in ("kind", "name", "uid")}
    kept = {key: event[key] for key in ("reason", "message", "type", "count", "metadata", "source")}
    return {
        "@timestamp": "2026-11-21T07:00:18.900Z",
        "kubernetes": {"event": {**kept, "involved_object": about}},
        "metricset": {"name": "event"},
        "event": {"dataset": "kubernetes.event", "module": "kubernetes"},
    }


def line(event: dict[str, Any]) -> str:
    """An event as the line that its reporter writes."""
    return json.dumps(event, separators=(",", ":"))
