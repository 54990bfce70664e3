"""Many heads as one expression: what is behind each is found in one go, where trying them in turn costs a call each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from parsers.level import normalise_level

_GROUP = re.compile(r"\(\?P<(\w+)>")
_LEVELS = 1_000


class Head(NamedTuple):
    """What stands in a head, empty where it isn't there."""

    level: str
    """On the scale of `parsers.level`."""
    logger: str
    tail: bool
    """Whether the logger stands at the end of the text."""
    end: int
    """Where in the text the head ends."""


class Heads:
    """Expressions of which the first that matches counts.

    Their groups are all named: `level`, `logger`, `name` (a logger where there is no other), `tail`; none is referred to.
    """

    def __init__(self, expressions: Sequence[str]) -> None:
        self.expressions = tuple(expressions)
        self._levels: dict[str, str] = {}

    def match(self, text: str, start: int = 0) -> Head | None:
        """The head at this place, or None where there is none."""
        if not (found := self._one.match(text, start)):
            return None
        level, logger, name, tail = self._groups[found.lastindex or 0]
        said = (logger and found[logger]) or (name and found[name]) or ""
        return Head(self._level(found[level]) if level else "", said, tail, found.end())

    @cached_property
    def _one(self) -> re.Pattern[str]:
        """An empty group ends each; a match tells which group was the last."""
        return re.compile(
            "|".join(
                _GROUP.sub(rf"(?P<\g<1>{number}>", expression) + f"(?P<end{number}>)"
                for number, expression in enumerate(self.expressions)
            )
        )

    @cached_property
    def _groups(self) -> dict[int, tuple[int, int, int, bool]]:
        index = self._one.groupindex
        return {
            index[f"end{number}"]: (
                index.get(f"level{number}", 0),
                index.get(f"logger{number}", 0),
                index.get(f"name{number}", 0),
                f"tail{number}" in index,
            )
            for number in range(len(self.expressions))
        }

    def _level(self, raw: str) -> str:
        if (known := self._levels.get(raw)) is None:
            if len(self._levels) >= _LEVELS:
                self._levels.clear()
            known = self._levels[raw] = normalise_level(raw)
        return known
