"""Scopes of the store in a cluster: how far each is, and which namespaces are whose.

The head of a scope's journal is the scope: whoever rewrites it holds it (`journal`). Releasing it raises its epoch. A
namespace belongs to the scope that its owner document names, as long as that scope is in the epoch that it names: so
letting go of thousands of namespaces is one write, and claiming one is a write over the version that was read. Of two
that claim it at once, one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec import Struct

from detector.errors import StoreError
from detector.store.elasticsearch.answers import Got, Version
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import Kubernetes, encode
from detector.store.elasticsearch.journal import HEAD
from detector.store.elasticsearch.names import state_id
from detector.store.elasticsearch.queries import BY_KEY, all_of, of_key, of_kind
from detector.store.elasticsearch.state import CLOSED_UNTIL, FACT, StateDocument, StatePart, StoredFact, fact_name
from detector.store.refusals import stands_apart

OWNER = "owner"
"""Kind of the documents that say whose a namespace is."""
NOBODYS = -1
"""An epoch in which no scope ever is."""
_ATTEMPTS = 50
"""At claiming what others claim, too: each time somebody gets it."""
_BODY = ("scope", "epoch", "released", "generation")
_HEAD_FIELDS = ("drainwatch.kind", "drainwatch.key", *(f"drainwatch.body.{name}" for name in _BODY))
"""Of heads, without the pass that they may hold."""


class Owner(Struct, frozen=True):
    """Whose a namespace is, as long as that scope is in this epoch."""

    scope: str
    epoch: int


class Standing(Struct):
    """How a scope stands, from the head of its journal."""

    generation: int
    scope: str = ""
    epoch: int = 0
    released: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """What came of claiming namespaces."""

    owners: dict[str, str]
    """The scope of each."""
    generation: int
    """No document of those that are ours now has a greater one, whoever wrote it."""


def standings(cluster: Cluster, index: str) -> dict[str, Standing]:
    """All scopes that were ever opened, by name; the plain store is `""`, where it was ever written."""
    hits = cluster.scan(index, StateDocument[Standing], of_kind(HEAD), BY_KEY, fields=_HEAD_FIELDS)
    return {one.scope: one for one in (hit.source.drainwatch.body for hit in hits)}


def ends(cluster: Cluster, index: str) -> dict[str, int | None]:
    """How far windows are closed in each scope that isn't released and doesn't stand apart.

    None where nothing was written yet.
    """
    query = all_of(of_kind(FACT), of_key(CLOSED_UNTIL))
    facts = (hit.source.drainwatch for hit in cluster.scan(index, StateDocument[StoredFact], query, BY_KEY))
    closed = {fact.key: fact.body.value for fact in facts}
    live = {name for name, one in standings(cluster, index).items() if not one.released and not stands_apart(name)}
    return {name: closed.get(fact_name(CLOSED_UNTIL, name)) for name in live}


def owned(cluster: Cluster, index: str, holder: Owner) -> list[str]:
    """The namespaces of a scope, by name."""
    hits = cluster.scan(index, StateDocument[Owner], all_of(of_kind(OWNER), of_key(_start(holder))), BY_KEY)
    return sorted(hit.source.kubernetes.namespace for hit in hits if hit.source.kubernetes)


def owner(cluster: Cluster, index: str, namespace: str) -> str | None:
    """The scope that a namespace belongs to; None where it belongs to none."""
    found = cluster.get([(index, _name(namespace))], StateDocument[Owner])[0].source
    whose = found.drainwatch.body if found else None
    return whose.scope if whose and _holds(whose, standings(cluster, index)) else None


def claim(cluster: Cluster, index: str, holder: Owner, namespaces: Iterable[str]) -> Claimed:
    """The scope of each of these namespaces; nobody's become the holder's.

    Raises `StoreError` where the cluster doesn't take it.
    """
    owners: dict[str, str] = {}
    generation, left = 0, sorted(set(namespaces))
    for _ in range(_ATTEMPTS):
        found = list(zip(left, cluster.get([(index, _name(name)) for name in left], StateDocument[Owner]), strict=True))
        owners |= {name: holder.scope for name, got in found if _body(got) == holder}
        found = [(name, got) for name, got in found if name not in owners]
        if not found:
            break
        scopes = standings(cluster, index)
        owners |= {name: whose.scope for name, got in found if (whose := _body(got)) and _holds(whose, scopes)}
        free = [(name, got) for name, got in found if name not in owners]
        left = [name for name, _ in free]
        if not free:
            break
        # Whoever wrote of them before let go of them, was released, or is a store older than scopes.
        before = {whose.scope for _, got in free if (whose := _body(got))}
        writers = (one for name, one in scopes.items() if one.released or not name or name in before)
        generation = max([generation, *(one.generation for one in writers)])
        cluster.swap(index, _claims(holder, free))
        cluster.refresh([index])
    else:
        raise StoreError(f"{len(left)} namespaces can't be claimed in {index}.", "Look at the cluster's health.")
    return Claimed(owners, generation)


def let_go(cluster: Cluster, index: str, holder: Owner, namespace: str) -> None:
    """Make a namespace of the holder nobody's. Raises `StoreError` where the cluster doesn't take it."""
    found = cluster.get([(index, _name(namespace))], StateDocument[Owner])
    held = [(namespace, got) for got in found if _body(got) == holder]
    cluster.swap(index, _claims(Owner(holder.scope, NOBODYS), held))


def _claims(
    holder: Owner, free: Iterable[tuple[str, Got[StateDocument[Owner]]]]
) -> Iterator[tuple[str, bytes, Version | None]]:
    for name, got in free:
        part = StatePart(OWNER, _start(holder) + state_id(OWNER, name), holder)
        at = Version(got.seq_no, got.primary_term) if got.source else None
        yield _name(name), encode(StateDocument(part, Kubernetes(name))), at


def _holds(whose: Owner, scopes: dict[str, Standing]) -> bool:
    """Whether the scope still has the namespaces that it got in this epoch; one unknown has: it may just be opened."""
    now = scopes.get(whose.scope)
    return now is None or (now.epoch == whose.epoch and not now.released)


def _body(got: Got[StateDocument[Owner]]) -> Owner | None:
    return got.source.drainwatch.body if got.source else None


def _name(namespace: str) -> str:
    return state_id(OWNER, namespace)


def _start(holder: Owner) -> str:
    """What the keys of the owner documents of a scope begin with: so they are found by it."""
    return f"{state_id(OWNER, holder.scope)}-{holder.epoch}-"
