"""A namespace taken out of the embedded store."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import replace

import msgspec

from detector.alert import Alert
from detector.erasing import message_without, place_of_log, stay_behind, without
from detector.store import codec
from detector.store.erasing_steps import Steps

Exists = Callable[[str], bool]
_BY_NUMBER = {
    "windows": "counts",
    "hours": "hours",
    "templates": "template",
    "": "vocabulary",
    "anomalies": "anomaly",
    "incidents": "incident",
    "models": "model",
    "fitted models": "fitted",
    "changes": "change",
    "what runs": "deployed",
    "states of templates": "engine",
    "highest scores": "peak",
}
_BY_NAME = {"feedback": "feedback", "choices of a model": "choice", "silences": "silence"}


def namespace_gone(connection: sqlite3.Connection, name: str, exists: Exists) -> Steps:
    """All of it, and what is told of it beside others; `exists` says whether a file of logs is still there."""
    steps, name = Steps(), codec.storable(name)
    row = connection.execute("SELECT number FROM namespace WHERE name = ?", (name,)).fetchone()
    incidents: set[str] = set()
    if row is not None:
        incidents = {id_ for (id_,) in connection.execute("SELECT id FROM incident WHERE namespace = ?", row)}
    _alerts(connection, steps, name, incidents)
    _outbox(connection, steps, name)
    for kind, table in _BY_NAME.items():
        steps.remove(connection, kind, table, "namespace = ?", name)
    if row is not None:
        for kind, table in _BY_NUMBER.items():
            steps.remove(connection, kind, table, "namespace = ?", *row)
        steps.remove(connection, "status", "namespace", "number = ?", *row)
    steps.erased = replace(steps.erased, stays=_places(connection, steps, name, exists))
    return steps


def _alerts(connection: sqlite3.Connection, steps: Steps, name: str, incidents: set[str]) -> None:
    rows = connection.execute(
        "SELECT id, body FROM alert WHERE id IN (SELECT alert FROM alert_namespace WHERE namespace = ?)", (name,)
    )
    for id_, body in rows.fetchall():
        left = without(codec.decode(body, Alert), name, incidents)
        if left is None:
            steps.remove(connection, "alerts", "alert", "id = ?", id_)
        else:
            steps.write("alerts", "UPDATE alert SET body = ? WHERE id = ?", codec.encode(left), id_)
    steps.remove(connection, "", "alert_namespace", "namespace = ?", name)


def _outbox(connection: sqlite3.Connection, steps: Steps, name: str) -> None:
    for number, value in connection.execute("SELECT number, value FROM outbox").fetchall():
        message = msgspec.json.decode(zlib.decompress(value))
        left = message_without(message, name)
        if left is None:
            steps.remove(connection, "messages", "outbox", "number = ?", number)
        elif left is not message:
            packed = zlib.compress(msgspec.json.encode(left), 1)
            steps.write("messages", "UPDATE outbox SET value = ? WHERE number = ?", packed, number)


def _places(connection: sqlite3.Connection, steps: Steps, name: str, exists: Exists) -> tuple[str, ...]:
    """Files of it that were read: those that are gone go from the store, too, the others would be read again."""
    stay = 0
    for scope, place in connection.execute('SELECT scope, "partition" FROM checkpoint').fetchall():
        path = place_of_log(place, name)
        if path and exists(path):
            stay += 1
        elif path:
            steps.remove(connection, "places in files", "checkpoint", 'scope = ? AND "partition" = ?', scope, place)
    return stay_behind(stay)
