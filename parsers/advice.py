"""What a person can do about a workload whose templates grow without end: the word that changes, and a mask for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from parsers.catalogue import OTHER
from parsers.keys import JOINER, readable

_RECENT = 200
"""The newest templates, which are looked at."""


def advise(births: Sequence[tuple[str, ...]]) -> str:
    """Sentences for the status page; empty where there is no template. `births` are the templates' words when made."""
    if not births:
        return ""
    words, position, values = most_varied(births)
    shown = ", ".join(f"`{value.replace(JOINER, ' ')[:60]}`" for value in values)
    where = f"word {position} of `{readable(words)[:120]}`"
    full = f"Its logs have made {len(births):,} templates; new texts are counted together as {OTHER}. "
    return (
        f"{full}Most differ in {where}: {shown}. If that is a value, give it a mask in the settings, for example "
        f"[parsing.masks] VALUE = '{_shape(values[-1])}'."
    )


def most_varied(births: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], int, list[str]]:
    """Where the newest templates differ most: one of them, the position of the word, and up to three such words."""
    recent = births[-_RECENT:]
    length = Counter(len(birth) for birth in recent).most_common(1)[0][0]
    alike = [birth for birth in recent if len(birth) == length]
    values = [list(dict.fromkeys(column)) for column in zip(*alike, strict=True)]
    position = max(range(1, length), key=lambda index: len(values[index]))
    return alike[-1], position, values[position][-3:]


def _shape(value: str) -> str:
    """A mask for words such as this one: runs of letters and digits as classes, all else as it is."""
    word = value.rpartition(JOINER)[2][:60]
    parts = re.findall(r"[A-Za-z]+|\d+|<[A-Z]+>|[^A-Za-z0-9]", word)
    if len(parts) > 8 or not word.isascii() or any(part.startswith("<") for part in parts):
        return r"[\w-]{1,64}+"
    return "".join(
        r"[A-Za-z]{1,32}+" if part.isalpha() else r"\d{1,32}+" if part.isdigit() else re.escape(part) for part in parts
    )
