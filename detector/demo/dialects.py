"""How each kind of service writes a record down, and how the container runtime wraps its lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache

from detector.demo.model import LogForm

CHUNK = 16 * 1024
"""Bytes after which a container runtime splits a line into partial ones; here characters for Docker's."""

_KLOG = {"info": "I", "warning": "W", "error": "E", "critical": "F"}
_PINO = {"debug": 20, "info": 30, "warning": 40, "error": 50, "critical": 60}
_REDIS = {"info": "*", "warning": "#", "error": "#", "critical": "#"}
_POSTGRES = {"info": "LOG", "warning": "WARNING", "error": "ERROR", "critical": "FATAL"}
_SHORT = {"warning": "WARN", "critical": "FATAL"}


@lru_cache(maxsize=512)
def _second(second: int, layout: str) -> str:
    return datetime.fromtimestamp(second, UTC).strftime(layout)


def _stamp(time: int, layout: str) -> str:
    return _second(time // 1_000_000, layout)


def _short(level: str) -> str:
    return _SHORT.get(level, level.upper())


def _millis(time: int) -> str:
    return f"{time // 1000 % 1000:03d}"


def _logback(time: int, level: str, logger: str, text: str) -> str:
    thread = f"http-nio-8080-exec-{time % 10 + 1}"
    return f"{_stamp(time, '%Y-%m-%d %H:%M:%S')},{_millis(time)} {_short(level):<5} [{thread}] {logger} - {text}"


def _python(time: int, level: str, logger: str, text: str) -> str:
    return f"{_stamp(time, '%Y-%m-%d %H:%M:%S')},{_millis(time)} - {logger} - {level.upper()} - {text}"


def _logfmt(time: int, level: str, logger: str, text: str) -> str:
    message, _, fields = text.partition(" | ")
    said = f'time={_stamp(time, "%Y-%m-%dT%H:%M:%S")}.{_millis(time)}Z level={level} caller={logger} msg="{message}"'
    return f"{said} {fields}".rstrip()


def _zap(time: int, level: str, logger: str, text: str) -> str:
    return f"{_stamp(time, '%Y-%m-%dT%H:%M:%S')}.{_millis(time)}Z\t{_short(level)}\t{logger}\t{text}"


def _spring_json(time: int, level: str, logger: str, text: str) -> str:
    message, *trace = text.split("\n")
    at = f"{_stamp(time, '%Y-%m-%dT%H:%M:%S')}.{_millis(time)}Z"
    fields = {
        "@timestamp": at,
        "level": _short(level),
        "logger_name": logger,
        "thread_name": "main",
        "message": message,
    }
    return json.dumps(fields | ({"stack_trace": "\n".join(trace)} if trace else {}), ensure_ascii=False)


def _pino(time: int, level: str, logger: str, text: str) -> str:
    message, *trace = text.split("\n")
    fields: dict[str, object] = {"level": _PINO[level], "time": time // 1000, "name": logger, "msg": message}
    return json.dumps(fields | ({"stack": "\n".join(trace)} if trace else {}), ensure_ascii=False)


def _access(time: int, level: str, logger: str, text: str) -> str:
    """`client | request and status | rest`; other texts are nginx's own error log."""
    if " | " not in text:
        return f"{_stamp(time, '%Y/%m/%d %H:%M:%S')} [{level}] 29#29: {text}"
    client, request, rest = text.split(" | ")
    return f"{client} - - [{_stamp(time, '%d/%b/%Y:%H:%M:%S +0000')}] {request} {rest}"


def _envoy(time: int, level: str, logger: str, text: str) -> str:
    at = f"{_stamp(time, '%Y-%m-%dT%H:%M:%S')}.{_millis(time)}Z"
    return f"[{at}] {text}" if text.startswith('"') else f"[{at}][1][{level}][{logger}] {text}"


def _klog(time: int, level: str, logger: str, text: str) -> str:
    return f"{_KLOG[level]}{_stamp(time, '%m%d %H:%M:%S')}.{time % 1_000_000:06d}       1 {logger}] {text}"


def _postgres(time: int, level: str, logger: str, text: str) -> str:
    return f"{_stamp(time, '%Y-%m-%d %H:%M:%S')}.{_millis(time)} UTC [{logger}] {_POSTGRES[level]}:  {text}"


def _redis(time: int, level: str, logger: str, text: str) -> str:
    return f"1:M {_stamp(time, '%d %b %Y %H:%M:%S')}.{_millis(time)} {_REDIS[level]} {text}"


def _shell(time: int, level: str, logger: str, text: str) -> str:
    return f"[{_stamp(time, '%Y-%m-%dT%H:%M:%SZ')}] {_short(level)} {logger}: {text}"


DIALECTS: dict[LogForm, Callable[[int, str, str, str], str]] = {
    "logback": _logback,
    "python": _python,
    "logfmt": _logfmt,
    "zap": _zap,
    "spring_json": _spring_json,
    "pino": _pino,
    "access": _access,
    "envoy": _envoy,
    "klog": _klog,
    "postgres": _postgres,
    "redis": _redis,
    "shell": _shell,
}
"""By form: time (microseconds UTC), level, logger and text to a record; lines of it are separated by a newline."""


def container_lines(runtime: str, time: int, stream: str, record: str) -> Iterator[bytes]:
    """The record as a container runtime writes it, each line with its newline.

    Lines longer than `CHUNK` are split: in CRI form marked `P`, in Docker's by a missing newline in the text.
    """
    seconds = _stamp(time, "%Y-%m-%dT%H:%M:%S")
    micros = time % 1_000_000
    for number, line in enumerate(record.split("\n")):
        at = f"{seconds}.{micros:06d}{min(number, 999):03d}Z"
        if runtime == "docker":
            said = line + "\n"
            for begin in range(0, len(said), CHUNK):
                entry = {"log": said[begin : begin + CHUNK], "stream": stream, "time": at}
                yield json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            continue
        rest = line.encode()
        while len(rest) > CHUNK:
            yield f"{at} {stream} P ".encode() + rest[:CHUNK] + b"\n"
            rest = rest[CHUNK:]
        yield f"{at} {stream} F ".encode() + rest + b"\n"
