"""Records of closed windows to counts: the engine finds the templates, and they are counted by namespace and window."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from detector.vectors import Column, WindowCounts
from ingest.batch import LogBatch
from parsers.engine import ParsedBatch, Template, TemplateEngine

SAMPLES = 3
"""Lines shown of a template in a window."""
_SAMPLE_LENGTH = 2_000
_ALARMING = re.compile(
    # Where a word begins, or a word within a name: `IOException`.
    r"(?:\b|(?<=[A-Za-z])(?=[A-Z][a-z]))"
    r"(?i:error|exception|fail(?:s|ed|ure)?|fatal|panic|refused|timed?[ -]?out|unreachable|denied|oom|killed)(?i:s)?\b"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the records of some closed windows come to."""

    windows: list[WindowCounts]
    """By namespace, then time."""
    samples: Samples
    templates: tuple[str, ...]
    """Ids of all templates that occur."""


class Samples:
    """Finds lines of a template in a window, while the records are still at hand."""

    def __init__(self, batch: LogBatch, parsed: ParsedBatch, span: int, show: Callable[[list[str]], list[str]]) -> None:
        self._batch, self._parsed, self._span, self._show = batch, parsed, span, show
        self._index = {template: index for index, template in enumerate(parsed.templates)}

    def lines(self, template: str, window: int) -> tuple[str, ...]:
        """The first few lines of a template in the window that starts then, fit to be shown."""
        index = self._index.get(template)
        if index is None:
            return ()
        inside = (self._parsed.template == index) & (self._batch.time // self._span == window // self._span)
        rows = np.flatnonzero(inside)[:SAMPLES].tolist()
        return tuple(line[:_SAMPLE_LENGTH] for line in self._show([self._batch.message[row] for row in rows]))


def count(batch: LogBatch, engine: TemplateEngine, span: int, samples: str) -> Counted:
    """Template and count records in their order.

    `samples` is `masked`, `raw` or `none`: how lines may be shown (`ParsingSettings.samples`).
    """
    parsed = engine.parse(batch)
    show: dict[str, Callable[[list[str]], list[str]]] = {
        "masked": engine.redact,
        "raw": lambda lines: lines,
        "none": lambda _: [],
    }
    windows = _group(batch, parsed, span)
    return Counted(windows, Samples(batch, parsed, span, show[samples]), parsed.templates)


def column_of(template: Template) -> Column:
    """How a template counts: one without a level whose words are alarming counts as an error.

    That goes by its first line, as its text becomes more general with time.
    """
    return Column(template.id, template.workload, level_of(template.level, template.example or template.text))


def level_of(level: str, text: str) -> str:
    """The level that counts: a text without one whose words are alarming is an error."""
    return level or ("error" if _ALARMING.search(text) else "")


Columns: TypeAlias = Callable[[Iterable[WindowCounts]], Mapping[str, Column]]
"""Finds the columns of everything that occurs in some windows."""


def columns_of(windows: Iterable[WindowCounts], templates: Mapping[str, Template]) -> dict[str, Column]:
    """How the templates of some windows count, by id."""
    return {id_: column_of(templates[id_]) for id_ in {id_ for one in windows for id_ in one.templates}}


def _group(batch: LogBatch, parsed: ParsedBatch, span: int) -> list[WindowCounts]:
    if not len(batch):
        return []
    names = sorted({origin.namespace for origin in batch.origins})
    ranks = {name: index for index, name in enumerate(names)}
    rank = np.array([ranks[origin.namespace] for origin in batch.origins], np.int64)
    window = batch.time // span
    keys = np.stack([rank[batch.origin], window, parsed.template.astype(np.int64)])
    distinct, counts = np.unique(keys, axis=1, return_counts=True)
    return [
        WindowCounts(
            names[int(distinct[0, begin])],
            int(distinct[1, begin]) * span,
            tuple(parsed.templates[index] for index in distinct[2, begin:end].tolist()),
            counts[begin:end].astype(np.int64),
        )
        for begin, end in _runs(distinct[:2])
    ]


def _runs(keys: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Begin and end of each run of equal columns."""
    edges = np.flatnonzero(np.any(keys[:, 1:] != keys[:, :-1], axis=0)) + 1
    bounds = [0, *edges.tolist(), keys.shape[1]]
    return list(pairwise(bounds))
