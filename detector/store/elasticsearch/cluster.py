"""The cluster as the store asks it: what there is to be asked, answered in typed documents, with patience."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec
import stamina
from elastic_transport import ApiResponse
from elasticsearch import Elasticsearch
from elasticsearch.dsl.query import Query

from detector.errors import StoreError
from detector.store.elasticsearch.answers import (
    Counted,
    Docs,
    Done,
    Found,
    Got,
    Hit,
    Index,
    Made,
    Nodes,
    Place,
    Version,
)
from detector.store.elasticsearch.names import in_addresses
from detector.store.elasticsearch.operations import (
    AGAIN,
    Lost,
    Operation,
    Reason,
    Written,
    batches,
    put_off,
    sort_out,
)
from detector.store.elasticsearch.queries import Sort
from detector.store.elasticsearch.requests import Requests, status_behind

Document = TypeVar("Document")
Answer = TypeVar("Answer")

PAGE = 10_000
"""Documents a page, the most that Elasticsearch gives at once (`index.max_result_window`)."""
_CONFLICT, _TOO_LARGE = 409, 413
_NOT_FOR_US = (400, 401, 403, 404, 410)
_LATEST = 5.0
"""Seconds from one attempt to the next, at most."""


class _BusyError(Exception):
    """Some writes were put off, for this reason."""

    def __init__(self, why: Reason, count: int) -> None:
        super().__init__(why.type)
        self.why, self.count = why, count


class Cluster(Requests):
    """Requests of the store with this prefix; usable from several threads.

    All raise `StoreError`; for what is only for now (away, overloaded, disk full) after `Connection.patience`, or once
    `stopping` says that nobody waits for an answer any more.
    """

    def scan(
        self,
        index: str,
        kind: type[Document],
        query: Query,
        sort: Sort,
        *,
        page: int = PAGE,
        most: int | None = None,
        after: Sequence[object] = (),
        fields: Sequence[str] = (),
    ) -> Iterator[Hit[Document]]:
        """All documents in this order, in which no two are equal; or the first so many after one with these values.

        Only with these fields, where some are named.
        """
        body: dict[str, Any] = {"query": query.to_dict(), "sort": sort, "track_total_hits": False}
        if fields:
            body["_source"] = fields
        left = most
        while left is None or left > 0:
            size = page if left is None else min(page, left)
            more = {"size": size, "search_after": after} if after else {"size": size}
            hits = self._found(index, Hit[kind], body | more)  # type: ignore[valid-type]
            yield from hits
            if len(hits) < size:
                return
            left = None if left is None else left - size
            after = hits[-1].sort

    def newest(self, index: str) -> tuple[int, int] | None:
        """What tells whether anything was written since: sequence number and term of the newest document there is."""
        body = {"sort": [{"_seq_no": "desc"}], "size": 1, "_source": False, "seq_no_primary_term": True}
        found = self._found(index, Version, body)
        return (found[0].seq_no, found[0].primary_term) if found else None

    def places(self, index: str, query: Query) -> list[Place]:
        """Where documents lie, up to 10,000 of them."""
        return self._found(index, Place, {"query": query.to_dict(), "size": PAGE, "_source": False})

    def get(self, places: Sequence[tuple[str, str]], kind: type[Document]) -> list[Got[Document]]:
        """The documents with these indices and ids, in this order."""
        found: list[Got[Document]] = []
        for start in range(0, len(places), PAGE):
            docs = [{"_index": index, "_id": name} for index, name in places[start : start + PAGE]]
            found += self._asked("read", Docs[kind], lambda it, docs=docs: it.mget(docs=docs)).docs  # type: ignore[valid-type,misc]
        for one in found:
            if one.error is not None and one.error.type != "index_not_found_exception":
                raise self._failed("read", f"{one.index} answers {one.error.type}: {one.error.reason}.")
        return found

    def there(self, places: Sequence[tuple[str, str]], kind: type[Document]) -> dict[tuple[str, str], Document]:
        """By index and id, those of these documents that are there."""
        return {(one.index, one.id): one.source for one in self.get(places, kind) if one.source is not None}

    def put(self, index: str, name: str, body: bytes, at: Version | None) -> Version | None:
        """Write a document that is still in this version, or is not there yet; None where it isn't so (any more)."""
        write: dict[str, Any] = {"document": body, "op_type": "create"}
        if at is not None:
            write = {"document": body, "if_seq_no": at.seq_no, "if_primary_term": at.primary_term}

        try:
            return self._asked("written", Version, lambda client: client.index(index=index, id=name, **write))
        except StoreError as error:
            if status_behind(error) == _CONFLICT:
                return None
            raise

    def write(self, operations: Iterable[Operation], version: int | None = None) -> Written:
        """Write documents in any order; with a version, only over those of the same or a lower one."""
        written = Written()
        for batch in batches(operations):
            written.add(self._write(batch, version))
        return written

    def swap(self, index: str, documents: Iterable[tuple[str, bytes, Version | None]]) -> None:
        """Write documents that are still in these versions, or not there yet; those that aren't so any more stay.

        What the cluster puts off stays as well: look, and ask again.
        """
        lines: list[bytes] = []
        for name, body, at in documents:
            what: dict[str, object] = {"_index": index, "_id": name}
            if at is not None:
                what |= {"if_seq_no": at.seq_no, "if_primary_term": at.primary_term}
            lines += [msgspec.json.encode({"create" if at is None else "index": what}), body]
        for item in self._bulk(lines).items if lines else ():
            outcome = next(iter(item.values()))
            if outcome.error is not None and outcome.status not in (_CONFLICT, *AGAIN):
                raise self._refused(outcome.error)

    def refresh(self, indices: Iterable[str]) -> None:
        """Make searchable what was written."""
        for some in in_addresses(indices):
            self._asked("written", Done, partial(_refresh, some))

    def made(self, indices: Iterable[str]) -> dict[str, Made | None]:
        """Those of these indices (or patterns) that exist, with what our templates put into them, if they did."""
        found: dict[str, Index] = {}
        for some in in_addresses(indices):
            found |= self._asked("read", dict[str, Index], partial(_mapping, some))
        return {name: index.mappings.meta.drainwatch for name, index in found.items()}

    def create(self, indices: Iterable[str]) -> None:
        """Make these indices, empty, as the index templates say.

        By a delete with a version of our own, which is documented to make the index: so the privilege to have indices
        made automatically is enough.
        https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-delete
        """
        lines = [
            msgspec.json.encode({"delete": {"_index": name, "_id": "none", "version": 1, "version_type": "external"}})
            for name in indices
        ]
        if lines:
            answer = self._bulk(lines)
            for item in answer.items:
                if (error := item["delete"].error) and error.type != "version_conflict_engine_exception":
                    raise self._refused(error)

    def drop(self, index: str) -> None:
        """Delete an index; that it is gone already is no error."""
        self._asked("pruned", Done, lambda client: client.indices.delete(index=index, ignore_unavailable=True))

    def counted(self, index: str, query: Query) -> dict[str, int]:
        """How many documents of which index match, where any do."""
        body = {
            "query": query.to_dict(),
            "size": 0,
            "aggregations": {"indices": {"terms": {"field": "_index", "size": PAGE}}},
        }
        answer = self._search(index, Counted, body)
        buckets = answer.aggregations.indices.buckets if answer.aggregations else []
        return {bucket.key: bucket.doc_count for bucket in buckets}

    def added_up(self, index: str, kind: type[Answer], query: Query, aggregations: dict[str, Any]) -> Answer:
        """What aggregations make of all documents that match."""
        return self._search(index, kind, {"query": query.to_dict(), "size": 0, "aggregations": aggregations})

    def server_version(self) -> str | None:
        """Of the node that answers; None where this user may not know."""
        found = self._nodes(lambda it: it.nodes.info(node_id="_local", filter_path="nodes.*.version"))
        return next((node.version for node in found.nodes.values()), None)

    def size(self, pattern: str) -> int | None:
        """Bytes of these indices on disk, with their copies; None where this user may not know."""
        path = f"nodes.*.indices.indices.{pattern}.store.size_in_bytes"
        found = self._nodes(
            lambda it: it.nodes.stats(metric="indices", index_metric="store", level="indices", filter_path=path)
        )
        sizes = [one.store.size_in_bytes for node in found.nodes.values() for one in node.indices.indices.values()]
        return sum(sizes) if sizes else None

    def written_anew(self, indices: Sequence[str]) -> dict[str, int]:
        """Have segments written without what was deleted, and logs of writes emptied; what still holds some, how much.

        https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-forcemerge
        """
        names = sorted(set(indices))
        if not names:
            return {}
        self.flush(names)
        for some in in_addresses(names):
            self._asked("erased", Done, partial(_merge, some))
        return self.deleted(names) or {}

    def flush(self, indices: Sequence[str]) -> None:
        """Have logs of writes emptied into segments."""
        for some in in_addresses(indices):
            self._asked("erased", Done, partial(_flush, some))

    def deleted(self, indices: Sequence[str]) -> dict[str, int] | None:
        """How many deleted documents the files of these still hold, where they do; None where nodes don't tell."""
        self.refresh(indices)
        path = "nodes.*.indices.indices.*.docs.deleted"
        found = self._nodes(
            lambda it: it.nodes.stats(metric="indices", index_metric="docs", level="indices", filter_path=path)
        )
        if not found.nodes:
            return None
        left: dict[str, int] = {}
        for node in found.nodes.values():
            for name, one in node.indices.indices.items():
                if name in indices and one.docs.deleted:
                    left[name] = left.get(name, 0) + one.docs.deleted
        return left

    def _nodes(self, request: Callable[[Elasticsearch], ApiResponse[Any]]) -> Nodes:
        """The answer of the nodes; none where they don't answer this user, or in this kind of cluster."""
        try:
            return self._asked("read", Nodes, request)
        except StoreError as error:
            if status_behind(error) in _NOT_FOR_US:
                return Nodes()
            raise

    def _found(self, index: str, kind: type[Answer], body: dict[str, Any]) -> list[Answer]:
        return self._search(index, Found[kind], body).hits.hits  # type: ignore[valid-type]

    def _search(self, index: str, kind: type[Answer], body: dict[str, Any]) -> Answer:
        # Of a shard that doesn't answer a part would be missing without a word.
        return self._asked(
            "read",
            kind,
            lambda client: client.search(
                index=index, ignore_unavailable=True, allow_partial_search_results=False, body=body
            ),
        )

    def _write(self, batch: list[Operation], version: int | None) -> Written:
        """Send a batch, and again what is put off, until all of it is settled or patience is at an end."""
        written = Written()
        try:
            for attempt in stamina.retry_context(
                on=lambda error: isinstance(error, _BusyError) and not self._stopping(),
                timeout=self._patience or 1e-9,
                attempts=None,
                wait_max=_LATEST,
            ):
                with attempt:
                    done = sort_out(batch, self._bulk([line for one in batch for line in one.lines(version)]))
                    written.add(done.settled)
                    batch = done.again
                    if done.refused is not None:
                        raise self._refused(done.refused)
                    if done.busy is not None:
                        raise _BusyError(done.busy, len(batch))
        except _BusyError as error:
            raise self._failed("written", *put_off(error.why, error.count, self._patience)) from None
        except StoreError as error:
            if status_behind(error) != _TOO_LARGE:
                raise
            written.add(self._write_in_parts(batch, version))
        return written

    def _write_in_parts(self, batch: list[Operation], version: int | None) -> Written:
        """What was too large for a request, for the server or for a proxy before it."""
        if len(batch) == 1:
            reason = f"{len(batch[0].body)} bytes are too many for a request"
            return Written([Lost(batch[0].index, batch[0].id, reason)])
        half = len(batch) // 2
        written = self._write(batch[:half], version)
        written.add(self._write(batch[half:], version))
        return written


def _refresh(indices: list[str], client: Elasticsearch) -> ApiResponse[Any]:
    return client.indices.refresh(index=indices, ignore_unavailable=True)


def _mapping(indices: list[str], client: Elasticsearch) -> ApiResponse[Any]:
    return client.indices.get_mapping(index=indices, ignore_unavailable=True)


def _flush(indices: list[str], client: Elasticsearch) -> ApiResponse[Any]:
    return client.indices.flush(index=indices, force=True, ignore_unavailable=True)


def _merge(indices: list[str], client: Elasticsearch) -> ApiResponse[Any]:
    return client.indices.forcemerge(index=indices, max_num_segments=1, ignore_unavailable=True)
