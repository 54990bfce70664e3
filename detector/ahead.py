"""Reads ahead: a source is read on a thread of its own while what it gave before is templated and counted.

Only so many batches are read ahead; then reading waits until one is taken. At the end of what there is just now nothing
is read ahead either: the next look is taken when somebody asks, as without this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from queue import Empty, Full, Queue
from threading import Event, Thread

from ingest.accounting import Tally
from ingest.batch import LogBatch
from ingest.columns import sizes
from ingest.source import Checkpoint, Problem, Progress, Revisit, Source

ROWS, BYTES = 32_768, 16_000_000
"""What is handed over at once holds about this much."""
_DEPTH = 2
"""Batches that wait to be taken, at most."""
_LOOK_AROUND = 0.2
"""Seconds after which who waits looks whether anything is to be waited for."""
_PATIENCE = 10.0
"""Seconds that closing waits for a read that is under way."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Some records, and how the source stood when they had been read."""

    batch: LogBatch
    tally: Tally
    exhausted: bool
    at_end: bool
    problems: tuple[Problem, ...]
    watermark: int | None
    positions: Mapping[str, Checkpoint]
    progress: Progress
    failure: BaseException | None = None


class Ahead:
    """A source that is read ahead, as a `Source`: all that it says is as of the records that were handed over last.

    What the source raises is raised by `poll`, once what was read before it has been taken. For sources that hand over
    late records by `poll`: closed windows aren't visited again.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._looks: Queue[_Look] = Queue(_DEPTH)
        self._asked, self._closed = Event(), Event()
        self._now = _look(source, LogBatch.empty(), ())
        self._thread: Thread | None = None

    @property
    def tally(self) -> Tally:
        """Every line of the records that were handed over, by what became of it."""
        return self._now.tally

    @property
    def exhausted(self) -> bool:
        """Whether nothing will ever come again."""
        return self._now.exhausted

    @property
    def at_end(self) -> bool:
        """Whether the last poll handed over all that there was then."""
        return self._now.at_end

    @property
    def problems(self) -> Sequence[Problem]:
        """What could not be read, in the order in which it was noticed."""
        return self._now.problems

    @property
    def watermark(self) -> int | None:
        """Microseconds UTC: all records before it were handed over, but for late ones."""
        return self._now.watermark

    def poll(self) -> LogBatch:
        """The next records; an empty batch where there are none just now, or it is closed.

        Raises what the source raises.
        """
        if self._now.failure is not None:
            raise self._now.failure
        if self._now.at_end or self._now.exhausted or self._thread is None:
            self._ask()
        while True:
            try:
                self._now = self._looks.get(timeout=_LOOK_AROUND)
                break
            except Empty:
                if self._closed.is_set():
                    return LogBatch.empty()
        if self._now.failure is not None:
            raise self._now.failure
        return self._now.batch

    def revisit(self) -> Iterable[Revisit]:
        """Nothing: late records come by `poll`."""
        return ()

    def positions(self) -> Mapping[str, Checkpoint]:
        """By partition, where what was handed over ends."""
        return self._now.positions

    def progress(self) -> Progress:
        """How far reading was."""
        return self._now.progress

    def close(self) -> None:
        """Stop reading, and let go of what the source holds."""
        self._closed.set()
        self._asked.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)
            if self._thread.is_alive():
                return  # it holds the source; both end with the process
        self._source.close()

    def _ask(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._read, name="drainwatch reading", daemon=True)
            self._thread.start()
        self._asked.set()

    def _read(self) -> None:
        last = self._now
        while self._asked.wait() and not self._closed.is_set():
            self._asked.clear()
            at_end = False
            while not at_end and not self._closed.is_set():
                try:
                    last = _look(self._source, self._several(), last.problems)
                except BaseException as failure:
                    last = replace(last, batch=LogBatch.empty(), failure=failure)
                at_end = last.at_end or last.exhausted or last.failure is not None
                self._give(last)

    def _several(self) -> LogBatch:
        """Records of some polls: so many that what comes with them has little weight."""
        batches: list[LogBatch] = []
        rows = size = 0
        while rows < ROWS and size < BYTES and not self._closed.is_set():
            batch = self._source.poll()
            batches.append(batch)
            rows, size = rows + len(batch), size + int(sizes(batch.message).sum())
            if not len(batch) or self._source.at_end or self._source.exhausted:
                break
        full = [batch for batch in batches if len(batch)]
        return LogBatch.concat(full)

    def _give(self, look: _Look) -> None:
        while not self._closed.is_set():
            with suppress(Full):
                return self._looks.put(look, timeout=_LOOK_AROUND)
        return None


def _look(source: Source, batch: LogBatch, known: tuple[Problem, ...]) -> _Look:
    problems = source.problems
    return _Look(
        batch,
        deepcopy(source.tally),
        source.exhausted,
        source.at_end,
        known if len(problems) == len(known) else tuple(problems),
        source.watermark,
        dict(source.positions()),
        source.progress(),
    )
