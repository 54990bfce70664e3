"""All that a store holds of something, asked for page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from detector.store.port import Page

Item = TypeVar("Item")
MOST = 500
"""Items a page."""


def pages(ask: Callable[[str | None, int], Page[Item]], limit: int | None = None) -> Iterator[Item]:
    """Items of page after page, `limit` at most; `ask` takes a cursor and how many."""
    cursor: str | None = None
    while limit is None or limit > 0:
        page = ask(cursor, MOST if limit is None else min(limit, MOST))
        yield from page.items
        limit = None if limit is None else limit - len(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return
