"""The newest counts of a namespace, as they are kept at hand: what models learn from and windows are compared with."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from detector.counting import column_of
from detector.vectors import Column, CountMatrix, WindowCounts, to_matrix, without_gaps
from parsers.engine import Template

Stretch = tuple[int, int]
"""Begin and end of a time."""


class History:
    """Counts of windows of `span` microseconds; all times are microseconds UTC.

    A window may be there in several parts, one for the lines that came in time and one for each time that some came
    late.
    """

    def __init__(self, span: int) -> None:
        self._span = span
        self._windows: deque[WindowCounts] = deque()
        self.columns: dict[str, Column] = {}
        """Every template that occurs in what is at hand, and of those before it as long as the namespace is alive."""
        self.whole_since = 0
        """All windows from here on are at hand."""

    def __iter__(self) -> Iterator[WindowCounts]:
        return iter(self._windows)

    def add(self, window: WindowCounts, templates: Mapping[str, Template]) -> None:
        """Take in a window, or what came late for one."""
        self._windows.append(window)
        for template in window.templates:
            if template not in self.columns:
                self.columns[template] = column_of(templates[template])

    def replace(self, windows: Sequence[WindowCounts], templates: Mapping[str, Template]) -> None:
        """Take in windows in place of all that is known of them; those that are older than what is at hand are not."""
        replaced = {window.window for window in windows}
        kept = [window for window in self._windows if window.window not in replaced]
        self._windows = deque(kept)
        for window in windows:
            if window.window >= self.whole_since and len(window.templates):
                self.add(window, templates)
        self._windows = deque(sorted(self._windows, key=lambda window: window.window))

    def forget(self, before: int) -> None:
        """Drop windows that nothing will need again."""
        self.whole_since = max(self.whole_since, before)
        while self._windows and self._windows[0].window < before:
            self._windows.popleft()

    def rest(self) -> None:
        """Let go of the columns where no window is at hand: those of the next ones are found anew."""
        if not self._windows:
            self.columns = {}

    def between(self, since: int, until: int) -> list[WindowCounts]:
        """The parts of the windows from `since` up to but not with `until`."""
        return [window for window in self._windows if since <= window.window < until]

    def to_learn_from(self, since: int, until: int, longest: int, left_out: Sequence[Stretch] = ()) -> CountMatrix:
        """The windows of a time as a matrix; as `learnable`."""
        return learnable(self._windows, self.columns, (since, until), self._span, longest, left_out)


def learnable(
    windows: Iterable[WindowCounts],
    columns: Mapping[str, Column],
    time: Stretch,
    span: int,
    longest: int,
    left_out: Sequence[Stretch] = (),
) -> CountMatrix:
    """The windows of a time as a matrix to learn from.

    They are moved together where nothing was logged for longer than `longest`. In `left_out` those next to it stand in.
    """
    inside = without_stretches(windows, *time, left_out, span) if left_out else windows
    closer, end = without_gaps(inside, *time, longest, span)
    return to_matrix(closer, columns, time[0], end, span)


def without_stretches(
    windows: Iterable[WindowCounts], since: int, until: int, left_out: Sequence[Stretch], span: int
) -> list[WindowCounts]:
    """The windows from `since` to `until`, those in `left_out` (on the grid) replaced by a mirror of those before them.

    So the grid stays whole, and each window has what was usual about then; where there is not enough before, the
    windows after stand in. Nothing is left where all is left out.
    """
    parts: dict[int, list[WindowCounts]] = defaultdict(list)
    for one in windows:
        if since <= one.window < until:
            parts[one.window].append(one)
    kept = [at for at in range(since, until, span) if not any(begin <= at < end for begin, end in left_out)]
    sources = {at: at for at in kept}
    for begin, end in left_out:
        after = bisect_left(kept, begin)
        for step, at in enumerate(range(max(begin, since), min(end, until), span)):
            if kept:
                sources[at] = kept[_mirrored(after - 1 - step, len(kept))]
    return [replace(one, window=at) for at, source in sorted(sources.items()) for one in parts.get(source, ())]


def _mirrored(index: int, length: int) -> int:
    """An index within a sequence for any integer, as if it were followed by its mirror image again and again."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index


def lines_of(windows: Iterable[WindowCounts]) -> int:
    """How many lines were counted in them."""
    return sum(int(window.counts.sum()) for window in windows)
