"""The store in a cluster, as the one process has it that writes; `journal` says how a pass is written whole."""

from __future__ import annotations

import itertools
import os
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from threading import RLock

from elasticsearch.dsl.query import Ids

from detector.errors import StoreError
from detector.store.elasticsearch import outbox
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import CountsDocument
from detector.store.elasticsearch.findings import IncidentDocument
from detector.store.elasticsearch.journal import Journal, Writer
from detector.store.elasticsearch.masking import mask_samples
from detector.store.elasticsearch.names import Names, document_id
from detector.store.elasticsearch.notes import record
from detector.store.elasticsearch.opening import check, from_the_future, make_ready
from detector.store.elasticsearch.operations import Lost
from detector.store.elasticsearch.plan import Place, Plan, Stored, hour_places, incident_place, late_places, plan
from detector.store.elasticsearch.pruning import forget_access, prune
from detector.store.elasticsearch.reading import ElasticsearchReader
from detector.store.elasticsearch.rollup import roll_up
from detector.store.elasticsearch.scopes import Owner, claim, let_go, owned, owner, standings
from detector.store.elasticsearch.state import fitted_operation
from detector.store.port import Fitted, PassResult, Redact, Waiting, Word
from detector.store.refusals import foreign, namespaces_of, refuse_owning, stands_apart
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


class Losses:
    """What Elasticsearch refused for good, of all scopes that a process writes."""

    def __init__(self) -> None:
        self.newest: deque[Lost] = deque(maxlen=_REMEMBERED)
        self.total = 0

    def add(self, lost: Sequence[Lost]) -> None:
        """Keep these as well, the newest with their reasons."""
        self.newest.extend(lost)
        self.total += len(lost)


