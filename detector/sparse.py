"""The counts of many windows of a namespace as columns, sparse: what a day of it is held and handed on as.

A day of 1,440 windows with 200 templates each is half a million numbers; as `WindowCounts` it is as many references to
strings besides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.vectors import Column, CountMatrix, WindowCounts

MINUTE, HOUR = 60_000_000, 3_600_000_000


@dataclass(frozen=True, slots=True)
class Vectors:
    """Counts of `n` windows, `e` of them in all that aren't nought."""

    namespace: str
    window: NDArray[np.int64]
    """Start of each, microseconds UTC, ascending; shape (n,)."""
    begin: NDArray[np.int64]
    """Where the entries of each window begin, shape (n,); they needn't lie in the windows' order."""
    end: NDArray[np.int64]
    """Where they end, shape (n,)."""
    number: NDArray[np.integer]
    """Which of `templates` an entry counts, unsigned, shape (e,); each once a window."""
    count: NDArray[np.integer]
    """1 or more, shape (e,), in the narrowest type that they were kept in: sum them up as int64."""
    templates: tuple[str, ...]
    """Ids by number, each there once for all; some may occur in none of these windows."""

    @classmethod
    def of(cls, namespace: str, windows: Sequence[WindowCounts]) -> Vectors:
        """These windows, ascending."""
        templates = tuple(sorted({template for one in windows for template in one.templates}))
        at = {template: number for number, template in enumerate(templates)}
        starts = np.fromiter((one.window for one in windows), np.int64, len(windows))
        end = np.cumsum(np.fromiter((len(one.templates) for one in windows), np.int64, len(windows)))
        begin = np.concatenate([np.zeros(1, np.int64), end])[:-1]
        number = np.fromiter((at[template] for one in windows for template in one.templates), np.uint32)
        count = np.concatenate([np.zeros(0, np.int64), *(one.counts for one in windows)])
        return cls(namespace, starts, begin, end, number, count, templates)

    def __len__(self) -> int:
        return len(self.window)

    def beside(self, other: Vectors) -> Vectors:
        """Both, whose templates are the same; what is in both is there twice."""
        window = np.concatenate([self.window, other.window])
        order = np.argsort(window, kind="stable")
        behind = len(self.number)
        return Vectors(
            self.namespace,
            window[order],
            np.concatenate([self.begin, other.begin + behind])[order],
            np.concatenate([self.end, other.end + behind])[order],
            np.concatenate([self.number, other.number]),
            np.concatenate([self.count, other.count]),
            self.templates,
        )

    def only(self, which: NDArray[np.bool_]) -> Vectors:
        """Those of the windows, shape (n,)."""
        return replace(self, window=self.window[which], begin=self.begin[which], end=self.end[which])

    def without(self, templates: Collection[str]) -> Vectors:
        """What is left where these aren't counted; windows in which nothing else was are left out."""
        if not templates:
            return self
        kept = np.array([name not in templates for name in self.templates], bool)[self.number]
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
        left = replace(
            self, begin=before[self.begin], end=before[self.end], number=self.number[kept], count=self.count[kept]
        )
        return left.only((left.end > left.begin) | (self.end == self.begin))

    def windows(self) -> Iterator[WindowCounts]:
        """One by one; equal sets of templates are one tuple."""
        known: dict[bytes, tuple[str, ...]] = {}
        ids = np.array(self.templates, object)
        for window, begin, end in zip(self.window.tolist(), self.begin.tolist(), self.end.tolist(), strict=True):
            numbers = self.number[begin:end]
            key = numbers.tobytes()
            if (templates := known.get(key)) is None:
                templates = known[key] = tuple(ids[numbers].tolist())
            yield WindowCounts(self.namespace, window, templates, self.count[begin:end].astype(np.int64))

    def binned(self, place: NDArray[np.int64], places: int, group: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
        """Lines by group of templates and by place, shape (groups, places).

        `place` says where each window belongs, shape (n,), and `group` each of `templates`, -1 for none.
        """
        lengths = self.end - self.begin
        entry = _ranges(self.begin, lengths)
        key = np.where(group < 0, groups * places, group * places)[self.number[entry]]
        key += np.repeat(place, lengths)
        # What belongs to no group is behind the last one. Floats hold sums below 2^53 exactly.
        sums = np.bincount(key, self.count[entry], (groups + 1) * places)[: groups * places]
        return sums.astype(np.int64).reshape(groups, places)

    def matrix(self, columns: Mapping[str, Column], since: int, until: int, span: int) -> CountMatrix:
        """As `detector.vectors.to_matrix` lays these windows out, whose start is on the grid."""
        inside = np.flatnonzero((self.window >= since) & (self.window < until))
        lengths = (self.end - self.begin)[inside]
        entry = _ranges(self.begin[inside], lengths)
        number, count = self.number[entry], self.count[entry]
        seen = np.zeros(len(self.templates), bool)
        seen[number] = True
        chosen = sorted(np.flatnonzero(seen).tolist(), key=self.templates.__getitem__)
        column = np.zeros(len(self.templates), np.int64)
        column[chosen] = np.arange(len(chosen))
        counts = np.zeros((max(0, (until - since) // span), len(chosen)), np.int64)
        counts[np.repeat((self.window[inside] - since) // span, lengths), column[number]] = count
        return CountMatrix(since, span, tuple(columns[self.templates[at]] for at in chosen), counts)

    def summed(self, span: int) -> Summed:
        """Added up by longer windows of this span on its grid, oldest first."""
        first = self.window // span * span
        lengths = self.end - self.begin
        entry = _ranges(self.begin, lengths)
        starts, place = np.unique(first, return_inverse=True)
        minutes = np.left_shift(np.int64(1), (self.window - first) // MINUTE % 64)
        covered = np.zeros(len(starts), np.int64)
        np.bitwise_or.at(covered, place, minutes)
        width = max(1, len(self.templates))
        keys = np.repeat(place, lengths) * width + self.number[entry]
        distinct, back = np.unique(keys, return_inverse=True)
        sums = np.zeros(len(distinct), np.int64)
        np.add.at(sums, back, self.count[entry])
        border = np.searchsorted(distinct, np.arange(len(starts) + 1) * width)
        number = (distinct % width).astype(np.uint32)
        added = Vectors(self.namespace, starts, border[:-1], border[1:], number, sums, self.templates)
        return Summed(added, covered)


@dataclass(frozen=True, slots=True)
class Summed:
    """Windows added up by hours."""

    vectors: Vectors
    covered: NDArray[np.int64]
    """In which of the minutes of each hour windows that had lines begin, a bit each; shape (n,)."""


def _ranges(begin: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """The numbers from each begin on, so many of each, one after the other; a slice where they lie so."""
    if len(begin) and (begin[1:] == begin[:-1] + lengths[:-1]).all():
        return slice(int(begin[0]), int(begin[-1] + lengths[-1]))
    before = np.cumsum(lengths) - lengths
    return np.repeat(begin - before, lengths) + np.arange(int(lengths.sum()))
