"""Up to which time a partition was handed over: by its newest lines while there is a backlog, by the clock at its end.

Watermarks as in Akidau et al., The Dataflow Model, VLDB 2015. All times are microseconds UTC.
"""

from __future__ import annotations

from collections import deque

_PROBES = 64
"""Ends of the partition that are remembered until they are reached."""


class Watermark:
    """`disorder` is how far lines that stand close together may differ in time, `delay` how long they may travel."""

    def __init__(self, disorder: int, delay: int) -> None:
        self._disorder, self._delay = disorder, delay
        self._probes: deque[tuple[int, int]] = deque()
        self._newest = 0
        self.end: tuple[int, int] | None = None
        """When somebody last looked, and the offset after the last message then."""
        self.value: int | None = None
        """It never goes back; None while nothing is known."""

    def looked(self, at: int, end: int) -> None:
        """At that moment the partition ended before the offset `end`."""
        self.end = (at, end)
        if len(self._probes) < _PROBES:
            self._probes.append((at, end))

    def read(self, read_to: int, held: int | None) -> int | None:
        """Everything before this offset was read; when somebody last looked of those times at which that was the end.

        `held` is a time up to which it may go at most, as what was logged then was read and not handed over.
        """
        passed = None
        while self._probes and self._probes[0][1] <= read_to:
            passed = self._probes.popleft()[0]
        if passed is not None:
            self._raise(passed - self._delay, held)
        return passed

    def appended(self, at: int, held: int | None) -> None:
        """All was read that the broker had appended until then."""
        self._raise(at - self._delay, held)

    def logged(self, newest: int, now: int, held: int | None) -> None:
        """A line of that time was read; what is ahead of the clock doesn't count."""
        self._newest = max(self._newest, newest)
        if self._newest:
            self._raise(min(self._newest, now) - self._disorder, held)

    def _raise(self, mark: int, held: int | None) -> None:
        # A line that came late holds nothing back: its window is closed already.
        if held is not None and (self.value is None or held >= self.value):
            mark = min(mark, held)
        self.value = mark if self.value is None else max(self.value, mark)
