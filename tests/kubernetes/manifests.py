"""Manifests as Kubernetes reads them: YAML that says nothing twice, and knows no dates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

if TYPE_CHECKING:
    Fast = yaml.SafeLoader
else:
    Fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Document: TypeAlias = dict[str, Any]

_UNKNOWN = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"}
"""Types that JSON, and so Kubernetes, hasn't: dates, and what a lone equals sign once meant."""


class Loader(Fast):
    """Refuses a key that is there twice, of which YAML's usual readers take the last; a date stays text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Raises `ConstructorError`."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key} is there twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _UNKNOWN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> list[Document]:
    """The documents of a file; raises `yaml.YAMLError` where it is none of YAML or says something twice."""
    return parse(path.read_text("utf-8"))


def parse(text: str) -> list[Document]:
    """The documents of a text, without empty ones."""
    return [document for document in yaml.load_all(text, Loader) if document is not None]


def one(documents: Sequence[Document], kind: str, name: str = "") -> Document:
    """The only one of that kind, or of that name; raises `AssertionError` where it isn't the only one."""
    found = [
        document
        for document in documents
        if document["kind"] == kind and (not name or document["metadata"]["name"] == name)
    ]
    assert len(found) == 1, f"{len(found)} of kind {kind} {name} among {[label(document) for document in documents]}"
    return found[0]


def label(document: Document) -> str:
    """How people name it: `Deployment/drainwatch`."""
    return f"{document.get('kind')}/{document.get('metadata', {}).get('name')}"
