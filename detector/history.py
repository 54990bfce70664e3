"""The newest counts of a namespace, as they are kept at hand: what models learn from and windows are compared with."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detector.counting import column_of
from detector.vectors import Column, CountMatrix, WindowCounts, to_matrix, without_gaps
from parsers.engine import Template

Stretch = tuple[int, int]
"""Begin and end of a time."""
Learnt = tuple[CountMatrix, NDArray[np.int64]]
"""Windows to learn from, and when each of them began, microseconds UTC, shape (n,): not always one after another."""


class History:
    """Counts of windows of `span` microseconds; all times are microseconds UTC.

    A window may be there in several parts, one for the lines that came in time and one for each time that some came
    late.
    """

    def __init__(self, span: int) -> None:
        self._span = span
        self._windows: deque[WindowCounts] = deque()
        self.columns: dict[str, Column] = {}
        """Every template that occurs in what is at hand."""
        self._parts: Counter[str] = Counter()
        """In how many parts of windows each of them does."""
        self.whole_since = 0
        """All windows from here on are at hand."""

    def __iter__(self) -> Iterator[WindowCounts]:
        return iter(self._windows)

    def add(self, window: WindowCounts, templates: Mapping[str, Template]) -> None:
        """Take in a window, or what came late for one."""
        self._windows.append(window)
        self._parts.update(window.templates)
        for template in window.templates:
            if template not in self.columns:
                self.columns[template] = column_of(templates[template])

    def replace(self, windows: Sequence[WindowCounts], templates: Mapping[str, Template]) -> None:
        """Take in windows in place of all that is known of them; those that are older than what is at hand are not."""
        replaced = {window.window for window in windows}
        for window in self._windows:
            if window.window in replaced:
                self._parts.subtract(window.templates)
        self._windows = deque(window for window in self._windows if window.window not in replaced)
        for window in windows:
            if window.window >= self.whole_since and len(window.templates):
                self.add(window, templates)
        self._windows = deque(sorted(self._windows, key=lambda window: window.window))
        self._drop_columns()

    def forget(self, before: int) -> None:
        """Drop windows that nothing will need again."""
        self.whole_since = max(self.whole_since, before)
        if not self._windows or self._windows[0].window >= before:
            return
        while self._windows and self._windows[0].window < before:
            self._parts.subtract(self._windows.popleft().templates)
        self._drop_columns()

    def between(self, since: int, until: int) -> list[WindowCounts]:
        """The parts of the windows from `since` up to but not with `until`."""
        return [window for window in self._windows if since <= window.window < until]

    def to_learn_from(self, since: int, until: int, longest: int, left_out: Sequence[Stretch] = ()) -> Learnt:
        """The windows of a time as a matrix; as `learnable`."""
        return learnable(self._windows, self.columns, (since, until), self._span, longest, left_out)

    def _drop_columns(self) -> None:
        for template in [one for one, parts in self._parts.items() if not parts]:
            del self._parts[template], self.columns[template]


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
    return [replace(one, window=at) for at, source in sorted(sources.items()) for one in parts.get(source, ())]


def _mirrored(index: int, length: int) -> int:
    """An index within a sequence for any integer, as if it were followed by its mirror image again and again."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index


def lines_of(windows: Iterable[WindowCounts]) -> int:
    """How many lines were counted in them."""
    return sum(int(window.counts.sum()) for window in windows)
