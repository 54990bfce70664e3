"""The source that reads what Filebeat and Logstash wrote into Elasticsearch, window by window, as it comes in.

All documents before the *frontier* were read. It moves from one place of the grid to the next as soon as documents of
that time have had `query_delay` to arrive. Nothing is kept: windows that were open when a run ended are read again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from ingest.accounting import Remark, Tally
from ingest.batch import LogBatch
from ingest.elasticsearch.cluster import Cluster
from ingest.elasticsearch.grid import Grid, next_slots
from ingest.elasticsearch.hits import Reader
from ingest.elasticsearch.joining import Joiner
from ingest.elasticsearch.late import LONGEST_LOOK, PRIMING, Latecomers, Rereader, chunks
from ingest.elasticsearch.memory import Memory
from ingest.elasticsearch.ranges import Range
from ingest.elasticsearch.settings import Connection, SearchSettings
from ingest.errors import DrainwatchError
from ingest.files import END_OF_TIME
from ingest.settings import ReadSettings
from ingest.source import Checkpoint, Problem, Progress, Revisit

PARTITION = "elasticsearch"
"""The one partition of checkpoints."""
_BATCH_RECORDS = 8_192
_EMPTY_RANGES = 64
"""Ranges without a record, after which a poll returns all the same."""


class ElasticsearchSource:
    """Reads indices as an `ingest.source.Source`. All times are microseconds UTC.

    The first run begins with the window of `since`, else of `settings.history` ago; a later one at `closed_until`,
    before which the store has all windows, with the `checkpoints` of the run before. Reading ends before `until`;
    without `follow` also at the present, and nothing is waited for. `clock` is this machine's; the cluster's is used
    where it differs, unless `compare_clocks` is off. `stopping` says that nobody waits for an answer any more.

    Nothing is asked of the cluster before the first poll. All methods raise `ServerError` for what repeating doesn't
    mend; what was handed over stays so, and the next poll tries again.
    """

    def __init__(
        self,
        connection: Connection,
        settings: SearchSettings,
        read: ReadSettings,
        *,
        clock: Callable[[], int],
        follow: bool,
        since: int | None = None,
        until: int | None = None,
        closed_until: int | None = None,
        checkpoints: Mapping[str, Checkpoint] | None = None,
        compare_clocks: bool = True,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        if settings.span % 1_000 or settings.span <= 0:
            raise DrainwatchError("Elasticsearch's times end with milliseconds.", "Set detection.window accordingly.")
        self._settings, self._follow = settings, follow
        self._grid = Grid(settings.span, settings.lateness)
        now = clock()
        self._until = until if follow else min(now if until is None else until, now)
        self._cluster = Cluster(connection, settings, clock=clock, compare_clocks=compare_clocks, stopping=stopping)
        self._reader = Reader(settings.fields, read.namespace, settings.namespaces)
        self._joiner = Joiner(read, settings.lateness)
        self._begin_at(
            closed_until, (checkpoints or {}).get(PARTITION), now - settings.history if since is None else since
        )
        self._rereader = Rereader(self._cluster, settings, read)
        self._late = Latecomers(self._cluster, self._rereader, self._memory, settings, patient=follow)
        self._tally = Tally()
        self._parts: deque[LogBatch] = deque()
        self._read: Range | None = None
        """The range whose parts are being handed over."""
        self._ahead: Future[Range] | None = None
        """The range after it, which is being read meanwhile."""
        self._pool = ThreadPoolExecutor(1, "elasticsearch-ahead")
        self._slots = 1
        self._at_end = False
        self._watermark: int | None = None
        self._backfill: Progress | None = None

    def _begin_at(self, closed_until: int | None, known: Checkpoint | None, since: int) -> None:
        """Decide where to read from, which records to pass over, and what an earlier run has counted already."""
        settings = self._settings
        first = self._grid.window(since if closed_until is None else closed_until)
        if closed_until is None and known is None:
            self._frontier, self._passed, self._counted = first, None, None
            self._memory = Memory(settings.span, first)
        else:
            # Some more than what is wanted, so that records which began before are joined as they were.
            self._frontier = self._grid.floor(first - settings.lateness - PRIMING)
            self._passed = first if closed_until is None else closed_until
            self._counted = known.read_to if known else first + settings.lateness
            self._memory = Memory.of(known.identity if known else "", settings.span, first)
        self._primed: dict[int, int] = {}
        """Documents by window, until everything is read that an earlier run had read."""
        self._begin = self._frontier
        self._begun = closed_until is not None
        """Whether there are windows that were closed, or will be."""

    @property
    def tally(self) -> Tally:
        """Every document that was handed over or dropped, less those that an earlier run has counted."""
        return self._tally

    @property
    def exhausted(self) -> bool:
        """Whether all documents before `until` were handed over."""
        return self._until is not None and self._frontier >= self._until and not self._parts

    @property
    def at_end(self) -> bool:
        """Whether no further window was due at the last poll."""
        return self._at_end

    @property
    def problems(self) -> list[Problem]:
        """What is wrong in the cluster or with a clock, each once."""
        return self._cluster.problems

    @property
    def watermark(self) -> int | None:
        """Up to which time all was handed over, but for late documents; it never goes back.

        Records that may still go on hold it back so far that their windows, the lateness taken off, stay open.
        """
        return END_OF_TIME if self.exhausted else self._watermark

    def poll(self) -> LogBatch:
        """The next records; empty where no further window is due yet, mostly without asking the cluster."""
        batch = LogBatch.empty()
        if not self.exhausted:
            self._cluster.attend()
        for _ in range(_EMPTY_RANGES):
            if not self._parts and not self._advance():
                break
            batch = self._hand_over()
            if len(batch):
                break
        self._at_end = not self._parts and self._next_end(self._frontier) is None
        return batch

    def revisit(self) -> Iterable[Revisit]:
        """Closed windows that hold more by now. Call it when the windows that are due were closed."""
        if self._watermark is None or self._counted is not None or self._parts:
            return
        if not self._begun:
            self._start_over()
            return
        for revisit, more in self._late.look(self._frontier, self._watermark):
            self._tally.read += more
            self._tally.records += more
            self._tally.remarks[Remark.LATE] += more
            yield replace(revisit, more=more)

    def reread(self, begin: int, until: int) -> Iterator[Revisit]:
        """All windows from that of `begin` to before `until`, a few at a time; the tally knows nothing of it."""
        span = self._settings.span
        first, last = self._grid.window(begin), self._grid.window(until + span - 1)
        self._cluster.attend()
        try:
            for start in range(first, last, LONGEST_LOOK * span):
                end = min(start + LONGEST_LOOK * span, last)
                for low, high in chunks(self._cluster.ranges.counts(start, end), start, end, span):
                    self._backfill = Progress((low - first) // span, (last - first) // span, "windows")
                    yield self._rereader.windows(low, high, low, high).revisit
        finally:
            self._backfill = None

    def positions(self) -> Mapping[str, Checkpoint]:
        """Where reading is; reading on begins at the first window that is still open, which the store knows."""
        identity = self._memory.identity(self._late.remembered(self._frontier), self._tally.pending)
        return {PARTITION: Checkpoint(self._frontier, self._frontier, identity)}

    def progress(self) -> Progress:
        """Windows that were read, of those that are due; while any are read again, of those."""
        if self._backfill is not None:
            return self._backfill
        end = self._limit() if self._until is None else self._until
        done = (self._frontier - self._begin) // self._settings.span
        return Progress(done, max(done, (end - self._begin) // self._settings.span), "windows")

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.shutdown(cancel_futures=True)
        self._cluster.close()
        self._parts.clear()

    def _start_over(self) -> None:
        """Where nothing was handed over yet no window can be revised: late documents are read as if none had been.

        So it is where drainwatch was there before the first log. Documents that were dropped are no reason.
        """
        if self._ahead is not None or self._joiner.pending:
            return
        held = self._late.counts(self._begin, self._grid.window(self._frontier))
        if any(count > self._memory.counts.get(window, 0) for window, count in held.items()):
            self._frontier, self._watermark = self._begin, None
            self._memory.counts = {}
            self._tally = Tally()

    def _limit(self) -> int:
        """Up to where documents have had the time to arrive."""
        if not self._follow and self._until is not None:
            return self._until
        return self._cluster.now() - self._settings.query_delay

    def _next_end(self, frontier: int) -> int | None:
        """Where the range ends that begins at a frontier; None where none is due."""
        limit, until = self._limit(), self._until
        if until is not None and frontier >= until:
            return None
        if self._counted is not None and frontier < self._counted:
            return self._counted  # it was due before, by whatever clock
        whole = self._grid.ceil(frontier + self._settings.span)
        end = min(whole + (self._slots - 1) * self._settings.span, self._grid.floor(limit))
        if until is not None and (end >= until or (whole > limit >= until)):
            return until
        return end if end >= whole else None

    def _advance(self) -> bool:
        """Read the next range, whole; False where none is due."""
        read = self._next_range()
        if read is None:
            return False
        self._joiner.push(read.columns, None if read.end == self._until else read.end)
        batch = self._joiner.take()
        if self._passed is not None and not (wanted := batch.time >= self._passed).all():
            batch = batch.take(np.flatnonzero(wanted))
        self._parts.extend(_parts(batch) or [batch])
        self._read = read
        return True

    def _next_range(self) -> Range | None:
        """The range after the frontier. The one after it, where it is due, is read while this one is worked on."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            read = ahead.result()
        elif (end := self._next_end(self._frontier)) is not None:
            read = self._cluster.ranges.read(self._reader, self._frontier, end, may_cut=True)
        else:
            return None
        slots = max(1, (read.end - self._frontier) // self._settings.span)
        self._slots = next_slots(slots, read.documents)
        if (end := self._next_end(read.end)) is not None:
            self._ahead = self._pool.submit(self._cluster.ranges.read, self._reader, read.end, end, may_cut=True)
        return read

    def _hand_over(self) -> LogBatch:
        """The next part of what was read; with the last one everything about the range becomes true."""
        batch = self._parts.popleft()
        self._begun = self._begun or len(batch) > 0
        if not self._parts and self._read is not None:
            self._settle(self._read)
            self._read = None
        return batch

    def _settle(self, read: Range) -> None:
        self._frontier = read.end
        if self._counted is None:
            self._enter()
            self._memory.add(read.windows)
        else:
            for window, count in read.windows.items():
                self._primed[window] = self._primed.get(window, 0) + count
            if read.end >= self._counted:
                self._go_on_counting()
        oldest = self._joiner.oldest
        mark = read.end if oldest is None else min(read.end, oldest + self._settings.lateness)
        self._watermark = max(self._watermark or mark, mark)

    def _enter(self) -> None:
        """Enter what became of the documents of a range."""
        found, tally = self._joiner.tally, self._tally
        tally.read += found.read
        tally.records += found.records
        tally.joined += found.joined
        tally.dropped += found.dropped
        tally.remarks += found.remarks
        tally.pending = self._joiner.pending
        self._joiner.begin_tally()

    def _go_on_counting(self) -> None:
        """Everything is read that an earlier run had read. From here on it counts, and so do lines that were pending.

        What the open windows hold more than they did then came late; how much the closed ones do, the next look tells.
        """
        self._counted = None
        self._joiner.begin_tally()
        known = {window: count for window, count in self._primed.items() if window >= (self._passed or 0)}
        more = 0 if self._memory.fresh else self._memory.revise(known)
        self._memory.counts |= known
        # Lines that were held back then count when they are handed over, and late ones that were joined to them, too.
        held, holds = self._memory.pending, self._joiner.pending
        held = holds if held is None else held
        self._tally.read, self._tally.pending = held + more, holds
        self._tally.records += more - (holds - held)
        if more:
            self._tally.remarks[Remark.LATE] += more
        self._primed = {}


def _parts(batch: LogBatch) -> list[LogBatch]:
    """A batch in pieces that are worked on quickly."""
    pieces = (slice(at, at + _BATCH_RECORDS) for at in range(0, len(batch), _BATCH_RECORDS))
    return [
        LogBatch(
            batch.origins,
            batch.partitions,
            batch.time[piece],
            batch.origin[piece],
            batch.partition[piece],
            batch.position[piece],
            batch.stream[piece],
            batch.level[piece],
            batch.message[piece],
        )
        for piece in pieces
    ]
