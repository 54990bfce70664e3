"""Records of closed windows to counts: the engine finds the templates, and they are counted by namespace and window."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from detector.vectors import Column, WindowCounts
from ingest.batch import LogBatch
from ingest.columns import TextColumn, take
from parsers.engine import ParsedBatch, Template, TemplateEngine, parse_all
from parsers.formats.events import sentence

SAMPLES = 3
"""Lines shown of a template in a window."""
_SAMPLE_LENGTH = 2_000
_SHIFT = 24
"""Bits of a key that name the template; those above them are the number of the window."""
_NOBODY = (1 << _SHIFT) - 1
_DENSE = 4
"""Keys may be this many times the rows, and are still counted in an array that has a place for each."""
Ints: TypeAlias = NDArray[np.int64]
_ALARMING = re.compile(
    # Where a word begins, or a word within a name: `IOException`.
    r"(?:\b|(?<=[A-Za-z])(?=[A-Z][a-z]))"
    r"(?i:error|exception|fail(?:s|ed|ure)?|fatal|panic|refused|timed?[ -]?out|unreachable|denied|oom|killed)(?i:s)?\b"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the records of some closed windows come to."""

    windows: list[WindowCounts]
    """By namespace, then time; templates by id."""
    samples: Samples

    @property
    def templates(self) -> tuple[str, ...]:
        """Ids of all templates that occur, in order."""
        return tuple(sorted({id_ for window in self.windows for id_ in window.templates}))


@dataclass(slots=True)
class Samples:
    """A few lines of each template in each window."""

    show: Callable[[list[str]], list[str]]
    span: int
    numbers: Mapping[str, int]
    """Of templates, by id."""
    kept: list[tuple[Ints, TextColumn]] = field(default_factory=list)
    """The first lines, in pieces: keys and messages."""

    def lines(self, template: str, window: int) -> tuple[str, ...]:
        """The first few lines of a template in the window that starts then, fit to be shown."""
        found: list[str] = []
        key = window // self.span << _SHIFT | self.numbers.get(template, _NOBODY)
        for keys, messages in self.kept:
            found += [sentence(messages[row]) for row in np.flatnonzero(keys == key).tolist()]
        return tuple(line[:_SAMPLE_LENGTH] for line in self.show(found[:SAMPLES]))


def count(pieces: Iterable[LogBatch], engine: TemplateEngine, span: int, samples: str) -> Counted:
    """Template and count records that come in their order, one piece after the other; only counts and samples stay.

    `samples` is `masked`, `raw` or `none`: how lines may be shown (`ParsingSettings.samples`).
    """
    show: dict[str, Callable[[list[str]], list[str]]] = {"masked": engine.redact, "raw": list, "none": lambda _: []}
    counts = _Counts(span)
    kept = Samples(show[samples], span, counts.numbers)
    for batch, parsed in parse_all(engine, pieces):
        piece = _Piece.of(batch, parsed, counts, span)
        before = counts.add(piece)
        if samples != "none":
            rows = piece.first_rows(SAMPLES - before)
            kept.kept.append((piece.keys[piece.key[rows]], take(batch.message, rows)))
    return Counted(counts.windows(), kept)


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


@dataclass(frozen=True, slots=True)
class _Piece:
    """The keys (window and template) of some records."""

    keys: Ints
    """Those that may occur, once each."""
    counts: Ints
    """How often they do."""
    key: NDArray[np.intp]
    """By row: index into `keys`."""

    @classmethod
    def of(cls, batch: LogBatch, parsed: ParsedBatch, counts: _Counts, span: int) -> _Piece:
        if not len(batch):
            return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.intp))
        numbers = counts.number(batch, parsed)
        window = batch.time // span
        least, many = int(window.min()), len(parsed.templates)
        local = (window - least) * many + parsed.template
        places = (int(window.max()) - least + 1) * many
        if places <= _DENSE * len(batch):
            keys, key = np.arange(places), local
        else:
            keys, key = np.unique(local, return_inverse=True)
        return cls((keys // many + least) << _SHIFT | numbers[keys % many], np.bincount(key, minlength=len(keys)), key)

    def first_rows(self, wanted: Ints) -> NDArray[np.intp]:
        """The first rows of each key, so many as are wanted, in order."""
        rows = np.flatnonzero((wanted > 0)[self.key])
        chosen = []
        for turn in range(SAMPLES):
            first = np.full(len(self.keys), -1, np.intp)
            first[self.key[rows][::-1]] = rows[::-1]  # of several values for one place NumPy keeps the last
            chosen.append(first[(first >= 0) & (wanted > turn)])
            rows = rows[first[self.key[rows]] != rows]
        return np.sort(np.concatenate(chosen))


class _Counts:
    """Adds up the counts of pieces."""

    def __init__(self, span: int) -> None:
        self._span = span
        self.numbers: dict[str, int] = {}
        """Of templates, by id."""
        self._namespaces: list[str] = []
        """By the number of the template."""
        self._keys = np.empty(0, np.int64)
        self._counts = np.empty(0, np.int64)

    def number(self, batch: LogBatch, parsed: ParsedBatch) -> Ints:
        """The numbers of the templates of a batch; new ones are numbered on."""
        of_template = np.zeros(len(parsed.templates), np.int32)
        of_template[parsed.template] = batch.origin
        for template, origin in zip(parsed.templates, of_template.tolist(), strict=True):
            if self.numbers.setdefault(template, len(self._namespaces)) == len(self._namespaces):
                self._namespaces.append(batch.origins[origin].namespace)
        return np.array([self.numbers[template] for template in parsed.templates], np.int64)

    def add(self, piece: _Piece) -> Ints:
        """Add a piece; returned is how often each of its keys had occurred before."""
        at = np.searchsorted(self._keys, piece.keys)
        known = np.concatenate([self._keys, [-1]])[at] == piece.keys
        before = np.where(known, np.concatenate([self._counts, [0]])[at], 0)
        self._counts[at[known]] += piece.counts[known]
        is_new = ~known & (piece.counts > 0)
        keys = np.concatenate([self._keys, piece.keys[is_new]])
        order = np.argsort(keys, kind="stable")
        self._keys, self._counts = keys[order], np.concatenate([self._counts, piece.counts[is_new]])[order]
        return before

    def windows(self) -> list[WindowCounts]:
        """By namespace, then time; templates by id, so that it makes no difference in which pieces they came."""
        if not len(self._keys):
            return []
        ids, names = np.array(list(self.numbers), np.object_), sorted(set(self._namespaces))
        rank = {name: index for index, name in enumerate(names)}
        namespace = np.array([rank[name] for name in self._namespaces], np.int64)
        place = np.empty(len(ids), np.int64)
        place[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
        window, template = self._keys >> _SHIFT, self._keys & ((1 << _SHIFT) - 1)
        order = np.lexsort((place[template], window, namespace[template]))
        window, template, counts = window[order], template[order], self._counts[order]
        whose = namespace[template]
        edges = np.flatnonzero((whose[1:] != whose[:-1]) | (window[1:] != window[:-1])) + 1
        return [
            WindowCounts(
                names[int(whose[begin])],
                int(window[begin]) * self._span,
                tuple(ids[template[begin:end]]),
                counts[begin:end],
            )
            for begin, end in pairwise([0, *edges.tolist(), len(order)])
        ]
