"""Reading the results, by anybody who may read the indices, also while they are written.

What a pass found out is seen once it was carried out: the state last, in one go, so that whoever sees `closed_until`
sees all that came before it. Times in the indices are milliseconds, windows are whole ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from elasticsearch.dsl.query import Ids, Query

from detector.findings import (
    Anomaly,
    Change,
    Deployed,
    Feedback,
    Incident,
    ModelCard,
    ModelChoice,
    NamespaceStatus,
    Source,
)
from detector.store.codec import choice_id
from detector.store.elasticsearch import state
from detector.store.elasticsearch.access import ElasticsearchAccess
from detector.store.elasticsearch.changes import ChangeDocument, SaidDocument, change_of
from detector.store.elasticsearch.cluster import PAGE, Cluster
from detector.store.elasticsearch.documents import (
    TemplateDocument,
    template_of,
)
from detector.store.elasticsearch.findings import AnomalyDocument, IncidentDocument, anomaly_of, incident_of
from detector.store.elasticsearch.names import Names, state_id
from detector.store.elasticsearch.opening import SCHEMA, check
from detector.store.elasticsearch.paging import page, position
from detector.store.elasticsearch.queries import (
    BY_KEY,
    BY_TEMPLATE,
    BY_TIME,
    NEWEST_FIRST,
    all_of,
    ending_after,
    of_key,
    of_kind,
    of_named,
    of_namespace,
    of_source,
    part_of,
    scored,
    starting,
)
from detector.store.elasticsearch.scopes import ends, owner
from detector.store.elasticsearch.state import StateDocument
from detector.store.facts import StoreFacts
from detector.store.port import Fitted, Page, Progress, Said
from detector.store.tallies import StoredTally, sum_of
from ingest.accounting import Tally
from ingest.elasticsearch.settings import Connection
from ingest.source import Checkpoint
from parsers.engine import EngineState, Template

Body = TypeVar("Body")
Document = TypeVar("Document")

_STATES_AT_ONCE = 500
"""Workloads whose state comes with one answer: it may be large."""


def open_reader(connection: Connection, prefix: str) -> ElasticsearchReader:
    """The store with this prefix, to be read, also while another process writes it.

    Raises `StoreError` where the cluster can't be reached, refuses or has no store of that prefix, and
    `StoreVersionError` where a newer drainwatch wrote it.
    """
    cluster = Cluster(connection, prefix)
    try:
        check(cluster, Names(prefix))
    except BaseException:
        cluster.close()
        raise
    return ElasticsearchReader(cluster, Names(prefix))


def reader_beside(connection: Connection, prefix: str, stopping: Callable[[], bool]) -> ElasticsearchReader:
    """For a process that has opened the store to write it, and reads beside that with a patience of its own.

    Nothing is asked yet. Raises `StoreError` for an address or a file that can't be used.
    """
    return ElasticsearchReader(Cluster(connection, prefix, stopping), Names(prefix))


class ElasticsearchReader(ElasticsearchAccess):
    """Reads from any number of threads; `detector.store.port.Reader` says what. Made by `open_reader`."""

    def __init__(self, cluster: Cluster, names: Names, scope: str = "") -> None:
        super().__init__(cluster, names, scope)
        self._heard: tuple[object, Said] | None = None
        """What was said, and what told that nothing was said since."""

    def statuses(self) -> list[NamespaceStatus]:
        """One entry a namespace, by name."""
        return state.statuses_of(self._state(state.STATUS, NamespaceStatus))

    def templates(self, namespace: str | None = None, namespaces: Sequence[str] | None = None) -> list[Template]:
        """By workload, then most frequent first."""
        found = [
            template_of(hit.source)
            for part in ([of_named(namespace, namespaces)] if namespaces is not None else self._parts(namespace))
            for hit in self._scan(self._names.templates, TemplateDocument, all_of(part), BY_TEMPLATE)
        ]
        return sorted(found, key=lambda one: (one.namespace, one.workload, -one.count, one.id))

    def anomaly(self, anomaly_id: str) -> Anomaly | None:
        """One anomaly by its id."""
        found = self._by_id(self._names.anomalies, AnomalyDocument, anomaly_id)
        return None if found is None else anomaly_of(found)

    def anomalies(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        min_score: float = 0.0,
        cursor: str | None = None,
        limit: int = 100,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Anomaly]:
        """Newest first; those whose window starts in the range."""
        query = all_of(of_named(namespace, namespaces), starting(since, until), scored(min_score))
        after = position("anomalies", cursor)
        hits = self._scan(self._names.anomalies, AnomalyDocument, query, NEWEST_FIRST, limit + 1, after)
        return page("anomalies", [anomaly_of(hit.source) for hit in hits], limit, lambda one: (one.window, one.id))

    def incident(self, incident_id: str) -> Incident | None:
        """One incident by its id."""
        found = self._by_id(self._names.incidents, IncidentDocument, incident_id)
        return None if found is None else incident_of(found)

    def incidents(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        min_score: float = 0.0,
        cursor: str | None = None,
        limit: int = 100,
        source: Source | None = None,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Incident]:
        """Newest start first; those that were going on at some time in the range."""
        query = all_of(
            of_named(namespace, namespaces),
            starting(None, until),
            ending_after(since),
            scored(min_score),
            of_source(source),
        )
        after = position("incidents", cursor)
        hits = self._scan(self._names.incidents, IncidentDocument, query, NEWEST_FIRST, limit + 1, after)
        return page("incidents", [incident_of(hit.source) for hit in hits], limit, lambda one: (one.start, one.id))

    def parts_of(self, incident_id: str) -> list[Incident]:
        """The incidents that are a part of this one, oldest first."""
        if not incident_id:
            return []
        hits = self._scan(self._names.incidents, IncidentDocument, all_of(part_of(incident_id)), BY_TIME)
        return [incident_of(hit.source) for hit in hits]

    def models(self, namespace: str | None = None) -> list[ModelCard]:
        """The newest of each namespace first."""
        return state.models_of(self._state(state.MODEL, ModelCard, namespace))

    def fitted(self, namespace: str) -> Fitted | None:
        """The model that was kept last; None also where it is damaged."""
        place = self._names.state, state_id(state.FITTED, namespace)
        (found,) = self._cluster.get([place], state.StateDocument[state.StoredModel])
        return None if found.source is None else state.fitted_of(namespace, found.source)

    def changes(self, namespace: str | None = None, since: int | None = None, until: int | None = None) -> list[Change]:
        """By time, oldest first."""
        # The index knows milliseconds, and changes come at any microsecond.
        beyond = None if until is None else until + 1_000
        below = None if since is None else since - 1_000
        query = all_of(of_namespace(namespace), starting(below, beyond))
        found = [change_of(hit.source) for hit in self._scan(self._names.changes, ChangeDocument, query, BY_TIME)]
        inside = (one for one in found if (since is None or since <= one.time) and (until is None or one.time < until))
        return sorted(inside, key=lambda one: (one.time, one.id))

    def deployed(self) -> list[Deployed]:
        """What runs in each namespace, by its name, as of the last pass."""
        return state.deployed_of(self._state(state.DEPLOYED, Deployed))

    def feedback(self, namespace: str | None = None) -> list[Feedback]:
        """All that was ever said; by creation, oldest first."""
        found = (document.drainwatch.feedback for document in self._said(namespace))
        return sorted((one for one in found if one is not None), key=lambda one: (one.created, one.id))

    def model_choices(self, namespace: str | None = None) -> list[ModelChoice]:
        """All that were ever made, by time, oldest first."""
        found = (document.drainwatch.choice for document in self._said(namespace))
        return sorted((one for one in found if one is not None), key=lambda one: (one.time, choice_id(one)))

    def said(self) -> Said:
        """Both at once, of all namespaces of the whole store."""
        self._settle()
        mark = self._cluster.newest(self._names.feedback)
        if self._heard is None or self._heard[0] != mark:
            hits = self._scan(self._names.feedback, SaidDocument, all_of(), BY_TIME)
            words = [hit.source.drainwatch for hit in hits]
            self._heard = (
                mark,
                Said(
                    sorted((one.feedback for one in words if one.feedback), key=lambda one: (one.created, one.id)),
                    sorted((one.choice for one in words if one.choice), key=lambda one: (one.time, choice_id(one))),
                ),
            )
        return self._heard[1]

    def _said(self, namespace: str | None) -> Iterator[SaidDocument]:
        for part in self._parts(namespace):
            for hit in self._scan(self._names.feedback, SaidDocument, all_of(part), BY_TIME):
                yield hit.source

    def version(self) -> str:
        """By the newest documents of the state, which every pass writes, and of what people said and did."""
        self._settle()
        names = self._names
        newest = (self._cluster.newest(index) for index in (names.state, names.feedback, names.access))
        return "-".join("none" if one is None else f"{one[0]}.{one[1]}" for one in newest)

    def facts(self) -> StoreFacts:
        """The indices, as far as this user may know."""
        names, cluster = f"{self._names.prefix}-*", self._cluster
        return StoreFacts("elasticsearch", names, SCHEMA, cluster.size(names), cluster.hosts, cluster.server_version())

    def closed_until(self) -> int | None:
        """Every window that starts before this is closed, in every scope; None in an empty store."""
        if not self._scope:
            return min((end for end in self.ends().values() if end is not None), default=None)
        self._settle()
        return self._closed_until()

    def checkpoints(self) -> dict[str, Checkpoint]:
        """By partition."""
        query = all_of(of_kind(state.CHECKPOINT), of_key(state.checkpoint_prefix(self._scope)))
        hits = self._scan(self._names.state, StateDocument[state.StoredCheckpoint], query, BY_KEY)
        return state.checkpoints_of(hit.source for hit in hits)

    def _closed_until(self) -> int | None:
        facts = list(self._own_facts(state.CLOSED_UNTIL, state.StoredFact))
        return facts[0].value if facts else None

    def progress(self) -> Progress:
        """How far the scope is; the plain store by what was committed by it alone."""
        prefix = state.checkpoint_prefix(self._scope)
        query = all_of(of_kind(state.CHECKPOINT), of_key(prefix))
        self._settle()
        hits = self._scan(self._names.state, StateDocument[state.StoredCheckpoint], query, BY_KEY)
        # Those of the plain store begin as all of them do.
        own = (hit.source for hit in hits if "-" not in hit.source.drainwatch.key.removeprefix(prefix))
        tally = sum_of(self._own_facts(state.TALLY, StoredTally))
        return Progress(self._closed_until(), state.checkpoints_of(own), tally)

    def engine_state(self) -> EngineState:
        """As it was at the last pass; version 0 and empty where none was written yet."""
        version = max((fact.value for fact in self._facts(state.ENGINE_VERSION, state.StoredFact)), default=0)
        return state.engine_of(version, self._state(state.ENGINE, state.StoredWorkload))

    def tally(self) -> Tally:
        """Lines since the first one, by what became of them."""
        return sum_of(self._facts(state.TALLY, StoredTally))

    def owner(self, namespace: str) -> str | None:
        """The scope that a namespace belongs to; None where it belongs to none."""
        self._settle()
        return owner(self._cluster, self._names.state, namespace)

    def scopes(self) -> list[str]:
        """Those that were opened and not released, by name."""
        return sorted(self.ends())

    def ends(self) -> dict[str, int | None]:
        """How far each of these is."""
        self._settle()
        found = ends(self._cluster, self._names.state)
        return {name: end for name, end in sorted(found.items()) if name or end is not None}

    def _state(self, kind: str, body: type[Body], namespace: str | None = None) -> Iterator[StateDocument[Body]]:
        page = _STATES_AT_ONCE if kind == state.ENGINE else PAGE
        for part in self._parts(namespace):
            query = all_of(of_kind(kind), part)
            for hit in self._scan(self._names.state, StateDocument[body], query, BY_KEY, page=page):  # type: ignore[valid-type]
                yield hit.source

    def _facts(self, name: str, body: type[Body]) -> Iterator[Body]:
        """What is kept under this name, of the scope or of all of them."""
        if self._scope:
            return self._own_facts(name, body)
        return self._found_facts(of_key(name), body)

    def _own_facts(self, name: str, body: type[Body]) -> Iterator[Body]:
        return self._found_facts(Ids(values=[state.fact_name(name, self._scope)]), body)

    def _found_facts(self, key: Query, body: type[Body]) -> Iterator[Body]:
        query = all_of(of_kind(state.FACT), key)
        for hit in self._scan(self._names.state, StateDocument[body], query, BY_KEY):  # type: ignore[valid-type]
            yield hit.source.drainwatch.body
