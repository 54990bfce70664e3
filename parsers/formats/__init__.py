"""A record to what it says. One module a family of formats; which one a record is in is told from its beginning.

The choice looks at nothing but the record itself, so that a restart, another order or another batch can't change it;
the first character rules out most formats, which is also what makes it cheap.
"""

from __future__ import annotations

import re

from parsers.formats.access import JOINER, read_access
from parsers.formats.stacktrace import SEPARATOR, is_frame, join_heads
from parsers.formats.statement import ANSI, Statement
from parsers.formats.structured import read_json, read_logfmt
from parsers.formats.timed import read_timed
from parsers.formats.untimed import read_klog, read_levelled, read_redis, read_syslog
from parsers.level import normalise_level

__all__ = ["Statement", "read_record"]

_SYSLOG_START = re.compile(r"<\d{1,3}>|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:")
_SYSLOG_ISO = re.compile(r"\d{4}-\d\d-\d\dT\S{8,30} [\w.-]{1,255} [\w./-]{1,100}\[\d{1,8}\]: ")
_MAX_HEAD = 16_384
"""Of a line; twice what is masked of it. What lies beyond holds no head, and a template never sees it."""


def read_record(message: str, level: str = "") -> Statement:
    """The statement in a record; `level`, what its source said in a field of its own, goes before what the text says.

    Not before what an event says, whose scale is its own.

    A record of many lines is its first line and the exceptions named after it, joined by ` ⏎ `. Never fails: what has
    no known format is a text without a head.
    """
    if "\x1b" in message:
        message = ANSI.sub("", message)
    text = message.strip()
    found = (read_json(text) if text.startswith("{") else None) or _read_lines(text)
    if found.said or (not level and (found.text or found.logger)):
        return found
    given = normalise_level(level) if level else ""
    said = found.text if found.text or found.logger else text
    return Statement(given or found.level, found.logger, said)


def _read_lines(text: str) -> Statement:
    """Of a text without white space around it."""
    if "\n" not in text:
        return _read_line(text if len(text) <= _MAX_HEAD else text[:_MAX_HEAD].rstrip())
    first, _, rest = text.partition("\n")
    found = _read_line(first[:_MAX_HEAD].rstrip())
    following = rest.split("\n")
    second = following[0].strip()
    if not found.text and JOINER not in found.logger and not second.startswith("at "):
        found = Statement(found.level, found.logger, second)
    joined = join_heads(found.text, following)
    if joined == found.text and found.text.endswith(":") and second and not is_frame(following[0]):
        joined = f"{found.text}{SEPARATOR}{second}"
    return Statement(found.level, found.logger, joined)


def _read_line(text: str) -> Statement:
    if ('" ' in text or text.startswith("[GIN]")) and (found := read_access(text)):
        return found
    start = text[:1]
    if start.isdigit() or start == "[":
        return (
            (read_syslog(text) if _SYSLOG_ISO.match(text) else None)
            or read_timed(text)
            or read_redis(text)
            or read_levelled(text)
        )
    if start in "IWEF" and start and (found := read_klog(text)):
        return found
    if "=" in text and (found := read_logfmt(text)):
        return found
    if _SYSLOG_START.match(text) and (found := read_syslog(text)):
        return found
    if start == "{" and (found := read_json(text)):
        return found
    return read_levelled(text)
