"""Pods of a real API server that no node runs: what kubelet would say of them is told it by the tests."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.kubernetes.apiserver import ApiServer
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.manifests import Document

NODE = "node-1"


class Node:
    """What runs on `node-1`, and what is said of it."""

    def __init__(self, server: ApiServer) -> None:
        self._server, self._cluster = server, Cluster(server)
        self._cluster.apply([{"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE, "labels": {"zone": "a"}}}])

    def namespace(self, name: str, **metadata: Mapping[str, str]) -> None:
        """Make a namespace, and the account that its pods have."""
        self._cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}])
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        self._cluster.apply([account], name)

    def deployment(self, namespace: str, name: str) -> Mapping[str, Any]:
        """Make a replica set of a deployment; what a pod's metadata say of it."""
        full = f"{name}-7d9c5b6f4"
        labels = {"app.kubernetes.io/name": name, "pod-template-hash": "7d9c5b6f4"}
        spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": SPEC}}
        owner = owned_by("Deployment", name)
        metadata = {"name": full, "ownerReferences": [owner]}
        self._cluster.apply(
            [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec}], namespace
        )
        return {"labels": labels, "ownerReferences": [owned_by("ReplicaSet", full)]}

    def pod(self, namespace: str, name: str, container: str, id_: str, **metadata: Any) -> None:
        """A pod with one container, which runs."""
        spec = {**SPEC, "nodeName": NODE, "containers": [{"name": container, "image": "registry.local/app:1"}]}
        pod: Document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": spec}
        self._cluster.apply([pod], namespace)
        runs = {"name": container, "image": "registry.local/app:1", "imageID": "x", "ready": True, "restartCount": 0}
        runs |= {"containerID": f"containerd://{id_}", "state": {"running": {"startedAt": "2026-03-02T12:00:00Z"}}}
        address = "10.0.0.1"
        status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "containerStatuses": [runs]}
        request = urllib.request.Request(
            f"{self._server.url}/api/v1/namespaces/{namespace}/pods/{name}/status",
            json.dumps({"status": status}).encode(),
            {"Authorization": f"Bearer {self._server.token}", "Content-Type": "application/merge-patch+json"},
            method="PATCH",
        )
        with urllib.request.urlopen(request, timeout=60, context=self._server.trust):
            pass

    def kube_config(self, folder: Path) -> Path:
        """A file by which a client finds the server and may do everything."""
        path = folder / "kubeconfig"
        cluster = {"server": self._server.url, "insecure-skip-tls-verify": True}  # on loopback
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "tests", "cluster": cluster}],
            "users": [{"name": "tests", "user": {"token": self._server.token}}],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
            "current-context": "tests",
        }
        path.write_text(yaml.safe_dump(config))
        return path


SPEC = {"automountServiceAccountToken": False, "containers": [{"name": "app", "image": "registry.local/app:1"}]}


def owned_by(kind: str, name: str) -> dict[str, Any]:
    """That an object belongs to this one."""
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": f"uid-{name}", "controller": True}
