"""Anomalies, incidents, alerts and silences, as far as somebody may see them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from detector.access.principal import Right
from detector.alert import Alert, Silence
from detector.alerts.routing import fits
from detector.findings import (
    Anomaly,
    Incident,
    Source,
)
from detector.permitted.counts import PermittedCounts
from detector.permitted.visible import (
    alert_seen,
    anomaly_seen,
    incident_seen,
    is_alert_seen,
    is_alert_whole,
    is_elsewhere,
)
from detector.store.pages import pages
from detector.store.port import Page
from parsers.engine import Template


class PermittedFindings(PermittedCounts):
    """Reads them from a store."""

    def anomaly(self, anomaly_id: str) -> Anomaly | None:
        """One of theirs."""
        found = self._reader.anomaly(anomaly_id)
        return anomaly_seen(self._who, found) if found and self._who.sees(found.namespace) else None

    def anomalies(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        min_score: float = 0.0,
        cursor: str | None = None,
        limit: int = 100,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Anomaly]:
        """Of theirs."""
        asked = self._asked(namespace, namespaces)
        page = self._reader.anomalies(None, since, until, min_score, cursor, limit, asked)
        return Page([anomaly_seen(self._who, one) for one in page.items], page.next_cursor)

    def incident(self, incident_id: str) -> Incident | None:
        """One of theirs."""
        found = self._reader.incident(incident_id)
        return incident_seen(self._who, found) if found and self._who.sees(found.namespace) else None

    def incidents(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        min_score: float = 0.0,
        cursor: str | None = None,
        limit: int = 100,
        source: Source | None = None,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Incident]:
        """Of theirs."""
        asked = self._asked(namespace, namespaces)
        page = self._reader.incidents(None, since, until, min_score, cursor, limit, source, asked)
        return Page([incident_seen(self._who, one) for one in page.items], page.next_cursor)

    def parts_of(self, incident_id: str) -> list[Incident]:
        """Of theirs."""
        found = self._reader.parts_of(incident_id)
        return [incident_seen(self._who, one) for one in found if self._who.sees(one.namespace)]

    def alert(self, alert_id: str) -> Alert | None:
        """One that one of theirs is in, with what is of theirs."""
        found = self._reader.alert(alert_id)
        return self._seen([found])[0] if found and is_alert_seen(self._who, found) else None

    def alerts(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = 100,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Alert]:
        """Those that theirs are in, with what is of theirs."""
        asked = self._asked(namespace, namespaces)
        page = self._reader.alerts(None, since, until, cursor, limit, asked)
        return Page(self._seen(page.items), page.next_cursor)

    def open_alerts(self) -> list[Alert]:
        """Likewise."""
        return self._seen([one for one in self._reader.open_alerts() if is_alert_seen(self._who, one)])

    def _seen(self, alerts: Sequence[Alert]) -> list[Alert]:
        """As they may be seen; their incidents are looked up for all of them at once."""
        parted = [one for one in alerts if not is_alert_whole(self._who, one)]
        known = self._incidents_of(parted) if parted else {}
        return [
            one if is_alert_whole(self._who, one) else alert_seen(self._who, one, known)
            for one in alerts
        ]  # fmt: skip

    def _incidents_of(self, alerts: Sequence[Alert]) -> dict[str, Incident]:
        """The incidents of these alerts that are theirs, by id; those in metrics also where they are part of another.

        Read by time, from theirs alone: an outage of all namespaces has thousands of others.
        """
        wanted = {incident for one in alerts for incident in one.incidents}
        since, until = min(one.start for one in alerts), max(one.end for one in alerts) + 1
        found: dict[str, Incident] = {}
        for source in Source:
            for one in pages(
                lambda cursor, count, source=source: self.incidents(  # type: ignore[misc]
                    None, since, until, 0.0, cursor, count, source
                )
            ):
                if one.id in wanted:
                    found[one.id] = one
        return found

    def silences(self) -> list[Silence]:
        """Those that hold for one of theirs, and don't tell of a workload or template that isn't."""
        return list(filter(self._is_silence_seen, self._reader.silences()))

    @cached_property
    def _templates(self) -> list[Template]:
        return self.templates()

    def _is_silence_seen(self, silence: Silence) -> bool:
        if is_elsewhere(self._who, silence.workload):
            return False
        if self._who.may(Right.READ, silence.namespace):
            return True
        own = {name for name in self._names if fits(silence.namespace, name)}
        if not own or not silence.workload + silence.template:
            return bool(own)
        there = (one for one in self._templates if one.namespace in own)
        # One of them is named alone.
        return any(one.id == silence.template or one.workload == silence.workload != "" for one in there)
