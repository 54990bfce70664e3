"""Searching a range of time as it was at one moment: how many documents, and all of them, page by page.

https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-open-point-in-time and
https://www.elastic.co/docs/reference/elasticsearch/rest-apis/paginate-search-results: a point in time in slices, by
`_shard_doc`, which is the cheapest order. The pages stay bytes: to decode them as Python's own objects would take
longer than all the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from elastic_transport import ApiError, ApiResponse, SerializationError, Serializer, TransportError
from elasticsearch import Elasticsearch
from elasticsearch.dsl import query as dsl

from ingest.elasticsearch.answers import answered
from ingest.elasticsearch.plainly import reason_of
from ingest.elasticsearch.settings import FieldNames, SearchSettings

KEEP_ALIVE = "5m"
_LAST = re.compile(rb'"sort":\[(-?\d+)\]\}\]\}\}\s*$')
_PAGE = b'{"pit_id":'
NAMESPACES = ("kubernetes.namespace", "kubernetes.namespace_name")
_WANTED = (
    *("message", "msg", "log", "text", "body", "event.original", "stream", "level", "severity", "log.level"),
    *("log.offset", "log.file.path", "input.type", "ts", "time", "timestamp", "t", "host.name"),
    *(
        "kubernetes.*.name",
        "kubernetes.namespace",
        "kubernetes.*_name",
        "kubernetes.host",
        "kubernetes.container.image",
    ),
    *("kubernetes.labels.pod-template-hash", "container.image.name"),
    *("rule", "priority", "output", "output_fields", "reason", "type", "count", "involvedObject"),
    *(f"kubernetes.event.{name}" for name in ("reason", "message", "type", "count", "involved_object", "metadata")),
)
"""The fields that are needed, for `source_filter`."""


class LostError(Exception):
    """What was searched is no longer there as it was: the range has to be read again."""


class _Pages(Serializer):
    """Leaves pages of hits as they are; everything else is small."""

    mimetype = "application/json"

    def loads(self, data: bytes) -> Any:
        if data.startswith(_PAGE):
            return bytes(data)
        try:
            return msgspec.json.decode(data or b"null")
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise SerializationError(f"no JSON: {error}", (error,)) from error

    def dumps(self, data: Any) -> bytes:
        return data if isinstance(data, bytes) else msgspec.json.encode(data)


class _Opened(msgspec.Struct):
    id: str


class _Total(msgspec.Struct):
    value: int


class _Hits(msgspec.Struct):
    total: _Total


class _Bucket(msgspec.Struct):
    key: float
    doc_count: int


class _Spans(msgspec.Struct):
    buckets: list[_Bucket] = []


class _Aggregations(msgspec.Struct):
    spans: _Spans = msgspec.field(default_factory=_Spans)


class _Counted(msgspec.Struct):
    hits: _Hits
    aggregations: _Aggregations = msgspec.field(default_factory=_Aggregations)


class _CompatiblePages(_Pages):
    mimetype = "application/vnd.elasticsearch+json"


def page_serializers() -> dict[str, Serializer]:
    """For a client whose searches in a point in time answer with bytes."""
    return {each.mimetype: each() for each in (_Pages, _CompatiblePages)}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents there are between two times."""

    documents: int
    spans: dict[int, int]
    """By the start of each span. A document of several times counts in each of theirs, so the sum may be larger."""


class Search:
    """What is asked of the cluster. `client` was made with `page_serializers`."""

    def __init__(self, client: Elasticsearch, settings: SearchSettings) -> None:
        self._client, self._settings = client, settings
        self.shown = ", ".join(settings.indices)
        self.time = settings.fields.time
        self.excluded: Sequence[str] = ()
        """Indices in which the time is no date."""

    @contextmanager
    def at_this_moment(self) -> Iterator[Snapshot]:
        """The documents that can be found now. Raises `LostError` from within, where they get lost meanwhile."""
        excluded = dsl.Bool(must_not=[dsl.Terms("_index", list(self.excluded))]).to_dict() if self.excluded else None
        opened = self._client.open_point_in_time(
            index=list(self._settings.indices), keep_alive=KEEP_ALIVE, ignore_unavailable=True, index_filter=excluded
        )
        snapshot = Snapshot(self._client, self._settings, answered(opened, _Opened).id)
        try:
            yield snapshot
        except ApiError as error:
            if _is_loss(error):
                raise LostError(reason_of(error)[1] or str(error)) from error
            raise
        finally:
            # It is forgotten after five minutes anyway: nothing is asked twice for it.
            with suppress(ApiError, TransportError):
                self._client.options(retry_on_timeout=False).close_point_in_time(id=snapshot.id)


