"""What is still to be told, in the embedded store, in the order in which it was committed."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable

import msgspec

from detector.store.codec import storable
from detector.store.written import Told, Waiting

Headers = tuple[tuple[str, bytes], ...]


def put(connection: sqlite3.Connection, scope: int, told: Iterable[Told]) -> None:
    """Put messages to the end of what the scope with this number has to tell."""
    connection.executemany(
        "INSERT INTO outbox (scope, output, id, kind, key, value, headers) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (
                scope,
                storable(one.output),
                storable(one.id),
                storable(one.kind),
                one.key,
                zlib.compress(one.value, 1),
                msgspec.json.encode(one.headers),
            )
            for one in told
        ),
    )


def waiting(rows: Iterable[tuple[int, str, str, str, bytes, bytes, bytes]]) -> list[Waiting]:
    """The messages in these rows of the table, which begin with the number."""
    return [
        Waiting(
            str(number),
            Told(output, id_, kind, key, zlib.decompress(value), msgspec.json.decode(headers, type=Headers)),
        )
        for number, output, id_, kind, key, value, headers in rows
    ]


def remove(connection: sqlite3.Connection, places: Iterable[str]) -> None:
    """Remove what was sent."""
    connection.executemany("DELETE FROM outbox WHERE number = ?", ((int(place),) for place in places))
