"""The words that Drain sees of a statement, and the text that a person sees of a template.

Drain's tree looks at the first words, and its similarity counts equal words. So what must never be merged goes into the
first two: the level, and a key made of the logger and the first word (of short texts all words, because of three words
one may differ and `VM started` is not `VM stopped`; of stack traces the exception at the root of it too). Within a word
`␣` stands for a space.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.formats import Statement
from parsers.formats.stacktrace import SEPARATOR
from parsers.masking import Masker

JOINER = "␣"
THROWN = "⏎"
_SHORT = 3
_UNKNOWN = "-"
_EXCEPTION = re.compile(r"(?:Caused by: )?(?:[\w$]{1,80}[.:/]{1,2}){0,12}([A-Za-z_$][\w$]{1,80})(?::|$| \[)")
_LOGGERS = 10_000


class Keyer:
    """Turns statements into words for Drain."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._loggers: dict[str, str] = {}

    def words(self, statement: Statement) -> list[str]:
        """`[LEVEL, logger␣first, word, …]`: two words or more, none of them with white space in it."""
        return self._keyed(statement, self._masker.words(statement.text))

    def content(self, statement: Statement) -> str:
        """The same words in one text, with a space between each and the next."""
        level, logger, text, _, _ = statement
        words, masked = self._masker.masked(text)
        if len(words) <= _SHORT or SEPARATOR in text:
            return " ".join(self._keyed(statement, words))
        level = level.upper() or _UNKNOWN
        if not logger:
            return f"{level} {masked}"
        return f"{level} {self._loggers.get(logger) or self._logger(logger)}{JOINER}{masked}"

    def _keyed(self, statement: Statement, masked: list[str]) -> list[str]:
        level, logger, text, _, _ = statement
        short = len(masked) <= _SHORT
        key = JOINER.join(masked) if short else masked[0]
        if logger:
            named = self._loggers.get(logger) or self._logger(logger)
            key = f"{named}{JOINER}{key}" if masked else named
        if SEPARATOR in text and (thrown := _EXCEPTION.match(text.rpartition(SEPARATOR)[2])):
            key += THROWN + thrown[1]
        level = level.upper() or _UNKNOWN
        # A third word in any case: Drain doesn't use the last word of a line as a key.
        return [level, key or JOINER, JOINER] if short else [level, key, *masked[1:]]

    def _logger(self, logger: str) -> str:
        """The logger as one word, unmasked (its line number keeps statements apart) but for personal data."""
        if (known := self._loggers.get(logger)) is None:
            if len(self._loggers) >= _LOGGERS:
                self._loggers.clear()
            known = self._loggers[logger] = "_".join(self._masker.redact(logger).split())
        return known


def readable(words: Sequence[str]) -> str:
    """The text of a template as a person reads it, without the level (which the template has in a field of its own)."""
    key, rest = words[1].partition(THROWN)[0], words[2:]
    return " ".join([key, *rest]).replace(JOINER, " ").strip() or "<empty>"
