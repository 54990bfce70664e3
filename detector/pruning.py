"""Forgets what a store has kept for long enough: once a day, and where that fails again within minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from detector.errors import DrainwatchError
from detector.meter import UNMEASURED, Meter, Step
from detector.moments import moment
from detector.parts import Board
from detector.samples import Redact
from detector.settings import Settings, StoreSettings, micros
from detector.sparse import HOUR
from detector.store.port import Store

log = structlog.get_logger("drainwatch.service")

_EVERY = timedelta(hours=24)
_AGAIN = timedelta(minutes=5)
"""After so long it is tried again where it failed, then after twice as long, and so on, once a day at least."""
_KEEP_ACTS = timedelta(days=365)
_FAR_BEHIND = 24 * HOUR
"""Of writers of one store: what one is behind the others by, at most, without a word."""


class Pruning:
    """Forgets by what `keep` says; `clock` gives microseconds UTC, `monotonic` seconds that only grow.

    `redact` masks lines that were kept as they were written for long enough.
    """

    def __init__(
        self,
        keep: StoreSettings,
        clock: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
        meter: Meter = UNMEASURED,
        board: Board | None = None,
        redact: Redact | None = None,
        keep_acts: timedelta = _KEEP_ACTS,
    ) -> None:
        self._redact = redact
        self._keep, self._clock, self._monotonic, self._meter = keep, clock, monotonic, meter
        self._board = board or Board(clock)
        self._keep_acts = keep_acts
        self._behind: tuple[str, ...] = ()
        """Writers of the store that are far behind others, a sentence each."""
        self._unpruned: tuple[str, ...] = ()
        """Why it failed, where it did."""
        self._failed = 0
        """How often in a row."""
        self._due = 0.0

    @property
    def notices(self) -> tuple[str, ...]:
        """What the page should say of it."""
        return (*self._unpruned, *self._behind)

    def if_due(self, store: Store) -> None:
        """Prune once a day; where that fails, again in minutes. It raises nothing: detection goes on all the same."""
        if self._monotonic() < self._due:
            return
        wait, failed = _EVERY, self._failed + 1
        try:
            with self._meter.step(Step.PRUNE):
                self._prune(store)
                self._mask_samples(store)
        except DrainwatchError as error:
            log.error("not pruned", problem=error.problem, advice=error.advice)
            self._unpruned = (f"What is older than is kept stays, as pruning fails. {error}",)
        except Exception:
            log.exception("not pruned")
            self._unpruned = ("What is older than is kept stays, as pruning fails: a bug; the log has the details.",)
        else:
            failed, self._unpruned = 0, ()
            self._board.works("pruning")
        if failed:
            self._board.fails("pruning", " ".join(self._unpruned), "degraded")
            wait = min(_AGAIN * 2 ** min(failed - 1, 10), _EVERY)
        self._failed, self._due = failed, self._monotonic() + wait.total_seconds()

    def _mask_samples(self, store: Store) -> None:
        if self._redact is not None:
            # By the clock: lines grow older also where no new ones come.
            before = self._clock() - micros(self._keep.keep_raw_samples)
            if findings := store.mask_samples(before, self._redact):
                log.info("masked samples", findings=findings)

    def _prune(self, store: Store) -> None:
        # What people do is told by the clock, whatever is in the logs.
        now = self._clock()
        store.prune_access(now - micros(self._keep_acts), now)
        ends = {name: end for name, end in store.ends().items() if end is not None}
        if not ends:
            return
        # By the time of the logs: a service that was pointed at last year's must not forget them for their age. Of
        # several writers by the one that is furthest: one that is stuck, or over, must not keep all others' for ever.
        now, keep = min(self._clock(), max(ends.values())), self._keep
        self._behind = tuple(_left_behind(name, now, end) for name, end in ends.items() if now - end > _FAR_BEHIND)
        for notice in self._behind:
            log.warning("behind", problem=notice)
        # One that is a little behind still learns from what is as old as that for it.
        needed = min([now, *(end for end in ends.values() if now - end <= _FAR_BEHIND)])
        # Whole hours: only then is rolling up again, after it was cut off, sure to have all of an hour before it.
        counts_before = (needed - micros(keep.keep_counts)) // HOUR * HOUR
        findings_before, hours_before = now - micros(keep.keep_findings), now - micros(keep.keep_hours)
        log.info("pruned", rows=store.prune(counts_before, findings_before, hours_before))


def raw_notice(settings: Settings) -> tuple[str, ...]:
    """What there is to say where lines are kept as they were written."""
    if settings.parsing.samples != "raw":
        return ()
    days = settings.store.keep_raw_samples / timedelta(days=1)
    return (
        f"Sample lines are kept as they were written (parsing.samples = raw), for {days:g} days: whoever sees findings "
        "sees the personal data in them, as do the channels that alerts go to.",
    )


def _left_behind(scope: str, now: int, end: int) -> str:
    """What there is to say of a writer that is far behind others."""
    topic = scope.rpartition("/")[0] or scope or "-"
    return (
        f"{scope or 'What is read without Kafka'} is closed to {shown(end)}, others to {shown(now)}: what is older "
        f"than is kept goes by theirs. Where it is read no more: drainwatch release {topic}."
    )


def shown(at: int | None) -> str:
    """Microseconds UTC for a log or a notice."""
    return "nothing yet" if at is None else moment(at).isoformat()
