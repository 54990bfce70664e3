"""Reading what the overview shows of the store in a cluster: scores by column, incidents by namespace.

Added up in the cluster: two million documents would take minutes to be read. The page of a composite aggregation
(https://www.elastic.co/docs/reference/aggregations/search-aggregations-bucket-composite-aggregation) stays below
`search.max_buckets`, of however many namespaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np
from elasticsearch.dsl.query import Query
from msgspec import Struct

from detector.store.elasticsearch.cluster import PAGE
from detector.store.elasticsearch.queries import (
    all_of,
    ending_after,
    of_namespaces,
    of_source,
    scored,
    starting,
)
from detector.store.elasticsearch.series import ElasticsearchCounts
from detector.store.overview import IncidentCount, ScoreSeries


class _Place(Struct):
    namespace: str
    column: int = 0
    """Milliseconds."""


class _Value(Struct, frozen=True):
    value: float | None = None


class _Number(Struct, frozen=True):
    doc_count: int = 0


class _Bucket(Struct):
    key: _Place
    doc_count: int
    highest: _Value = _Value()
    newest: _Value = _Value()
    open: _Number = _Number()


class _Buckets(Struct):
    buckets: list[_Bucket] = []
    after_key: _Place | None = None


class _Groups(Struct):
    groups: _Buckets


class _Grouped(Struct):
    aggregations: _Groups | None = None
    """None where there is no index to be asked."""


_NAMESPACE = {"namespace": {"terms": {"field": "kubernetes.namespace"}}}


class ElasticsearchLanes(ElasticsearchCounts):
    """Of the whole store, whatever scope reads it."""

    def highest(self, since: int, until: int, step: int, namespaces: Sequence[str] | None = None) -> list[ScoreSeries]:
        """The highest score in each column; by namespace name, those that have one above nought."""
        if since >= until or step <= 0 or (namespaces is not None and not namespaces):
            return []
        whose = None if namespaces is None else of_namespaces(namespaces)
        length = max(step // 1_000, 1)
        by = {"field": "@timestamp", "fixed_interval": f"{length}ms", "offset": f"{since // 1_000 % length}ms"}
        found = self._groups(
            self._names.anomalies,
            all_of(whose, starting(since, until), scored(0.0)),
            [_NAMESPACE, {"column": {"date_histogram": by}}],
            {"highest": {"max": {"field": "drainwatch.score"}}},
        )
        points = [(one.key.namespace, one.key.column * 1_000, one.highest.value or 0.0) for one in found]
        series = []
        for name, columns in groupby((one for one in points if one[2] > 0), key=lambda point: point[0]):
            _, begin, score = zip(*columns, strict=True)
            series.append(ScoreSeries(name, np.array(begin, np.int64), np.array(score, np.float64)))
        return sorted(series, key=attrgetter("namespace"))

    def namespaces(self) -> list[str]:
        """Names of all namespaces; the state has those of which lines were read, by their owners."""
        indices = (self._names.state, self._names.incidents, self._names.alerts)
        found = {one.key.namespace for index in indices for one in self._groups(index, all_of(), [_NAMESPACE], {})}
        return sorted(found - {""})

    def incident_counts(self, since: int, until: int, namespaces: Sequence[str] | None = None) -> list[IncidentCount]:
        """Of those that were going on at some time in the range; by namespace name."""
        whose = None if namespaces is None else of_namespaces(namespaces)
        found = self._groups(
            self._names.incidents,
            all_of(whose, starting(None, until), ending_after(since), of_source(None)),
            [_NAMESPACE],
            {
                "open": {"filter": {"term": {"drainwatch.open": True}}},
                "newest": {"max": {"field": "@timestamp"}},
            },
        )
        counts = [
            IncidentCount(one.key.namespace, one.doc_count, one.open.doc_count, round(one.newest.value or 0) * 1_000)
            for one in found
        ]
        return sorted(counts, key=attrgetter("namespace"))

    def _groups(
        self, index: str, query: Query, sources: list[dict[str, Any]], of_each: dict[str, Any]
    ) -> Iterator[_Bucket]:
        self._settle()
        after: dict[str, Any] = {}
        while True:
            groups = {"composite": {"size": PAGE, "sources": sources, **after}, "aggregations": of_each}
            answer = self._cluster.added_up(index, _Grouped, query, {"groups": groups})
            found = answer.aggregations.groups if answer.aggregations else _Buckets()
            yield from found.buckets
            if found.after_key is None or len(found.buckets) < PAGE:
                return
            key = found.after_key
            after = {"after": {name: getattr(key, name) for source in sources for name in source}}
