"""One pass, from records to findings: poll, wait for windows to close, count, learn and score, store.

`Pipeline` does it again and again over a source that is followed; `detector.batch.detect` does it once over everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from detector.counting import count
from detector.errors import StoreError
from detector.findings import Anomaly, Incident, ModelCard
from detector.namespace import NamespaceState
from detector.schedule import Schedule
from detector.settings import Settings, micros
from detector.store.port import PassResult, Reader, Store
from detector.vectors import WindowCounts
from detector.windows import Closed, WindowBuffer
from ingest.accounting import Remark, Tally
from ingest.source import Source
from parsers.engine import Template, TemplateEngine

_WINDOWS_AT_ONCE = 30
"""While history is caught up with, so many windows are closed together: scoring has a price a call."""
_RECORDS_AT_ONCE = 200_000
"""Records that may wait until then."""


class Pipeline:
    """Reads a source into a store. It goes on where the store says that an earlier run stopped."""

    def __init__(self, source: Source, engine: TemplateEngine, store: Store, settings: Settings) -> None:
        self._source, self._engine, self._store, self._settings = source, engine, store, settings
        self._span = micros(settings.detection.window)
        self._lateness = micros(settings.detection.lateness)
        self._buffer = WindowBuffer(self._span, store.closed_until(), store.checkpoints())
        self._before = store.tally()
        self._last = 0
        self._namespaces = _restore(store, engine, settings)

    @property
    def tally(self) -> Tally:
        """Lines since the first run; records that an earlier run had seen already are not counted again."""
        return add_tallies(self._before, self._source.tally, self._buffer.seen_again)

    @property
    def caught_up(self) -> bool:
        """Whether no window is waiting to be closed."""
        return self._buffer.closable(self._due()) == 0

    @property
    def closed_until(self) -> int | None:
        """Every window that starts before this (microseconds UTC) is closed."""
        return self._buffer.closed_until

    def poll(self) -> int:
        """Take in what the source has now; returns how many records that were."""
        batch = self._source.poll()
        self._last = max(self._last, int(batch.time.max(initial=0)))
        self._buffer.add(batch)
        if self._is_worth_closing():
            self.close_windows()
        return len(batch)

    def close_windows(self) -> None:
        """Count, score and store every window that is due."""
        closed = self._buffer.close(self._due())
        if closed is not None:
            self._store.commit(self._work(closed))

    def _due(self) -> int | None:
        if self._source.exhausted:
            return (self._last // self._span + 1) * self._span
        watermark = self._source.watermark
        return None if watermark is None else watermark - self._lateness

    def _is_worth_closing(self) -> bool:
        closable = self._buffer.closable(self._due())
        return closable >= _WINDOWS_AT_ONCE or (closable > 0 and self._buffer.rows >= _RECORDS_AT_ONCE)

    def _work(self, closed: Closed) -> PassResult:
        if len(closed.late):
            self._source.tally.remarks[Remark.LATE] += len(closed.late)
        late = count(closed.late, self._engine, self._span, "none")
        counted = count(closed.on_time, self._engine, self._span, self._settings.parsing.samples)
        additions = by_namespace(late.windows)
        windows = by_namespace(counted.windows)
        anomalies: list[Anomaly] = []
        incidents: list[Incident] = []
        models: list[ModelCard] = []
        for name in sorted({*self._namespaces, *windows, *additions}):
            templates = self._engine.catalogue(name)
            state = self._namespaces.setdefault(name, NamespaceState(name, self._settings.detection))
            state.add_late(additions.get(name, ()), templates)
            found = state.advance(windows.get(name, ()), templates, closed.until, counted.samples.lines)
            anomalies += found.anomalies
            incidents += found.incidents.values()
            models += found.models
        unwell = advice(self._engine)
        return PassResult(
            closed_until=closed.until,
            counts=counted.windows,
            additions=late.windows,
            templates=self._touched({*counted.templates, *late.templates}),
            anomalies=anomalies,
            incidents=incidents,
            models=models,
            statuses=[state.status(unwell.get(name, ())) for name, state in self._namespaces.items()],
            checkpoints=self._buffer.checkpoints(self._source.positions()),
            engine=self._engine.dirty_state(),
            tally=self.tally,
        )

    def _touched(self, ids: set[str]) -> list[Template]:
        catalogues = [self._engine.catalogue(name) for name in self._namespaces]
        return [catalogue[id_] for catalogue in catalogues for id_ in ids & catalogue.keys()]


def by_namespace(windows: Sequence[WindowCounts]) -> dict[str, list[WindowCounts]]:
    """The same, in the same order, by namespace."""
    grouped: dict[str, list[WindowCounts]] = defaultdict(list)
    for window in windows:
        grouped[window.namespace].append(window)
    return grouped


def advice(engine: TemplateEngine) -> Mapping[str, tuple[str, ...]]:
    """By namespace, what to do about workloads whose logs don't template well."""
    unwell: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for health in engine.health():
        if health.advice:
            unwell[health.namespace] += (f"{health.workload}: {health.advice}",)
    return unwell


def add_tallies(before: Tally, now: Tally, seen_again: int) -> Tally:
    """The sum of both, less what both counted: records seen again, and lines that were pending and are read again."""
    return Tally(
        read=before.read - before.pending + now.read - seen_again,
        records=before.records + now.records - seen_again,
        joined=before.joined + now.joined,
        pending=now.pending,
        dropped=before.dropped + now.dropped,
        remarks=before.remarks + now.remarks,
    )


def _restore(store: Reader, engine: TemplateEngine, settings: Settings) -> dict[str, NamespaceState]:
    """The namespaces as an earlier run left them."""
    until = store.closed_until()
    if until is None:
        return {}
    try:
        engine.restore(store.engine_state(), store.templates())
    except ValueError as error:
        raise StoreError(str(error)) from error
    keep = Schedule.of(settings.detection).history
    states = {}
    for status in store.statuses():
        state = NamespaceState(status.namespace, settings.detection)
        oldest = min(until - keep, status.model.trained_from if status.model else until)
        history = list(store.counts(status.namespace, since=oldest))
        state.restore(history, engine.catalogue(status.namespace), status, until)
        for incident in store.incidents(status.namespace, limit=1).items:
            if incident.open:
                state.resume_incident(incident)
        states[status.namespace] = state
    return states
