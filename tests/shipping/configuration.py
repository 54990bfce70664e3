"""Filebeat's configuration as it ships, read as Filebeat does: dots in keys are the same as nesting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.docs.markdown import ROOT

FOLDER = ROOT / "ingest" / "filebeat"
INPUTS = ("filebeat.yml", "input-static.yml")
OUTPUTS = ("output-logstash.yml", "output-elasticsearch.yml", "output-kafka.yml")
Tree = dict[str, Any]


class _Strict(yaml.SafeLoader):
    """Refuses a key that is there twice, of which YAML keeps the last and says nothing."""


def _mapping(loader: _Strict, node: yaml.MappingNode) -> Tree:
    found: Tree = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        assert key not in found, f"{key} is there twice, line {key_node.start_mark.line + 1}"
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def written(name: str) -> Tree:
    """A file of `ingest/filebeat` as it stands there."""
    found = yaml.load((FOLDER / name).read_text("utf-8"), _Strict)
    assert isinstance(found, dict)
    return found


def nested(value: Any) -> Any:
    """The same with all dots in keys taken apart, as go-ucfg does it with the path separator of Beats."""
    if isinstance(value, list):
        return [nested(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    found: Tree = {}
    for key, inner in value.items():
        merge(found, str(key).split("."), nested(inner))
    return found


def merge(into: Tree, path: list[str], value: Any) -> None:
    """Put a value at a path, beside what is there already."""
    first, *rest = path
    if rest:
        merge(into.setdefault(first, {}), rest, value)
    elif isinstance(value, dict) and isinstance(into.get(first), dict):
        for key, inner in value.items():
            merge(into[first], [key], inner)
    else:
        assert first not in into, f"{first} is there twice"
        into[first] = value


def configuration(name: str) -> Tree:
    """A file of `ingest/filebeat` as Filebeat understands it."""
    found = nested(written(name))
    assert isinstance(found, dict)
    return found


def reading(name: str) -> Tree:
    """The settings of the one input that a file tells of, by autodiscover or by itself."""
    filebeat = configuration(name)["filebeat"]
    if "inputs" in filebeat:
        (found,) = filebeat["inputs"]
    else:
        (provider,) = filebeat["autodiscover"]["providers"]
        found = provider["hints"]["default_config"]
    assert isinstance(found, dict)
    return found


def multiline(name: str) -> Tree:
    """The settings by which lines are joined."""
    (found,) = (parser["multiline"] for parser in reading(name)["parsers"] if "multiline" in parser)
    assert isinstance(found, dict)
    return found


def settings(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All settings by their full names, and what they are set to; those in lists without their numbers."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from settings(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, list):
        for one in tree:
            if isinstance(one, dict):
                yield from settings(one, path)
            else:
                yield path, one
    else:
        yield path, tree
