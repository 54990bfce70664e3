"""All that is done beside detection, as the settings want it: people are told of alerts, metrics are looked at.

Each task has a thread of its own, so that a slow Prometheus keeps nobody from being told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.interval import IntervalTrigger

from detector.alerts.deadman import Detection
from detector.alerts.delivery import ChannelCount, Delivery
from detector.alerts.jobs import alert_jobs
from detector.beside import Beside, Job
from detector.meter import Meter
from detector.outputs.outbox import Figures, Outbox
from detector.parts import Board
from detector.settings import Settings
from detector.store.port import Store
from detector.wiring import open_channels, open_watch


class Tasks:
    """Made before anything is opened; `schedule` begins them, `close` ends them.

    `clock` gives microseconds UTC, `stopping` says that nobody waits any more. Raises as `open_channels` and
    `open_watch`.
    """

    def __init__(
        self, settings: Settings, clock: Callable[[], int], stopping: Callable[[], bool], meter: Meter, board: Board
    ) -> None:
        self._settings, self._clock, self._stopping, self._meter = settings, clock, stopping, meter
        self._board = board
        self._watch = open_watch(settings, clock, stopping)
        self._channels = open_channels(settings)
        self._delivery = Delivery((), clock)
        self._beside: tuple[Beside, ...] = ()

    def schedule(
        self,
        scheduler: BaseScheduler,
        store: Store,
        outbox: Outbox,
        detection: Callable[[], Detection],
        ours: Callable[[], bool],
    ) -> None:
        """Begin them; `detection` says how that is, and `ours` whether, of several workers, they are up to this one."""
        if self._watch is not None:
            self._watch.outbox = outbox
        self._beside = tuple(
            Beside(job, ours=ours, meter=self._meter, board=self._board) for job in self._jobs(detection)
        )
        self._board.expect(*(beside.job.name for beside in self._beside))
        for beside in self._beside:
            name, every = beside.job.name, IntervalTrigger(seconds=beside.job.every.total_seconds(), timezone=UTC)
            scheduler.add_executor(ThreadPoolExecutor(1), name)
            now = datetime.now(UTC)
            scheduler.add_job(self._turn, every, args=[beside, store], id=name, executor=name, next_run_time=now)

    def close(self) -> None:
        """End them, once none is at work; what is being sent is waited for a moment."""
        self._delivery.close()
        for beside in self._beside:
            beside.let_go()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the page should say of them."""
        return tuple(notice for beside in self._beside for notice in beside.notices)

    def failing(self) -> Mapping[str, bool]:
        """By name of the task, whether its last turn failed."""
        return {beside.job.name: beside.failing for beside in self._beside}

    def figures(self) -> Sequence[Figures]:
        """How many messages wait, and went, by channel."""
        return self._delivery.figures

    def channels(self) -> Mapping[str, ChannelCount]:
        """What came of each channel's messages."""
        return self._delivery.counts()

    def metric_scores(self) -> Mapping[str, float]:
        """By namespace, of the newest step of its metrics; nothing where none are looked at."""
        return {} if self._watch is None else self._watch.scores_now()

    def _jobs(self, detection: Callable[[], Detection]) -> Sequence[Job]:
        self._delivery = Delivery(self._channels, self._clock, self._board)
        alerts = alert_jobs(self._settings, self._delivery, self._clock, detection)
        return alerts if self._watch is None else (*alerts, self._watch)

    def _turn(self, beside: Beside, store: Store) -> None:
        if not self._stopping():
            beside.turn(store)
