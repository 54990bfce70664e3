"""Of what scope a pass may be, and what there is to say where it is of another; the same in every store."""

from __future__ import annotations

from collections.abc import Iterable

from detector.errors import ScopeError
from detector.store.port import PassResult


def stands_apart(scope: str) -> bool:
    """Whether a scope owns nothing and is no part of the whole store's progress (`detector.store.port.ALERTS`)."""
    return scope.startswith("~")


def namespaces_of(result: PassResult) -> set[str]:
    """All namespaces that a pass has something to write of."""
    parts = (result.counts, result.additions, result.templates, result.statuses, result.deployed, result.models)
    named = {one.namespace for part in parts for one in part}
    if result.engine is not None:
        named |= {namespace for namespace, _ in result.engine.by_workload}
    return named


def refuse_owning(scope: str, namespaces: Iterable[str]) -> None:
    """Raises `ValueError` where a scope that stands apart would own these namespaces: a fault of the caller."""
    if stands_apart(scope) and (names := sorted(namespaces)):
        raise ValueError(f"The scope {scope} stands apart: it can't own {names[0]}.")


def scope_taken(name: str, by: str = "") -> ScopeError:
    """What there is to say to whom held a scope that somebody else has opened meanwhile."""
    return ScopeError(
        f"The scope {name} was taken over by another worker{f' ({by})' if by else ''}; nothing of this was written.",
        "That one goes on where this one's last pass ended. Nothing is to be done.",
    )


def scope_released(name: str) -> ScopeError:
    """What there is to say to whom held a scope that was released meanwhile."""
    return ScopeError(f"The scope {name} was released; nothing of this was written.", "Open it again to go on with it.")


def foreign(namespace: str, owner: str, scope: str) -> ScopeError:
    """What there is to say where two write one namespace."""
    whose = f"the scope {owner}" if owner else "the store that is written without scopes"
    mine = f"the scope {scope}" if scope else "a drainwatch that reads by itself"
    advice = (
        "Key the topic by namespace, so that all its lines come to one partition; or give this one a store of its own."
    )
    if not scope:
        topic = owner.rpartition("/")[0]
        advice = f"Where that is over let go of it: drainwatch release {topic}. Or give this one a store of its own."
    elif not owner:
        advice = "Where that is over let go of it: drainwatch release -. Or give this one a store of its own."
    return ScopeError(f"The namespace {namespace} belongs to {whose}; {mine} can't write it.", advice)
