"""Looks at the metrics of all namespaces every few seconds, and writes incidents of them into a scope of its own.

What is usual is learned from Prometheus's own history at each start; which incidents were going on, and up to when
metrics were looked at, is in the store. So a restart neither forgets an incident nor tells it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import structlog
from numpy.typing import NDArray

from detector.errors import ServerError
from detector.findings import Incident, Source
from detector.metrics.detector import Detector, Verdict
from detector.metrics.story import grown, whole
from detector.metrics.usual import Grid
from detector.outputs.outbox import Outbox
from detector.store.pages import pages
from detector.store.port import METRICS, PassResult, Store
from ingest.prometheus.client import Prometheus
from ingest.prometheus.series import SECOND, Series, read
from ingest.prometheus.settings import PrometheusConnection, Query

log = structlog.get_logger("drainwatch.metrics")

_CATCH_UP = 3_600 * SECOND
"""What lies further back is only learned from."""
_SET_BACK = 300 * SECOND
"""A clock that goes back by more was wrong before: nothing was known yet of the time that was looked at."""
_PROGRESS = 300 * SECOND
"""How often it is written how far metrics were looked at, where there is nothing else to write."""
_LATER = 900 * SECOND
"""For so long after its end an incident may still turn out to be a part of one in the logs, which are read later."""
_FORGOTTEN = 86_400 * SECOND
"""A namespace that Prometheus has known nothing of for so long is not remembered."""
_NOTHING = "Prometheus knows nothing of what is asked for. drainwatch doctor shows each query."


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at, and how. Durations in microseconds."""

    queries: tuple[Query, ...]
    step: int
    delay: int
    history: int
    learn: int
    """History that a namespace needs before it is judged."""
    gap: int
    """Quiet time that ends an incident."""
    window: int
    budget: float
    """Incidents a day that a namespace may raise by chance."""
    seed: int


