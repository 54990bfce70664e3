"""A text taken out of the embedded store, wherever people or their lines put it."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import msgspec

from detector.erasing import TEXTS, erased, still_named
from detector.errors import StoreError
from detector.store.erasing_steps import Steps
from parsers.erasing import Eraser, erase_workload

_BODIES = {
    "anomalies": "anomaly",
    "incidents": "incident",
    "changes": "change",
    "feedback": "feedback",
    "choices of a model": "choice",
    "silences": "silence",
    "alerts": "alert",
    "models": "model",
    "tokens": "token",
}
_NAMED = TEXTS | {"name"}


def text_gone(connection: sqlite3.Connection, eraser: Eraser) -> Steps:
    """All places where it stands. Raises `StoreError` for what can't be read."""
    steps = Steps()
    for id_, text, example in connection.execute("SELECT id, text, example FROM template").fetchall():
        if eraser.found(text) or eraser.found(example):
            new = (eraser.text(text), eraser.text(example))
            steps.write("templates", "UPDATE template SET text = ?, example = ? WHERE id = ?", *new, id_)
    for kind, table in _BODIES.items():
        texts = _NAMED if table == "token" else TEXTS
        _anew(connection, steps, kind, table, "rowid", "body", partial(_json, eraser=eraser, texts=texts))
    _anew(connection, steps, "what runs", "deployed", "namespace", "body", lambda body: _json(body, eraser))
    _anew(connection, steps, "status", "namespace", "number", "status", lambda body: body and _json(body, eraser))
    _anew(connection, steps, "messages", "outbox", "number", "value", lambda value: _packed(value, eraser))
    _sessions(connection, steps, eraser)
    _engine(connection, steps, eraser)
    names = [name for (name,) in connection.execute("SELECT name FROM namespace UNION SELECT workload FROM template")]
    steps.erased = replace(steps.erased, stays=still_named(names, eraser))
    return steps


def _anew(
    connection: sqlite3.Connection,
    steps: Steps,
    kind: str,
    table: str,
    key: str,
    column: str,
    without: Callable[[bytes], bytes],
) -> None:
    key = "(namespace, version)" if table == "model" else key
    where = "namespace = ? AND version = ?" if table == "model" else f"{key} = ?"
    for *place, body in connection.execute(f"SELECT {key.strip('()')}, {column} FROM {table}"):
        if (left := without(body)) != body:
            steps.write(kind, f"UPDATE {table} SET {column} = ? WHERE {where}", left, *place)


def _json(body: bytes, eraser: Eraser, texts: frozenset[str] = TEXTS) -> bytes:
    try:
        before = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise StoreError(
            "The store holds an entry that can't be read, so nothing was erased: it is damaged.",
            "Restore it from a backup, or move it away; a new one is made by reading the logs again.",
        ) from None
    after = erased(before, eraser, texts=texts)
    return body if after == before else msgspec.json.encode(after)


def _packed(value: bytes, eraser: Eraser) -> bytes:
    before = zlib.decompress(value)
    after = _json(before, eraser)
    return value if after == before else zlib.compress(after, 1)


def _sessions(connection: sqlite3.Connection, steps: Steps, eraser: Eraser) -> None:
    """Whoever has such a name logs in anew; it is not to be told from the store who that was."""
    for id_, body in connection.execute("SELECT id, body FROM session").fetchall():
        if eraser.found(body.decode(errors="replace")):
            steps.remove(connection, "sessions", "session", "id = ?", id_)


def _engine(connection: sqlite3.Connection, steps: Steps, eraser: Eraser) -> None:
    rows = connection.execute(
        "SELECT engine.rowid, namespace.name, workload, state FROM engine"
        " JOIN namespace ON namespace.number = engine.namespace"
    )
    for row, namespace, workload, state in rows.fetchall():
        try:
            left = erase_workload(state, namespace, workload, eraser)
        except ValueError as error:
            raise StoreError(f"Nothing was erased. {error}", "") from None
        if left != state:
            steps.write("states of templates", "UPDATE engine SET state = ? WHERE rowid = ?", left, row)
