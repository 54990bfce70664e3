"""The service of a worker: reads its partitions, and serves the page and the API of the whole store."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Lock, Thread

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from detector.connecting import kafka_connection_of
from detector.outputs.outbox import Outbox
from detector.service import Service
from detector.settings import Settings
from detector.settings.origins import Origins
from detector.store.port import Store
from detector.wiring import (
    open_dead_letters,
    open_engine,
    open_store,
    partition_rules_of,
    topic_settings_of,
)
from detector.worker.lane import Parts
from detector.worker.worker import Worker
from ingest.kafka.messages import Refuse, Refused, refuse_nothing
from ingest.kafka.topic import TopicReader

log = structlog.get_logger("drainwatch.worker")

_THREADS = 4
"""Passes that run at once, at most; more than the cores that there are don't help."""
_FIRST = 0
"""Whoever reads this partition prunes the store and does what is done beside detection, so that one worker does."""


class WorkerService(Service):
    """Runs until SIGTERM or SIGINT, as `Service` does, beside others of its group."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], int],
        on_address: Callable[[str], None] = lambda _: None,
        origins: Origins | None = None,
    ) -> None:
        super().__init__(settings, (), clock=clock, on_address=on_address, origins=origins)
        self._dead_letters = open_dead_letters(settings, f"{socket.gethostname()}-{os.getpid()}", clock)
        self._worker = Worker(self._live, clock, min(_THREADS, os.cpu_count() or 1), self._board)

    @contextmanager
    def _opened(self) -> Iterator[Store]:
        """The store, while a thread of its own reads into it."""
        self._store = store = open_store(self._settings, stopping=self._stop.is_set, shared=True)
        self._outbox = Outbox(self._outputs, board=self._board)
        thread: Thread | None = None
        try:
            parts = self._parts(store)
            thread = Thread(target=self._worker.run, args=(parts, self._stop), name="worker")
            thread.start()
            yield store
        finally:
            self._stop.set()
            if thread is not None:
                thread.join()
            self._outbox.close()
            store.close()
            if self._dead_letters is not None:
                self._dead_letters.close()

    def _parts(self, store: Store) -> Parts:
        settings = self._settings
        topic = topic_settings_of(settings)
        self._live.engine = open_engine(settings, beside=True).name
        log.info("working", topic=topic.topic, group=topic.group, engine=self._live.engine)
        return Parts(
            settings=settings,
            store=store,
            topic=TopicReader(
                kafka_connection_of(settings),
                topic,
                on_assigned=self._worker.assigned,
                on_revoked=self._worker.revoked,
            ),
            start=topic.start,
            rules=partition_rules_of(settings),
            clock=self._clock,
            refuse=refuse_nothing if self._dead_letters is None else in_turn(self._dead_letters.send),
            open_engine=partial(open_engine, settings, beside=True),
            outbox=self._outbox,
            meter=self._live.measured,
        )

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = super()._scheduler()
        scheduler.remove_job("read")
        scheduler.remove_job("detect")
        return scheduler

    @property
    def _closed_until(self) -> int | None:
        """Of the partition that is furthest behind."""
        return min((one.closed_until for one in self._live.partitions if one.closed_until is not None), default=None)

    def _is_first(self) -> bool:
        """Asked anew each time, as the partition may move here."""
        return self._worker.reads(_FIRST)


def in_turn(refuse: Refuse) -> Refuse:
    """The same, one at a time."""
    lock = Lock()

    def refuse_in_turn(refused: Sequence[Refused]) -> None:
        with lock:
            refuse(refused)

    return refuse_in_turn
