"""Which form the lines of a file have, told by its first lines."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

import msgspec

from ingest import cri, docker_json, filebeat


class Form(Enum):
    """How lines are framed."""

    CRI = auto()
    DOCKER = auto()
    FILEBEAT = auto()
    """One JSON document a line, with `@timestamp`: Filebeat's, Logstash's, or an ECS logger's."""
    PLAIN = auto()
    """Lines as the application wrote them."""


FOREIGN = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ": "xz",
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
    b"\x04\x22\x4d\x18": "lz4",
}
"""Beginnings of compressed files that are not read."""
_TEXT_CONTROLS = b"\t\n\r\x0c\x08\x1b"
_CONTROLS = bytes(c for c in range(32) if c not in _TEXT_CONTROLS) + b"\x7f"
_DOCUMENT_KEYS = frozenset(
    ("message", "log", "log.level", "log.file.path", "agent", "ecs", "ecs.version", "kubernetes", "stream", "input")
)


def foreign_compression(head: bytes) -> str:
    """The name of the compression that a file begins with, where it is one that isn't read; else empty."""
    return next((name for magic, name in FOREIGN.items() if head.startswith(magic)), "")


def is_binary(head: bytes) -> bool:
    """Whether a file's beginning is no text: more than a tenth of it control characters."""
    return len(head) - len(head.translate(None, _CONTROLS)) > len(head) / 10


def form_of_line(line: bytes) -> Form:
    """The form of one line; `PLAIN` where it has no frame."""
    text = line.decode("utf-8", "replace").strip("\r\0\ufeff ")
    if not text.startswith("{"):
        return Form.PLAIN if cri.frame(text) is None else Form.CRI
    if docker_json.frame(text) is not None:
        return Form.DOCKER
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Form.PLAIN
    if isinstance(document, dict) and "@timestamp" in document and not _DOCUMENT_KEYS.isdisjoint(document):
        return Form.FILEBEAT
    return Form.PLAIN


def sniff(lines: Sequence[bytes]) -> Form:
    """The form that most of the lines have that aren't empty; a frame counts where a third of the lines wears it.

    So a torn first line, or some foreign ones between, don't matter.
    """
    votes = [form_of_line(line) for line in lines[:50] if line.strip()]
    framed = [form for form in votes if form is not Form.PLAIN]
    if not framed:
        return Form.PLAIN
    best = max(dict.fromkeys(framed), key=framed.count)
    return best if framed.count(best) * 3 >= len(votes) else Form.PLAIN


def first_time(form: Form, lines: Sequence[bytes]) -> int | None:
    """The first time (microseconds UTC) that a framed file's lines tell; None where none of the first fifty does."""
    for line in lines[:50]:
        text = line.decode("utf-8", "replace").strip("\r\0\ufeff ")
        if form is Form.FILEBEAT:
            document = filebeat.parse(text)
            time = document.time if document else None
        else:
            framed = cri.frame(text) if form is Form.CRI else docker_json.frame(text)
            time = framed[0] if framed else None
        if time is not None:
            return time
    return None
