"""Takes a text out of what is kept of lines, in such a way that templates go on from there.

What goes is replaced word by word, so that a template keeps as many words as its lines have and lines go on finding it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.catalogue import template_id
from parsers.keys import JOINER, THROWN
from parsers.state import WorkloadState, changed, decode_workload, encode_workload

ERASED = "<ERASED>"
_WORD = re.compile(r"\S+")
_APART = str.maketrans({JOINER: " ", THROWN: " "})
"""What stands between words within a word of Drain's."""


class Eraser:
    """Takes what a pattern matches out of texts.

    Raises `ValueError` with a sentence for the reader where the pattern is none, or also matches nothing at all.
    """

    def __init__(self, pattern: str, *, regex: bool = False) -> None:
        try:
            self._pattern = re.compile(pattern if regex else _literally(pattern))
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"{pattern} is no regular expression: {error}.") from None
        if self._pattern.search("") is not None:
            raise ValueError("The pattern matches nothing at all, too, and so every text: make it longer.")

    def found(self, text: str) -> bool:
        """Whether the text holds it."""
        return self._pattern.search(text) is not None

    def text(self, text: str) -> str:
        """The text without it, `<ERASED>` for each word or part of one."""
        return self._replaced(text, text)

    def words(self, words: Sequence[str]) -> tuple[str, ...]:
        """The words of a template as Drain has them, as many as before; the first one, its level, stays."""
        told = " ".join(words[1:])
        return (*words[:1], *self._replaced(told, told.translate(_APART)).split(" "))

    def _replaced(self, text: str, seen: str) -> str:
        """The text, of equal length with what is looked at."""
        parts, at = [], 0
        for found in self._pattern.finditer(seen):
            for word in _WORD.finditer(seen, found.start(), found.end()):
                parts += [text[at : word.start()], ERASED]
                at = word.end()
        return "".join([*parts, text[at:]])


def erase_workload(saved: bytes, namespace: str, workload: str, eraser: Eraser) -> bytes:
    """What an engine saved of a workload, without it; templates keep their ids.

    Raises `ValueError` as `decode_workload`.
    """
    state = decode_workload(saved, f"{namespace} / {workload}")
    births, today = [eraser.words(one) for one in state.births], [eraser.words(one) for one in state.today]
    if births == state.births and today == state.today:
        return saved
    ids = dict(state.ids)
    for number, (before, after) in enumerate(zip(state.births, births, strict=True), start=1):
        if before != after:
            ids.setdefault(number, template_id(namespace, workload, " ".join(before)))
    return encode_workload(_with(state, births, today, ids))


def _with(
    state: WorkloadState, births: list[tuple[str, ...]], today: list[tuple[str, ...]], ids: dict[int, str]
) -> WorkloadState:
    return WorkloadState(
        state.version,
        births,
        changed(today, births),
        state.sizes,
        state.lines,
        state.unmatched,
        state.block_lines,
        state.block_new,
        state.growing,
        ids,
    )


def _literally(text: str) -> str:
    """The text in capitals or not, however its words are set apart: templates have single spaces."""
    words = [re.escape(word) for word in text.split()]
    return "(?i:" + r"\s+".join(words) + ")"
