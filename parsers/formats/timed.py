"""Heads that begin with a time, as most loggers write them: `2026-11-21 07:00:18,002 INFO  [main] c.s.Order - text`."""

from __future__ import annotations

import re

from parsers.formats.heads import Heads
from parsers.formats.statement import Statement
from parsers.level import LEVEL

TIME = re.compile(
    r"\[?(?:\d{4}([-/.])\d\d\1\d\d|\d\d/\d\d/\d\d(?:\d\d)?|\d\d[/ -](?:[A-Z][a-z]{2}|\d\d)[/ -]\d{4})[T :,-]{0,3}"
    r"\d\d:\d\d:\d\d(?:[.,:]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d)| (?:UTC|GMT|CES?T|[ECMP][SD]T)\b)?"
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?(?!\d)|\d{6} \d{6}(?= \d{1,9} [A-Z])"
)
"""The year first, the day first or the clock alone (whose zone and date nobody knows, and nobody needs here)."""

_N = r"[A-Za-z_$][\w$.\-/]{0,119}(?:\.\[[\w$\[\]./-]{0,100})?"
"""A logger's name; Tomcat's end in `.[localhost].[/].[dispatcherServlet]`."""
_MODULE = rf"{_N}(?:::\w{{1,60}}){{0,10}}"
_L = rf"(?P<level>{LEVEL})"
HEADS = Heads(
    (
        # Spring Boot: `  INFO 1 --- [app] [           main] c.s.Order   : text`
        rf"\s+{_L}\s+\d{{1,8}} --- (?:\[[^\]]{{0,80}}\]\s?){{1,3}}\s*(?P<logger>{_N})\s*: ",
        # Logback and log4j with the thread after the level: ` INFO  [http-1] c.s.Order - text`
        rf"\]?\s+{_L}\s+[\[(][^\])]{{0,120}}[\])]\s+(?P<logger>{_N})(?:\s\[[^\]]{{0,80}}\])?\s{{0,40}}[-:]\s",
        # … and before it: ` [main] INFO  c.s.Order - text`
        rf"\s+\[[^\]]{{0,120}}\]\s+{_L}\s+(?P<logger>{_N})\s+(?:\[[^\]]{{0,80}}\]\s)?[-:]+\s",
        # ZooKeeper: ` [myid:1] - INFO  [main:QuorumPeer@123] - text`
        rf"\s+\[myid:\d{{0,9}}\] - {_L}\s+\[(?:[^\]]{{0,100}}:)?(?P<logger>{_N})@\d{{1,6}}\] - ",
        # loguru: ` | INFO     | module:function:12 - text`
        rf"\s*\|\s*{_L}\s*\|\s*(?P<logger>{_N}:[\w<>.]{{1,80}}:\d{{1,6}}) - ",
        # Python: ` - name - ERROR - text` and ` - ERROR - text`
        rf" - (?P<logger>{_N}) - {_L} - ",
        rf" - {_L} - ",
        # gunicorn: `] [1] [INFO] text`
        rf"\] \[\d{{1,8}}\] \[{_L}\] ",
        # nginx: ` [error] 31#31: *23 text`
        rf" \[{_L}\] \d{{1,8}}#\d{{1,8}}: (?:\*\d{{1,12}} )?",
        # zap's console: a tab, the level, a name and the caller where there are such
        rf"\t{_L}(?:\t(?P<name>[\w.-]{{1,80}}))?(?:\t(?P<logger>[\w./@-]{{1,150}}:\d{{1,6}}))?\t",
        # Elasticsearch: `][INFO ][o.e.n.Node               ] [node-1] text`
        rf"\]\[{_L}\s*\]\[(?P<logger>{_N})\s*\]\s?(?:\[[^\]]{{0,80}}\]\s?)?",
        # PostgreSQL: ` [123] user@db ERROR:  text`
        r" \[\d{1,8}(?:-\d{1,6})?\](?: \[[^\]]{0,60}\])?(?: [\w\[\]-]{0,60}@[\w\[\]-]{0,60})? "
        r"(?P<level>LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\d?|STATEMENT|DETAIL|HINT|CONTEXT):\s{1,3}",
        # MySQL: ` 0 [Warning] [MY-010068] [Server] text`
        rf" \d{{1,9}} \[{_L}\] (?:\[(?P<logger>MY-\d{{1,8}})\] )?(?:\[\w{{1,20}}\] )?",
        # RabbitMQ: ` [info] <0.222.0> text`, structlog: ` [info     ] text`, others: ` [INFO] text`, `] [INFO] text`
        rf"\]?:? ?\[{_L}\s*\]:?(?: <\d{{1,6}}\.\d{{1,6}}\.\d{{1,6}}>)?\s(?:\[(?P<logger>{_N})\]\s)?",
        # celery: `: INFO/MainProcess] text`
        rf": {_L}/[\w-]{{1,60}}\] ",
        # env_logger: ` INFO  app::module] text`
        rf"\s+{_L}\s+(?P<logger>{_MODULE})\] ",
        # Kafka: `] INFO [Controller id=1] text (kafka.controller.KafkaController)`
        rf"\] {_L} (?=[^\n]{{1,8192}}+(?<=\)))(?P<tail>)",
        # Class and line without a mark between: ` INFO  s.c.Seat#57 text`
        rf"\s+{_L}\s+(?P<logger>{_N}[#:]\d{{1,6}}):?\s",
        # Rust's tracing, HDFS (with a process id before the level), and everybody else: ` INFO app::module: text`
        rf"\]?(?:\s+\d{{1,8}})?\s+{_L}\s+(?:ThreadId\(\d{{1,6}}\) )?(?:\[[^\]]{{0,80}}\]\s+)?(?P<logger>{_MODULE})"
        r"(?:\{[^}]{0,400}\})?(?::\s|\s-\s)",
        # A level and no more (possessive: what one repeat gave back, the other would take, for each length of a gap)
        rf"\]?\s*+(?:[-|:]\s*+)?\[?{_L}\]?\s*[:|-]?\s+(?!\S{{1,40}}=)",
        # Go's log package with the file: ` main.go:12: text`
        r"\s(?P<logger>[\w./-]{1,120}\.go:\d{1,6}): ",
    )
)
_KAFKA_TAIL = re.compile(rf"\s\(({_N})\)$")


def read_timed(text: str, start: int = 0) -> Statement | None:
    """The statement behind a time; None where the text doesn't begin with one (at `start`)."""
    if not (time := TIME.match(text, start)):
        return None
    end = time.end()
    if not (head := HEADS.match(text, end)):
        return Statement("", "", text[end:].lstrip("] \t:|-,"))
    level, logger, at_end, end = head
    rest = text[end:].strip()
    if at_end and (tail := _KAFKA_TAIL.search(rest[-160:])):
        rest, logger = rest[: -len(tail[0])], tail[1]
    return Statement(level, logger, rest)