class Watch:
    """A job beside detection. `clock` gives microseconds UTC, `stopping` says that nobody waits any more."""

    name = "metrics"
    outbox: Outbox | None = None
    """Sends what is told of incidents, where there is one by the first turn."""

    def __init__(
        self,
        watched: Watched,
        connection: PrometheusConnection,
        *,
        clock: Callable[[], int],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._watched, self._connection = watched, connection
        self._clock, self._stopping = clock, stopping
        self._client: Prometheus | None = None
        self._scope: Store | None = None
        self._detectors: dict[str, Detector] = {}
        self._last_known: dict[str, int] = {}
        self._learned = False
        """Whether the detectors know the history up to the step that comes next."""
        self._next: int | None = None
        """That step."""
        self._written = 0
        """Up to where it is written that metrics were looked at."""
        self._open: dict[str, Incident] = {}
        """By namespace."""
        self._recent: dict[str, Incident] = {}
        """By id: those that are open, and those that may still become a part of another one."""
        self._trouble: tuple[str, ...] = ()
        self._scores: dict[str, float] = {}
        """By namespace, of the newest step; replaced whole, as others read it."""

    @property
    def every(self) -> timedelta:
        """From one look to the next."""
        return timedelta(microseconds=self._watched.step)

    @property
    def notices(self) -> Sequence[str]:
        """What the page should say of it."""
        return self._trouble

    def scores_now(self) -> Mapping[str, float]:
        """By namespace, 0 to 100, of the newest step; safe beside a turn."""
        return self._scores

    def turn(self, store: Store) -> None:
        """Look at the steps that have come since the last turn.

        Raises `ServerError` where Prometheus is away; what it knows is looked at once it is back.
        """
        scope = self._scope if self._scope is not None else self._opened(store)
        newest = (self._clock() - self._watched.delay) // self._watched.step * self._watched.step
        try:
            changed = self._look(newest)
        except ServerError:
            if self._next is not None and self._next != self._written:  # so that we go on from there
                self._write(scope, self._next, {}, now=True)
            self._trouble = ()
            raise
        if self._next is not None:
            self._write(scope, self._next, changed)

    def let_go(self) -> None:
        """Close the scope and connections; what is usual is kept in mind."""
        self._scores = {}
        scope, client, self._scope, self._client = self._scope, self._client, None, None
        if client is not None:
            client.close()
        if scope is not None:
            if self.outbox is not None:
                self.outbox.forget(scope)
            scope.close()

    def _opened(self, store: Store) -> Store:
        """The scope, and what its last holder left there."""
        self._scope = scope = store.scope(METRICS)
        if self.outbox is not None:
            self.outbox.look(scope)
        done = scope.progress().closed_until
        self._written = done or 0
        since = (self._clock() if done is None else done) - self._watched.gap - _LATER
        found = _incidents(scope, None, since, None, Source.METRICS)
        self._recent = {one.id: one for one in found}
        self._open = {one.namespace: one for one in found if one.open}
        if done != self._next:  # somebody else went on meanwhile, or what was found last was not written
            self._next, self._learned = done, False
        return scope

    def _look(self, newest: int) -> dict[str, Incident]:
        """Judge all steps up to the newest; the incidents that are new or not as they were, by id."""
        watched = self._watched
        begin = newest + watched.step if self._next is None else self._next
        if not newest - _CATCH_UP <= begin <= newest + watched.step + _SET_BACK:
            begin, self._learned = newest + watched.step, False
        if self._learned and begin > newest:
            return {}
        series = self._read(begin if self._learned else begin - watched.history, newest)
        first = int(np.searchsorted(series.time, begin))
        if not self._learned:
            self._learn(series, first)
        changed: dict[str, Incident] = {}
        for place in range(first, len(series.time)):
            self._judge(series, place, changed)
        self._next = max(begin, newest + watched.step)
        return changed

    def _read(self, begin: int, end: int) -> Series:
        if self._client is None:
            self._client = Prometheus(self._connection, self._stopping)
        watched = self._watched
        first = -(-begin // watched.step) * watched.step
        series = read(self._client, watched.queries, first, end, watched.step)
        nothing = not series.namespaces and not series.problems
        self._tell((_NOTHING,) if nothing else series.problems)
        return series

    def _tell(self, trouble: tuple[str, ...]) -> None:
        for problem in trouble:
            if problem not in self._trouble:
                log.warning("metrics", problem=problem)
        self._trouble = trouble

    def _learn(self, series: Series, before: int) -> None:
        """Begin anew with a history."""
        self._detectors, self._last_known = {}, {}
        for row, name in enumerate(series.namespaces):
            if self._stopping():
                return
            detector = self._detectors[name] = self._new()
            detector.remember(series.values[row, :, :before])
            self._last_known[name] = int(series.time[-1])
        self._learned = True
        judged = sum(one.judges for one in self._detectors.values())
        log.info("learned", namespaces=len(self._detectors), judged=judged, steps=before)
        if series.silent:
            log.info("not measured here", queries=series.silent)

    def _new(self) -> Detector:
        watched = self._watched
        return Detector(
            watched.queries,
            Grid(watched.step),
            budget=watched.budget,
            learn=max(watched.learn // watched.step, 1),
            keep=max(watched.history // watched.step, 1),
            seed=watched.seed,
        )

    def _judge(self, series: Series, place: int, changed: dict[str, Incident]) -> None:
        """One step of all namespaces."""
        time, rows = int(series.time[place]), {name: row for row, name in enumerate(series.namespaces)}
        values = series.values[:, :, place].astype(np.float64)
        known = bool(np.isfinite(values).any())
        scores: dict[str, float] = {}
        for name in sorted(self._detectors.keys() | rows.keys()):
            detector = self._detectors.get(name) or self._detectors.setdefault(name, self._new())
            row = values[rows[name]] if name in rows else self._unknown(known)
            if name in rows:
                self._last_known[name] = time
            elif time - self._last_known.setdefault(name, time) > _FORGOTTEN:
                del self._detectors[name], self._last_known[name]
                continue
            verdict = detector.step(row)
            if detector.judges:
                scores[name] = verdict.score
            self._told(name, time, verdict, changed)
        self._end(time, changed)
        self._scores = scores

    def _unknown(self, known: bool) -> NDArray[np.float64]:
        """Of a namespace without a series: what counts nothing has 0, unless Prometheus knows nothing of anybody."""
        return np.array([0.0 if query.zero and known else np.nan for query in self._watched.queries])

    def _told(self, name: str, time: int, verdict: Verdict, changed: dict[str, Incident]) -> None:
        if verdict.crossed:
            watched, incident = self._watched, self._open.get(name)
            told = grown(incident, name, time - watched.step, time, verdict, watched.window)
            self._open[name] = changed[told.id] = self._recent[told.id] = told

    def _end(self, time: int, changed: dict[str, Incident]) -> None:
        """Incidents of which nothing was seen for long enough."""
        for incident in list(self._open.values()):
            if time - incident.end > self._watched.gap:
                del self._open[incident.namespace]
                changed[incident.id] = self._recent[incident.id] = replace(incident, open=False)

    def _write(self, scope: Store, until: int, changed: dict[str, Incident], *, now: bool = False) -> None:
        """What has changed; and whose part each recent incident is by now."""
        watched = self._watched
        for incident in list(self._recent.values()):
            near = _incidents(
                scope, incident.namespace, incident.start - watched.gap, incident.end + watched.gap, Source.LOGS
            )
            told = whole(incident, near, watched.gap)
            if told != incident:
                changed[told.id] = self._recent[told.id] = told
                if incident.namespace in self._open and told.open:
                    self._open[incident.namespace] = told
        if now or changed or abs(until - self._written) >= _PROGRESS:
            self._commit(scope, PassResult(closed_until=until, incidents=list(changed.values())))
            self._written = until
        for incident in list(self._recent.values()):
            if not incident.open and until - incident.end > watched.gap + _LATER:
                del self._recent[incident.id]

    def _commit(self, scope: Store, result: PassResult) -> None:
        """Store it, and with it what is to be told of it."""
        told = self.outbox.messages(result) if self.outbox is not None else []
        scope.commit(replace(result, told=told))
        if self.outbox is not None and told:
            self.outbox.look(scope)


def _incidents(store: Store, namespace: str | None, since: int, until: int | None, source: Source) -> list[Incident]:
    """All of a time."""
    return list(
        pages(lambda cursor, count: store.incidents(namespace, since, until, cursor=cursor, limit=count, source=source))
    )
