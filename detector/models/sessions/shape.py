"""Sessions in columns: which templates each of them logged, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEVER = np.iinfo(np.int64).max
"""The time of what didn't happen."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Any number of sessions; the lines of one stand together, in order of time."""

    names: tuple[str, ...]
    templates: tuple[str, ...]
    """Ids; `template` points into it."""
    bounds: NDArray[np.int64]
    """The lines of session i are `bounds[i]` to `bounds[i + 1]`, shape (n + 1,)."""
    template: NDArray[np.int32]
    """One entry a line."""
    time: NDArray[np.int64]
    """One entry a line: microseconds UTC, or any number that grows with time, such as that of the line."""
    until: int
    """When they were last looked at, in the same unit: what comes later is not known."""

    @classmethod
    def of(cls, lines: Iterable[tuple[str, str, int]], until: int | None = None) -> Sessions:
        """From (session, template id, time) in any order; lines of one time stay in the order in which they come.

        They were looked at `until` then: the time of the last line where it isn't given.
        """
        names: dict[str, int] = {}
        templates: dict[str, int] = {}
        rows = [
            (names.setdefault(name, len(names)), templates.setdefault(template, len(templates)), time)
            for name, template, time in lines
        ]
        session, template, time = (np.array([row[at] for row in rows], np.int64) for at in range(3))
        return cls.grouped(tuple(names), tuple(templates), session, template, time, until)

    @classmethod
    def grouped(
        cls,
        names: tuple[str, ...],
        templates: tuple[str, ...],
        session: NDArray[np.int64],
        template: NDArray[np.int64],
        time: NDArray[np.int64],
        until: int | None = None,
    ) -> Sessions:
        """From columns of lines in any order; `session` and `template` point into the names, shape (lines,) each."""
        order = np.lexsort((time, session))  # stable: lines of one time stay in order
        bounds = np.concatenate(([0], np.cumsum(np.bincount(session, minlength=len(names))))).astype(np.int64)
        until = int(time.max(initial=0)) if until is None else until
        return cls(names, templates, bounds, template[order].astype(np.int32), time[order], until)

    def __len__(self) -> int:
        return len(self.names)

    def take(self, rows: NDArray[np.intp]) -> Sessions:
        """The named sessions, in the order in which they are named; templates keep their places."""
        sizes = np.diff(self.bounds)[rows]
        bounds = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        lines = np.repeat(self.bounds[:-1][rows] - bounds[:-1], sizes) + np.arange(bounds[-1])
        names = tuple(self.names[row] for row in rows.tolist())
        return Sessions(names, self.templates, bounds, self.template[lines], self.time[lines], self.until)

    def over(self, templates: tuple[str, ...]) -> Sessions:
        """The same sessions with these templates in front, in this order; others that they log come after."""
        places = {template: at for at, template in enumerate(templates)}
        moved = np.zeros(len(self.templates), np.int32)
        for at in self.used():
            moved[at] = places.setdefault(self.templates[at], len(places))
        return Sessions(self.names, tuple(places), self.bounds, moved[self.template], self.time, self.until)

    def used(self) -> list[int]:
        """Indices of the templates that have lines, ascending."""
        return np.flatnonzero(np.bincount(self.template, minlength=len(self.templates))).tolist()

    def starts(self) -> NDArray[np.int64]:
        """When each session began, shape (n,); one without lines begins when they were looked at."""
        begun = np.append(self.time, self.until)[self.bounds[:-1]]
        return np.where(np.diff(self.bounds) > 0, begun, self.until)

    def counts(self) -> NDArray[np.int64]:
        """How often each session logged each template, shape (n, m)."""
        cells = self.rows() * len(self.templates) + self.template
        shape = len(self.names), len(self.templates)
        return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)

    def first(self) -> NDArray[np.int64]:
        """When each session first logged each template, `NEVER` where it didn't, shape (n, m)."""
        found = np.full((len(self.names), len(self.templates)), NEVER)
        np.minimum.at(found, (self.rows(), self.template), self.time)
        return found

    def of_row(self, row: int) -> tuple[str, ...]:
        """The template ids of one session, in order."""
        lines = self.template[self.bounds[row] : self.bounds[row + 1]].tolist()
        return tuple(self.templates[line] for line in lines)

    def rows(self) -> NDArray[np.int64]:
        """The session of each line, shape (lines,)."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.bounds))
