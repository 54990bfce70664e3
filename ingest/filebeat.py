"""Documents of Filebeat (straight, through Logstash, or an ECS logger's own), one JSON object a line.

Nearly all fit the typed structs and are decoded by them alone. What doesn't fit (dotted keys, a field of another type,
JSON that Filebeat decoded into fields of their own) is decoded whole and looked through with care: no document breaks
the reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from ingest.elasticsearch.settings import FieldNames
from ingest.events import decoded_event, metricbeat_event
from ingest.identity import DocumentNames
from ingest.timestamps import TIME_KEYS, moment_of


class Document(NamedTuple):
    """What a document says of one record."""

    time: int | None
    """`@timestamp`, microseconds UTC."""
    stamped: bool
    """Whether that is the container runtime's time; else it is when Filebeat read the line."""
    stream: str
    level: str
    message: str | None
    """None where it has none (Filebeat drops the empty message of an empty line)."""
    inner_time: int | None
    """The time in a decoded JSON object's own field, where it is whole."""
    names: DocumentNames


class _Named(msgspec.Struct, frozen=True):
    name: str = ""


class _File(msgspec.Struct, frozen=True):
    path: str = ""


class _Log(msgspec.Struct, frozen=True):
    file: _File = _File()
    level: str = ""


class _Labels(msgspec.Struct, frozen=True):
    template_hash: str = msgspec.field(name="pod-template-hash", default="")


class _Kubernetes(msgspec.Struct, frozen=True):
    namespace: str = ""
    pod: _Named = _Named()
    container: _Named = _Named()
    node: _Named = _Named()
    deployment: _Named = _Named()
    statefulset: _Named = _Named()
    daemonset: _Named = _Named()
    cronjob: _Named = _Named()
    job: _Named = _Named()
    replicaset: _Named = _Named()
    labels: _Labels = _Labels()


class _Container(msgspec.Struct, frozen=True):
    image: _Named = _Named()


class _Input(msgspec.Struct, frozen=True):
    type: str = ""


_NOTHING = msgspec.Raw(b"{}")


class _Document(msgspec.Struct, gc=False):
    at: str = msgspec.field(name="@timestamp")
    message: str
    stream: str = ""
    level: str = ""
    log_level: str = msgspec.field(name="log.level", default="")
    severity: str = ""
    log: _Log = _Log()
    input: _Input = _Input()
    kubernetes: msgspec.Raw = _NOTHING
    container: msgspec.Raw = _NOTHING
    # What a decoded event has as an object: it doesn't fit, and so goes the careful way.
    output_fields: bool = False
    involved: bool = msgspec.field(name="involvedObject", default=False)


_typed = msgspec.json.Decoder(_Document)
_kubernetes = msgspec.json.Decoder(_Kubernetes)
_container = msgspec.json.Decoder(_Container)
_untyped = msgspec.json.Decoder()
_NO_FIELDS = FieldNames()
_MESSAGE_KEYS = ("message", "msg", "log", "text", "body")
_LEVEL_KEYS = ("level", "severity")
_LEVEL = 40
"""Characters that are kept of a level."""
_DOTTED = ("kubernetes.", "container.", "log.file", "input.type", "pod.name")
_IS_DOTTED = re.compile('"(?:' + "|".join(map(re.escape, _DOTTED)) + ")")
DOTTED = re.compile(_IS_DOTTED.pattern.encode())
"""Whether there may be dotted keys in bytes: then documents are looked through with care."""
_METADATA = frozenset(
    {"@metadata", "agent", "aws", "azure", "beat", "cloud", "container", "data_stream", "docker", "ecs", "error"}
    | {"event", "fields", "file", "gcp", "geo", "host", "input", "kubernetes", "labels", "log", "offset"}
    | {"orchestrator", "process", "prospector", "service", "source", "tags", "user"}
)
"""Objects that Filebeat and ECS themselves put into a document; others came from the application's JSON."""


def parse(line: str, dotted: bool = True) -> Document | None:
    """What the document in this line says, or None where the line is no JSON object.

    `dotted`: whether there may be dotted keys in it.
    """
    if dotted and _IS_DOTTED.search(line):
        return _parse_whole(line)
    try:
        found = _typed.decode(line)
        # The objects that say who wrote it are the same for many lines, and so are remembered by their bytes.
        names = _typed_names(found.log.file.path, bytes(found.kubernetes), bytes(found.container))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _parse_whole(line)
    stream = found.stream
    return Document(
        moment_of(found.at),
        bool(stream) or found.input.type == "container",
        stream,
        (found.level or found.log_level or found.log.level or found.severity)[:_LEVEL],
        found.message,
        None,
        names,
    )


