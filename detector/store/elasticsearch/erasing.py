"""Erasing in the cluster: documents one by one, over the versions that were read, and then their segments anew.

There are no transactions, so it is done while nobody writes, and doing it again after it was cut off finishes it. What
was deleted or written over stays in a shard until its segments are merged, and in its log until that is flushed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from detector.access.records import Act
from detector.erasing import Erased, Namespace, Wanted
from detector.errors import StoreError
from detector.moments import moment
from detector.store.elasticsearch.answers import Got
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.copying import indices_of
from detector.store.elasticsearch.erasing_namespace import Change, Exists, namespace_gone
from detector.store.elasticsearch.erasing_text import text_gone
from detector.store.elasticsearch.journal import HEAD, Head
from detector.store.elasticsearch.names import Names
from detector.store.elasticsearch.notes import record as write_record
from detector.store.elasticsearch.opening import check
from detector.store.elasticsearch.operations import Operation
from detector.store.elasticsearch.queries import BY_KEY, of_kind
from detector.store.elasticsearch.state import StateDocument
from detector.store.elasticsearch.store import open_store
from ingest.elasticsearch.settings import Connection

ALIVE = 10 * 60_000_000
"""Microseconds: whoever wrote a pass since then is taken to be at work."""
_AT_ONCE = 500
PATIENCE = 90.0
"""Seconds in which shards let go of what was deleted: copies of them agree on it every half minute."""
_PAUSE = 2.0


def look(connection: Connection, prefix: str, wanted: Wanted, exists: Exists) -> Erased:
    """What would go; nothing is changed. Raises `StoreError` as `open_reader`."""
    cluster, names = Cluster(connection, prefix), Names(prefix)
    try:
        check(cluster, names)
        return _come_to(_changes(cluster, names, wanted, exists), lambda _: None)
    finally:
        cluster.close()


def erase(
    connection: Connection,
    prefix: str,
    wanted: Wanted,
    exists: Exists,
    record: Callable[[Erased], Act] | None = None,
    *,
    clock: Callable[[], int],
    stopped: bool = False,
    patience: float = PATIENCE,
) -> Erased:
    """Erase it. `exists` says whether a file of logs is still there, and `clock` gives microseconds UTC.

    `record` gives what the audit log gets of what went, which is written before anybody waits for shards.

    `stopped` says that nobody writes, whatever it looks like; for so many seconds shards are waited for that still hold
    what was deleted.

    Raises `StoreError` where a drainwatch has written lately, or does meanwhile: it would write again what it has in
    memory; and where the cluster refuses.
    """
    cluster, names = Cluster(connection, prefix), Names(prefix)
    try:
        check(cluster, names)
        before = _heads(cluster, names)
        if not stopped:
            _refuse_company(before, clock())
        open_store(connection, prefix, clock=clock).close()  # what was committed of the last pass is carried out
        before = _heads(cluster, names)
        touched: set[str] = set()

        def write(changes: list[Change]) -> None:
            lost = cluster.write(map(_operation, changes)).lost
            if lost:
                raise StoreError(
                    f"{lost[0].index} refuses to change a document: {lost[0].reason}.", "Mend that, then erase again."
                )
            touched.update(one.index for one in changes)

        done = _come_to(_changes(cluster, names, wanted, exists), write)
        if record:
            write_record(cluster, names, record(done))
        cluster.refresh(touched)
        if _heads(cluster, names) != before:
            raise StoreError(
                "A drainwatch has written while it was erased, maybe what was to go.", "Stop it, then erase again."
            )
        return Erased(done.counts, (*done.stays, *_anew(cluster, _to_write_anew(cluster, names, touched), patience)))
    finally:
        cluster.close()


def _operation(change: Change) -> Operation:
    if change.body is None:
        return Operation("delete", change.index, change.id)
    return Operation("index", change.index, change.id, change.body)


def _changes(cluster: Cluster, names: Names, wanted: Wanted, exists: Exists) -> Iterator[Change | str]:
    if isinstance(wanted, Namespace):
        return namespace_gone(cluster, names, wanted.name, exists)
    return text_gone(cluster, names, wanted.eraser)


def _come_to(changes: Iterable[Change | str], write: Callable[[list[Change]], None]) -> Erased:
    """Do what comes, some at once; a sentence is about what stays."""
    counts: Counter[str] = Counter()
    stays: list[str] = []
    waiting: list[Change] = []
    for one in changes:
        if isinstance(one, str):
            stays.append(one)
            continue
        waiting.append(one)
        if one.kind:
            counts[one.kind] += 1
        if len(waiting) >= _AT_ONCE:
            write(waiting)
            waiting = []
    if waiting:
        write(waiting)
    return Erased(counts, tuple(stays))


def _heads(cluster: Cluster, names: Names) -> dict[str, Got[StateDocument[Head]]]:
    """Of all journals, by id."""
    hits = list(cluster.scan(names.state, StateDocument[Head], of_kind(HEAD), BY_KEY, page=100))
    return {got.id: got for got in cluster.get([(names.state, hit.id) for hit in hits], StateDocument[Head])}


def _refuse_company(heads: dict[str, Got[StateDocument[Head]]], now: int) -> None:
    for got in heads.values():
        head = got.source.drainwatch.body if got.source else None
        if head is not None and not head.released and head.written > moment(now - ALIVE):
            raise StoreError(
                f"{head.writer} has written to this store at {head.written:%H:%M:%S} UTC, and would write again what "
                "is to go.",
                "Stop it, workers too, and erase then; with --stopped at once, else ten minutes later.",
            )


def _to_write_anew(cluster: Cluster, names: Names, touched: set[str]) -> list[str]:
    """Indices that hold what is not to be found: also what was deleted or written over earlier, or by who was cut off.

    All of them where the nodes don't tell which hold some.
    """
    ours = sorted(indices_of(cluster, names))
    cluster.flush(ours)
    held = cluster.deleted(ours)
    return ours if held is None else sorted(touched | set(held))


def _anew(cluster: Cluster, indices: list[str], patience: float) -> tuple[str, ...]:
    """Wait until no shard holds what was deleted; what there is to say where some do."""
    until = time.monotonic() + patience
    while left := cluster.written_anew(indices):
        if time.monotonic() > until:
            some = ", ".join(sorted(left)[:3])
            return (
                f"{sum(left.values())} deleted documents are still in the files of {some}"
                f"{' and others' if len(left) > 3 else ''}: POST <index>/_forcemerge?max_num_segments=1 later.",
            )
        time.sleep(_PAUSE)
    return ()
