"""What Elasticsearch answers, as far as the store needs it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from elastic_transport import Serializer
from msgspec import Struct, field

from detector.store.elasticsearch.operations import Reason

Document = TypeVar("Document")
JSON = ("application/json", "application/vnd.elasticsearch+json")
"""Types of its answers."""


class Raw(Serializer):
    """Leaves answers as bytes, which are then decoded straight into what they are known to be."""

    mimetype = JSON[0]

    def dumps(self, data: Any) -> bytes:
        """What isn't encoded yet, encoded."""
        return data if isinstance(data, bytes) else msgspec.json.encode(data)

    def loads(self, data: bytes) -> bytes:
        """The bytes."""
        return data


class Hit(Struct, Generic[Document]):
    """A document that was found."""

    index: str = field(name="_index")
    id: str = field(name="_id")
    source: Document = field(name="_source")
    sort: list[int | float | str | None] = []


class Version(Struct):
    """Which version of a document it is, for optimistic concurrency control."""

    seq_no: int = field(name="_seq_no")
    primary_term: int = field(name="_primary_term")


class Got(Struct, Generic[Document]):
    """A document that was asked for by its id, its newest version, searchable yet or not."""

    index: str = field(name="_index")
    id: str = field(name="_id")
    source: Document | None = field(name="_source", default=None)
    """None where there is no such document, or no such index."""
    seq_no: int = field(name="_seq_no", default=-1)
    primary_term: int = field(name="_primary_term", default=-1)
    version: int = field(name="_version", default=-1)
    error: Reason | None = None


class Place(Struct):
    """Where a document lies."""

    index: str = field(name="_index")
    id: str = field(name="_id")


class Hits(Struct, Generic[Document]):
    """What was found, in order."""

    hits: list[Document] = []


class Found(Struct, Generic[Document]):
    """The answer to a search."""

    hits: Hits[Document]


class Docs(Struct, Generic[Document]):
    """The answer to a request for documents by id, in the order in which they were asked for."""

    docs: list[Got[Document]]


class Made(Struct):
    """What drainwatch's own index templates put into the mapping of an index, to be known by."""

    schema: int = 0
    holds: str = ""


class _Meta(Struct):
    drainwatch: Made | None = None


class _Mapping(Struct):
    meta: _Meta = field(name="_meta", default_factory=_Meta)


class Index(Struct):
    """An index, as its mapping tells of it."""

    mappings: _Mapping


class _Bucket(Struct):
    key: str
    doc_count: int


class _Buckets(Struct):
    buckets: list[_Bucket] = []


class _PerIndex(Struct):
    indices: _Buckets


class Counted(Struct):
    """How many documents matched in each index."""

    aggregations: _PerIndex | None = None


class _Size(Struct):
    size_in_bytes: int


class _Docs(Struct):
    deleted: int = 0


class _Stats(Struct):
    store: _Size = field(default_factory=lambda: _Size(0))
    docs: _Docs = field(default_factory=_Docs)


class _OnNode(Struct):
    indices: dict[str, _Stats] = {}


class _Node(Struct):
    version: str = ""
    indices: _OnNode = field(default_factory=_OnNode)


class Nodes(Struct):
    """What nodes tell of themselves, by id."""

    nodes: dict[str, _Node] = {}


class Done(Struct):
    """An answer that says nothing but that it was done."""