class ElasticsearchStore(ElasticsearchReader):
    """Reads and writes; usable from several threads, whose writes wait for each other. Made by `open_store`.

    After an error it may be used again: it first finishes what was committed and not carried out.
    """

    def __init__(
        self,
        cluster: Cluster,
        names: Names,
        clock: Callable[[], int],
        writer: Writer,
        scope: str = "",
        losses: Losses | None = None,
    ) -> None:
        super().__init__(cluster, names, scope)
        self._clock, self._writer = clock, writer
        self._journal = Journal(cluster, names.state, writer, scope)
        self._writing = RLock()
        self._settled = self._closed = False
        self._owned: set[str] = set()
        """Namespaces that are known to be ours."""
        self._opened = itertools.count(1)
        self._losses = losses or Losses()

    @property
    def lost(self) -> Sequence[Lost]:
        """The newest documents that Elasticsearch refused for good, oldest first, a thousand at most."""
        return tuple(self._losses.newest)

    @property
    def lost_total(self) -> int:
        """How many there were since the store was opened; it only ever grows."""
        return self._losses.total

    def recover(self) -> None:
        """Finish what was committed and may not have been carried out, whoever committed it."""
        with self._writing:
            check(self._cluster, self._names)
            self._owned.clear()
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
        refuse_owning(self._scope, namespaces_of(result))
        with self._writing:
            self._settle()
            now = self._clock()
            try:
                writes = plan(result, self._names, self._stored(result), now, self._scope, self._journal.following(now))
                make_ready(self._cluster, self._names, writes.indices)
                for name, owner in self._claim(namespaces_of(result)).items():
                    if owner != self._scope:
                        raise foreign(name, owner, self._scope)
                self._journal.commit(writes, now)
                self._carry_out(writes)
            except BaseException:
                self._settled = False
                raise

    def outbox(self, output: str, limit: int) -> list[Waiting]:
        """What this writer's passes have to tell this output, the oldest first."""
        self._settle()
        return outbox.waiting(self._cluster, self._names.state, self._scope, output, limit)

    def waiting(self, output: str) -> int:
        """How much that is."""
        self._settle()
        return outbox.count(self._cluster, self._names.state, self._scope, output)

    def sent(self, places: Iterable[str]) -> None:
        """Remove these from the outbox."""
        with self._writing:  # not while they are still carried out
            self._settle()
            outbox.remove(self._cluster, self._names.state, places)

    def scope(self, name: str) -> ElasticsearchStore:
        """The scope of this name, from now on ours."""
        if not name or self._scope:
            raise ValueError("A scope has a name, and belongs to the store itself.")
        with self._writing:
            self._settle()
        made = self._part(name)
        made.take()
        return made

    def take(self) -> None:
        """Make this scope ours, and finish what was committed of it."""
        with self._writing:
            check(self._cluster, self._names)
            self._journal.take(self._clock())
            self._cluster.refresh([self._names.state])
            self.recover()

    def claim(self, namespaces: Iterable[str]) -> dict[str, str]:
        """The scope of each of these namespaces; those that belong to none belong to this one from now on."""
        refuse_owning(self._scope, names := list(namespaces))
        with self._writing:
            self._settle()
            if not self._owned.issuperset(names):
                make_ready(self._cluster, self._names, [])
            owners = self._claim(names)
        return {name: owners[name] for name in names}

    def release(self, scope: str, namespace: str | None = None) -> None:
        """Let go of all namespaces of a scope, or of one, once what was committed of it is carried out."""
        if stands_apart(scope) or scope not in standings(self._cluster, self._names.state):
            return
        if namespace is not None and owner(self._cluster, self._names.state, namespace) != scope:
            return
        part = self._part(scope) if scope else self
        with part._writing:
            part.take() if scope else part.recover()
            if namespace is None:
                part._journal.release(self._clock())
            else:
                let_go(self._cluster, self._names.state, part._holder, namespace)
            part._owned.clear()
            self._cluster.refresh([self._names.state])

    def prune(self, counts_before: int, findings_before: int, hours_before: int | None = None) -> int:
        """Roll windows before the first time up to hours, remove findings before the second and hours before the last.

        Whole days of windows and months of hours go with their index. Raises `StoreError` where that isn't allowed.
        """
        with self._writing:
            self._settle()
            roll_up(self._cluster, self._names, counts_before)
            return prune(self._cluster, self._names, counts_before, findings_before, hours_before)

    def mask_samples(self, before: int, redact: Redact) -> int:
        """Mask lines that are as they were written in findings that start before this."""
        with self._writing:
            self._settle()
            return mask_samples(self._cluster, self._names, before, redact)

    def prune_access(self, acts_before: int, now: int) -> int:
        """Remove acts before the first time, and sessions that have expired."""
        return forget_access(self._cluster, self._names, acts_before, now)

    def keep_fitted(self, fitted: Fitted) -> None:
        """Keep a model as it was made, in place of the one that was kept of its namespace."""
        with self._writing:
            self._settle()
            make_ready(self._cluster, self._names, [])
            self._cluster.write([fitted_operation(self._names.state, fitted)])

    def say(self, said: Word) -> None:
        """Record what a person said."""
        record(self._cluster, self._names, said)

    def close(self) -> None:
        """Let go of the connections, where this is no scope."""
        self._closed = True
        if not self._scope:
            super().close()

    def _part(self, scope: str) -> ElasticsearchStore:
        writer = Writer(self._writer.name, f"{self._writer.token}-{next(self._opened)}")
        return ElasticsearchStore(self._cluster, self._names, self._clock, writer, scope, self._losses)

    def _claim(self, namespaces: Iterable[str]) -> dict[str, str]:
        wanted = set(namespaces)
        owners = dict.fromkeys(wanted & self._owned, self._scope)
        if new := wanted - self._owned:
            claimed = claim(self._cluster, self._names.state, self._holder, new)
            self._journal.overtake(claimed.generation)
            self._owned |= {name for name, owner in claimed.owners.items() if owner == self._scope}
            owners |= claimed.owners
        return owners

    @property
    def _holder(self) -> Owner:
        return Owner(self._scope, self._journal.epoch)

    def _mine(self) -> Sequence[str] | None:
        if not self._scope:
            return None
        self._settle()
        return owned(self._cluster, self._names.state, self._holder)

    def _settle(self) -> None:
        if self._closed and self._scope:
            raise StoreError(f"The scope {self._scope} is closed.", "Open it again.")
        if not self._settled:
            self.recover()

    def _stored(self, result: PassResult) -> Stored:
        names, read = self._names, self._cluster.there
        windows = read(late_places(result, names), CountsDocument)
        hours = read(hour_places(result, names, windows), CountsDocument)
        incidents = read([incident_place(one, names) for one in result.incidents], IncidentDocument)
        return Stored(windows, self._findings(list(result.retracted)), hours, incidents)

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
        self._losses.add(written.lost)
        self._journal.done(self._clock())
        if written.overtaken:
            raise from_the_future(written.overtaken[0].index, len(written.overtaken))
