"""Events of Falco and Kubernetes that come as fields of a document rather than as the text of a line.

A record is a text, so they are put back into the JSON that they were: what it says is read in `parsers.formats.events`,
where it is written down which keys make an event.
"""

from __future__ import annotations

from collections.abc import Mapping

_FALCO = ("rule", "priority", "output", "output_fields")
_KUBERNETES = ("reason", "message", "type", "count", "involvedObject")


def decoded_event(fields: Mapping[str, object]) -> dict[str, object]:
    """An event that Filebeat or Logstash has decoded from JSON into these fields; empty where they are none."""
    if isinstance(fields.get("output_fields"), dict) and isinstance(fields.get("rule"), str):
        return {key: fields[key] for key in _FALCO if key in fields}
    if isinstance(fields.get("involvedObject"), dict) and isinstance(fields.get("reason"), str):
        return {key: fields[key] for key in _KUBERNETES if key in fields}
    nested = fields.get("event")
    return decoded_event(nested) if isinstance(nested, dict) and "involvedObject" in nested else {}


def metricbeat_event(document: Mapping[str, object]) -> dict[str, object]:
    """The event of Kubernetes in a document of Metricbeat's module `kubernetes`, metricset `event`; else empty.

    Fields as in elastic/beats: metricbeat/module/kubernetes/event/event.go, which leaves out the namespace of the
    object; the event's own is the same, but for objects that have none: their events are kept in `default`.
    """
    kubernetes = document.get("kubernetes")
    event = kubernetes.get("event") if isinstance(kubernetes, dict) else None
    if not isinstance(event, dict):
        return {}
    about, metadata = event.get("involved_object"), event.get("metadata")
    if not isinstance(about, dict) or not isinstance(event.get("reason"), str):
        return {}
    named = {key: about[key] for key in ("kind", "name") if key in about}
    if isinstance(metadata, dict) and about.get("kind") not in _CLUSTER_WIDE:
        named["namespace"] = metadata.get("namespace")
    return {**{key: event[key] for key in _KUBERNETES if key in event}, "involvedObject": named}


_CLUSTER_WIDE = ("Node", "PersistentVolume", "Namespace", "StorageClass", "ClusterRole", "ClusterRoleBinding")
"""Kinds that are in no namespace, of those that Kubernetes itself reports on."""
