"""Lines in, sessions of templates out: NDJSON or plain text, gzipped or not."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from detector.errors import SourceError, UsageError
from detector.models.sessions import Sessions
from ingest.batch import LogBatch, Origin
from ingest.filebeat import look_through, value_at
from ingest.timestamps import event_time
from parsers.engine import TemplateEngine

OnProgress = Callable[[int, int], None]
"""Bytes of the file that were read, and all of them."""
_BATCH = 20_000
_GZIP = b"\x1f\x8b"
_ORIGIN = Origin("sessions", "sessions")


@dataclass(frozen=True, slots=True)
class SessionField:
    """Where a line says which session it belongs to."""

    field: str = "session"
    """Of a JSON line; dots go into objects."""
    pattern: re.Pattern[str] | None = None
    """Looked for in the message of lines that lack the field: the first group of it, or all of it."""

    @classmethod
    def of(cls, field: str, pattern: str | None) -> SessionField:
        """Raises `UsageError` for a pattern that is none."""
        try:
            return cls(field, re.compile(pattern) if pattern else None)
        except re.error as error:
            raise UsageError(
                f"--session-pattern {pattern} is no regular expression: {error}.", r"Write one such as 'blk_-?\d+'."
            ) from error

    def of_message(self, message: str) -> str:
        """The session that a message names; empty where it names none."""
        found = self.pattern.search(message) if self.pattern else None
        return (found[1] or "" if found.re.groups else found[0]) if found else ""


@dataclass(frozen=True, slots=True)
class SessionLines:
    """What a file held."""

    sessions: Sessions
    texts: dict[str, str]
    """Of the templates, by id."""
    lines: int
    """Those that belong to a session."""
    left_out: int
    """Those that name none."""
    timed: bool
    """Whether every line has a time; otherwise the order of lines is their order in the file."""


class _Line(NamedTuple):
    session: str
    message: str
    level: str
    time: int | None


def read_sessions(
    path: Path, field: SessionField, engine: TemplateEngine, on_progress: OnProgress = lambda done, total: None
) -> SessionLines:
    """Read and template a file.

    Raises `SourceError` where it can't be read, and `UsageError` where no line of it names a session.
    """
    names: dict[str, int] = {}
    templates: dict[str, int] = {}
    session: list[int] = []
    template: list[int] = []
    times: list[int | None] = []
    left_out = 0
    lines = _lines(path, on_progress)
    while batch := list(islice(lines, _BATCH)):
        found = [line for text in batch if (line := _read(text, field)) is not None]
        left_out += len(batch) - len(found)
        parsed = engine.parse(_batch(found, len(session)))
        places = [templates.setdefault(one, len(templates)) for one in parsed.templates]
        template += [places[at] for at in parsed.template.tolist()]
        session += [names.setdefault(line.session, len(names)) for line in found]
        times += [line.time for line in found]
    if not session:
        raise UsageError(f"No line of {path} names a session: {_missing(field)}.", _ADVICE)
    timed = None not in times
    time = np.array(times if timed else range(len(times)), np.int64)
    grouped = Sessions.grouped(tuple(names), tuple(templates), np.array(session), np.array(template), time)
    catalogue = engine.catalogue(_ORIGIN.namespace)
    return SessionLines(grouped, {one: catalogue[one].text for one in templates}, len(session), left_out, timed)


_ADVICE = "Name the field with --session-field, or find the session in the text with --session-pattern."


def _missing(field: SessionField) -> str:
    without = f"no JSON field {field.field}"
    return f"{without}, and nothing that matches {field.pattern.pattern}" if field.pattern else without


def _read(text: str, field: SessionField) -> _Line | None:
    """The line, or None where it names no session."""
    document = _json(text)
    if document is None:
        name = field.of_message(text)
        return _Line(name, text, "", event_time(text)) if name else None
    seen = look_through(document)
    message = seen.message or ""
    found = value_at(document, field.field)
    name = str(found) if isinstance(found, str | int) and found != "" else field.of_message(message)
    return _Line(name, message, seen.level, seen.time if seen.inner_time is None else seen.inner_time) if name else None


def _json(text: str) -> dict[str, object] | None:
    if not text.startswith("{"):
        return None
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _batch(lines: list[_Line], before: int) -> LogBatch:
    """For the engine; lines without a time take the number of the line."""
    count = len(lines)
    return LogBatch(
        (_ORIGIN,),
        ("lines",),
        np.array([before + at if line.time is None else line.time for at, line in enumerate(lines)], np.int64),
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.arange(before, before + count),
        ("",) * count,
        tuple(line.level for line in lines),
        tuple(line.message for line in lines),
    )


def _lines(path: Path, on_progress: OnProgress) -> Iterator[str]:
    """The lines of a file that aren't empty."""
    try:
        with path.open("rb") as raw:
            total = path.stat().st_size
            packed = raw.peek(2)[:2] == _GZIP
            for number, line in enumerate(gzip.GzipFile(fileobj=raw) if packed else raw):
                if number % _BATCH == 0:
                    on_progress(raw.tell(), total)
                if text := line.decode("utf-8", "replace").strip():
                    yield text
            on_progress(total, total)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{path} is damaged: {error}.", "Compress it again.") from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.", "Name a file with one line a record.") from error
