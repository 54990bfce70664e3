"""Lines of container logs as Filebeat's documents, and loading them into Elasticsearch."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch, helpers

MAPPINGS: dict[str, Any] = {
    "dynamic_templates": [
        {"strings": {"match_mapping_type": "string", "mapping": {"type": "keyword", "ignore_above": 1024}}}
    ],
    "properties": {
        "@timestamp": {"type": "date"},
        "message": {"type": "text"},
        "stream": {"type": "keyword"},
        "event": {"properties": {"ingested": {"type": "date"}}},
        "log": {"properties": {"offset": {"type": "long"}, "file": {"properties": {"path": {"type": "keyword"}}}}},
        "kubernetes": {
            "properties": {"namespace": {"type": "keyword"}, "labels": {"type": "object", "dynamic": False}}
        },
    },
}
"""As Filebeat's own template has it, as far as it matters here."""


def of_container_logs(folder: Path, names: Iterable[str] | None = None) -> Iterator[dict[str, Any]]:
    """The documents that Filebeat makes of container logs (docker's json-file form, gzipped or not), file by file.

    Times are cut to milliseconds, as Filebeat cuts them.
    """
    for path in sorted(folder.iterdir()) if names is None else [folder / name for name in names]:
        name = path.name.removesuffix(".gz")
        metadata = metadata_of(name)
        offset = 0
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for line in lines:
                entry = json.loads(line)
                yield document(name, offset, entry["time"], entry["log"].rstrip("\n"), entry["stream"], metadata)
                offset += len(line)


def metadata_of(name: str) -> dict[str, Any]:
    """What Filebeat with `add_kubernetes_metadata` says of the container that a file in `/var/log/containers` is of."""
    pod, namespace, rest = name.removesuffix(".log").split("_", 2)
    container, id_ = rest[:-65], rest[-64:]
    deployment, template_hash = pod.rsplit("-", 2)[:2] if pod.count("-") > 1 else (pod, "")
    node = {"name": "node-1", "hostname": "node-1", "uid": "5dd5e4ad-3b4e-4a9b-8f6e-4d2c6d0f3c11"}
    labels = {"kubernetes_io/os": "linux", "kubernetes_io/arch": "amd64", "node_kubernetes_io/instance-type": "m5"}
    return {
        "kubernetes": {
            "namespace": namespace,
            "namespace_uid": "7c0d7cf4-6a3f-4e4b-9b8f-0d9b3e0f7a55",
            "namespace_labels": {"kubernetes_io/metadata_name": namespace},
            "pod": {"name": pod, "uid": "0f4c9bd2-1a7e-4c1c-9d53-9d7f5a1b2c3d", "ip": "10.42.0.17"},
            "node": {**node, "labels": labels},
            "container": {"name": container},
            "replicaset": {"name": f"{deployment}-{template_hash}"},
            "labels": {"app": deployment, "pod-template-hash": template_hash},
        },
        "container": {"id": id_, "runtime": "containerd", "image": {"name": f"registry.example/{deployment}:1.0"}},
    }


def document(
    name: str, offset: int, time: str, message: str, stream: str = "stdout", metadata: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A document of the file of that name; `time` is RFC 3339."""
    second, _, fraction = time.removesuffix("Z").partition(".")
    return {
        "@timestamp": f"{second}.{fraction[:3]:0<3}Z",
        "message": message,
        "stream": stream,
        "log": {"offset": offset, "file": {"path": f"/var/log/containers/{name}"}},
        "input": {"type": "filestream"},
        **(metadata_of(name) if metadata is None else metadata),
        "agent": {
            "version": "9.1.0",
            "type": "filebeat",
            "id": "b3e1d5ac-8f4e-4a3c-9a53-1f3f0a6b7c8d",
            "ephemeral_id": "f1f3a1f0-2f0e-4f0c-8d7b-7c2d5f6a9b1e",
            "name": "node-1",
        },
        "ecs": {"version": "8.0.0"},
        "host": {"name": "node-1"},
    }


def load(client: Elasticsearch, index: str, documents: Iterable[dict[str, Any]]) -> int:
    """Put documents into an index or a data stream, which is made where it isn't there, and let searches find them.

    Returns how many there were. Raises where one is refused.
    """
    actions = ({"_op_type": "create", "_index": index, "_source": each} for each in documents)
    done, _ = helpers.bulk(client, actions, chunk_size=2_000)
    client.indices.refresh(index=index)
    return done


def make_index(client: Elasticsearch, index: str, **settings: Any) -> None:
    """A plain index with Filebeat's mapping."""
    client.indices.create(
        index=index, mappings=MAPPINGS, settings={"number_of_shards": 1, "number_of_replicas": 0, **settings}
    )


def make_data_stream(client: Elasticsearch, name: str) -> None:
    """Let what is loaded into that name become a data stream with Filebeat's mapping."""
    template = {"mappings": MAPPINGS, "settings": {"number_of_replicas": 0}}
    client.indices.put_index_template(
        name=name, index_patterns=[f"{name}*"], data_stream={}, template=template, priority=600
    )
