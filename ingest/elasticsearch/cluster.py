"""The cluster as the source sees it: what can be searched there, what is wrong with it, and what time it is."""

from __future__ import annotations

import re
from collections.abc import Callable

from ingest.elasticsearch.client import connect
from ingest.elasticsearch.clocks import ClusterClock
from ingest.elasticsearch.grid import Grid
from ingest.elasticsearch.mapping import Layout, layout
from ingest.elasticsearch.plainly import told_plainly
from ingest.elasticsearch.ranges import RangeReader
from ingest.elasticsearch.search import Search, page_serializers
from ingest.elasticsearch.settings import Connection, SearchSettings
from ingest.errors import ServerError
from ingest.settings import SECOND
from ingest.source import Problem

MOST_PROBLEMS = 100
_LOOK_AROUND_EVERY = 300 * SECOND
_CHANGING = re.compile(r"\[[^\]]*\]|\d+( s| min)?\b")
"""What differs in a problem from one time to the next."""


class Cluster:
    """Connects, and looks around when it is first asked for something and once in a while.

    `clock` gives microseconds UTC; with `compare_clocks` it is held against the cluster's.
    """

    def __init__(
        self,
        connection: Connection,
        settings: SearchSettings,
        *,
        clock: Callable[[], int],
        compare_clocks: bool,
        stopping: Callable[[], bool],
    ) -> None:
        self._client = connect(connection, serializers=page_serializers(), stopping=stopping)
        self._settings, self._clock, self._compare = settings, clock, compare_clocks
        self._cluster_clock = ClusterClock(self._client, clock)
        self._looked: int | None = None
        self._layout: Layout | None = None
        self._matched = False
        """Whether there ever was something to read."""
        self.problems: list[Problem] = []
        """Each once, and not more than so many; it only grows."""
        self._told: set[tuple[str, str]] = set()
        self.search = Search(self._client, settings)
        grid = Grid(settings.span, settings.lateness)
        self.ranges = RangeReader(self.search, grid, self.complain, self.look_around, self.found)

    @property
    def says_when_ingested(self) -> bool:
        """Whether some documents tell when Elasticsearch took them in."""
        return self._layout is not None and self._layout.ingested

    def now(self) -> int:
        """The time by the cluster's clock, microseconds UTC, as far as it is known."""
        return self._cluster_clock()

    def attend(self) -> None:
        """Compare clocks and look around, where that is due."""
        if self._compare:
            with told_plainly("Asking for the time"):
                problem = self._cluster_clock.compare()
            if problem is not None:
                self.complain(problem)
        if self._looked is None or not 0 <= self._clock() - self._looked < _LOOK_AROUND_EVERY:
            self.look_around()

    def look_around(self) -> None:
        """See which indices are there and how they are mapped."""
        with told_plainly(f"Looking at {self.search.shown}"):
            self._layout = layout(self._client, self._settings)
        self._looked = self._clock()
        self._matched = self._matched or self._layout.anything
        self.search.excluded = self._layout.excluded
        for problem in self._layout.problems:
            self.complain(problem)

    def found(self, documents: int) -> None:
        """A range held so many documents. Raises `ServerError` where it held none as nothing can be read any more."""
        if documents:
            self._matched = True
            return
        # Not as often as once a window, exactly: the next one would find that it is a moment too early.
        lately = self._looked is not None and 0 <= self._clock() - self._looked < self._settings.span // 2
        if not lately or self._layout is None or not self._layout.anything:
            self.look_around()
        if self._matched and self._layout is not None and not self._layout.anything:
            advice = "Look at elasticsearch.indices, and whether the user or key may still read them."
            raise ServerError(f"Nothing matches {self.search.shown} any more.", advice)

    def complain(self, problem: Problem) -> None:
        """Note a problem, once, however the numbers in it change."""
        key = (problem.path, _CHANGING.sub("", problem.message))
        if key in self._told or len(self.problems) >= MOST_PROBLEMS:
            return
        self._told.add(key)
        if len(self.problems) == MOST_PROBLEMS - 1:
            problem = Problem(self.search.shown, "More is wrong than is told here.")
        self.problems.append(problem)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
