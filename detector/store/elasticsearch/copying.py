"""All documents of a store, as they stand at one moment, and putting them back: what backups are made of.

Elasticsearch has no moment that is the same in several indices, but the journal makes one. The head of each scope's
journal changes with whatever a pass does: before its first document is written, and after its last. So where no head
has changed from before the views (points in time) were opened to after, the views hold

- each earlier pass whole: it was carried out, and refreshed, before its head said so;
- of a pass that is just carried out any part, and its journal whole, so that opening the store carries it out again;
- nothing of a pass that comes later.

That is what a crash at that moment would have left. What is written apart from passes (words, owners, models as made,
what was sent) is a document each, which is there or not. Rolled up are hours before their windows go: so the view of
the hours is opened after that of the windows, and no window is in neither.
https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-open-point-in-time
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from detector.errors import StoreError
from detector.store.elasticsearch.answers import Done, Found, Made
from detector.store.elasticsearch.cluster import PAGE, Cluster
from detector.store.elasticsearch.journal import HEAD
from detector.store.elasticsearch.names import Names, in_addresses
from detector.store.elasticsearch.operations import Operation
from detector.store.elasticsearch.queries import BY_KEY, all_of, of_kind
from detector.store.elasticsearch.requests import Requests

_KEEP = "5m"
"""How long a view outlives the last question."""
_PAGE, _PAGE_OF_STATE = 1_000, 20
"""Documents an answer: those of the state may have 4 MB each."""
_PAUSE = 0.5
_OURS = re.compile(r"([a-z]+)(-\d{4}\.\d\d\.\d\d)?")


class Kept(Struct, omit_defaults=True):
    """A document as it stands in an archive, a line each."""

    id: str = field(name="_id")
    source: Raw = field(name="_source")
    routing: str = field(name="_routing", default="")


class _Hit(Struct):
    id: str = field(name="_id")
    source: Raw = field(name="_source")
    routing: str = field(name="_routing", default="")
    sort: list[int] = []


class _Hits(Struct):
    hits: list[_Hit]


class _Page(Struct):
    pit_id: str
    hits: _Hits


class _Opened(Struct):
    id: str


class _Head(Struct):
    id: str = field(name="_id")
    seq_no: int = field(name="_seq_no")
    primary_term: int = field(name="_primary_term")


class Routed(Operation, frozen=True, array_like=True):
    """A write of a document that doesn't lie where its id says."""

    routing: str = ""

    def lines(self, version: int | None) -> list[bytes]:
        """As `Operation.lines`."""
        head, *body = super().lines(version)
        what = msgspec.json.decode(head)
        what[self.action]["routing"] = self.routing
        return [msgspec.json.encode(what), *body]


@dataclass(frozen=True, slots=True)
class View:
    """A store at one moment."""

    indices: dict[str, int]
    """By name, by which of the ids each is seen."""
    ids: list[str]
    """Of points in time; the newest that was given for each."""


def indices_of(cluster: Cluster, names: Names) -> dict[str, Made]:
    """The indices of the store with this prefix and of no other, by name."""
    found = cluster.made([f"{names.prefix}-*"])
    return {name: made for name, made in sorted(found.items()) if made is not None and suffix_of(name, names, made)}


def suffix_of(index: str, names: Names, made: Made) -> str | None:
    """What an index is called after the prefix; None where it is another store's, whose prefix begins with ours."""
    found = _OURS.fullmatch(index.removeprefix(f"{names.prefix}-"))
    return found[0] if found and found[1] == made.holds else None


class Copying(Requests):
    """Views of a store. All raise `StoreError`."""

    @contextmanager
    def view(self, cluster: Cluster, names: Names, patience: float) -> Iterator[View]:
        """The store at one moment, while the `with` lasts; looks for one so many seconds."""
        view = self._quiet(cluster, names, time.monotonic() + patience)
        try:
            yield view
        finally:
            self._close(view)

    def _quiet(self, cluster: Cluster, names: Names, until: float) -> View:
        while True:
            before = self._heads(names)
            indices = list(indices_of(cluster, names))  # after the heads: those of a pass that is over are all there
            cluster.refresh(indices)
            late = (f"{names.prefix}-hours-", names.state)
            groups = [[one for one in indices if one.startswith(late) is last] for last in (False, True)]
            view = View({}, [])
            try:
                for some in chain(*map(in_addresses, groups)):
                    view.indices.update(dict.fromkeys(some, len(view.ids)))
                    view.ids.append(self._open(some))
                if self._heads(names) == before:
                    return view
            except BaseException:
                self._close(view)
                raise
            self._close(view)
            if time.monotonic() > until:
                raise StoreError(
                    f"The store {names.prefix}-* is written to without a pause, so that no moment of it can be held.",
                    "Try again, or stop what writes it for a moment.",
                )
            time.sleep(_PAUSE)

    def documents(self, view: View, index: str) -> Iterator[Kept]:
        """All documents of an index, their sources on one line each."""
        size, number = (_PAGE_OF_STATE if index.endswith("-state") else _PAGE), view.indices[index]
        body: dict[str, Any] = {
            "query": {"term": {"_index": index}},
            "sort": [{"_shard_doc": "asc"}],
            "size": size,
            "track_total_hits": False,
        }
        while True:
            body["pit"] = {"id": view.ids[number], "keep_alive": _KEEP}
            # Of a shard that doesn't answer a part would be missing without a word.
            page = self._asked("read", _Page, lambda it: it.search(allow_partial_search_results=False, body=body))
            view.ids[number] = page.pit_id
            for hit in page.hits.hits:
                yield Kept(hit.id, Raw(msgspec.json.format(hit.source, indent=-1)), hit.routing)
            if len(page.hits.hits) < size:
                return
            body["search_after"] = page.hits.hits[-1].sort

    def _heads(self, names: Names) -> list[_Head]:
        """The versions of the heads of all journals."""
        body = {
            "query": all_of(of_kind(HEAD)).to_dict(),
            "sort": BY_KEY,
            "size": PAGE,
            "_source": False,
            "seq_no_primary_term": True,
        }
        self._asked("read", Done, lambda it: it.indices.refresh(index=names.state))
        answer = self._asked("read", Found[_Head], lambda it: it.search(index=names.state, body=body))
        return answer.hits.hits

    def _open(self, indices: list[str]) -> str:
        return self._asked(
            "read",
            _Opened,
            lambda it: it.open_point_in_time(index=indices, keep_alive=_KEEP, ignore_unavailable=True),
        ).id

    def _close(self, view: View) -> None:
        for pit in view.ids:
            self._asked("read", Done, lambda it, pit=pit: it.close_point_in_time(id=pit))  # type: ignore[misc]
