"""Stack traces: what was thrown and what caused it, without the frames, which change with every build."""

from __future__ import annotations

import re
from collections.abc import Sequence

SEPARATOR = " ⏎ "
MAX_HEADS = 4
"""The exception that reached the logger and the innermost three causes; proxies nest many more."""
MAX_LINES = 2_000

_HEAD = re.compile(
    r"\s{0,16}(?:(?P<cause>Caused by: |Suppressed: |Wrapped by: )|"
    r"(?:[A-Za-z_$][\w$]{0,80}[.:/]{1,2}){0,12}[A-Za-z_$][\w$]{0,80}"
    r"(?:Exception|Error|Warning|Failure|Fault|Throwable|Interrupt|Exit)(?::|$| \[)|"
    r"(?:panic|fatal error|runtime error|thread '[^']{1,64}' panicked at)\b)"
)
_FRAME = re.compile(
    r"\s{0,16}(?:at \S|File \"|\.\.\. \d|goroutine \d|\d{1,4}: |in [`']|from \S{1,200}:\d)|"
    r"\s+\S+\.go:\d|created by |\t|\s{4}"
)
_PYTHON = "Traceback (most recent call last):"
_PYTHON_HEAD = re.compile(r"[A-Za-z_][\w.]{0,120}(?::|$)")


def exception_heads(lines: Sequence[str]) -> list[str]:
    """The lines that name an exception, outermost first; a Python traceback ends in its one.

    `lines` are those after the first of a record. Empty where they are no stack trace.
    """
    heads: list[str] = []
    in_python = False
    for line in lines[:MAX_LINES]:
        if line.startswith(_PYTHON):
            in_python = True
        elif in_python and line and not line[0].isspace():
            if _PYTHON_HEAD.match(line):
                heads.append(line)
            in_python = False
        elif _HEAD.match(line):
            heads.append(line.strip())
    return heads if len(heads) <= MAX_HEADS else [heads[0], *heads[1 - MAX_HEADS :]]


def is_frame(line: str) -> bool:
    """Whether a line goes on with the record before it: a stack frame or an indented continuation."""
    return _FRAME.match(line) is not None


def join_heads(first: str, rest: Sequence[str]) -> str:
    """One line for a record of many: its first, and the exceptions that are named after it."""
    opened = [_PYTHON, *rest] if first.rstrip().endswith(_PYTHON) else rest
    heads = exception_heads(opened)
    return SEPARATOR.join([first.rstrip(), *heads]) if heads else first
