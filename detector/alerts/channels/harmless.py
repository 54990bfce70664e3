"""Text that strangers wrote, made harmless wherever it is shown."""

from __future__ import annotations

import unicodedata

_LINES = 8


def visible(text: str, limit: int) -> str:
    """Text in one line: line breaks and what can't be seen or turns the writing direction as names, cut with `…`."""
    return _cut("".join(_shown(character, in_line=True) for character in text[: limit + 1]), limit)


def block(text: str, limit: int) -> str:
    """Likewise, with its own tabs and lines, of which there are few."""
    first, *rest = text[: limit + 1].rstrip().split("\n", _LINES)
    few = "\n".join([first, *rest[: _LINES - 1], *("…" for _ in rest[_LINES - 1 :])])
    return _cut("".join(_shown(character, in_line=False) for character in few), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def _shown(character: str, *, in_line: bool) -> str:
    if character in "\n\t":
        return (" " if character == "\t" else " ⏎ ") if in_line else character
    if character.isprintable():
        return character
    code = ord(character)
    if unicodedata.category(character) == "Zs":
        return " "
    return f"⟨U+{code:04X}⟩"
