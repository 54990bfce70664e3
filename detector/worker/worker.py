"""Reads all partitions that the group gives this worker, side by side, until it is told to stop.

One thread fetches, so that the group never takes a long pass for a dead worker; passes run on a few others. Where a
lane reads more slowly than its messages come, no more of them are fetched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import structlog

from detector.api.live import LiveStatus
from detector.errors import DrainwatchError
from detector.parts import DETECTION, SOURCE, STORE, Board, blamed
from detector.pruning import shown
from detector.worker.held import Held, tell
from detector.worker.lane import AdoptedError, Lane, MadeAnewError, Parts
from ingest.kafka.messages import Message
from ingest.kafka.source import PartitionSource

log = structlog.get_logger("drainwatch.worker")

_FETCH_SECONDS = 0.1
_LOOKED_EVERY = 0.5
"""Seconds from one look at the ends of partitions to the next, at most: whenever a window may be over it is looked."""
_RECOGNIZED_EVERY = 10.0
"""Seconds from one look whether the topic is still the same to the next;"""
_DOUBTED_EVERY = 2.0
"""or so many, where it ends before what was read of it."""
_JUMPS_EVERY = 1.0
"""Seconds from one look why offsets are left out to the next."""
_KEPT_EVERY = 1.0
"""Seconds from one time that the group is told offsets to the next."""
_LONGEST_PAUSE = 60.0
"""Seconds from one attempt to the next while they all fail."""
_LET_GO_SECONDS = 5.0
"""How long a pass is waited for whose partition is taken away; its result is refused by the store if it comes later."""


_PASS = (STORE, SOURCE, DETECTION)
"""Parts that a pass needs."""


class Worker:
    """Owns the lanes. `assigned` and `revoked` are for the topic's reader; `live` is what the status page shows.

    The `board` is told which part keeps a lane from being read.
    """

    def __init__(self, live: LiveStatus, clock: Callable[[], int], threads: int, board: Board | None = None) -> None:
        self._live, self._clock = live, clock
        self._board = board or Board(clock)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="lane")
        self._held: dict[int, Held] = {}
        self._parts: Parts | None = None
        self._looked = self._kept = 0.0
        self._looked_at = self._windows_over = 0
        self._recognized = time.monotonic()
        self._read_then: dict[int, int] = {}
        """How far partitions were read when it was asked where they end."""
        self._offsets: dict[int, int] = {}
        """What the group keeps, as far as we told it."""
        self._failures = 0
        self._joined = False
        """Whether the group has told which partitions are ours, be it none."""

    def reads(self, number: int) -> bool:
        """Whether this partition is ours."""
        return number in self._held

    def run(self, parts: Parts, stop: Event) -> None:
        """Work until told to stop; then finish what is being done and leave the group."""
        self._parts = parts
        try:
            while not stop.is_set():
                self._guarded_turn(parts, stop)
        finally:
            self.revoked(list(self._held))
            self._pool.shutdown(wait=True, cancel_futures=True)
            parts.topic.close()

    def assigned(self, numbers: list[int]) -> None:
        """These partitions are ours from now on."""
        self._joined = True
        if numbers:
            log.info("partitions assigned", numbers=sorted(numbers))
        for number in numbers:
            if self._parts is not None:
                self._held[number] = Held(Lane(number, self._parts), paused=True)
                self._offsets.pop(number, None)

    def revoked(self, numbers: list[int]) -> None:
        """These partitions are others' from now on: what was not committed they read again."""
        if ours := sorted(self._held.keys() & numbers):
            log.info("partitions revoked", numbers=ours)
        let_go = [held for number in numbers if (held := self._held.pop(number, None)) is not None]
        for held in let_go:
            held.lane.stopped = True
            self._board.works(*_PASS, by=held.lane.name)
        until = time.monotonic() + _LET_GO_SECONDS
        for held in let_go:
            if held.doing is None or held.doing.cancel():  # what waits for its turn isn't waited for
                held.lane.close()
                continue
            held.doing.add_done_callback(_closing(held.lane))
            while not held.doing.done() and time.monotonic() < until:
                time.sleep(0.01)

    def _guarded_turn(self, parts: Parts, stop: Event) -> None:
        try:
            self._turn(parts)
        except DrainwatchError as error:
            self._failures += 1
            self._live.error = str(error)
            self._board.fails(blamed(error)[0], str(error))
            log.error("failed", problem=error.problem, advice=error.advice)
            stop.wait(min(2.0**self._failures, _LONGEST_PAUSE))
        except Exception as error:
            self._failures += 1
            self._live.error = f"{type(error).__name__}: {error}. This is a bug; the log has the details."
            self._board.fails(DETECTION, self._live.error)
            log.exception("failed unexpectedly")
            stop.wait(min(2.0**self._failures, _LONGEST_PAUSE))
        else:
            self._failures = 0
            self._tell_topic(parts)

    def _turn(self, parts: Parts) -> None:
        try:
            self._fetch(parts)
        except Exception:
            # What was fetched may be gone with the error, and would never be fetched again.
            for held in self._held.values():
                self._begin_anew(held, parts)
            raise
        for number in list(parts.topic.gone):
            self._pass_over(number, parts)
        self._look(parts)
        for held in list(self._held.values()):
            self._attend(held, parts)
        self._keep(parts)
        tell(self._live, parts, [self._held[number] for number in sorted(self._held)], joined=self._joined)

    def _tell_topic(self, parts: Parts) -> None:
        """Put on the board how the turn went: what fails in a single lane is told by that."""
        if parts.topic.trouble is None:
            self._board.works(*_PASS)
        else:
            self._board.fails(SOURCE, self._live.error or str(parts.topic.trouble))

    def _fetch(self, parts: Parts) -> None:
        """Hand on what came."""
        for number, messages in parts.topic.fetch(_FETCH_SECONDS).items():
            if (source := self._source(number)) is not None:
                self._see_jumps(self._held[number], source, messages, parts)
                source.put(messages)
        for number, offset in parts.topic.passed.items():
            if (source := self._source(number)) is not None:
                source.passed(offset)
        parts.topic.passed.clear()

    def _see_jumps(self, held: Held, source: PartitionSource, messages: Sequence[Message], parts: Parts) -> None:
        """Where offsets are left out see whether messages were deleted; mostly it is what was compacted or is none."""
        before, held.fetched = held.fetched, messages[-1].offset + 1
        jumps = before is not None and held.fetched - before > len(messages)
        if jumps and time.monotonic() - held.jumped_at >= _JUMPS_EVERY:
            held.jumped_at = time.monotonic()
            low, _ = parts.topic.bounds(held.lane.number)
            source.deleted_before(low)

    def _source(self, number: int) -> PartitionSource | None:
        """Of a partition that is being read."""
        held = self._held.get(number)
        return held.lane.source if held is not None and held.reading else None

    def _begin_anew(self, held: Held, parts: Parts) -> None:
        """Read no more in this lane before it was opened again, at its last checkpoint."""
        if held.reading:
            parts.topic.pause([held.lane.number])
        held.reading, held.paused = False, True

    def _pass_over(self, number: int, parts: Parts) -> None:
        """Go on behind messages that were deleted before they were fetched."""
        if self._source(number) is not None:
            self._recognize(parts)
        if (source := self._source(number)) is None:
            parts.topic.gone.discard(number)  # where it is opened it is looked at anyway
            return
        (low, _), held = parts.topic.bounds(number), self._held[number]
        if low <= (held.fetched or 0):  # nothing was deleted: it was shorter than that, and may have grown since
            parts.topic.gone.discard(number)
            held.lane.doubted = True
            self._begin_anew(held, parts)
            return
        source.deleted_before(low)
        parts.topic.begin_at(number, low)
        held.paused, held.fetched = False, low

    def _recognize(self, parts: Parts) -> None:
        """See whether the topic is still the one that is read; one that was made anew is begun anew."""
        self._recognized, id_ = time.monotonic(), parts.topic.describe().id
        for held in self._held.values():
            if held.reading and id_ and held.lane.topic_id not in ("", id_):
                log.warning("the topic was deleted and made anew", partition=held.lane.name)
                self._begin_anew(held, parts)

    def _look(self, parts: Parts) -> None:
        """Hand on where partitions ended, as soon as that is answered; ask again when it is time."""
        topic, now = parts.topic, time.monotonic()
        if topic.looking:
            return
        doubtful: list[Held] = []
        for number, end in topic.ends().items():
            if (source := self._source(number)) is not None:
                source.reached(self._looked_at, end)
                self._held[number].turned_at = 0.0  # it may have a window to close
                doubtful += [self._held[number]] if end < self._read_then.get(number, 0) else []
        if now - self._recognized >= (_DOUBTED_EVERY if doubtful else _RECOGNIZED_EVERY):
            self._recognize(parts)
            for held in doubtful:  # when they are opened, it is looked at what is still there
                self._begin_anew(held, parts)
        windows_over = parts.windows_over(self._clock())
        if now - self._looked < _LOOKED_EVERY and windows_over == self._windows_over:
            return
        self._looked, self._looked_at, self._windows_over = now, self._clock(), windows_over
        sources = {number: source for number in self._held if (source := self._source(number)) is not None}
        self._read_then = {number: source.progress().done for number, source in sources.items()}
        topic.look(sources)

    def _attend(self, held: Held, parts: Parts) -> None:
        """See to it that a lane has something to do, where there is something."""
        if held.doing is not None:
            if not held.doing.done():
                self._hold_back(held, parts)
                return
            self._finish(held, parts)
        now = time.monotonic()
        if not held.reading:
            if now >= held.again_at:
                held.opening, held.doing = True, self._pool.submit(held.lane.open)
            return
        self._hold_back(held, parts)
        source = held.lane.source
        if source is not None and (source.inbox or now - held.turned_at >= _LOOKED_EVERY):
            held.turned_at, held.doing = now, self._pool.submit(held.lane.turn)

    def _finish(self, held: Held, parts: Parts) -> None:
        """What was done with a lane is over."""
        doing, held.doing = held.doing, None
        opened, held.opening = held.opening, False
        error = doing.exception() if doing is not None else None
        if error is not None:
            self._fail(held, parts, error)
        elif opened:
            parts.topic.begin_at(held.lane.number, held.lane.begin)
            held.reading, held.paused, held.told, held.fetched = True, False, 0, held.lane.begin
            _tell_begin(held.lane)
        else:
            if held.lane.well:
                held.error, held.failures = None, 0
                self._board.works(*_PASS, by=held.lane.name)
            self._live.last_pass_at = self._clock()

    def _fail(self, held: Held, parts: Parts, error: BaseException) -> None:
        """Have a lane begin anew from its last checkpoint, ever less often where it fails again and again."""
        self._begin_anew(held, parts)
        if isinstance(error, AdoptedError):
            log.info("namespaces adopted", partition=held.lane.name)
            return
        if isinstance(error, MadeAnewError):
            log.warning("the topic was deleted and made anew", partition=held.lane.name)
            return
        held.again_at = time.monotonic() + min(2.0**held.failures, _LONGEST_PAUSE)
        held.failures += 1
        if isinstance(error, DrainwatchError):
            held.error = str(error)
            log.error("failed", partition=held.lane.name, problem=error.problem, advice=error.advice)
        else:
            held.error = f"{type(error).__name__}: {error}. This is a bug; the log of the service has the details."
            log.error("failed unexpectedly", partition=held.lane.name, exc_info=error)
        part, left = blamed(error)
        self._board.fails(part, f"{held.lane.name}: {held.error}", left, by=held.lane.name)

    def _hold_back(self, held: Held, parts: Parts) -> None:
        """Fetch no more where much waits, and more again where little does."""
        source = held.lane.source
        if not held.reading or source is None:
            return
        if not held.paused and source.inbox.full:
            parts.topic.pause([held.lane.number])
            held.paused = True
        elif held.paused and source.inbox.roomy:
            parts.topic.resume([held.lane.number])
            held.paused = False

    def _keep(self, parts: Parts) -> None:
        """Have the group keep where reading would resume, for those who watch its lag."""
        now = time.monotonic()
        if now - self._kept < _KEPT_EVERY:
            return
        self._kept = now
        new = {
            number: held.lane.kept
            for number, held in self._held.items()
            if held.lane.kept is not None and held.lane.kept != self._offsets.get(number)
        }
        parts.topic.keep(new)
        self._offsets |= new


def _tell_begin(lane: Lane) -> None:
    """Log where a lane goes on; the messages before that are looked through only, for those that come again."""
    if lane.source is not None and lane.pipeline is not None:
        since = shown(lane.pipeline.closed_until)
        log.info("reading", partition=lane.name, offset=lane.source.progress().done, closed_until=since)


def _closing(lane: Lane) -> Callable[[Future[None]], None]:
    def close(_: Future[None]) -> None:
        lane.close()

    return close
