"""Rolling counts by window up to counts by hour in the embedded store, namespace by namespace; and reading them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np

from detector.sparse import HOUR, Summed, Vectors
from detector.store import codec
from detector.store.hours import by_hour, minute_of, told_by
from detector.vectors import WindowCounts

_AT_ONCE = 7 * 24 * HOUR
"""Of a namespace in one transaction: others that write wait for no longer than that takes."""
Transaction = Callable[[], AbstractContextManager[sqlite3.Connection]]


def roll_up(transaction: Transaction, before: int) -> int:
    """Add windows that start before this time (microseconds UTC) to their hours and remove them; how many went.

    Each week of a namespace is a transaction, so that what is cut off is gone on with the next time.
    """
    with transaction() as connection:
        numbers = [number for (number,) in connection.execute("SELECT number FROM namespace ORDER BY number")]
    removed = 0
    for number in numbers:
        while True:
            with transaction() as connection:
                went = _roll_week(connection, number, before)
            if not went:
                break
            removed += went
    return removed


def _roll_week(connection: sqlite3.Connection, namespace: int, before: int) -> int:
    """The oldest week of a namespace; how many windows that were."""
    low = connection.execute("SELECT min(window) FROM counts WHERE namespace = ?", (namespace,)).fetchone()[0]
    if low is None or low >= before:
        return 0
    place = (namespace, min(before, (low // HOUR * HOUR) + _AT_ONCE))
    rows = connection.execute(
        "SELECT window, vector FROM counts WHERE namespace = ? AND window < ? ORDER BY window", place
    ).fetchall()
    summed = summed_up(rows)
    for at, minutes in enumerate(summed.covered.tolist()):
        begin, end = int(summed.vectors.begin[at]), int(summed.vectors.end[at])
        numbers, counts = summed.vectors.number[begin:end].astype(np.int64), summed.vectors.count[begin:end]
        _put(connection, namespace, int(summed.vectors.window[at]), minutes, numbers, counts.astype(np.int64))
    connection.execute("DELETE FROM counts WHERE namespace = ? AND window < ?", place)
    return len(rows)


def _put(
    connection: sqlite3.Connection,
    namespace: int,
    hour: int,
    minutes: int,
    numbers: codec.Integers,
    counts: codec.Integers,
) -> None:
    row = connection.execute(
        "SELECT minutes, vector FROM hours WHERE namespace = ? AND hour = ?", (namespace, hour)
    ).fetchone()
    if row is not None:
        match told_by(row[0], minutes):
            case "old":
                return
            case "both":
                _, known, sums = codec.unpack(row[1])
                minutes |= row[0]
                numbers, counts = np.concatenate([known.astype(np.int64), numbers]), np.concatenate([sums, counts])
    packed = codec.pack(*codec.add_up(numbers, counts))
    connection.execute("INSERT OR REPLACE INTO hours VALUES (?, ?, ?, ?)", (namespace, hour, minutes, packed))


def add_to_hour(
    connection: sqlite3.Connection, namespace: int, window: int, numbers: codec.Integers, counts: codec.Integers
) -> bool:
    """Add late lines of a window to its hour, where it was rolled up; whether it was."""
    hour = window // HOUR * HOUR
    row = connection.execute(
        "SELECT minutes, vector FROM hours WHERE namespace = ? AND hour = ?", (namespace, hour)
    ).fetchone()
    if row is None or not row[0] & minute_of(window):
        return False
    _, known, sums = codec.unpack(row[1])
    merged = codec.add_up(np.concatenate([known.astype(np.int64), numbers]), np.concatenate([sums, counts]))
    packed = codec.pack(*merged)
    connection.execute("INSERT OR REPLACE INTO hours VALUES (?, ?, ?, ?)", (namespace, hour, row[0], packed))
    return True


def summed_up(rows: Iterable[tuple[int, bytes]]) -> Summed:
    """Rows of windows and packed vectors by the hour; the templates of the result are named by nothing but numbers."""
    rows = list(rows)
    begin, end, number, count = codec.unpack_all([vector for _, vector in rows])
    windows = np.fromiter((window for window, _ in rows), np.int64, len(rows))
    names = ("",) * (int(number.max(initial=0)) + 1)
    return Vectors("", windows, begin, end, number, count, names).summed(HOUR)


def hours(
    namespace: str,
    rolled: Iterable[tuple[int, int, bytes]],
    there: Iterable[tuple[int, bytes]],
    vocabulary: tuple[str, ...],
) -> Iterator[WindowCounts]:
    """The hours of a namespace from its rows, oldest first."""
    ids = np.array(vocabulary, object)

    def unpacked() -> Iterator[tuple[int, WindowCounts]]:
        for hour, minutes, vector in rolled:
            _, numbers, counts = codec.unpack(vector)
            yield minutes, WindowCounts(namespace, hour, tuple(ids[numbers].tolist()), counts)

    summed = summed_up(there)
    named = replace(summed.vectors, namespace=namespace, templates=vocabulary)
    return by_hour(namespace, unpacked(), zip(summed.covered.tolist(), named.windows(), strict=True))


def hourly(
    namespace: str,
    rolled: Sequence[tuple[int, int, bytes]],
    there: Iterable[tuple[int, bytes]],
    vocabulary: tuple[str, ...],
) -> Vectors:
    """The same as columns; of an hour that is in both, both parts, one after the other."""
    starts = np.fromiter((hour for hour, _, _ in rolled), np.int64, len(rolled))
    old = Vectors(namespace, starts, *codec.unpack_all([vector for _, _, vector in rolled]), vocabulary)
    summed = summed_up(there)
    new = replace(summed.vectors, namespace=namespace, templates=vocabulary)
    kept, added = np.ones(len(old), bool), np.ones(len(new), bool)
    for _, before, after in zip(*np.intersect1d(old.window, new.window, return_indices=True), strict=True):
        part = told_by(rolled[before][1], int(summed.covered[after]))
        kept[before], added[after] = part != "new", part != "old"
    return old.only(kept).beside(new.only(added))
