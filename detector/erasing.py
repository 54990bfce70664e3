"""What becomes of what is kept once a namespace is to be forgotten, or a text wherever it stands.

Of a namespace everything goes. A text is replaced where people or their lines put it; ids, counts, scores, times and
the names of things (namespaces, workloads, containers, pods) stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from detector.alert import Alert, AlertKind
from detector.findings import ChangeKind, ReasonKind, Severity, Source
from ingest.identity import origin_of_path
from parsers.erasing import ERASED, Eraser

TEXTS = frozenset(
    {"after", "author", "before", "change", "example", "image", "images", "message", "note", "quiet", "reason"}
    | {"samples", "summary", "template", "text", "title", "unwell"}
)
"""Names of fields that hold texts, in what the stores keep and in what is to be sent."""
_FIXED = {str(one) for kind in (AlertKind, ChangeKind, ReasonKind, Severity, Source) for one in kind}
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Namespace:
    """All of this namespace is to go."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """What this matches is to go, wherever it stands."""

    eraser: Eraser


Wanted = Namespace | Text


@dataclass(frozen=True, slots=True)
class Erased:
    """What went, or would go, and what stayed."""

    counts: Counter[str] = field(default_factory=Counter)
    """By kind, such as `anomalies`."""
    stays: tuple[str, ...] = ()
    """What could not go from the store, and what to do about it, a sentence each."""


def erased(value: Any, eraser: Eraser, key: str = "", texts: Collection[str] = TEXTS) -> Any:
    """Plain data (as JSON has it) without it in fields of these names; what isn't a text stays."""
    if isinstance(value, str):
        kept = key not in texts or value in _FIXED or _ID.fullmatch(value)
        return value if kept else eraser.text(value)
    if isinstance(value, dict):
        return {name: erased(one, eraser, name, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [erased(one, eraser, key, texts) for one in value]
    return value


def without(alert: Alert, namespace: str, incidents: Collection[str]) -> Alert | None:
    """The alert less a namespace and its incidents; None where it was about nothing else."""
    left = tuple(name for name in alert.namespaces if name != namespace)
    if not left:
        return None
    told = tuple(
        replace(one, namespaces=tuple(name for name in one.namespaces if name != namespace)) for one in alert.told
    )
    stay = tuple(name for name in alert.incidents if name not in incidents)
    return replace(alert, namespaces=left, incidents=stay, told=told, summary=unnamed(alert.summary, namespace))


def message_without(message: Any, namespace: str) -> Any:
    """What waits to be sent, less a namespace; None where it is about nothing else.

    A message about one finding names its namespace, one about an alert all of them.
    """
    if message.get("namespace") == namespace or message.get("namespaces") == [namespace]:
        return None
    if namespace not in message.get("namespaces", ()):
        return message
    incidents = [one for one in message["incidents"] if one["namespace"] != namespace]
    texts = {name: unnamed(message[name], namespace) for name in ("title", "summary")}
    spaces = {name: [one for one in message.get(name, ()) if one != namespace] for name in ("namespaces", "over")}
    return {**message, **texts, **spaces, "incidents": incidents}


def unnamed(text: str, namespace: str) -> str:
    """A sentence in which the namespace isn't named any more."""
    return re.sub(rf"(?<![\w-]){re.escape(namespace)}(?![\w-])", ERASED, text)


def still_named(names: Iterable[str], eraser: Eraser) -> tuple[str, ...]:
    """What there is to say where names of things hold it."""
    held = sorted({name for name in names if eraser.found(name)})
    if not held:
        return ()
    return (
        f"{len(held)} name{'s' * (len(held) > 1)} of namespaces or workloads still hold{'s' * (len(held) == 1)} it, "
        "as counts are kept by them: erase the namespace.",
    )


def place_of_log(place: str, namespace: str) -> str:
    """The path of the log file of this namespace that a place in it belongs to; empty for all else."""
    path = place.rpartition("@")[0]
    return path if path and origin_of_path(path, "").namespace == namespace else ""


def stay_behind(files: int) -> tuple[str, ...]:
    """What there is to say where log files of a namespace are still there."""
    if not files:
        return ()
    return (
        f"Up to where {files} log file{'s' * (files > 1)} of it {'were' if files > 1 else 'was'} read stays, with the "
        "path, as they are still there and would be read anew: delete them, then erase again.",
    )
