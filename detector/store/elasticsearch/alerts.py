"""Alerts as documents of `<prefix>-alerts` and back, and silences, which lie among what people said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from elasticsearch.dsl.query import Term
from msgspec import Struct, field

from detector.alert import Alert, AlertKind, Event, Silence, ToldTo
from detector.findings import Severity
from detector.moments import moment
from detector.store.codec import check_finite
from detector.store.elasticsearch.changes import SILENCE, SaidDocument
from detector.store.elasticsearch.documents import micros
from detector.store.elasticsearch.findings import FLOORS, FindingEvent
from detector.store.elasticsearch.lanes import ElasticsearchLanes
from detector.store.elasticsearch.paging import page, position
from detector.store.elasticsearch.queries import BY_TIME, NEWEST_FIRST, all_of, of_named, starting
from detector.store.overview import named
from detector.store.port import Page

_OPEN = Term("drainwatch.open", {"value": True})
_SILENCES = Term("drainwatch.kind", {"value": SILENCE})


class Namespaces(Struct):
    """All that an alert is of."""

    namespace: tuple[str, ...]


class ToldPart(Struct):
    """What a channel was last told."""

    channel: str
    event: Event
    severity: Severity
    namespaces: tuple[str, ...]
    at: datetime


class AlertPart(Struct, omit_defaults=True):
    """What ECS has no field for."""

    kind: AlertKind
    score: float
    severity: Severity
    open: bool
    incidents: tuple[str, ...]
    changed: datetime
    resolved: datetime | None = None
    told: tuple[ToldPart, ...] = ()
    quiet: str = ""


class AlertDocument(Struct):
    """A document of `<prefix>-alerts`; its `@timestamp` is when the alert was opened."""

    event: FindingEvent
    kubernetes: Namespaces
    drainwatch: AlertPart
    message: str
    timestamp: datetime = field(name="@timestamp")


class ElasticsearchAlerts(ElasticsearchLanes):
    """Reads them; a scope sees those of the whole store."""

    def alert(self, alert_id: str) -> Alert | None:
        """One alert by its id."""
        found = self._by_id(self._names.alerts, AlertDocument, alert_id)
        return None if found is None else alert_of(found)

    def alerts(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = 100,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Alert]:
        """Those that were opened in that time, the newest first."""
        after = position("alerts", cursor)
        whose = named(namespace, namespaces)
        found = islice(self._opened_in(whose, since, until, after, limit + 1), limit + 1)
        return page("alerts", list(found), limit, lambda one: (one.opened, one.id))

    def open_alerts(self) -> list[Alert]:
        """Those that go on, oldest first."""
        found = (alert_of(hit.source) for hit in self._scan(self._names.alerts, AlertDocument, all_of(_OPEN), BY_TIME))
        return sorted(found, key=lambda one: (one.opened, one.id))

    def silences(self) -> list[Silence]:
        """All that were ever made; by creation, oldest first."""
        hits = self._scan(self._names.feedback, SaidDocument, all_of(_SILENCES), BY_TIME)
        found = (hit.source.drainwatch.silence for hit in hits)
        return sorted((one for one in found if one is not None), key=lambda one: (one.created, one.id))

    def _opened_in(
        self,
        namespaces: Sequence[str] | None,
        since: int | None,
        until: int | None,
        after: tuple[object, ...],
        at_once: int,
    ) -> Iterator[Alert]:
        # The index knows milliseconds, and alerts are opened at any microsecond.
        below, beyond = None if since is None else since - 1_000, None if until is None else until + 1_000
        query = all_of(of_named(None, namespaces), starting(below, beyond))
        for hit in self._scan(
            self._names.alerts, AlertDocument, query, NEWEST_FIRST, after=after, page=max(at_once, 1)
        ):
            found = alert_of(hit.source)
            if (since is None or since <= found.opened) and (until is None or found.opened < until):
                yield found


def alert_document(alert: Alert, created: int) -> AlertDocument:
    """The alert as a document that is written at `created`. Raises `ValueError` for numbers that JSON lacks."""
    check_finite(alert.score)
    return AlertDocument(
        timestamp=moment(alert.opened),
        message=alert.summary,
        event=FindingEvent(
            id=alert.id,
            kind="alert",
            dataset="drainwatch.alert",
            start=moment(alert.start),
            end=moment(alert.end),
            duration=(alert.end - alert.start) * 1_000,
            reason=alert.summary,
            risk_score=float(alert.score),
            severity=FLOORS[alert.severity],
            created=moment(created),
        ),
        kubernetes=Namespaces(alert.namespaces),
        drainwatch=AlertPart(
            kind=alert.kind,
            score=float(alert.score),
            severity=alert.severity,
            open=alert.open,
            incidents=alert.incidents,
            changed=moment(alert.changed),
            resolved=None if alert.resolved is None else moment(alert.resolved),
            told=tuple(
                ToldPart(one.channel, one.event, one.severity, one.namespaces, moment(one.at)) for one in alert.told
            ),
            quiet=alert.quiet,
        ),
    )


def alert_of(document: AlertDocument) -> Alert:
    """The alert that a document was made from."""
    own, event = document.drainwatch, document.event
    return Alert(
        id=event.id,
        kind=own.kind,
        namespaces=document.kubernetes.namespace,
        incidents=own.incidents,
        start=micros(event.start),
        end=micros(event.end),
        score=own.score,
        summary=document.message,
        opened=micros(document.timestamp),
        changed=micros(own.changed),
        resolved=None if own.resolved is None else micros(own.resolved),
        told=tuple(ToldTo(one.channel, one.event, one.severity, one.namespaces, micros(one.at)) for one in own.told),
        quiet=own.quiet,
    )
