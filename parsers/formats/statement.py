"""What a record says once the head of its logger is taken off."""

from __future__ import annotations

import re
from typing import NamedTuple


class Statement(NamedTuple):
    """A record without its time, thread and process: the level, who logged it, and the text."""

    level: str
    """On the scale of `parsers.level`, or empty."""
    logger: str
    """Class, module or source line where the format names one; a route and status for requests; else empty."""
    text: str
    about: str = ""
    """The workload that an event is about (`parsers.formats.events`), where that isn't the one that logged it."""
    said: str = ""
    """What an event says, of which the logger is the name; empty for other records."""

    @property
    def line(self) -> str:
        """Logger and text, as a person would read the record."""
        return self.said or (f"{self.logger} {self.text}" if self.logger else self.text)


MAX_LOGGER = 120
"""Longer names are no loggers but text that happens to look like one."""

ANSI = re.compile(r"\x1b(?:\[[0-9;?]{0,32}[ -/]?[@-~]|[@-Z\\-_])")
"""Colours and cursor movements of terminals."""


def word_of(name: str) -> str:
    """A logger's name as one word."""
    return "_".join(name.split())[:MAX_LOGGER]
