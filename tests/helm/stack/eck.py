"""Elastic's charts, rendered with our values: ECK's own, of the Go module of its operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.helm.stack.manifests import HELM_VALUES
from tests.kubernetes import tools
from tests.kubernetes.golang import module
from tests.kubernetes.manifests import Document, Loader
from tests.kubernetes.rendering import render
from tests.servers.missing import MissingError, skip

STACK = HELM_VALUES / "eck-stack"
WAYS = ("", "kafka", "filebeat-to-elasticsearch")
"""How lines go: base.yaml's way, and the overlays that change it."""
SIZES = ("small", "production")
EVERY = [(size, way) for size in SIZES for way in WAYS]
KINDS = {
    "eck-elasticsearch": "Elasticsearch",
    "eck-kibana": "Kibana",
    "eck-beats": "Beat",
    "eck-logstash": "Logstash",
}
"""What each part of the chart makes."""
_OF_THE_CHART = {"enabled", "fullnameOverride", "extraObjects", "serviceAccount", "clusterRole", "clusterRoleBinding"}
"""Values that become something else than a part of `spec`."""


def chart(folder: str) -> Path:
    """A chart of ECK, by its folder in `deploy`."""
    try:
        return module(tools.ECK.path, tools.ECK.version, tools.ECK.sum) / "deploy" / folder
    except MissingError as missing:
        skip(str(missing))


def files(size: str, way: str) -> list[Path]:
    """The values that people name, in order."""
    return [STACK / f"{name}.yaml" for name in ("base", size, way) if name]


@cache
def rendered(size: str, way: str) -> Sequence[Document]:
    """The whole stack."""
    return render(chart("eck-stack"), *files(size, way), name="elastic-stack")


def values(paths: Sequence[Path]) -> dict[str, Any]:
    """Files as helm merges them: mappings key by key, anything else as a whole."""
    merged: dict[str, Any] = {}
    for path in paths:
        merged = _merged(merged, yaml.load(path.read_text("utf-8"), Loader) or {})
    return merged


def lost(given: Mapping[str, Any], documents: Sequence[Document]) -> Iterator[str]:
    """Values of which nothing is to be seen in what was rendered: misspelt, or in a wrong place."""
    for part, settings in given.items():
        if part == "extraObjects" or not settings.get("enabled", True):
            continue
        kind = KINDS.get(part)
        specs = [document["spec"] for document in documents if document["kind"] == kind]
        if len(specs) != 1:
            yield part
            continue
        for key, value in settings.items():
            if key not in _OF_THE_CHART:
                yield from _missing(value, specs[0].get(key), f"{part}.{key}")


def _missing(value: Any, found: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping) and isinstance(found, Mapping):
        for key, inner in value.items():
            if key in found or inner is not None:
                yield from _missing(inner, found.get(key), f"{path}.{key}")
    elif value != found:
        yield path


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **first,
        **{
            key: _merged(first[key], value)
            if isinstance(value, Mapping) and isinstance(first.get(key), Mapping)
            else value
            for key, value in second.items()
        },
    }
