"""Pages of what the embedded store holds, newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from detector.store import codec
from detector.store.cursor import decode_cursor, encode_cursor, unreadable_cursor
from detector.store.port import Page
from detector.store.series import MOST

Item = TypeVar("Item")


def page(kind: str, rows: list[Any], limit: int, decode: Callable[[bytes], Item]) -> Page[Item]:
    """A page of rows that begin with time and id and end in the body; one more than `limit` where there are more."""
    shown = rows[:limit]
    rest = len(rows) > limit and limit > 0
    return Page([decode(body) for *_, body in shown], encode_cursor(kind, *shown[-1][:2]) if rest else None)


def position(kind: str, cursor: str | None) -> tuple[int, str]:
    """Where the page before ended: only what is older, or as old with a lesser id, comes after it."""
    if cursor is None:
        return MOST, "\U0010ffff"
    time, finding = decode_cursor(kind, cursor)
    if not isinstance(time, int) or abs(time) > MOST:
        raise unreadable_cursor()
    return time, codec.storable(finding)
