"""Events that others report as JSON: Falco's, and those of Kubernetes. The rule's name or the reason is the template.

Read is what can't be taken for an application's own JSON:

- Falco with `json_output: true`, and what falcosidekick hands on: `rule` and `priority` are texts, `output_fields` an
  object (falcosecurity/falco: userspace/engine/formats.cpp; https://falco.org/docs/reference/rules/supported-fields/).
- An event of Kubernetes' API, core/v1: `reason` is a text, `involvedObject` an object with the texts `kind` and `name`.
  kubernetes-event-exporter (resmoio/kubernetes-event-exporter: pkg/kube/event.go) and k8s-event-logger write it as it
  is, eventrouter as `event` beside `verb` (`EventData` in heptiolabs/eventrouter: sinks). What Metricbeat makes of it
  (elastic/beats: metricbeat/module/kubernetes/event/event.go) `ingest.filebeat` puts back into this shape.

Such a record is about a workload, mostly not the one that logged it: `payments/ledger`, by namespace and workload. No
name in Kubernetes holds a `/`, so no other workload is called that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ingest.identity import owner_of_object
from parsers.formats.access import JOINER
from parsers.formats.statement import MAX_LOGGER, Statement
from parsers.level import normalise_level

FALCO = "Falco: "
"""With what the text of a template begins that is a rule of Falco's."""
_TYPES = {"Warning": "warning", "Normal": "info"}
_NAME = re.compile(r"[a-z0-9][a-z0-9.:-]{0,252}")
"""What Kubernetes lets objects be called; Falco writes `<NA>` or null where it doesn't know."""
_RESOURCES = {"pods": "Pod", "replicasets": "ReplicaSet", "jobs": "Job"}
"""Kinds by what the API server's audit log calls them; of others the name is that of the workload."""
_decode = msgspec.json.Decoder().decode


def read_event(fields: Mapping[str, Any]) -> Statement | None:
    """The statement in the fields of a JSON record, where they are an event; else None."""
    if "output_fields" in fields:
        return _read_falco(fields)
    if "involvedObject" in fields:
        return _read_kubernetes(fields)
    nested = fields.get("event")
    return _read_kubernetes(nested) if isinstance(nested, dict) and "involvedObject" in nested else None


def sentence(message: str) -> str:
    """What is shown of a record: of an event what it says, any other as it is."""
    if not message.lstrip().startswith("{"):
        return message
    try:
        fields = _decode(message)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return message
    found = read_event(fields) if isinstance(fields, dict) else None
    return found.said if found else message


def _read_falco(fields: Mapping[str, Any]) -> Statement | None:
    rule, about = _text(fields, "rule"), fields["output_fields"]
    level = normalise_level(_text(fields, "priority"))
    if not rule or not level or not isinstance(about, dict):
        return None
    pod = owner_of_object("Pod", _dotted(about, "k8s.pod.name"))
    place = _place(_dotted(about, "k8s.ns.name"), pod)
    if not place:  # the API server's audit log knows no pods that run, but what is asked for
        kind = _RESOURCES.get(_dotted(about, "ka.target.resource"), "")
        place = _place(_dotted(about, "ka.target.namespace"), owner_of_object(kind, _dotted(about, "ka.target.name")))
    return Statement(level, _word(FALCO + rule), "", place, _text(fields, "output") or rule)


def _read_kubernetes(fields: Mapping[str, Any]) -> Statement | None:
    reason, about = _text(fields, "reason"), fields["involvedObject"]
    if not reason or not isinstance(about, dict):
        return None
    kind, name, namespace = _text(about, "kind"), _text(about, "name"), _text(about, "namespace")
    if not kind or not name:
        return None
    owner = owner_of_object(kind, name)
    place = _place(namespace, owner) if namespace else (owner if _NAME.fullmatch(owner) else "")
    said = f"{kind} {name}: {_text(fields, 'message') or reason}"
    count = fields.get("count")
    if isinstance(count, int) and count > 1:
        said += f" ({count} times by now)"
    return Statement(_TYPES.get(_text(fields, "type"), ""), _word(f"{kind} {reason}"), "", place, said)


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    return value.strip() if isinstance(value, str) else ""


def _dotted(fields: Mapping[str, Any], key: str) -> str:
    """The text under a key with dots, which an index with synthetic source gives back as objects within objects."""
    if key in fields:
        return _text(fields, key)
    *outer, last = key.split(".")
    for name in outer:
        inner = fields.get(name)
        if not isinstance(inner, dict):
            return ""
        fields = inner
    return _text(fields, last)


def _word(name: str) -> str:
    """A name as one word, in which Drain can't find a variable part."""
    return JOINER.join(name[:MAX_LOGGER].split())


def _place(namespace: str, workload: str) -> str:
    if not _NAME.fullmatch(namespace) or not _NAME.fullmatch(workload):
        return ""
    return f"{namespace}/{workload}"
