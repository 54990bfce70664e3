"""Compares an object as it should be with what the server gives back, which is never the same text.

Elasticsearch returns settings nested below `index` and as strings, adds defaults and dates, keeps a query as text.
Both sides are brought to one form, path by path, before they are compared.
https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-get-index-template
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from detector.setup.wanted import Json, Kind

_ADDED = re.compile(r"(created|modified)_date(_millis)?$")
_DEFAULTS: Mapping[Kind, Mapping[str, str]] = {
    Kind.COMPONENT: {"template.lifecycle.enabled": "true"},
    Kind.TEMPLATE: {"data_stream.hidden": "false", "data_stream.allow_custom_routing": "false"},
    Kind.ROLE: {"transient_metadata.enabled": "true"},
    Kind.POLICY: {},
}
"""What the server says of what nobody asked for."""
_UNORDERED = {"cluster", "privileges", "names", "run_as", "index_patterns", "ignore_missing_component_templates"}
"""Lists that mean the same in any order."""
_SECRET = re.compile(r"actions\..+\.webhook\.path$")
"""What is compared, and never shown."""
_FIXED = re.compile(r"\.(type|index|doc_values|enabled|store|analyzer|norms|format|path)$")
"""Parts of a mapping that can't be changed once there is an index with it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference: what is there, what should be; None for what isn't or shouldn't."""

    path: str
    is_now: str | None
    should_be: str | None


def differences(kind: Kind, should_be: Json, is_now: Json) -> list[Line]:
    """The lines that differ, by path; none where both mean the same.

    An index may hold more than is wanted: fields can only ever be added to it. To a watch the server adds what holds by
    default. What is secret is not shown.
    """
    want, have = normalised(kind, should_be), normalised(kind, is_now)
    lines = [
        _hidden(path) if _SECRET.match(path) else Line(path, have.get(path), want.get(path))
        for path in sorted({*want, *have})
        if want.get(path) != have.get(path)
    ]
    only_ours = kind in (Kind.INDEX, Kind.WATCH)
    return [line for line in lines if line.should_be is not None] if only_ours else lines


def _hidden(path: str) -> Line:
    return Line(path, "(another one)", "(not shown)")


def impossible(lines: list[Line]) -> list[Line]:
    """Of an index's differences those that no request can mend: a field that is mapped otherwise stays so."""
    return [line for line in lines if line.is_now is not None and _FIXED.search(line.path)]


def normalised(kind: Kind, body: Json) -> dict[str, str]:
    """By dotted path the text of each value, in the one form that both sides have.

    >>> normalised(Kind.COMPONENT, {"template": {"settings": {"number_of_shards": 1}}, "version": 2})
    {'template.settings.index.number_of_shards': '1', 'version': '2'}
    """
    if kind is Kind.POLICY:
        body = body.get("policy", body)
    if kind in (Kind.COMPONENT, Kind.TEMPLATE) and "settings" in body.get("template", {}):
        body = {**body, "template": {**body["template"], "settings": _settings(body["template"]["settings"])}}
    if kind is Kind.ROLE:
        body = {name: value for name, value in body.items() if not name.startswith("_")}
    if kind is Kind.WATCH:
        body = {"active": True, **body, "actions": {name: _throttled(one) for name, one in body["actions"].items()}}
    defaults = _DEFAULTS.get(kind, {})
    found = {path: text for path, text in _flat("", body, kind is Kind.POLICY) if not _ADDED.search(path)}
    return {path: text for path, text in found.items() if defaults.get(path) != text and not _usual(kind, path, text)}


def _throttled(action: Json) -> Json:
    """An action of a watch with its throttle period as the server gives it back."""
    if not (seconds := re.fullmatch(r"(\d+)s", str(action.get("throttle_period", "")))):
        return action
    rest = {name: value for name, value in action.items() if name != "throttle_period"}
    return {**rest, "throttle_period_in_millis": 1_000 * int(seconds[1])}


def _usual(kind: Kind, path: str, text: str) -> bool:
    """Defaults whose path holds a number or the name of a field."""
    if kind is Kind.ROLE:
        return path.endswith(".allow_restricted_indices") and text == "false"
    return kind is Kind.INDEX and path.endswith(".type") and text == "object"


def _settings(tree: Json) -> dict[str, Any]:
    """Index settings by their whole names (`index.lifecycle.name`), however they were nested."""
    flat = dict(_flat("", tree))
    return {name if name.startswith("index.") else f"index.{name}": value for name, value in flat.items()}


def _flat(path: str, value: Any, empty_counts: bool = False) -> Iterator[tuple[str, str]]:
    """Every value below a path; empty lists say nothing, nor do empty tables but in a policy (`"readonly": {}`)."""
    name = path.rpartition(".")[2]
    if name == "query" and path.startswith("indices."):
        yield path, _query(value)
    elif isinstance(value, dict):
        if not value and empty_counts:
            yield path, "{}"
        for key, below in value.items():
            yield from _flat(f"{path}.{key}" if path else key, below, empty_counts)
    elif isinstance(value, list):
        if any(isinstance(item, dict) for item in value):
            for number, item in enumerate(value):
                yield from _flat(f"{path}.{number}", item)
        elif value:
            texts = [_text(item) for item in value]
            yield path, ", ".join(sorted(texts) if name in _UNORDERED else texts)
    elif value is not None:
        yield path, _text(value)


def _text(value: Any) -> str:
    """A scalar as Elasticsearch writes it into a string.

    >>> [_text(value) for value in (True, 1, 1.0, "1")]
    ['true', '1', '1', '1']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _query(value: Any) -> str:
    """A role's filter of documents, which may be given as text."""
    try:
        return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
    except ValueError:
        return _text(value)
