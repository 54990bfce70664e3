"""The reader's own masks: expressions from the settings, taken only where their work is known to stay small.

A regular expression that can match the same text in many ways makes a crafted line cost seconds (Davis et al., "The
Impact of Regular Expression Denial of Service", FSE 2018). So an expression is read before it is used, by Python's own
parser, and taken only if every repeat is bounded, or is of single characters and ends the expression (then whatever it
reads it also takes). The steps that one beginning can cost are summed up and limited.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from parsers.pseudonyms import Mark, plain

_parser: Any = import_module("re._parser")
"""The parser behind `re`: there is no public one in the standard library."""

MAX_STEPS = 1_000
"""Per place where a match may begin: 8 KiB of text then cost at most some tenths of a second, most far less."""
MAX_PATTERN = 1_000
_UNBOUNDED = 4_294_967_295
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,30}")


@dataclass(frozen=True, slots=True)
class UserMask:
    """A mask by the name that stands in the templates."""

    name: str
    pattern: re.Pattern[str]

    def apply(self, text: str, mark: Mark = plain) -> str:
        """The text with each match replaced by `<NAME>`, or what else `mark` gives."""
        return self.pattern.sub(lambda found: mark(self.name, found[0]), text)


@dataclass(frozen=True, slots=True)
class _Cost:
    """Of a part of an expression: in how many ways it can match, and the steps of trying them all."""

    ways: int
    steps: int


def compile_masks(masks: Mapping[str, str]) -> tuple[UserMask, ...]:
    """The masks, ready for use, in the order in which they are given.

    Raises `ValueError` with a sentence that names the mask, what is wrong and what to write instead.
    """
    return tuple(UserMask(name, _compiled(name, pattern)) for name, pattern in masks.items())


def _compiled(name: str, pattern: str) -> re.Pattern[str]:
    if not _NAME.fullmatch(name):
        raise ValueError(f"The mask name {name!r} can't be used: take capital letters, digits and _, such as ORDER.")
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"The mask {name} is longer than {MAX_PATTERN} characters: split it into several masks.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = _parser.parse(pattern)
            compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"The mask {name} is no regular expression: {error}.") from None
    except Warning as error:  # of signs such as "--" in a set, which other expressions read as a difference
        raise ValueError(f"The mask {name} can be read in two ways: {error}. Write a backslash before it.") from None
    if tree.getwidth()[0] == 0:
        raise ValueError(f"The mask {name} also matches nothing at all: make at least one character of it required.")
    try:
        cost = _sequence(list(tree), last=True)
    except ValueError as error:
        raise ValueError(f"The mask {name} can't be used: {error}") from None
    if cost.steps > MAX_STEPS:
        raise ValueError(
            f"The mask {name} could take {cost.steps:,} steps at each place of a line (at most "
            f"{MAX_STEPS:,}): make its repeats shorter, or possessive, such as \\w{{1,40}}+."
        )
    return compiled


def _sequence(items: list[Any], last: bool) -> _Cost:
    ways, steps = 1, 0
    for index, (kind, argument) in enumerate(items):
        cost = _item(str(kind), argument, last and index == len(items) - 1)
        ways, steps = ways * cost.ways, steps + ways * cost.steps
        if ways > 10**9 or steps > 10**9:
            raise ValueError("it can match the same text in too many ways; make its repeats shorter or possessive.")
    return _Cost(ways, steps)


def _item(kind: str, argument: Any, last: bool) -> _Cost:
    if kind in {"LITERAL", "NOT_LITERAL", "IN", "ANY", "CATEGORY", "RANGE"}:
        return _Cost(1, 1)
    if kind == "AT":
        return _Cost(1, 1)
    if kind == "SUBPATTERN":
        return _sequence(list(argument[3]), last)
    if kind == "ATOMIC_GROUP":
        return _Cost(1, _sequence(list(argument), last=False).steps)
    if kind == "BRANCH":
        branches = [_sequence(list(branch), last) for branch in argument[1]]
        return _Cost(sum(branch.ways for branch in branches), sum(branch.steps for branch in branches))
    if kind in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        return _repeat(kind, int(argument[0]), int(argument[1]), list(argument[2]), last)
    if kind in {"ASSERT", "ASSERT_NOT"}:
        return _Cost(1, _sequence(list(argument[1]), last=False).steps)
    raise ValueError(f"it holds {_SPOKEN.get(kind, kind.lower())}, whose work can't be bounded; write it without.")


_SPOKEN = {"GROUPREF": "a back-reference", "GROUPREF_EXISTS": "a conditional"}


def _repeat(kind: str, low: int, high: int, items: list[Any], last: bool) -> _Cost:
    single = len(items) == 1 and str(items[0][0]) in {"LITERAL", "NOT_LITERAL", "IN", "ANY", "CATEGORY"}
    if high >= _UNBOUNDED:
        if single and last and kind != "MIN_REPEAT":
            return _Cost(1, low + 1)
        raise ValueError(
            "a repeat without a bound (+, * or {n,}) that isn't the end of the expression, or of more than one "
            "character, can take time that grows with the square of the line or faster; write a bound, such as {1,40}."
        )
    inner = _sequence(items, last=False)
    if kind == "POSSESSIVE_REPEAT":
        return _Cost(1, high * inner.steps)
    if high > 1 and (inner.ways > 1 or _varies(items)):
        raise ValueError("a repeat within a repeat can match the same text in many ways; write it flat or possessive.")
    return _Cost((high - low + 1) * inner.ways, high * inner.steps)


def _varies(items: list[Any]) -> bool:
    return any(str(kind) in {"MAX_REPEAT", "MIN_REPEAT", "BRANCH"} for kind, _ in items)
