"""Many heads as one expression: what is behind each is found in one go, where trying them in turn costs a call each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from parsers.level import normalise_level

_GROUP = re.compile(r"\(\?P<(\w+)>")
_LEVELS = 1_000


class Heads:
    """Expressions of which the first that matches counts.

    Their groups are all named: `level`, `logger`, `name` (a logger where there is no other), `tail`; none of the
    expressions refers to one.
    """

    def __init__(self, expressions: Sequence[str]) -> None:
        self.expressions = tuple(expressions)
        self._levels: dict[str, str] = {}

    def match(self, text: str, start: int = 0) -> tuple[str, str, bool, int] | None:
        """Level (on the scale of `parsers.level`), logger, whether that stands at the end, and where the head ends.

        Empty where the head has none; None where there is no head at this place. A plain tuple, for it is made for
        nearly every line.
        """
        if (found := self._one.match(text, start)) is None:
            return None
        level, logger, name, tail = self._groups[found.lastindex or 0]
        said = (logger and found[logger]) or (name and found[name]) or ""
        raw = found[level] if level else ""
        known = self._levels.get(raw)
        return self._level(raw) if known is None else known, said, tail, found.end()

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
        if len(self._levels) >= _LEVELS:
            self._levels.clear()
        known = self._levels[raw] = normalise_level(raw)
        return known
