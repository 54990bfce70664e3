"""The newest counts of a namespace, as they are kept at hand: what models learn from and windows are compared with."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detector.counting import column_of
from detector.sparse import Vectors
from detector.store.codec import pack, pack_all, unpack
from detector.vectors import Column, CountMatrix, WindowCounts, to_matrix, without_gaps
from parsers.engine import Template

Stretch = tuple[int, int]
"""Begin and end of a time."""
Learnt = tuple[CountMatrix, NDArray[np.int64]]
"""Windows to learn from, and when each of them began, microseconds UTC, shape (n,): not always one after another."""


class History:
    """Counts of windows of `span` microseconds; all times are microseconds UTC.

    A window may be there in several parts, one for the lines that came in time and one for each time that some came
    late. They are kept in order of time, as bytes: a thousand namespaces have some days of minutes at hand.
    """

    def __init__(self, span: int) -> None:
        self._span = span
        self._namespace = ""
        self._starts: list[int] = []
        """Of each part, ascending."""
        self._packed: list[bytes] = []
        """The numbers of its templates and their counts."""
        self._numbers: dict[str, int] = {}
        """Of the templates that occur."""
        self._names: list[str] = []
        """By number."""
        self._free: list[int] = []
        """Numbers of templates that don't occur any more."""
        self.columns: dict[str, Column] = {}
        """Every template that occurs in what is at hand."""
        self._parts = np.zeros(16, np.int64)
        """In how many parts of windows each of them does, by number."""
        self._emptied = set[int]()
        """Numbers of templates that may not occur any more."""
        self.whole_since = 0
        """All windows from here on are at hand."""
        self._numbering = 0
        """Raised whenever a number stands for another template."""
        self._laid: tuple[Mapping[str, int], int, NDArray[np.intp]] | None = None
        """The last layout that was asked for, the numbering then, and where it has each number."""

    @property
    def newest(self) -> int:
        """Start of the newest window at hand; -1 where there is none."""
        return self._starts[-1] if self._starts else -1

    def __iter__(self) -> Iterator[WindowCounts]:
        return map(self._unpacked, range(len(self._starts)))

    def add(self, window: WindowCounts, templates: Mapping[str, Template]) -> None:
        """Take in a window, or what came late for one."""
        self._namespace = window.namespace
        try:
            numbers = [self._numbers[template] for template in window.templates]
        except KeyError:
            numbers = [self._number(template, templates) for template in window.templates]
        rows = np.array(numbers, np.int64)
        self._parts[rows] += 1
        at = len(self._starts)
        if self._starts and window.window < self._starts[-1]:
            at = bisect_right(self._starts, window.window)
        self._starts.insert(at, window.window)
        self._packed.insert(at, pack(rows, window.counts))

    def load(self, vectors: Vectors, templates: Mapping[str, Template]) -> None:
        """Take in all that a store has of a time, while nothing is at hand yet: as `add`, but all at once."""
        if self._starts or (vectors.end <= vectors.begin).any():
            for window in vectors.windows():
                self.add(window, templates)
            return
        parts = np.bincount(vectors.number, minlength=len(vectors.templates)) if len(vectors) else np.zeros(0, np.int64)
        seen = np.flatnonzero(parts)
        number = np.zeros(len(parts), np.int64)
        number[seen] = np.arange(len(seen))
        self._namespace, self._starts = vectors.namespace, vectors.window.tolist()
        self._packed = pack_all(vectors.begin, vectors.end, number[vectors.number], vectors.count)
        self._names = [vectors.templates[at] for at in seen.tolist()]
        self._numbering += 1
        self._numbers = {template: at for at, template in enumerate(self._names)}
        self._free = []
        self.columns = {template: column_of(templates[template]) for template in self._names}
        self._parts = np.concatenate((parts[seen], np.zeros(max(16, len(seen)), np.int64)))

    def replace(self, windows: Sequence[WindowCounts], templates: Mapping[str, Template]) -> None:
        """Take in windows in place of all that is known of them; those that are older than what is at hand are not."""
        for window in {one.window for one in windows}:
            self._remove(*self._places(window, window + 1))
        for one in windows:
            if one.window >= self.whole_since and len(one.templates):
                self.add(one, templates)
        self._drop_columns()

    def forget(self, before: int) -> None:
        """Drop windows that nothing will need again."""
        self.whole_since = max(self.whole_since, before)
        if self._starts and self._starts[0] < before:
            self._remove(0, bisect_left(self._starts, before))
            self._drop_columns()

    def between(self, since: int, until: int) -> list[WindowCounts]:
        """The parts of the windows from `since` up to but not with `until`, oldest first."""
        return [self._unpacked(at) for at in range(*self._places(since, until))]

    def laid_out(self, since: int, until: int, at: Mapping[str, int]) -> NDArray[np.int64] | None:
        """Counts of the windows from `since` up to but not with `until`, (n, k), where `at` says that templates go.

        As `detector.vectors.laid_out` has them, without a look at any name; None where there are others than those.
        `at` is known again by what it is, not by what it holds.
        """
        if self._laid is None or self._laid[0] is not at or self._laid[1] != self._numbering:
            self._laid = at, self._numbering, np.array([at.get(name, -1) for name in self._names], np.intp)
        to = self._laid[2]
        counts = np.zeros((max(0, (until - since) // self._span), len(at)), np.int64)
        for part in range(*self._places(since, until)):
            _, numbers, lines = unpack(self._packed[part])
            places = to[numbers]
            if len(places) and places.min() < 0:
                return None
            counts[(self._starts[part] - since) // self._span, places] += lines
        return counts

    def logged(self, begin: int, end: int) -> list[int]:
        """The starts of the windows with a line within a time, and of the newest one at its begin or before."""
        first, last = self._places(begin, end)
        newest = bisect_right(self._starts, begin) - 1
        return self._starts[max(min(first, newest), 0) : last]

    def next_line(self, after: int) -> int | None:
        """The start of the first window with a line from a time on."""
        at = bisect_left(self._starts, after)
        return self._starts[at] if at < len(self._starts) else None

    def to_learn_from(self, since: int, until: int, longest: int, left_out: Sequence[Stretch] = ()) -> Learnt:
        """The windows of a time as a matrix; as `learnable`."""
        return learnable(self.between(since, until), self.columns, (since, until), self._span, longest, left_out)

    def _number(self, template: str, templates: Mapping[str, Template]) -> int:
        number = self._numbers.get(template)
        if number is None:
            if self._free:
                number = self._free.pop()
                self._names[number] = template
            else:
                number = len(self._names)
                self._names.append(template)
                if number == len(self._parts):
                    self._parts = np.concatenate((self._parts, np.zeros_like(self._parts)))
            self._numbers[template] = number
            self._numbering += 1
            self.columns[template] = column_of(templates[template])
        return number

    def _places(self, since: int, until: int) -> tuple[int, int]:
        return bisect_left(self._starts, since), bisect_left(self._starts, until)

    def _unpacked(self, at: int) -> WindowCounts:
        _, numbers, counts = unpack(self._packed[at])
        templates = tuple(map(self._names.__getitem__, numbers.tolist()))
        return WindowCounts(self._namespace, self._starts[at], templates, counts)

    def _remove(self, begin: int, end: int) -> None:
        for at in range(begin, end):
            rows = unpack(self._packed[at])[1]
            self._parts[rows] -= 1
            self._emptied.update(rows[self._parts[rows] == 0].tolist())
        del self._starts[begin:end], self._packed[begin:end]

    def _drop_columns(self) -> None:
        gone = [number for number in self._emptied if not self._parts[number]]
        self._emptied.clear()
        for template in [self._names[number] for number in gone]:
            self._free.append(self._numbers.pop(template))
            del self.columns[template]


def between(windows: Iterable[WindowCounts], since: int, until: int) -> list[WindowCounts]:
    """The parts of windows from `since` up to but not with `until`."""
    if isinstance(windows, History):
        return windows.between(since, until)
    return [one for one in windows if since <= one.window < until]


def learnable(
    windows: Iterable[WindowCounts],
    columns: Mapping[str, Column],
    time: Stretch,
    span: int,
    longest: int,
    left_out: Sequence[Stretch] = (),
) -> Learnt:
    """The windows of a time as a matrix to learn from, and when they began.

    They are moved together where nothing was logged for longer than `longest`. In `left_out` those next to it stand
    in, with the times at which they began themselves.
    """
    since, until = time
    sources = stand_ins(since, until, left_out, span)
    inside = moved_to(windows, sources)
    closer, end = without_gaps(inside, since, until, longest, span)
    matrix = to_matrix(closer, columns, since, end, span)
    places, shift = since + span * np.arange(len(matrix), dtype=np.int64), 0
    for before, after in zip(inside, closer, strict=True):
        if before.window - after.window > shift:
            places[(after.window - since) // span :] += before.window - after.window - shift
            shift = before.window - after.window
    return matrix, np.array([sources.get(at, at) for at in places.tolist()], np.int64)


def stand_ins(since: int, until: int, left_out: Sequence[Stretch], span: int) -> dict[int, int]:
    """Which window of a time is learned at each place of it; those in `left_out` (on the grid) are learned nowhere.

    In their places is a mirror of those before them. So the grid stays whole, and each place has what was usual about
    then; where there is not enough before, the windows after stand in. Nothing is left where all is left out.
    """
    kept = [at for at in range(since, until, span) if not any(begin <= at < end for begin, end in left_out)]
    sources = {at: at for at in kept}
    for begin, end in left_out:
        after = bisect_left(kept, begin)
        for step, at in enumerate(range(max(begin, since), min(end, until), span)):
            if kept:
                sources[at] = kept[_mirrored(after - 1 - step, len(kept))]
    return sources


def moved_to(windows: Iterable[WindowCounts], sources: Mapping[int, int]) -> list[WindowCounts]:
    """The windows in the places at which they are learned, oldest first."""
    parts: dict[int, list[WindowCounts]] = defaultdict(list)
    for one in windows:
        parts[one.window].append(one)
    return [
        one if at == source else replace(one, window=at)
        for at, source in sorted(sources.items())
        for one in parts.get(source, ())
    ]


def _mirrored(index: int, length: int) -> int:
    """An index within a sequence for any integer, as if it were followed by its mirror image again and again."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index


def lines_of(windows: Iterable[WindowCounts]) -> int:
    """How many lines were counted in them."""
    return sum(int(window.counts.sum()) for window in windows)