class Snapshot:
    """A point in time."""

    def __init__(self, client: Elasticsearch, settings: SearchSettings, id_: str) -> None:
        self._client, self._settings, self.id = client, settings, id_

    def counts(self, begin: int, end: int, offset: int = 0, *, ingested: tuple[int, int] | None = None) -> Counts:
        """How many documents lie between `begin` and before `end` (microseconds UTC), and in each span of that time.

        Spans begin at multiples of the window's length, and so much later (`offset`). `ingested`: only those that
        Elasticsearch took in at such a time.
        """
        span = self._settings.span
        histogram: dict[str, Any] = {"field": self._settings.fields.time, "fixed_interval": f"{span // 1_000}ms"}
        histogram |= {"min_doc_count": 1, "offset": f"{offset // 1_000}ms"}
        answer = self._ask(
            size=0,
            track_total_hits=True,
            query=_query(self._settings, begin, end, ingested),
            aggregations={"spans": {"date_histogram": histogram}},
        )
        counted = answered(answer, _Counted)
        spans = {int(bucket.key) * 1_000: bucket.doc_count for bucket in counted.aggregations.spans.buckets}
        # A document that has another time as well is counted there too, wherever that is.
        inside = {start: count for start, count in spans.items() if start + span > begin and start < end}
        return Counts(counted.hits.total.value, inside)

    def pages(self, begin: int, end: int, expected: int, *, times: bool = False) -> Iterator[bytes]:
        """All hits from `begin` to before `end`, of which there should be so many; with the `times` that were indexed.

        The next page of each slice is fetched while the one before it is worked on.
        """
        slices = self._settings.slices if expected > self._settings.page else 1
        query, left = _query(self._settings, begin, end), expected
        with ThreadPoolExecutor(slices, "elasticsearch") as pool:
            fetching: dict[Future[bytes], int] = {}
            try:
                for number in range(slices):
                    fetching[pool.submit(self._page, query, number, slices, None, times)] = number
                while fetching:
                    done, _ = wait(fetching, return_when=FIRST_COMPLETED)
                    for future in done:
                        number, page = fetching.pop(future), future.result()
                        if (last := _LAST.search(page, max(0, len(page) - 200))) is None:
                            continue
                        left -= self._settings.page
                        if left > 0 or slices > 1:
                            following = pool.submit(self._page, query, number, slices, int(last[1]), times)
                            fetching[following] = number
                        yield page
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _page(self, query: dict[str, Any], number: int, slices: int, after: int | None, times: bool) -> bytes:
        page = self._ask(
            size=self._settings.page,
            query=query,
            slice={"id": number, "max": slices} if slices > 1 else None,
            search_after=None if after is None else [after],
            sort=["_shard_doc"],
            track_total_hits=False,
            source=_source(self._settings.fields) if self._settings.source_filter else None,
            docvalue_fields=[{"field": self._settings.fields.time, "format": "epoch_millis"}] if times else None,
        ).body
        if not isinstance(page, bytes):
            raise SerializationError("no page of hits")
        return page

    def _ask(self, **search: Any) -> ApiResponse[Any]:
        return self._client.search(
            pit={"id": self.id, "keep_alive": KEEP_ALIVE}, allow_partial_search_results=False, **search
        )


def _query(settings: SearchSettings, begin: int, end: int, ingested: tuple[int, int] | None = None) -> dict[str, Any]:
    filters: list[dsl.Query] = [_between(settings.fields.time, begin, end)]
    if ingested is not None:
        filters.append(_between(settings.fields.ingested, *ingested))
    if settings.namespaces:
        # Where a field is mapped as text, as without a template it would be, its exact value has a name of its own.
        names = [f"{name}{end}" for name in (*settings.fields.namespace, *NAMESPACES) for end in ("", ".keyword")]
        wanted = list(settings.namespaces)
        filters.append(dsl.Bool(should=[dsl.Terms(name, wanted) for name in names], minimum_should_match=1))
    query: dict[str, Any] = dsl.Bool(filter=filters).to_dict()
    return query


def _between(field: str, begin: int, end: int) -> dsl.Query:
    return dsl.Range(field, {"gte": begin // 1_000, "lt": -(-end // 1_000), "format": "epoch_millis"})


def _source(names: FieldNames) -> list[str]:
    own = (*names.message, *names.level, *names.namespace, *names.workload, *names.pod, *names.container)
    return [names.time, *own, *_WANTED]


def _is_loss(error: ApiError) -> bool:
    """Whether asking anew may do better: an index went, a shard moved, the search was forgotten."""
    kind, reason = reason_of(error)
    if error.meta.status == 404:
        return True
    return kind in ("search_context_missing_exception", "index_not_found_exception", "index_closed_exception") or (
        error.meta.status == 500 and "shard" in reason
    )
