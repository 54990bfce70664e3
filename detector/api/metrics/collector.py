"""The figures of the store and of the service, read when they are scraped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from detector.api.context import Context
from detector.api.forms import SECOND
from detector.api.metrics.families import bounded, counter, counters, gauge, gauges
from detector.api.metrics.told import of_alerts, of_channels, of_outputs, of_parts
from detector.errors import StoreError
from detector.findings import NamespaceStatus, Severity
from ingest.accounting import DropReason, Remark

_DAY = 86_400 * SECOND


class DrainwatchCollector(Collector):
    """Reads the figures anew each time."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering it doesn't read the store."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All families; for who may not read all namespaces those of theirs alone."""
        if not self._context.who.sees_all:
            yield from [*self._closed(), *self._namespaces()]
            return
        yield gauges("build_info", "The version that runs.", "version", {self._context.version: 1})
        stored, unreadable = self._stored()
        yield from stored
        yield from self._service()
        yield from of_parts(self._context.parts(unreadable))

    def _stored(self) -> tuple[list[Metric], StoreError | None]:
        """What the store tells, or why it doesn't: a running service has its own to tell while its store is away."""
        try:
            return [*self._lines(), *self._closed(), *self._namespaces()], None
        except StoreError as unreadable:
            if self._context.live is None:
                raise
            return [*self._lines()] if self._context.live.tally else [], unreadable

    def _lines(self) -> Iterator[Metric]:
        live = self._context.live
        tally = live.account.since_begin(live.tally) if live and live.tally else self._context.tally()
        yield counter("lines_read", "Lines read.", tally.read)
        yield counter("records", "Records, of one line or several.", tally.records)
        yield counter("lines_joined", "Lines joined to the record before them.", tally.joined)
        yield gauge("lines_pending", "Lines of records that may still go on.", tally.pending)
        dropped = {reason.value: tally.dropped[reason] for reason in DropReason}
        yield counters("lines_dropped", "Lines in no count, and why.", "reason", dropped)
        remarks = {remark.value: tally.remarks[remark] for remark in Remark}
        yield counters("remarks", "Noticed about lines that count.", "remark", remarks)

    def _service(self) -> Iterator[Metric]:
        if (live := self._context.live) is None:
            return
        if live.last_pass_at is not None:
            yield gauge("last_pass_timestamp_seconds", "When the last pass was done.", live.last_pass_at / SECOND)
        if live.lag_seconds is not None:
            yield gauge("lag_seconds", "How far scoring is behind the clock.", live.lag_seconds)
        if live.partitions:
            lag = {one.partition: one.lag for one in live.partitions if one.lag is not None}
            yield gauges("partition_lag", "Messages not read yet.", "partition", bounded(lag))
        yield gauge("event_streams", "Who follow what happens.", self._context.news.following)
        yield gauge("last_pass_failed", "1 where the last pass failed.", int(live.error is not None))
        if tasks := live.tasks():
            yield gauges("task_failing", "1 where it failed last, of what is done beside detection.", "task", tasks)
        yield from of_outputs(live.outputs())
        yield from of_channels(live.channels())

    def _closed(self) -> Iterator[Metric]:
        if (closed := self._context.reader.closed_until()) is not None:
            yield gauge("closed_until_timestamp_seconds", "Windows before this are closed.", closed / SECOND)

    def _namespaces(self) -> Iterator[Metric]:
        context = self._context
        # In this order: what is closed meanwhile must not make all that is alive look given up.
        closed, statuses = context.reader.closed_until(), context.reader.statuses()
        now = context.clock()
        windows = sum(status.windows for status in statuses)
        yield counter("windows_closed", "Windows closed, of all namespaces.", windows)
        yield gauges("namespaces", "Namespaces by state.", "state", _by_state(context, statuses))
        yield gauges("open_incidents", "Incidents going on.", "severity", _open_incidents(context, closed))
        yield from of_alerts(context.reader.open_alerts())
        scores = {one.namespace: one.last_score for one in statuses if not _given_up(one, closed, context.span)}
        yield gauges("anomaly_score", "Score of the last window, 0 to 100.", "namespace", bounded(scores))
        templates = {status.namespace: status.templates for status in statuses}
        last = {status.namespace: status.last_line / SECOND for status in statuses if status.last_line}
        name, text = "last_line_timestamp_seconds", "Start of the newest window with a line."
        yield gauges(name, text, "namespace", bounded(last))
        known = {} if context.live is None else context.live.metric_scores()
        seen = {name: score for name, score in known.items() if context.who.sees(name)}
        yield gauges("metrics_score", "Score of its metrics, 0 to 100.", "namespace", bounded(seen))
        yield gauges("templates", "Templates known.", "namespace", bounded(templates))
        yield gauges("model_age_seconds", "Age of the model.", "namespace", bounded(_ages(statuses, now)))
        yield gauges("drift_statistic", "Drift that the model was made for.", "namespace", bounded(_drifts(statuses)))


def _given_up(status: NamespaceStatus, closed_until: int | None, span: int) -> bool:
    """Whether it is no longer scored, as it has been silent for so long: its last score would stand there for ever."""
    return closed_until is not None and status.last_window + span < closed_until


def _ages(statuses: list[NamespaceStatus], now: int) -> dict[str, float]:
    return {
        status.namespace: max(now - status.model.trained_until, 0) / SECOND
        for status in statuses
        if status.model is not None
    }


def _drifts(statuses: list[NamespaceStatus]) -> dict[str, float]:
    """The furthest of each, 0 to 1; nought where a model was made for another reason."""
    return {
        status.namespace: max((drift.statistic for drift in status.model.drift), default=0.0)
        for status in statuses
        if status.model is not None
    }


def _open_incidents(context: Context, closed_until: int | None) -> dict[str, int]:
    """By severity. An open incident's last anomaly is only a few windows old, so a day back is ample."""
    since = None if closed_until is None else closed_until - _DAY
    found = Counter(
        incident.severity for incident in context.reader.incidents(since=since, limit=1000).items if incident.open
    )
    return {severity.value: found[severity] for severity in Severity}


def _by_state(context: Context, statuses: list[NamespaceStatus]) -> dict[str, int]:
    return {str(state): count for state, count in context.states(statuses).items()}
