"""Scopes of the embedded store: whose they are, and whose namespaces are; whoever calls this holds the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from detector.store.codec import storable
from detector.store.port import PassResult
from detector.store.refusals import (
    foreign,
    namespaces_of,
    refuse_owning,
    scope_released,
    scope_taken,
    stands_apart,
)
from detector.store.writing import Numbers

PLAIN = 0
"""Number of the scope that the store itself writes."""


@dataclass(frozen=True, slots=True)
class Held:
    """A scope as somebody has it."""

    number: int = PLAIN
    name: str = ""
    token: str = ""
    """Stands in the file as long as nobody else opened or released the scope."""


def take(connection: sqlite3.Connection, numbers: Numbers, name: str, token: str) -> Held:
    """Make the scope with this name ours, a new one where there is none."""
    name = storable(name)
    connection.execute("INSERT INTO scope (name, holder, released) VALUES (?, '', 0) ON CONFLICT DO NOTHING", (name,))
    (number,) = connection.execute("SELECT number FROM scope WHERE name = ?", (name,)).fetchone()
    connection.execute("UPDATE scope SET holder = ?, released = 0 WHERE number = ?", (token, number))
    numbers.owned.pop(number, None)
    return Held(number, name, token)


def check_held(connection: sqlite3.Connection, held: Held) -> None:
    """Raises `ScopeError` where somebody else opened or released it meanwhile."""
    if held.number == PLAIN:  # the lock beside the file keeps others away
        connection.execute("UPDATE scope SET released = 0 WHERE number = 0 AND released = 1")
        return
    row = connection.execute("SELECT holder, released FROM scope WHERE number = ?", (held.number,)).fetchone()
    if row is None or row[1]:
        raise scope_released(held.name)
    if row[0] != held.token:
        raise scope_taken(held.name)


def claim(connection: sqlite3.Connection, numbers: Numbers, held: Held, namespaces: Iterable[str]) -> dict[str, str]:
    """The scope of each of these namespaces; nobody's becomes ours."""
    namespaces = list(namespaces)
    refuse_owning(held.name, namespaces)
    owned = numbers.owned.setdefault(held.number, set())
    owners = {}
    for name in namespaces:
        if name not in owned:
            number = numbers.namespace(name)
            connection.execute(
                "UPDATE namespace SET scope = ? WHERE number = ? AND scope IS NULL", (held.number, number)
            )
            (scope, owner) = connection.execute(
                "SELECT scope.number, scope.name FROM namespace JOIN scope ON scope.number = namespace.scope"
                " WHERE namespace.number = ?",
                (number,),
            ).fetchone()
            if scope != held.number:
                owners[name] = owner
                continue
            owned.add(name)
        owners[name] = held.name
    return owners


def claim_all(connection: sqlite3.Connection, numbers: Numbers, held: Held, result: PassResult) -> None:
    """Raises `ScopeError` where what is to be written is about a namespace of another scope."""
    for name, owner in claim(connection, numbers, held, sorted(namespaces_of(result))).items():
        if owner != held.name:
            raise foreign(name, owner, held.name)


def release(connection: sqlite3.Connection, numbers: Numbers, name: str, namespace: str | None = None) -> None:
    """Let go of its namespaces, or of one of them; whoever holds it is refused from then on."""
    if stands_apart(name):
        return
    row = connection.execute("SELECT number FROM scope WHERE name = ?", (storable(name),)).fetchone()
    if row is None:
        return
    if namespace is None:
        connection.execute("UPDATE scope SET released = 1, holder = '' WHERE number = ?", row)
        connection.execute("UPDATE namespace SET scope = NULL WHERE scope = ?", row)
    else:
        let_go = "UPDATE namespace SET scope = NULL WHERE scope = ? AND name = ?"
        if connection.execute(let_go, (*row, storable(namespace))).rowcount:
            connection.execute("UPDATE scope SET holder = '' WHERE number = ?", row)
    numbers.owned.pop(row[0], None)
