"""What is looked for, and in what order it comes. Times are microseconds UTC, half open ranges of them.

The indices know milliseconds, and windows are whole ones: so a bound within a millisecond is that of the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from elasticsearch.dsl.query import Bool, Exists, Prefix, Query, Range, Term, Terms

from detector.findings import Source
from detector.store.codec import storable
from detector.store.overview import named

Sort = Sequence[Mapping[str, Mapping[str, str]]]

BY_KEY: Sort = [{"drainwatch.key": {"order": "asc", "unmapped_type": "keyword"}}]
BY_TEMPLATE: Sort = [{"template.id": {"order": "asc", "unmapped_type": "keyword"}}]
OLDEST_FIRST: Sort = [{"@timestamp": {"order": "asc", "unmapped_type": "date"}}]
NEWEST_FIRST: Sort = [
    {"@timestamp": {"order": "desc", "unmapped_type": "date"}},
    {"event.id": {"order": "desc", "unmapped_type": "keyword"}},
]
BY_TIME: Sort = [*OLDEST_FIRST, {"event.id": {"order": "asc", "unmapped_type": "keyword"}}]
BY_NAMESPACE: Sort = [{"kubernetes.namespace": {"order": "asc", "unmapped_type": "keyword"}}, *OLDEST_FIRST]

_FURTHEST = 253_402_300_799_999
"""The last millisecond of the year 9999."""


def all_of(*queries: Query | None) -> Query:
    """What matches every one of these that is given."""
    return Bool(filter=[query for query in queries if query is not None])


def of_kind(kind: str) -> Query:
    """Documents of the state of one kind."""
    return Term("drainwatch.kind", {"value": kind})


def of_key(start: str) -> Query:
    """Documents of the state whose own id begins so."""
    return Prefix("drainwatch.key", {"value": start})


def of_namespaces(names: Sequence[str]) -> Query:
    """Documents of any of these namespaces, 65,536 at most."""
    return Terms("kubernetes.namespace", [storable(name) for name in names])


def of_named(namespace: str | None, namespaces: Sequence[str] | None) -> Query | None:
    """Documents of one namespace, of some, or of that one of these; None for all."""
    names = named(namespace, namespaces)
    return None if names is None else of_namespaces(names)


def of_namespace(namespace: str | None) -> Query | None:
    """Documents of one namespace; None for all."""
    return None if namespace is None else Term("kubernetes.namespace", {"value": storable(namespace)})


def starting(since: int | None, until: int | None) -> Query | None:
    """Windows and incidents that start in this range; None for all."""
    bounds = {"gte": since, "lt": until}
    given = {bound: millis(time) for bound, time in bounds.items() if time is not None}
    return Range("@timestamp", {**given, "format": "epoch_millis"}) if given else None


def ending_after(time: int | None) -> Query | None:
    """Incidents that were still going on at this time; None for all."""
    return None if time is None else Range("event.end", {"gte": millis(time + 1), "format": "epoch_millis"})


def ended_by(time: int) -> Query:
    """Incidents that were over at this time."""
    return Range("event.end", {"lt": millis(time + 1), "format": "epoch_millis"})


def of_source(source: Source | None) -> Query:
    """Incidents of one source; None for those of all that are no part of another one.

    Logs are the source where none is named.
    """
    if source is None:
        return Bool(must_not=[Exists(field="drainwatch.part_of")])
    metrics = Term("drainwatch.source", {"value": Source.METRICS})
    return metrics if source is Source.METRICS else Bool(must_not=[metrics])


def part_of(incident: str) -> Query:
    """Incidents that are a part of this one."""
    return Term("drainwatch.part_of", {"value": storable(incident)})


NOT_MASKED: Query = Bool(must_not=[Term("drainwatch.raw", {"value": False})])
"""Findings with lines as they were written, and those of earlier versions, which don't say."""


def scored(least: float) -> Query:
    """Findings with this score or a higher one."""
    return Range("drainwatch.score", {"gte": least})


def millis(time: int) -> int:
    """The first whole millisecond that isn't before this time, within the years that Elasticsearch takes."""
    return max(-_FURTHEST, min(_FURTHEST, -(-time // 1_000)))
