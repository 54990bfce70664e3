"""Whose first model is made when: where thousands of namespaces began together, no pass is held up by all their models.

A namespace's first model is due once it has been there for the time of learning. Only so many fall into one window of
event time; the others have their turn in the windows after it, those that were due first coming first, by name where
they were due together. Until then they go on learning, and their status says until when. Later models are spread by
`Schedule.next_training`, from then on.

All of it follows from names and first windows: the same lines give the same turns, in whatever pieces they are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from detector.schedule import Schedule
from detector.vectors import WindowCounts

MOST = 20
"""First models a window. One of an hour of minutes takes 0.4 s: so a minute's pass is held up for no more than 8 s."""
ANEW = 4
"""For so many of them counts a model that is made anew after all of a namespace's models were given up, as where the
way of learning has changed: it learns from days."""


class Turns:
    """Of the namespaces of one pipeline; all times are microseconds UTC, on the grid of windows."""

    def __init__(self, schedule: Schedule, most: int = MOST) -> None:
        self._span, self._learn, self._most = schedule.span, schedule.learn, most
        self._at: dict[str, int] = {}
        self._taken: dict[int, int] = defaultdict(int)
        """What the models of a window count for."""
        self._free: dict[int, int] = {}
        """By the time at which models are due, the first window that may have room for them."""

    def __len__(self) -> int:
        return len(self._at)

    def of(self, namespace: str) -> int:
        """The end of the window before which no first model is made of it; nought where nothing is known of it."""
        return self._at.get(namespace, 0)

    def resume(self, begun: Mapping[str, int], anew: Iterable[str], until: int) -> None:
        """Take in the namespaces of an earlier run by their first windows; those that need a model `anew` by now.

        `until` is how far that run came.
        """
        self._join(begun)
        for name in sorted(anew):
            self._at[name] = self._turn(until, ANEW)

    def join(self, *counted: Mapping[str, Sequence[WindowCounts]]) -> None:
        """Take in the namespaces whose first lines were counted just now, by namespace."""
        begun: dict[str, int] = {}
        for windows in counted:
            for name, own in windows.items():
                if name not in self._at and own:
                    begun[name] = min(begun.get(name, own[0].window), *(window.window for window in own))
        self._join(begun)

    def _join(self, begun: Mapping[str, int]) -> None:
        for first, name in sorted((first, name) for name, first in begun.items()):
            self._at[name] = self._turn(first + self._learn, 1)

    def _turn(self, due: int, weight: int) -> int:
        at = self._free.get(due, due)
        while self._taken[at] and self._taken[at] + weight > self._most:
            at += self._span
        self._taken[at] += weight
        self._free[due] = at
        return at
