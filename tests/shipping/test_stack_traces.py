"""Which lines Filebeat takes to go on with the one before: only those that can be nothing else, in any language."""

from __future__ import annotations

import re

import pytest

from tests.shipping.configuration import INPUTS, multiline
from tests.shipping.traces import ALONE, ORDINARY, TRACES, Trace

BEGINS_APART = {
    "java": ("java.lang.IllegalStateException: no stock",),
    "java, uncaught": (),
    "python": ("Traceback (most recent call last):", "ValueError: bad sku"),
    "python, chained": (
        "Traceback (most recent call last):",
        "KeyError: 'sku'",
        "During handling of the above exception, another exception occurred:",
        "Traceback (most recent call last):",
        "ValueError: bad sku",
    ),
    "python, a group": (),
    "go": (),
    "go, a deadlock": (),
    "dotnet": ("System.InvalidOperationException: no stock",),
    "node": ("TypeError: Cannot read properties of undefined (reading 'sku')",),
    "node, uncaught": ("/app/cart.js:7", "TypeError: no stock", "Node.js v22.1.0"),
}
"""Lines after the first that Filebeat leaves alone, because such a line may as well stand for itself."""


def pattern() -> re.Pattern[str]:
    """Filebeat's regular expression as one of Python's; Go's has POSIX classes, and `$` only at the very end."""
    text = multiline("filebeat.yml")["pattern"].replace("[[:space:]]", r"\s").replace("[[]", r"\[").replace("$", r"\Z")
    return re.compile(text)


def joined(lines: list[str]) -> list[str]:
    """What Filebeat makes of lines that follow each other at once."""
    found: list[str] = []
    for line in lines:
        if found and pattern().search(line):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_is_left_alone(line: str) -> None:
    assert not pattern().search(line)


@pytest.mark.parametrize("line", ALONE)
def test_what_begins_a_trace_is_left_to_drainwatch(line: str) -> None:
    assert not pattern().search(line)


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_a_stack_trace_becomes_few_documents(trace: Trace) -> None:
    found = joined(trace.lines)
    assert tuple(document.split("\n")[0] for document in found[1:]) == BEGINS_APART[trace.name]


def test_both_ways_of_reading_have_the_same_rule() -> None:
    assert len({multiline(name)["pattern"] for name in INPUTS}) == 1