def names_of(kubernetes: bytes, container: bytes) -> DocumentNames | None:
    """What the two objects of a document say of who wrote it; None where they are not as Filebeat makes them."""
    try:
        return _typed_names("", kubernetes or b"{}", container or b"{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


@lru_cache(maxsize=8192)
def _typed_names(path: str, kubernetes: bytes, container: bytes) -> DocumentNames:
    """Of the two objects' JSON. Raises as `msgspec.json.decode` where they are otherwise than Filebeat's."""
    k, image = _kubernetes.decode(kubernetes), _container.decode(container).image
    return DocumentNames(
        path=path,
        namespace=k.namespace,
        pod=k.pod.name,
        container=k.container.name,
        node=k.node.name,
        image=image.name,
        template_hash=k.labels.template_hash,
        owner=k.deployment.name or k.statefulset.name or k.daemonset.name or k.cronjob.name,
        job=k.job.name,
        replicaset=k.replicaset.name,
    )


def _parse_whole(line: str) -> Document | None:
    try:
        document = _untyped.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return look_through(document) if isinstance(document, dict) else None


def look_through(document: Mapping[str, object], names: FieldNames = _NO_FIELDS) -> Document:
    """The careful way: any JSON object, its fields of any type, keys nested or dotted; `names` where they differ."""
    stream = _text(document, "stream")
    message, source = _message(document, names)
    level = next((value for path in names.level if (value := _scalar(value_at(document, path)))), "")
    inner = None
    for fields in (source, document):
        level = level or next((value for key in _LEVEL_KEYS if (value := _scalar(fields.get(key)))), "")
        level = level or _text(fields, "log.level")
        inner = inner or next(
            (t for key in TIME_KEYS if key in fields and (t := _own_time(fields, key, document, names))), None
        )
    return Document(
        moment_of(value_at(document, names.time)),
        stream in ("stdout", "stderr") or _text(document, "input.type") == "container",
        stream if stream in ("stdout", "stderr") else "",
        level[:_LEVEL],
        message,
        inner,
        _whole_names(document, names),
    )


def _own_time(fields: Mapping[str, object], key: str, document: Mapping[str, object], names: FieldNames) -> int | None:
    """The time in a field of the application's; `@timestamp` of the document itself is not the application's."""
    return None if fields is document and key in ("@timestamp", names.time) else moment_of(fields[key])


def _message(document: Mapping[str, object], names: FieldNames) -> tuple[str | None, Mapping[str, object]]:
    """The message and the object that it stood in: the document, or an object of the application's one level down."""
    for path in names.message:
        if (value := value_at(document, path)) is not None:
            return _as_text(value), document
    candidates = [document]
    candidates += [value for key, value in document.items() if isinstance(value, dict) and key not in _METADATA]
    for fields in candidates:
        if event := decoded_event(fields):
            return _as_text(event), fields
        for key in _MESSAGE_KEYS:
            value = fields.get(key)
            if value is not None and not (key == "log" and isinstance(value, dict)):
                return _as_text(value), fields
    event = metricbeat_event(document)
    original = _as_text(event) if event else _text(document, "event.original")
    return (original or None), document


def _as_text(value: object) -> str:
    """Text as it is, anything else as its JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _whole_names(document: Mapping[str, object], names: FieldNames) -> DocumentNames:
    def first(paths: Iterable[str]) -> str:
        return next((value for path in paths if (value := _text(document, path))), "")

    def name(*keys: str) -> str:
        return first(f"kubernetes.{key}" for key in keys)

    return DocumentNames(
        path=_text(document, "log.file.path"),
        namespace=first(names.namespace) or name("namespace", "namespace_name"),
        pod=first(names.pod) or name("pod.name", "pod_name"),
        container=first(names.container) or name("container.name", "container_name"),
        node=name("node.name", "host"),
        image=_text(document, "container.image.name") or name("container.image"),
        template_hash=name("labels.pod-template-hash"),
        owner=first(names.workload) or name("deployment.name", "statefulset.name", "daemonset.name", "cronjob.name"),
        job=name("job.name"),
        replicaset=name("replicaset.name"),
    )


def _text(document: object, path: str) -> str:
    """The text at a dotted path; empty where there is no text."""
    found = value_at(document, path, str)
    return found if isinstance(found, str) else ""


def value_at(document: object, path: str, kind: type = object) -> object:
    """What stands at a dotted path, however its keys are nested or joined by dots; None where there is none such."""
    if not isinstance(document, dict):
        return None
    if (whole := document.get(path)) is not None and isinstance(whole, kind):
        return whole
    dot = path.find(".")
    while dot > 0:
        inner = document.get(path[:dot])
        if inner is not None and (found := value_at(inner, path[dot + 1 :], kind)) not in (None, ""):
            return found
        dot = path.find(".", dot + 1)
    return None


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
