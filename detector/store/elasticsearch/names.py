"""Which index a document lies in and under which id: the same for the same thing, so that a repeat overwrites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from detector.findings import finding_id
from detector.moments import EPOCH, moment
from detector.store.codec import storable

_DAY = timedelta(days=1)
_ADDRESS = 3_000
"""Characters of names of indices, which leaves some for a path before Elasticsearch and for parameters."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""Ids that are used as they are."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the indices under one prefix. Times are microseconds UTC; a day begins at midnight UTC."""

    prefix: str

    @property
    def templates(self) -> str:
        """The index of templates."""
        return f"{self.prefix}-templates"

    @property
    def state(self) -> str:
        """The index of all that a restart needs, with the journal."""
        return f"{self.prefix}-state"

    @property
    def changes(self) -> str:
        """The index of changes in workloads."""
        return f"{self.prefix}-changes"

    @property
    def feedback(self) -> str:
        """The index of what people said."""
        return f"{self.prefix}-feedback"

    @property
    def alerts(self) -> str:
        """The index of alerts."""
        return f"{self.prefix}-alerts"

    @property
    def access(self) -> str:
        """The index of tokens, sessions and acts."""
        return f"{self.prefix}-access"

    @property
    def singles(self) -> tuple[str, ...]:
        """The indices that every store has from the beginning, the state first."""
        return self.state, self.templates, self.changes, self.feedback, self.alerts, self.access

    @property
    def anomalies(self) -> str:
        """All indices of anomalies."""
        return f"{self.prefix}-anomalies-*"

    @property
    def incidents(self) -> str:
        """All indices of incidents."""
        return f"{self.prefix}-incidents-*"

    @property
    def counts(self) -> str:
        """All indices of counts."""
        return f"{self.prefix}-counts-*"

    @property
    def hours(self) -> str:
        """All indices of counts by the hour."""
        return f"{self.prefix}-hours-*"

    def hours_of(self, hour: int) -> str:
        """The index of counts by the hour in the month of this time, named after its first day."""
        return f"{self.prefix}-hours-{moment(hour).replace(day=1):%Y.%m.%d}"

    def anomalies_of(self, window: int) -> str:
        """The index of anomalies whose window starts on the day of this time."""
        return f"{self.prefix}-anomalies-{_day(window)}"

    def incidents_of(self, start: int) -> str:
        """The index of incidents that start on the day of this time."""
        return f"{self.prefix}-incidents-{_day(start)}"

    def counts_of(self, window: int) -> str:
        """The index of counts of windows that start on the day of this time."""
        return f"{self.prefix}-counts-{_day(window)}"


def in_addresses(indices: Iterable[str]) -> Iterator[list[str]]:
    """Names in order, as many at once as the address of a request holds.

    https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/networking-settings
    (`http.max_initial_line_length`, 4 KB)
    """
    some: list[str] = []
    length = 0
    for name in sorted(set(indices)):
        length += len(name) + len(",")
        if some and length > _ADDRESS:
            yield some
            some, length = [], len(name) + len(",")
        some.append(name)
    if some:
        yield some


def day_of(index: str) -> tuple[int, int] | None:
    """Start and end of the day that an index is named after; None where its name ends otherwise."""
    try:
        begin = datetime.strptime(index[-10:], "%Y.%m.%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (begin - EPOCH) // timedelta(microseconds=1), (begin + _DAY - EPOCH) // timedelta(microseconds=1)


def month_of(index: str) -> tuple[int, int] | None:
    """Start and end of the month that an index is named after; None where its name ends otherwise."""
    day = day_of(index)
    if day is None:
        return None
    begin = moment(day[0])
    after = (begin.replace(day=1) + 31 * _DAY).replace(day=1)
    return day[0], (after - EPOCH) // timedelta(microseconds=1)


def document_id(name: str) -> str:
    """The id of the document of a thing that has an id of its own: that, where Elasticsearch takes it as it is."""
    name = storable(name)
    return name if _PLAIN.fullmatch(name) else finding_id("id", name)


def counts_id(namespace: str, window: int) -> str:
    """The id of the document with the counts of a window."""
    return finding_id("counts", storable(namespace), window)


def hours_id(namespace: str, hour: int) -> str:
    """The id of the document with the counts of an hour."""
    return finding_id("hours", storable(namespace), hour)


def state_id(kind: str, *parts: str) -> str:
    """The id of a document of the state: of what kind, and of what."""
    return f"{kind}-{finding_id(*map(storable, parts))}" if parts else kind


def _day(time: int) -> str:
    return moment(time).strftime("%Y.%m.%d")
