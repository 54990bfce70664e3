"""The cluster as the source sees it: what can be searched there, what is wrong with it, and what time it is."""

from __future__ import annotations

from collections.abc import Callable

from ingest.elasticsearch.client import connect
from ingest.elasticsearch.clocks import ClusterClock
from ingest.elasticsearch.grid import Grid
from ingest.elasticsearch.mapping import Layout, layout
from ingest.elasticsearch.plainly import told_plainly
from ingest.elasticsearch.ranges import RangeReader
from ingest.elasticsearch.search import Search, page_serializers
from ingest.elasticsearch.settings import Connection, SearchSettings
from ingest.settings import SECOND
from ingest.source import Problem

_LOOK_AROUND_EVERY = 300 * SECOND


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
        self.problems: list[Problem] = []
        self.search = Search(self._client, settings)
        grid = Grid(settings.span, settings.lateness)
        self.ranges = RangeReader(self.search, grid, self.complain, self.look_around)

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
                self.problems.append(problem)
        if self._looked is None or not 0 <= self._clock() - self._looked < _LOOK_AROUND_EVERY:
            self.look_around()

    def look_around(self) -> None:
        """See which indices are there and how they are mapped."""
        with told_plainly(f"Looking at {self.search.shown}"):
            self._layout = layout(self._client, self._settings)
        self._looked = self._clock()
        self.search.excluded = self._layout.excluded
        for problem in self._layout.problems:
            self.complain(problem)

    def complain(self, problem: Problem) -> None:
        """Note a problem, once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
