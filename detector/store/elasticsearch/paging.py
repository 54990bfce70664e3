"""Pages of what the store in a cluster holds, newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from detector.store.codec import storable
from detector.store.cursor import decode_cursor, encode_cursor, unreadable_cursor
from detector.store.port import Page

Item = TypeVar("Item")

_MOST = (1 << 63) - 1


def page(kind: str, found: list[Item], limit: int, place: Callable[[Item], tuple[int, str]]) -> Page[Item]:
    """A page of what was found: one more than `limit` where there are more."""
    shown = found[: max(limit, 0)]
    rest = len(found) > limit and limit > 0
    return Page(shown, encode_cursor(kind, *place(shown[-1])) if rest else None)


def position(kind: str, cursor: str | None) -> tuple[object, ...]:
    """Where the page before ended: only what is older, or as old with a lesser id, comes after it."""
    if cursor is None:
        return ()
    time, finding = decode_cursor(kind, cursor)
    if not isinstance(time, int) or abs(time) > _MOST:
        raise unreadable_cursor()
    return time // 1_000, storable(finding)
