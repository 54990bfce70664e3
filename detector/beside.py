"""Jobs beside detection, each on a thread of its own: whatever one of them waits for, nothing else does.

One of several workers does them: whoever reads the first partition, and who opened the job's scope of the store last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from detector.errors import DrainwatchError, ScopeError
from detector.meter import UNMEASURED, Meter
from detector.parts import Board
from detector.store.port import Store

log = structlog.get_logger("drainwatch.service")

_LONGEST_PAUSE = 60.0
"""Seconds from one attempt to the next while they all fail."""
_TAKEN_PAUSE = 5.0
"""Seconds for which a scope is left alone that somebody else took over: of two who both think it theirs one knows it
better, and the other one hears of it within that time."""


class Job(Protocol):
    """Something to be done again and again; all is called by one thread."""

    @property
    def name(self) -> str:
        """For logs, in a word or two."""

    @property
    def every(self) -> timedelta:
        """From the beginning of one turn to that of the next."""

    @property
    def notices(self) -> Sequence[str]:
        """What the page should say of it, a sentence each."""

    def turn(self, store: Store) -> None:
        """Do it once; `store` is the whole one, of which it may open scopes and keep them open between turns.

        Raises a `DrainwatchError` where it is to be tried again; of a `ScopeError` nothing is told.
        """

    def let_go(self) -> None:
        """It is somebody else's from now on, or failed, or the process ends: close what is held."""


class Beside:
    """Does a job while it is ours; says where it fails, and tries again ever less often."""

    def __init__(
        self,
        job: Job,
        *,
        ours: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
        meter: Meter = UNMEASURED,
        board: Board | None = None,
    ) -> None:
        self.job = job
        self._ours, self._monotonic, self._meter = ours, monotonic, meter
        self._board = board or Board(lambda: 0)
        self._failed, self._not_before = 0, 0.0
        self._trouble: tuple[str, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the page should say of it."""
        return (*self._trouble, *self.job.notices)

    @property
    def failing(self) -> bool:
        """Whether its last turn failed."""
        return bool(self._trouble)

    def turn(self, store: Store) -> None:
        """Do it once where it is ours and due. It raises nothing."""
        if not self._ours():
            self._failed, self._not_before = 0, 0.0
            self._well()
            self.let_go()
        elif self._monotonic() >= self._not_before:
            self._try(store)

    def let_go(self) -> None:
        """As `Job.let_go`; what fails at that is logged."""
        try:
            self.job.let_go()
        except Exception:
            log.exception("not closed", job=self.job.name)

    def _try(self, store: Store) -> None:
        try:
            with self._meter.step(self.job.name):
                self.job.turn(store)
        except ScopeError:
            log.info("another worker does it", job=self.job.name)
            self.let_go()
            self._failed, self._not_before = 0, self._monotonic() + _TAKEN_PAUSE
            self._well()
        except DrainwatchError as error:
            log.error("failed", job=self.job.name, problem=error.problem, advice=error.advice)
            self._fail(str(error))
        except Exception as error:
            log.exception("failed unexpectedly", job=self.job.name)
            self._fail(f"{type(error).__name__}: {error}. This is a bug; the log of the service has the details.")
        else:
            self._failed = 0
            self._well()

    def _fail(self, problem: str) -> None:
        self.let_go()
        self._not_before = self._monotonic() + min(2.0**self._failed, _LONGEST_PAUSE)
        self._failed += 1
        self._trouble = (f"{self.job.name}: {problem}",)
        self._board.fails(self.job.name, problem)

    def _well(self) -> None:
        self._trouble = ()
        self._board.works(self.job.name)
