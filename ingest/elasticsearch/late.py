"""Windows that were read and hold more by now: noticed, read again whole, and handed over once more.

While a window is young (`second_look`) its documents are counted again and compared with what was read. Older ones are
found by the date at which Elasticsearch took them in, where documents have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ingest.batch import LogBatch
from ingest.elasticsearch.cluster import Cluster
from ingest.elasticsearch.grid import MANY, Grid
from ingest.elasticsearch.hits import Reader
from ingest.elasticsearch.joining import Joiner
from ingest.elasticsearch.memory import Memory
from ingest.elasticsearch.settings import SearchSettings
from ingest.settings import SECOND, ReadSettings
from ingest.source import Revisit

PRIMING = 30 * SECOND
"""So much before the first record that is wanted reading begins, so that the stack trace it may end is joined."""
LONGEST_LOOK = 1_440
"""Windows whose documents are counted at once where they are read again."""
_MOST_BUCKETS = 50_000
"""Windows whose documents are counted by one request; Elasticsearch refuses more than 65,536 (search.max_buckets)."""


@dataclass(frozen=True, slots=True)
class Reread:
    """Windows that were read again."""

    revisit: Revisit
    counts: Mapping[int, int]
    """Documents in each of the windows."""


class Rereader:
    """Reads any windows again, whatever was read before."""

    def __init__(self, cluster: Cluster, settings: SearchSettings, read: ReadSettings) -> None:
        self._cluster, self._settings, self._read = cluster, settings, read
        self._grid = Grid(settings.span, settings.lateness)

    def windows(self, begin: int, until: int, low: int, high: int) -> Reread:
        """All records of the windows from `begin` to before `until`, microseconds UTC.

        And those of windows beside them, from `low` to before `high`, to which documents of these ones belong because
        the line itself says another time.
        """
        span = self._settings.span
        batch, counts, (first, last) = self._records(begin, until)
        reach = max(low, min(begin, self._grid.window(first))), min(high, max(until, self._grid.window(last) + span))
        if reach[0] < begin or reach[1] > until:
            begin, until = min(begin, reach[0]), max(until, reach[1])
            batch, counts, _ = self._records(begin, until)
        return Reread(Revisit(begin, until, batch), counts)

    def _records(self, begin: int, until: int) -> tuple[LogBatch, dict[int, int], tuple[int, int]]:
        """Records, documents by window, and between which times the records are whose documents lie in the windows."""
        settings = self._settings
        joiner = Joiner(self._read, settings.lateness)
        reader = Reader(settings.fields, self._read.namespace, settings.namespaces)
        margin = settings.lateness + PRIMING
        found = self._cluster.ranges.read(reader, begin - margin, until + margin)
        joiner.push(found.columns, None)
        reach = joiner.reach(begin, until)
        batch = joiner.take()
        batch = batch.take(np.flatnonzero((batch.time >= begin) & (batch.time < until)))
        counts = {window: found.windows.get(window, 0) for window in range(begin, until, settings.span)}
        return batch, counts, reach


class Latecomers:
    """Looks for late documents. `memory` says what was read; with `patient` a window that still grows is waited for."""

    def __init__(
        self, cluster: Cluster, rereader: Rereader, memory: Memory, settings: SearchSettings, *, patient: bool
    ) -> None:
        self._cluster, self._rereader, self._memory, self._settings = cluster, rereader, memory, settings
        self._patient = patient
        self._grid = Grid(settings.span, settings.lateness)
        self._looked: int | None = None
        self._watched: int | None = None
        """Where the last look began to watch."""
        self._watched_before: int | None = None

    def horizon(self, frontier: int) -> int:
        """The first window that is watched."""
        return max(self._grid.window(frontier - self._settings.second_look), self._memory.known)

    def remembered(self, frontier: int) -> int:
        """The first window that a checkpoint has to remember: each is looked at once more when it is watched no longer.

        Before the first look those of a day, so that what came while nobody looked is found after another restart, too.
        """
        if self._watched is not None:
            return min(self.horizon(frontier), self._watched)
        longest = LONGEST_LOOK * self._settings.span + self._settings.second_look
        return max(self._grid.window(frontier - longest), self._memory.known)

    def counts(self, begin: int, until: int, ingested: tuple[int, int] | None = None) -> dict[int, int]:
        """Documents by window of a time however long, all or those that were taken in between two times."""
        counts: dict[int, int] = {}
        stride = _MOST_BUCKETS * self._settings.span
        for at in range(begin, until, stride):
            counts |= self._cluster.ranges.counts(at, min(at + stride, until), ingested)
        return counts

    def look(self, frontier: int, watermark: int) -> Iterator[tuple[Revisit, int]]:
        """Windows that hold more, read again, and how many documents more there are; none too soon after a look."""
        now = self._cluster.now()
        if self._patient and self._looked is not None and 0 <= now - self._looked < self._settings.span // 2:
            return
        self._looked = now
        known = self._memory.known
        # The last of the closed windows waits: its late documents may belong to the next one, which must be closed too.
        until = max(self._grid.window(self._grid.closed(watermark) - self._settings.lateness), known)
        horizon = min(self.horizon(frontier), until)
        # The first look goes back as far as the run before remembers: documents may have come while nobody looked.
        watched = known if self._watched is None else self._watched
        extra: dict[int, int] = {}
        looked = self._memory.looked
        if self._cluster.says_when_ingested:
            extra, looked = self._taken_in_since(watched, now)
        grown = self._memory.grown(self.counts(watched, until), horizon, wait=self._patient)
        yield from self._read_again(sorted({*grown, *extra}), extra, until)
        # Not before: a run that ends in between has to find them again.
        self._memory.looked = looked
        self._memory.forget(watched if self._watched_before is None else self._watched_before)
        self._watched_before, self._watched = watched, horizon

    def _taken_in_since(self, until: int, now: int) -> tuple[dict[int, int], int]:
        """Windows before `until` for which documents came since the last look, and how many of them weren't read.

        And up to when this look reaches.
        """
        since, looked = self._memory.looked, now - self._settings.query_delay
        if since is None or since >= looked or until <= self._memory.since:
            return {}, max(since or 0, looked)
        came = self.counts(self._memory.since, until, (since, looked))
        known = [window for window in came if window >= self._memory.known]
        if known:
            now_held = self.counts(min(known), until)
            for window in known:
                came[window] = max(0, now_held.get(window, 0) - self._memory.counts.get(window, 0))
        return {window: count for window, count in came.items() if count}, looked

    def _read_again(self, windows: list[int], extra: Mapping[int, int], until: int) -> Iterator[tuple[Revisit, int]]:
        """Adjoining windows together, so that nothing is read twice."""
        span, low = self._settings.span, self._grid.window(self._memory.since)
        done = low
        for begin, end in self._pieces(windows):
            if end <= done:
                continue
            again = self._rereader.windows(max(begin, done), end, low, until + span)
            watched = {at: count for at, count in again.counts.items() if at >= self._memory.known}
            more = self._memory.revise(watched)
            more += sum(count for at, count in extra.items() if begin <= at < end and at not in watched)
            done = again.revisit.until
            yield again.revisit, more

    def _pieces(self, windows: list[int]) -> Iterator[tuple[int, int]]:
        """Adjoining windows, as many together as don't hold too much."""
        for begin, end in _runs(windows, self._settings.span):
            yield from chunks(self.counts(begin, end), begin, end, self._settings.span)


def chunks(counts: Mapping[int, int], begin: int, until: int, span: int) -> Iterator[tuple[int, int]]:
    """The windows from `begin` to before `until`, as many together as don't hold too much."""
    start, total = begin, 0
    for window in range(begin, until, span):
        count = counts.get(window, 0)
        if window > start and total + count > MANY:
            yield start, window
            start, total = window, 0
        total += count
    if start < until:
        yield start, until


def _runs(windows: list[int], span: int) -> Iterator[tuple[int, int]]:
    """Beginnings and ends of windows that adjoin each other, a few at a time."""
    begin = end = None
    for window in windows:
        if end != window or (begin is not None and end is not None and end - begin >= 10 * span):
            if begin is not None and end is not None:
                yield begin, end
            begin = window
        end = window + span
    if begin is not None and end is not None:
        yield begin, end
