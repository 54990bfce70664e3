"""Kubernetes' own descriptions of its kinds, as JSON schemas that know no field beside those described.

https://github.com/kubernetes/kubernetes/tree/master/api/openapi-spec
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

DRAFT = "http://json-schema.org/draft-04/schema#"
"""What OpenAPI 3.0 is made of: its exclusiveMinimum is a boolean."""
_PREFIX = "#/definitions/"
_OPEN = "x-kubernetes-preserve-unknown-fields"
_UNITS = r"([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?"
QUANTITY: Schema = {
    "anyOf": [{"type": "string", "pattern": rf"^[+-]?(\d+\.?\d*|\.\d+){_UNITS}$"}, {"type": "number"}],
}
"""https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"""
INT_OR_STRING: Schema = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
_SPECIAL: Mapping[str, Schema] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": QUANTITY,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": INT_OR_STRING,
    # Those of CRDs, which may be either; the server checks them.
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": {},
}
METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_POD_TEMPLATE = "io.k8s.api.core.v1.PodTemplateSpec"
_POD = "io.k8s.api.core.v1.PodSpec"
PART_OF_POD_TEMPLATE = "a pod template that an operator completes"
_PART_OF_POD = "a pod that an operator completes"


@dataclass(frozen=True, slots=True)
class Kind:
    """Such as `apps`, `v1`, `Deployment`; the group of the oldest kinds is empty."""

    group: str
    version: str
    name: str


class Definitions:
    """All that the swagger.json of a Kubernetes describes."""

    def __init__(self, swagger: Schema) -> None:
        self._all = {name: _closed(name, schema) for name, schema in swagger["definitions"].items()}
        self._all |= _parts(self._all)
        self._kinds = {
            Kind(one["group"], one["version"], one["kind"]): name
            for name, schema in swagger["definitions"].items()
            for one in schema.get("x-kubernetes-group-version-kind", ())
        }

    def schemas(self) -> Iterator[tuple[Kind, Schema]]:
        """The schema of each kind, with all that it refers to."""
        for kind, name in self._kinds.items():
            if "properties" in self._all[name]:
                yield kind, self.whole(self._all[name])

    def whole(self, schema: Schema) -> Schema:
        """The same with the definitions that it refers to, directly or not."""
        needed: dict[str, Schema] = {}
        waiting = set(_references(schema))
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed[name] = self._all[name]
                waiting.update(_references(needed[name]))
        return {"$schema": DRAFT, "definitions": needed} | schema


def of_custom_kinds(crd: Schema) -> Iterator[tuple[Kind, Schema]]:
    """Those that a CustomResourceDefinition (v1) serves; they refer to other definitions of `Definitions`."""
    spec = crd["spec"]
    for version in spec["versions"]:
        if not version["served"]:
            continue
        schema = _structural(version["schema"]["openAPIV3Schema"])
        fields = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
        schema["properties"] = fields | schema["properties"] | {"metadata": {"$ref": _PREFIX + METADATA}}
        yield Kind(spec["group"], version["name"], spec["names"]["kind"]), schema


def _closed(name: str, schema: Schema) -> Schema:
    """A definition that allows no field beside those that it names."""
    if name in _SPECIAL:
        return _SPECIAL[name]
    if "properties" not in schema:
        return {key: schema[key] for key in ("type", "format") if key in schema}
    properties = {key: _without_words(one) for key, one in schema["properties"].items()}
    if name == METADATA:  # what generators of manifests leave there means nothing
        properties["creationTimestamp"] = {"type": ["string", "null"]}
    closed = {"type": "object", "properties": properties, "additionalProperties": False}
    required = schema.get("required")
    return closed | {"required": required} if required else closed


def _parts(known: Mapping[str, Schema]) -> dict[str, Schema]:
    """The template of a pod whose containers needn't all be there, and that pod."""
    template, pod = known[_POD_TEMPLATE], known[_POD]
    properties = template["properties"] | {"spec": {"$ref": _PREFIX + _PART_OF_POD}}
    return {
        PART_OF_POD_TEMPLATE: template | {"properties": properties},
        _PART_OF_POD: {key: value for key, value in pod.items() if key != "required"},
    }


def _without_words(schema: Schema) -> Schema:
    kept = ("type", "format", "enum", "pattern", "$ref", "items", "additionalProperties", "minimum", "maximum")
    return {
        key: _without_words(value) if key in ("items", "additionalProperties") and isinstance(value, dict) else value
        for key, value in schema.items()
        if key in kept
    }


def _structural(schema: Schema, field: str = "") -> Schema:
    """A part of a structural schema: what the server would drop without a word is refused."""
    if field == "podTemplate" and schema.get(_OPEN):
        return {
            "$ref": _PREFIX + PART_OF_POD_TEMPLATE
        }  # ECK leaves it open, since all its pods' fields would fill megabytes
    if schema.get("x-kubernetes-int-or-string"):
        return INT_OR_STRING | {key: schema[key] for key in ("pattern",) if key in schema}
    ours = {key: value for key, value in schema.items() if key not in _OURS and not key.startswith("x-kubernetes-")}
    if "items" in schema:
        open_too = {key: True for key in (_OPEN,) if key in schema}  # as Logstash's pipelines are
        ours["items"] = _structural(open_too | schema["items"])
    if "properties" in schema:
        ours["properties"] = {name: _structural(one, name) for name, one in schema["properties"].items()}
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        ours["additionalProperties"] = _structural(more)
    elif schema.get("type") == "object" and more is None and not _open(schema):
        ours["additionalProperties"] = False
    if schema.get("nullable") and "type" in schema:
        ours["type"] = [schema["type"], "null"]
        if "enum" in schema:
            ours["enum"] = [*schema["enum"], None]
    return ours


_OURS = {"description", "default", "example", "nullable", "title", "externalDocs"}


def _open(schema: Schema) -> bool:
    return bool(schema.get(_OPEN) or schema.get("x-kubernetes-embedded-resource"))


def _references(schema: object) -> Iterator[str]:
    """The names of the definitions that it refers to."""
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield re.sub(f"^{_PREFIX}", "", reference)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)
