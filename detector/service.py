"""The service: follows the logs, scores every window, prunes, and serves the API and the page until it is told to stop.

Three jobs on one worker thread, so that no two of them ever meet: `read` takes in lines, `detect` closes the windows
that are due (and trains models whose time has come) and revises those whose lines came late, `prune` forgets what is
too old. Whatever fails is said on the status page and tried again from the last checkpoint; what was not committed is
read again. Pruning is apart from that: it neither waits for the others to succeed nor has them begin anew. What is
done beside detection (`detector.tasks`) has threads of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from threading import Event

import structlog
import uvicorn
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from fastapi import FastAPI

from detector.alerts.deadman import Detection
from detector.allocator import give_back
from detector.api.app import create_app
from detector.api.auth.access import Access
from detector.api.limits.install import limits_of
from detector.api.live import LiveStatus
from detector.api.sources import InForce
from detector.errors import DrainwatchError
from detector.listening import Listener, listening, stopping, tell
from detector.meter import Step
from detector.outputs.outbox import Outbox
from detector.parts import DETECTION, SOURCE, STORE, Board, blamed
from detector.pipeline import Pipeline
from detector.pruning import Pruning, raw_notice, shown
from detector.serving.exposure import called
from detector.settings import Settings, micros
from detector.settings.origins import Origins
from detector.store.port import Notes, Reader, Store
from detector.tasks import Tasks
from detector.web.mount import mount_pages
from detector.wiring import open_answering, open_engine, open_masking, open_outputs, open_source, open_store
from ingest.accounting import DropReason, Tally
from ingest.source import Source
from parsers.engine import TemplateEngine

logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a turn that is skipped while another is at work is no news
log = structlog.get_logger("drainwatch.service")

_LONGEST_PAUSE = 60
"""Turns (of a second, mostly) from one attempt to the next while they all fail."""
_LOST_TOLD = 10
"""Documents that were lost at once and are logged one by one."""
_LOOK_EVERY = {"sqlite": 1.0, "elasticsearch": 5.0}
"""Seconds from one look at the store to the next while pages are open: a cluster has better to do."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Service:
    """Runs until SIGTERM or SIGINT. `clock` gives microseconds UTC; `on_address` is told where the page is, for people.

    `paths` are what a source of files reads, `since` is where one that searches begins, in an empty store. `origins`
    says where the settings were said.
    """

    def __init__(
        self,
        settings: Settings,
        paths: Sequence[str],
        *,
        clock: Callable[[], int],
        follow: bool = True,
        since: int | None = None,
        on_address: Callable[[str], None] = lambda _: None,
        origins: Origins | None = None,
    ) -> None:
        self._settings, self._paths, self._follow, self._since = settings, paths, follow, since
        self._origins = origins or Origins()
        self._clock, self._on_address = clock, on_address
        self._stop = Event()
        self._store: Store | None = None
        self._source: Source | None = None
        self._pipeline: Pipeline | None = None
        self._engine: TemplateEngine | None = None
        self._live = LiveStatus(engine="", started_at=clock())
        self._outputs = open_outputs(settings)
        self._outbox = Outbox(())
        self._board = Board(clock)
        self._board.expect(STORE, SOURCE, DETECTION, "pruning")
        self._pruning = Pruning(
            settings.store,
            clock,
            meter=self._live.measured,
            board=self._board,
            redact=open_masking(settings),
            keep_acts=settings.access.keep_acts,
        )
        self._tasks = Tasks(settings, clock, self._stop.is_set, self._live.measured, self._board)
        self._live.notices = lambda: (
            *self._outbox.problems,
            *self._pruning.notices,
            *(pipeline.notices if (pipeline := self._pipeline) is not None else ()),
            *self._tasks.notices,
            *raw_notice(settings),
        )
        self._live.outputs = lambda: (*self._outbox.figures, *self._tasks.figures())
        self._live.channels = self._tasks.channels
        self._live.tasks = self._tasks.failing
        self._live.board = self._board
        self._live.metric_scores = self._tasks.metric_scores
        self._told = 0
        """Problems of the source that were logged."""
        self._lost_told = 0
        """Documents lost by the store that were logged."""
        self._failures = self._pause = 0
        """How often in a row a job failed, and how many turns are left out before the next attempt."""

    def run(self) -> None:
        """Serve until told to stop; then finish the pass at hand and close the store.

        Raises `DrainwatchError` for what makes starting useless: nothing to read, a store of a newer version, a port
        that is taken.
        """
        with (
            listening(self._settings) as listener,
            stopping(self._stop) as signals,
            self._opened() as store,
            self._answering(store) as (reader, notes),
        ):
            tell(listener, self._settings)
            app = self._app(reader, notes)
            server = listener.server(app, self._settings, app.state.drainwatch.news.end)
            signals.serve(server)
            self._serve(server, listener, store)
        log.info("stopped", closed_until=shown(self._closed_until))

    @property
    def _closed_until(self) -> int | None:
        """Up to where all windows are closed (microseconds UTC), for the log."""
        return self._pipeline.closed_until if self._pipeline else None

    def _serve(self, server: uvicorn.Server, listener: Listener, store: Store) -> None:
        scheduler = self._scheduler()
        self._tasks.schedule(scheduler, store, self._outbox, self._detection, self._is_first)
        scheduler.start()
        self._on_address(f"{listener.address} (on all addresses)" if listener.is_everywhere else listener.address)
        try:
            server.run(sockets=[listener.socket])
        finally:
            self._stop.set()
            scheduler.shutdown(wait=True)
            self._tasks.close()

    @contextmanager
    def _opened(self) -> Iterator[Store]:
        for notice in raw_notice(self._settings):
            log.warning("raw samples", notice=notice)
        self._store = open_store(self._settings, stopping=self._stop.is_set)
        self._outbox = Outbox(self._outputs, board=self._board)
        try:
            self._begin()
            yield self._store
        finally:
            if self._source:
                self._source.close()
            if self._engine:
                self._engine.close()
            self._outbox.close()
            self._store.close()

    @contextmanager
    def _answering(self, store: Store) -> Iterator[tuple[Reader, Notes]]:
        """What requests are answered by."""
        reader, notes = open_answering(self._settings, store, self._stop.is_set)
        try:
            yield reader, notes
        finally:
            if reader is not store:
                reader.close()
                notes.close()

    def _app(self, reader: Reader, notes: Notes) -> FastAPI:
        app = create_app(
            reader,
            live=self._live,
            clock=self._clock,
            span=micros(self._settings.detection.window),
            version=version("drainwatch"),
            say=notes.say,
            detection=self._settings.detection,
            alerting=self._settings.alerts,
            host_names=called(self._settings),
            look_every=_LOOK_EVERY[self._settings.store.kind],
            in_force=InForce(self._settings, self._origins, self._paths),
            limits=limits_of(self._settings.service, required=self._settings.access.required),
            access=Access(
                self._settings.access,
                page=self._settings.alerts.page,
                behind_proxy=self._settings.service.behind_proxy,
            ),
        )
        mount_pages(app)
        return app

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        # On the grid of the windows, as soon as the last one has waited for its late lines.
        grid = IntervalTrigger(
            seconds=self._settings.detection.window.total_seconds(),
            start_date=_EPOCH + self._wait + timedelta(milliseconds=500),
            timezone=UTC,
        )
        poll = IntervalTrigger(seconds=self._settings.ingest.poll_interval.total_seconds(), timezone=UTC)
        scheduler.add_job(self._guarded, poll, args=[self._read], id="read", next_run_time=datetime.now(UTC))
        scheduler.add_job(self._guarded, grid, args=[self._detect], id="detect")
        # Soon after the start as well: one that is started anew every day would never come to it.
        soon = datetime.now(UTC) + timedelta(minutes=1)
        scheduler.add_job(self._prune_if_due, "interval", minutes=1, id="prune", next_run_time=soon)
        scheduler.add_job(self._give_back, "interval", minutes=1, id="give back memory")
        return scheduler

    def _give_back(self) -> None:
        give_back(behind=self._live.phase == "catching up")

    def _detection(self) -> Detection:
        return Detection(self._live.phase == "catching up", self._live.error or "")

    @property
    def _wait(self) -> timedelta:
        """How long after its end a window is read whole."""
        searched = self._settings.ingest.source == "elasticsearch"
        delay = self._settings.elasticsearch.query_delay if searched else timedelta(0)
        return self._settings.detection.lateness + delay

    def _begin(self) -> None:
        """Open source and engine where the store says that reading stopped."""
        if self._store is None:
            return
        engine, meter = open_engine(self._settings), self._live.measured
        self._engine = engine
        before = self._store.progress()
        self._live.account.begin(before.tally)
        self._source = open_source(
            self._paths,
            self._settings,
            follow=self._follow,
            clock=self._clock,
            checkpoints=before.checkpoints,
            closed_until=before.closed_until,
            since=self._since,
            stopping=self._stop.is_set,
        )
        self._pipeline = Pipeline(self._source, engine, self._store, self._settings, self._outbox, meter=meter)
        self._live.engine = engine.name
        searched = self._settings.ingest.source == "elasticsearch"
        where = self._settings.elasticsearch.indices if searched else self._paths
        log.info("reading", where=list(where), engine=engine.name, since=shown(self._pipeline.closed_until))
        self._told = 0
        self._tell()

    def _read(self) -> None:
        """Take in what there is; while history is caught up with, windows are closed on the way."""
        ends = 0
        while self._pipeline and self._source and not self._stop.is_set():
            records = self._pipeline.poll()
            self._tell()
            # Twice, because the second look hands over the last records of files that are silent. Not until nothing
            # comes: of many files one grows all the time, and the other jobs would never have their turn.
            ends = ends + 1 if self._source.at_end else 0
            if not records or ends > 1:
                # Not left to the next turn of `detect`: the last record of a file is held back for seconds, in which it
                # may go on, and a window that is due only then would be scored a whole window late.
                if not self._pipeline.caught_up:
                    self._close()
                if self._live.phase == "catching up" and not self._is_behind(self._source):
                    self._close()
                    self._live.phase = "live"
                    _tell_account(self._pipeline.tally)
                return

    def _is_behind(self, source: Source) -> bool:
        """Whether a record is held back that is older than the windows which are open for being new."""
        if self._settings.ingest.source == "elasticsearch":
            return not source.at_end  # by the cluster's clock, from which ours may be far
        mark = source.watermark
        return mark is not None and self._clock() - mark > micros(self._settings.detection.window + self._wait)

    def _detect(self) -> None:
        """Close the windows that are due; what was written since the last look is read first, or it would be late."""
        self._read()
        self._close()
        self._revise()

    def _revise(self) -> None:
        """Count and judge closed windows again that hold more by now."""
        for again in self._source.revisit() if self._source else ():
            if self._pipeline is None or self._stop.is_set():
                return
            with self._live.measured.step(Step.REVISE):
                self._pipeline.revise(again)
            log.info("revised", since=shown(again.begin), until=shown(again.until), lines=len(again.batch))
            self._tell()

    def _close(self) -> None:
        if self._pipeline:
            self._pipeline.close_windows()
            self._live.last_pass_at = self._clock()
            self._live.error, self._failures = None, 0
            self._board.works(STORE, SOURCE, DETECTION)
            self._tell()

    def _prune_if_due(self) -> None:
        if self._store is not None and self._is_first() and not self._stop.is_set():
            self._pruning.if_due(self._store)

    def _is_first(self) -> bool:
        """Whether what one of several workers does is up to this one: pruning, and what is done beside detection."""
        return True

    def _tell(self) -> None:
        """Put on the status page how far reading is, and log what can't be read."""
        if self._pipeline and self._source:
            for problem in self._source.problems[self._told :]:
                log.warning("unreadable", path=str(problem.path), problem=problem.message)
                self._told += 1
            self._tell_lost()
            self._live.progress, self._live.tally = self._source.progress(), self._pipeline.tally
            if (until := self._pipeline.closed_until) is not None:
                self._live.lag_seconds = max(0, self._clock() - until) / 1e6

    def _tell_lost(self) -> None:
        """Log what the store was refused for good."""
        if self._store is None or self._store.lost_total == self._lost_told:
            return
        new, self._lost_told = self._store.lost_total - self._lost_told, self._store.lost_total
        for one in self._store.lost[-min(new, _LOST_TOLD) :]:
            log.error("lost", index=one.index, id=one.id, reason=one.reason)
        if new > _LOST_TOLD:
            log.error("lost more", documents=new - _LOST_TOLD)

    def _guarded(self, job: Callable[[], None]) -> None:
        """Run a job; if it fails say so, and begin anew from the last checkpoint, ever less often."""
        if self._stop.is_set():
            return
        if self._pause:
            self._pause -= 1
            return
        try:
            if self._pipeline is None:
                self._begin()
            job()
        except DrainwatchError as error:
            log.error("failed", problem=error.problem, advice=error.advice)
            self._recover(str(error), error)
        except Exception as error:
            log.exception("failed unexpectedly")
            self._recover(
                f"{type(error).__name__}: {error}. This is a bug; the log of the service has the details.", error
            )

    def _recover(self, problem: str, error: Exception) -> None:
        self._live.error = problem
        part, left = blamed(error)
        self._board.fails(part, problem, left)
        self._pause = min(2**self._failures, _LONGEST_PAUSE) - 1
        self._failures += 1
        if self._source:
            self._source.close()
        if self._engine:
            self._engine.close()
        self._source = self._pipeline = self._engine = None


def _tell_account(tally: Tally) -> None:
    """Log what became of the lines; where none counted, as without a time zone, nothing will ever be found."""
    dropped = {reason.value: count for reason, count in tally.dropped.items()}
    log.info("caught up", lines=tally.read, counted=tally.records, **dropped)
    if dropped and not tally.records:
        advice = "name their zone with --timezone" if DropReason.NO_TIME in tally.dropped else "look at the path"
        log.warning("no line could be counted", advice=advice)
