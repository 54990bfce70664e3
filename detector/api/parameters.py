"""Query parameters and how they are read; those that an endpoint doesn't know are refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from detector.api.times import parse_time
from detector.errors import UsageError
from detector.store.cursor import decode_cursor, encode_cursor, unreadable_cursor
from detector.store.port import Page

Item = TypeVar("Item")

TimeText = Annotated[
    str | None,
    Field(
        max_length=100,
        description="RFC 3339 with a zone (`2026-11-21T07:00:00Z`), a date, or relative to now (`-1h`, `-7d`, `now`).",
        examples=["2026-11-21T07:00:00Z", "-1h"],
    ),
]
Limit = Annotated[int, Field(ge=1, le=1000, description="How many at most.")]
Cursor = Annotated[str | None, Field(max_length=2000, description="`next_cursor` of the page before.")]


class NoQuery(BaseModel):
    """No parameters at all."""

    model_config = ConfigDict(extra="forbid")


class TimeQuery(NoQuery):
    """A range of time, half open."""

    since: TimeText = None
    until: TimeText = None

    def range(self, now: int) -> tuple[int | None, int | None]:
        """Both ends in microseconds UTC. Raises `UsageError` where one can't be read or they are exchanged."""
        since, until = named_time("since", self.since, now), named_time("until", self.until, now)
        if since is not None and until is not None and since > until:
            raise UsageError("since is later than until.", "Exchange them, or leave one out.")
        return since, until


class FindingsQuery(TimeQuery):
    """Which anomalies or incidents."""

    min_score: float = Field(0.0, ge=0, le=100, allow_inf_nan=False, description="Only those with this score or more.")
    cursor: Cursor = None
    limit: Limit = 100


def named_time(name: str, text: str | None, now: int) -> int | None:
    """The time that a parameter gives, microseconds UTC; None for none. Raises `UsageError`, naming the parameter."""
    if text is None:
        return None
    try:
        return parse_time(text, now)
    except UsageError as error:
        raise UsageError(f"{name}: {error.problem}", error.advice) from None


def page_links(request: Request, next_cursor: str | None) -> dict[str, str]:
    """Where this page can be asked for again and, unless it is the last one, the next one."""
    here = quote(request.scope["path"], errors="replace")
    links = {"self": here + (f"?{request.url.query}" if request.url.query else "")}
    if next_cursor is not None:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        links["next"] = f"{here}?{urlencode([*kept, ('cursor', next_cursor)])}"
    return links


def paginate(
    items: Sequence[Item], key: Callable[[Item], tuple[Any, str]], order: str, cursor: str | None, limit: int
) -> Page[Item]:
    """A page of a list that is all in memory, in the order of a key whose second part tells all apart.

    `order` names the key, so that a cursor isn't used with another one. Raises `UsageError` for a cursor of elsewhere.
    """
    ranked = sorted(items, key=key)
    if cursor is not None:
        after = decode_cursor(order, cursor)
        try:
            ranked = [item for item in ranked if key(item) > after]
        except TypeError:
            raise unreadable_cursor() from None
    shown = ranked[:limit]
    rest = len(ranked) > limit
    return Page(shown, encode_cursor(order, *key(shown[-1])) if rest else None)
