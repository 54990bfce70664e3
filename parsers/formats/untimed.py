"""Heads that begin with a level, a letter or a priority: klog, uvicorn, logrus, syslog, Redis and more."""

from __future__ import annotations

import re

from parsers.formats.heads import Heads
from parsers.formats.statement import Statement
from parsers.level import LEVEL, normalise_level

_N = r"[A-Za-z_$][\w$.\-/]{0,119}"
_L = rf"(?P<level>{LEVEL})"
_KLOG = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d\.\d{1,9}\s+\d{1,8} ([\w./-]{1,120}:\d{1,6})\] ?")
_REDIS = re.compile(r"\d{1,8}:[XCSM] \d\d [A-Z][a-z]{2}(?: \d{4})? \d\d:\d\d:\d\d\.\d{1,6} ([.*#-]) ")
_REDIS_LEVEL = {".": "debug", "-": "debug", "*": "info", "#": "warning"}
_SYSLOG = re.compile(
    r"(?:<(?P<priority>\d{1,3})>(?:1 )?)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S{8,30}) "
    r"[\w.:-]{1,255} (?P<logger>[\w./-]{1,100})(?:\[\d{1,8}\])?(?:: | \d{1,8} \S{1,32} )"
)
_SYSLOG_LEVEL = ("critical", "critical", "critical", "error", "warning", "info", "info", "debug")
HEADS = Heads(
    (
        # Ruby: `I, [2026-11-21T07:00:00.123456 #1]  INFO -- name: text`
        rf"[A-Z], \[[^\]]{{10,60}}\]\s+{_L} -- (?P<logger>{_N})?: ",
        # logrus: `INFO[0012] text`
        rf"{_L}\[\d{{1,9}}\]\s+",
        # .NET: `info: Microsoft.Hosting.Lifetime[14]`
        r"(?P<level>trce|dbug|info|warn|fail|crit): (?P<logger>[A-Z][\w.]{1,119})\[\d{1,9}\]\s*",
        # uvicorn: `INFO:     text`; logging.basicConfig: `ERROR:name:text`
        rf"{_L}:\s{{2,9}}(?P<logger>)",
        rf"{_L}:(?P<logger>{_N}):",
        # log4j with the level first: `INFO  [main] c.s.Order - text`, `[INFO] [main] text`
        rf"{_L}\s+\[[^\]]{{0,120}}\]\s+(?P<logger>{_N})\s[-:]\s",
        rf"\[{_L}\s?\]:?\s+(?:\[(?P<logger>{_N})\]\s+)?",
        rf"{_L}(?::|\s[-|:])\s",
        r"(?P<level>[A-Z]{4,8})(?<=TRACE|DEBUG|ERROR|FATAL)\s+",
        r"(?P<level>INFO|WARN|WARNING|NOTICE|CRITICAL)\s+",
    )
)
_ALARMS = re.compile(
    r"(?P<critical>panic: |fatal error: |thread '[^']{1,64}' panicked at|Exception in thread |"
    r"Segmentation fault|Killed$)|"
    r"(?P<error>Traceback \(most recent call last\):|Uncaught |Unhandled |(?:[A-Za-z_$][\w$]{0,80}\.){0,12}"
    r"[A-Za-z_$][\w$]{0,80}(?:Exception|Error)(?::|$))"
)


def read_klog(text: str) -> Statement | None:
    """`I1121 07:00:00.000000       1 controller.go:214] text`, as Kubernetes and its controllers write."""
    found = _KLOG.match(text)
    return Statement(normalise_level(found[1]), found[2], text[found.end() :]) if found else None


def read_redis(text: str) -> Statement | None:
    """`1:M 21 Nov 2026 07:00:00.123 * text`."""
    found = _REDIS.match(text)
    return Statement(_REDIS_LEVEL[found[1]], "", text[found.end() :]) if found else None


def read_syslog(text: str) -> Statement | None:
    """RFC 3164 and RFC 5424 heads; the program is the logger."""
    if not (found := _SYSLOG.match(text)):
        return None
    level = _SYSLOG_LEVEL[int(found["priority"]) % 8] if found["priority"] else ""
    inner = read_levelled(text[found.end() :])
    return Statement(inner.level or level, found["logger"], inner.text)


def read_levelled(text: str) -> Statement:
    """A level at the very beginning, or words that nobody writes on a quiet day; else the text as it is."""
    if alarm := _ALARMS.match(text):
        return Statement(str(alarm.lastgroup), "", text)
    if head := HEADS.match(text):
        level, logger, _, end = head
        return Statement(level, logger, text[end:].strip())
    return Statement("", "", text)
