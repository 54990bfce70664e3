"""Records that are data already: JSON lines and logfmt. What was said is in one field, the rest describes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from parsers.formats.access import request
from parsers.formats.events import read_event
from parsers.formats.stacktrace import SEPARATOR, exception_heads
from parsers.formats.statement import Statement, word_of
from parsers.formats.timed import read_timed
from parsers.level import normalise_level

_MESSAGE = (
    "message",
    "msg",
    "log",
    "event",
    "text",
    "short_message",
    "body",
    "@message",
    "MESSAGE",
    "@m",
    "@mt",
    "output",
    "Message",
)
_LEVEL = (
    "level", "severity", "lvl", "levelname", "log.level", "loglevel", "log_level", "@level", "severity_text", "s", "@l",
    "priority", "Level", "LEVEL",
)  # fmt: skip
_LOGGER = (
    "logger", "logger_name", "loggerName", "log.logger", "component", "caller", "module", "target", "rule", "name", "c",
    "class", "SourceContext", "@module",
)  # fmt: skip
_THROWN = (
    "exception", "exc_info", "stack_trace", "stack", "stacktrace", "error.stack_trace", "error", "err", "errorVerbose",
    "thrown", "traceback", "@x",
)  # fmt: skip
_METHOD = ("method", "request_method", "http_method", "verb", "http.request.method")
_PATH = ("path", "uri", "request_uri", "url", "http_path", "route", "url.path", "requestURI")
_STATUS = ("status", "response_code", "status_code", "http_status", "statusCode", "http.response.status_code", "code")
_MAX_ERROR = 500
_MAX_FIELDS = 20
_PAIR = re.compile(r'(?<!\S)([A-Za-z_@][\w.@/-]{0,63}+)=("(?:[^"\\]|\\.)*+"|[^\s"]*+)(?=\s|$)')
"""A pair begins where a word begins: tried at each letter, `k=k=k=…` would be read to its end from each of them."""
_decode = msgspec.json.Decoder().decode


def read_json(text: str) -> Statement | None:
    """A JSON object on one or several lines; None where it is none (also where it is torn)."""
    try:
        fields = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    if not isinstance(fields, dict) or not fields:
        return None
    return read_event(fields) or from_fields(fields)


def read_logfmt(text: str) -> Statement | None:
    """Pairs such as `level=info msg="it works"`; None with fewer than two, or with other text before them."""
    if not _PAIR.match(text):
        return None
    pairs = _PAIR.findall(text)
    if len(pairs) < 2:
        return None
    fields = {key: _unquoted(value) for key, value in pairs}
    known = _first(fields, _MESSAGE) is not None or _first(fields, _LEVEL) is not None
    return from_fields(fields) if known or len(pairs) >= 3 else None


def from_fields(fields: Mapping[str, Any], depth: int = 0) -> Statement:
    """The statement in the fields of a structured record; without a message it is what fields there are."""
    nested = fields.get("log")
    spread = {**nested, **fields} if isinstance(nested, dict) else fields
    level = normalise_level(_first(spread, _LEVEL))
    logger = _first(spread, _LOGGER)
    name = word_of(logger) if isinstance(logger, str) else ""
    message = _first(fields, _MESSAGE)
    if isinstance(message, dict) and depth < 2:
        inner = from_fields(message, depth + 1)
        return Statement(inner.level or level, inner.logger or name, inner.text)
    if not isinstance(message, str):
        return _without_message(fields, level, name)
    if message.startswith("{") and depth < 2 and (found := _decoded(message)):
        inner = from_fields(found, depth + 1)
        return Statement(inner.level or level, inner.logger or name, inner.text)
    if "rule" in fields and (falco := read_timed(message)):
        return Statement(level or falco.level, name, falco.text)
    thrown = [head for head in _thrown(fields) if head not in message]
    return Statement(level, name, SEPARATOR.join([message, *thrown]))


def _decoded(text: str) -> dict[str, Any] | None:
    try:
        found = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return found if isinstance(found, dict) and found else None


def _without_message(fields: Mapping[str, Any], level: str, name: str) -> Statement:
    method, path, status = _first(fields, _METHOD), _first(fields, _PATH), _first(fields, _STATUS)
    if isinstance(method, str) and isinstance(path, str) and str(status).isdecimal() and len(str(status)) == 3:
        asked = request(
            word_of(method), path, int(str(status)), word_of(str(fields.get("response_flags") or "").strip("-"))
        )
        return Statement(level or asked.level, asked.logger, asked.text)
    thrown = _thrown(fields)
    described = sorted(fields.items())[:_MAX_FIELDS]
    text = " ".join(f"{key}={_shown(value)}" for key, value in described if key not in _LEVEL and key not in _THROWN)
    return Statement(level, name, SEPARATOR.join([part for part in (text, *thrown) if part]))


def _thrown(fields: Mapping[str, Any]) -> list[str]:
    """The exceptions that a record carries in a field of its own, or the text of its error."""
    heads: list[str] = []
    for key in _THROWN:
        if not (value := fields.get(key)):
            continue
        for text in _texts(value):
            lines = text.split("\n")
            heads += exception_heads(lines) or ([lines[0][:_MAX_ERROR]] if len(lines) == 1 else [lines[0]])
    return list(dict.fromkeys(heads))[:3]


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        named = [
            value.get(key) for key in ("stack_trace", "stack", "message", "msg") if isinstance(value.get(key), str)
        ]
        kind = value.get("type") or value.get("class") or value.get("exception_class")
        message = str(named[-1]) if named else ""
        if isinstance(kind, str):
            return (f"{kind}: {message}" if message else kind,)
        return (message,) if message else ()
    return ()


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    for key in keys:
        if (value := fields.get(key)) is not None and value != "":
            return value
    return None


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    return value[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
