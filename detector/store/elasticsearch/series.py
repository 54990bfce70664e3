"""Reading counts and scores of the store in a cluster, and the searches that all reading goes through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import numpy as np
from elasticsearch.dsl.query import Ids, Query
from msgspec import Struct, field

from detector.sparse import HOUR, Vectors
from detector.store.elasticsearch.answers import Hit
from detector.store.elasticsearch.cluster import PAGE, Cluster
from detector.store.elasticsearch.documents import CountsDocument, Kubernetes, counts_of, micros, vectors_of
from detector.store.elasticsearch.names import Names, document_id
from detector.store.elasticsearch.queries import (
    BY_NAMESPACE,
    BY_TIME,
    NEWEST_FIRST,
    OLDEST_FIRST,
    Sort,
    all_of,
    of_named,
    of_namespace,
    of_namespaces,
    scored,
    starting,
)
from detector.store.elasticsearch.rollup import whole_hours
from detector.store.hours import by_hour
from detector.store.port import ScoreSeries, WindowCounts, WindowScores

Document = TypeVar("Document")

_SCORE_FIELDS = ("@timestamp", "kubernetes.namespace", "drainwatch.score")
_DETECTOR_FIELDS = ("@timestamp", "drainwatch.score", "drainwatch.scores")


class _Timed(Struct):
    """A document, as far as its time goes."""

    timestamp: datetime = field(name="@timestamp")


class _Score(Struct):
    score: float


class _Scored(Struct):
    """An anomaly, as far as the heat map needs it."""

    kubernetes: Kubernetes
    drainwatch: _Score
    timestamp: datetime = field(name="@timestamp")


class _ByDetector(Struct):
    score: float
    scores: dict[str, float] = {}


class _Judged(Struct):
    """An anomaly, as far as its scores go."""

    drainwatch: _ByDetector
    timestamp: datetime = field(name="@timestamp")


class ElasticsearchCounts:
    """Counts by window, as columns, by the hour, and scores; of the whole store, or as this scope sees it."""

    def __init__(self, cluster: Cluster, names: Names, scope: str = "") -> None:
        self._cluster, self._names, self._scope = cluster, names, scope

    def counts(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """By window, oldest first."""
        query = all_of(of_namespace(namespace), starting(since, until))
        for hit in self._scan(self._names.counts, CountsDocument, query, OLDEST_FIRST):
            yield counts_of(hit.source)

    def vectors(self, namespace: str, since: int | None = None, until: int | None = None) -> Vectors:
        """The same as columns."""
        query = all_of(of_namespace(namespace), starting(since, until))
        return vectors_of(
            namespace, [hit.source for hit in self._scan(self._names.counts, CountsDocument, query, OLDEST_FIRST)]
        )

    def hours(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """By hour, oldest first: from windows where they are still there."""
        whose = of_namespace(namespace)
        query = all_of(whose, starting(since, until))
        rolled = [hit.source for hit in self._scan(self._names.hours, CountsDocument, query, OLDEST_FIRST)]
        query = all_of(whose, starting(since, None if until is None else until + HOUR))
        windows = (hit.source for hit in self._scan(self._names.counts, CountsDocument, query, OLDEST_FIRST))
        return by_hour(
            namespace,
            [(one.drainwatch.minutes or 0, counts_of(one)) for one in rolled],
            whole_hours(windows, since, until),
        )

    def hourly(self, namespace: str, since: int | None = None, until: int | None = None) -> Vectors:
        """The same as columns."""
        return Vectors.of(namespace, list(self.hours(namespace, since, until)))

    def rolled_until(self, namespace: str) -> int | None:
        """Where the newest hour ends that windows were rolled up to; None where nothing was."""
        query = all_of(of_namespace(namespace))
        for hit in self._scan(self._names.hours, _Timed, query, NEWEST_FIRST, most=1, fields=("@timestamp",)):
            return micros(hit.source.timestamp) + HOUR
        return None

    def scores(
        self, since: int, until: int, namespace: str | None = None, namespaces: Sequence[str] | None = None
    ) -> list[ScoreSeries]:
        """By namespace name; only those that have a score in the range."""
        query = all_of(of_named(namespace, namespaces), starting(since, until), scored(0.0))
        series: dict[str, list[tuple[int, float]]] = {}
        for hit in self._scan(self._names.anomalies, _Scored, query, BY_NAMESPACE, fields=_SCORE_FIELDS):
            if (one := hit.source).drainwatch.score > 0:
                series.setdefault(one.kubernetes.namespace, []).append((micros(one.timestamp), one.drainwatch.score))
        return [
            ScoreSeries(name, np.array([w for w, _ in points], np.int64), np.array([s for _, s in points], np.float64))
            for name, points in series.items()
        ]

    def detector_scores(self, namespace: str, since: int | None = None, until: int | None = None) -> list[WindowScores]:
        """Of the namespace's anomalies whose window starts in the range, oldest first."""
        query = all_of(of_namespace(namespace), starting(since, until))
        hits = self._scan(self._names.anomalies, _Judged, query, BY_TIME, fields=_DETECTOR_FIELDS)
        found = ((hit.source.timestamp, hit.source.drainwatch) for hit in hits)
        return [WindowScores(micros(time), one.score, one.scores) for time, one in found]

    def close(self) -> None:
        """Let go of the connections."""
        self._cluster.close()

    def _settle(self) -> None:
        """What a writer has to do before its store can be read."""

    def _mine(self) -> Sequence[str] | None:
        """The namespaces of the scope; None for the whole store."""
        return None

    def _parts(self, namespace: str | None) -> list[Query | None]:
        """What finds the documents of this namespace, or of all that are seen: one query after the other."""
        names = None if namespace is not None else self._mine()
        if names is None:
            return [of_namespace(namespace)]
        return [of_namespaces(names[at : at + PAGE]) for at in range(0, len(names), PAGE)]

    def _by_id(self, index: str, kind: type[Document], name: str) -> Document | None:
        for hit in self._scan(index, kind, Ids(values=[document_id(name)]), [], most=1):
            return hit.source
        return None

    def _scan(
        self,
        index: str,
        kind: type[Document],
        query: Query,
        sort: Sort,
        most: int | None = None,
        after: Sequence[object] = (),
        page: int = PAGE,
        fields: Sequence[str] = (),
    ) -> Iterator[Hit[Document]]:
        self._settle()
        return self._cluster.scan(index, kind, query, sort, page=page, most=most, after=after, fields=fields)
