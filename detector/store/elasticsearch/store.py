"""The store in a cluster, as the one process has it that writes; `journal` says how a pass is written whole."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from threading import RLock

from elasticsearch.dsl.query import Ids

from detector.findings import Feedback, ModelChoice
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import CountsDocument
from detector.store.elasticsearch.journal import Journal, Writer
from detector.store.elasticsearch.names import Names, document_id
from detector.store.elasticsearch.notes import record
from detector.store.elasticsearch.opening import check, from_the_future, make_ready
from detector.store.elasticsearch.operations import Lost
from detector.store.elasticsearch.plan import Place, Plan, Stored, late_places, plan
from detector.store.elasticsearch.pruning import prune
from detector.store.elasticsearch.reading import ElasticsearchReader
from detector.store.port import PassResult
from ingest.elasticsearch.settings import Connection

_REMEMBERED = 1_000
"""Lost documents that are kept with their reasons."""
_PLACES_AT_ONCE = 1_000


def open_store(
    connection: Connection,
    prefix: str,
    *,
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000,
    writer: Writer | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> ElasticsearchStore:
    """The store with this prefix, to be written; what an earlier writer left half done is finished first.

    `clock` gives microseconds UTC; once `stopping` says so, a cluster that is away is not waited for any more. Raises
    `StoreError` where the cluster can't be reached, refuses or has no store of that prefix, and `StoreVersionError`
    where a newer drainwatch wrote it.
    """
    cluster = Cluster(connection, prefix, stopping)
    who = writer or Writer(f"process {os.getpid()} on {socket.gethostname()}", uuid.uuid4().hex)
    try:
        store = ElasticsearchStore(cluster, Names(prefix), clock, who)
        store.recover()
    except BaseException:
        cluster.close()
        raise
    return store


class ElasticsearchStore(ElasticsearchReader):
    """Reads and writes; usable from several threads, whose writes wait for each other. Made by `open_store`.

    After an error it may be used again: it first finishes what was committed and not carried out.
    """

    def __init__(self, cluster: Cluster, names: Names, clock: Callable[[], int], writer: Writer) -> None:
        super().__init__(cluster, names)
        self._clock = clock
        self._journal = Journal(cluster, names.state, writer)
        self._writing = RLock()
        self._settled = False
        self._lost: deque[Lost] = deque(maxlen=_REMEMBERED)
        self._lost_total = 0

    @property
    def lost(self) -> Sequence[Lost]:
        """The newest documents that Elasticsearch refused for good, oldest first, a thousand at most."""
        return tuple(self._lost)

    @property
    def lost_total(self) -> int:
        """How many there were since the store was opened; it only ever grows."""
        return self._lost_total

    def recover(self) -> None:
        """Finish what was committed and may not have been carried out, whoever committed it."""
        with self._writing:
            check(self._cluster, self._names)
            pending = self._journal.pending(self._clock())
            if pending is not None:
                make_ready(self._cluster, self._names, pending.indices)
                self._carry_out(pending)
            self._journal.tidy()
            self._settled = True

    def commit(self, result: PassResult) -> None:
        """Write all of a pass or nothing of it.

        Raises `StoreError` where the cluster can't be reached, refuses, or another one has written meanwhile. The pass
        may be committed for all that; then the next read or write carries it out first. So after an error, go on from
        where the store says that reading stopped.
        """
        with self._writing:
            self._settle()
            now = self._clock()
            try:
                writes = plan(result, self._names, self._stored(result), now)
                make_ready(self._cluster, self._names, writes.indices)
                self._journal.commit(writes, now)
                self._carry_out(writes)
            except BaseException:
                self._settled = False
                raise

    def prune(self, counts_before: int, findings_before: int) -> int:
        """Remove counts of windows before the first time and findings that ended before the second.

        Whole days go with their index. Raises `StoreError` where that isn't allowed.
        """
        with self._writing:
            self._settle()
            return prune(self._cluster, self._names, counts_before, findings_before)

    def say(self, said: Feedback | ModelChoice) -> None:
        """Record what a person said."""
        record(self._cluster, self._names, said)

    def _settle(self) -> None:
        if not self._settled:
            self.recover()

    def _stored(self, result: PassResult) -> Stored:
        documents = self._cluster.get(late_places(result, self._names), CountsDocument)
        return Stored(
            {(one.index, one.id): one.source for one in documents if one.source is not None},
            self._findings(list(result.retracted)),
        )

    def _findings(self, ids: list[str]) -> list[Place]:
        """Where the findings of these ids lie."""
        indices = f"{self._names.anomalies},{self._names.incidents}"
        found: list[Place] = []
        for start in range(0, len(ids), _PLACES_AT_ONCE):
            some = [document_id(name) for name in ids[start : start + _PLACES_AT_ONCE]]
            found += [(one.index, one.id) for one in self._cluster.places(indices, Ids(values=some))]
        return found

    def _carry_out(self, writes: Plan) -> None:
        """The results first: whoever sees the new state shall see the results that belong to it.

        Every document gets the generation of the pass as its version. So a writer that was taken for dead, and comes
        back to carry out a pass long since followed by others, finds all their documents newer and leaves them.
        """
        generation = self._journal.generation
        written = self._cluster.write(writes.results, generation)
        self._cluster.refresh(one.index for one in writes.results)
        written.add(self._cluster.write(writes.state, generation))
        self._cluster.refresh([self._names.state])
        self._lost.extend(written.lost)
        self._lost_total += len(written.lost)
        self._journal.done(self._clock())
        if written.overtaken:
            raise from_the_future(written.overtaken[0].index, len(written.overtaken))
