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
from typing import Any

import msgspec
from elastic_transport import ApiError, Serializer, TransportError
from elasticsearch import Elasticsearch
from elasticsearch.dsl import query as dsl

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
)
"""The fields that are needed, for `source_filter`."""


class LostError(Exception):
    """What was searched is no longer there as it was: the range has to be read again."""


class _Pages(Serializer):
    """Leaves pages of hits as they are; everything else is small."""

    mimetype = "application/json"

    def loads(self, data: bytes) -> Any:
        return bytes(data) if data.startswith(_PAGE) else msgspec.json.decode(data or b"null")

    def dumps(self, data: Any) -> bytes:
        return data if isinstance(data, bytes) else msgspec.json.encode(data)


class _CompatiblePages(_Pages):
    mimetype = "application/vnd.elasticsearch+json"


def page_serializers() -> dict[str, Serializer]:
    """For a client whose searches in a point in time answer with bytes."""
    return {each.mimetype: each() for each in (_Pages, _CompatiblePages)}


class Search:
    """What is asked of the cluster. `client` was made with `page_serializers`."""

    def __init__(self, client: Elasticsearch, settings: SearchSettings) -> None:
        self._client, self._settings = client, settings
        self.shown = ", ".join(settings.indices)
        self.excluded: Sequence[str] = ()
        """Indices in which the time is no date."""

    @contextmanager
    def at_this_moment(self) -> Iterator[Snapshot]:
        """The documents that can be found now. Raises `LostError` from within, where they get lost meanwhile."""
        excluded = dsl.Bool(must_not=[dsl.Terms("_index", list(self.excluded))]).to_dict() if self.excluded else None
        opened = self._client.open_point_in_time(
            index=list(self._settings.indices), keep_alive=KEEP_ALIVE, ignore_unavailable=True, index_filter=excluded
        )
        snapshot = Snapshot(self._client, self._settings, opened["id"])
        try:
            yield snapshot
        except ApiError as error:
            if _is_loss(error):
                raise LostError(reason_of(error)[1] or str(error)) from error
            raise
        finally:
            # It is forgotten after five minutes anyway.
            with suppress(ApiError, TransportError):
                self._client.options(max_retries=0).close_point_in_time(id=snapshot.id)


class Snapshot:
    """A point in time."""

    def __init__(self, client: Elasticsearch, settings: SearchSettings, id_: str) -> None:
        self._client, self._settings, self.id = client, settings, id_

    def counts(
        self, begin: int, end: int, offset: int = 0, *, ingested: tuple[int, int] | None = None
    ) -> dict[int, int]:
        """How many documents lie in each span of time from `begin` to before `end` (microseconds UTC), by its start.

        Spans begin at multiples of the window's length, and so much later (`offset`). `ingested`: only those that
        Elasticsearch took in at such a time.
        """
        span = self._settings.span
        histogram: dict[str, Any] = {"field": self._settings.fields.time, "fixed_interval": f"{span // 1_000}ms"}
        histogram |= {"min_doc_count": 1, "offset": f"{offset // 1_000}ms"}
        answer = self._ask(
            size=0,
            query=_query(self._settings, begin, end, ingested),
            aggregations={"spans": {"date_histogram": histogram}},
        )
        buckets = msgspec.json.decode(answer).get("aggregations", {}).get("spans", {}).get("buckets", ())
        return {int(bucket["key"]) * 1_000: bucket["doc_count"] for bucket in buckets}

    def pages(self, begin: int, end: int, expected: int) -> Iterator[bytes]:
        """All hits from `begin` to before `end`, of which there should be so many.

        The next page of each slice is fetched while the one before it is worked on.
        """
        slices = self._settings.slices if expected > self._settings.page else 1
        query, left = _query(self._settings, begin, end), expected
        with ThreadPoolExecutor(slices, "elasticsearch") as pool:
            fetching: dict[Future[bytes], int] = {}
            try:
                for number in range(slices):
                    fetching[pool.submit(self._page, query, number, slices, None)] = number
                while fetching:
                    done, _ = wait(fetching, return_when=FIRST_COMPLETED)
                    for future in done:
                        number, page = fetching.pop(future), future.result()
                        if (last := _LAST.search(page, max(0, len(page) - 200))) is None:
                            continue
                        left -= self._settings.page
                        if left > 0 or slices > 1:
                            following = pool.submit(self._page, query, number, slices, int(last[1]))
                            fetching[following] = number
                        yield page
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _page(self, query: dict[str, Any], number: int, slices: int, after: int | None) -> bytes:
        return self._ask(
            size=self._settings.page,
            query=query,
            slice={"id": number, "max": slices} if slices > 1 else None,
            search_after=None if after is None else [after],
            sort=["_shard_doc"],
            source=_source(self._settings.fields) if self._settings.source_filter else None,
        )

    def _ask(self, **search: Any) -> bytes:
        answer = self._client.search(
            pit={"id": self.id, "keep_alive": KEEP_ALIVE},
            track_total_hits=False,
            allow_partial_search_results=False,
            **search,
        )
        page: bytes = answer.body
        return page


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
