"""The newest counts of a namespace, as they are kept at hand: what models learn from and windows are compared with."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from detector.counting import column_of
from detector.vectors import Column, CountMatrix, WindowCounts, to_matrix, without_gaps
from parsers.engine import Template


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

    def to_learn_from(self, since: int, until: int, longest: int) -> CountMatrix:
        """The windows of a time as a matrix, moved together where nothing was logged for longer than `longest`."""
        windows, end = without_gaps(self._windows, since, until, longest, self._span)
        return to_matrix(windows, self.columns, since, end, self._span)


def lines_of(windows: Iterable[WindowCounts]) -> int:
    """How many lines were counted in them."""
    return sum(int(window.counts.sum()) for window in windows)
