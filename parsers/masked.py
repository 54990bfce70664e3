"""Records to what Drain sees of them: out of their format, and masked. It depends on nothing but the record itself.

That is nine tenths of the work of finding templates, and it makes no difference where it is done (`parsers.pool`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from parsers.formats import read_record
from parsers.keys import Keyer
from parsers.masking import Masker


@dataclass(frozen=True, slots=True)
class Masked:
    """Masked records, in columns: few of them are different."""

    contents: list[str]
    """Their words, with a space between each and the next; once each, in the order in which they occur."""
    content: list[int]
    """By record: index into `contents`."""
    levels: list[str]
    """On the scale of `parsers.level`, or empty; once each."""
    level: list[int]
    """By record: index into `levels`."""
    about: dict[int, str]
    """The workload that a record is about, by record, where that isn't the one that logged it: of events."""


class Reader:
    """Reads and masks records."""

    def __init__(self, masker: Masker) -> None:
        self._keyer = Keyer(masker)

    def read(self, messages: Iterable[str], given: Iterable[str]) -> Masked:
        """The records with these messages; `given` are the levels that their source told."""
        contents: dict[str, int] = {}
        levels: dict[str, int] = {}
        content: list[int] = []
        level: list[int] = []
        about: dict[int, str] = {}
        content_of = self._keyer.content
        for message, told in zip(messages, given, strict=True):
            statement = read_record(message, told)
            content.append(contents.setdefault(content_of(statement), len(contents)))
            level.append(levels.setdefault(statement.level, len(levels)))
            if statement.about:
                about[len(level) - 1] = statement.about
        return Masked(list(contents), content, list(levels), level, about)
