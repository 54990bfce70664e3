"""What the reading commands share: a store, and filters."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detector.cli.clock import now
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.settings import Settings
    from detector.store.port import Reader


@dataclass(frozen=True, slots=True)
class Filters:
    """Which findings are wanted; times in microseconds UTC, half open, None without a bound."""

    namespace: str | None
    since: int | None
    until: int | None
    limit: int


def filters(namespace: str | None, since: str | None, until: str | None, limit: int) -> Filters:
    """As written on the command line. Raises `UsageError` for what is no time, or a range without extent."""
    from detector.api.times import parse_time

    moment = now()
    start = None if since is None else parse_time(since, moment)
    end = None if until is None else parse_time(until, moment)
    if start is not None and end is not None and start >= end:
        raise UsageError(f"--since {since} isn't before --until {until}.", "Nothing lies between them.")
    return Filters(namespace, start, end, limit)


def opened(settings: Settings) -> closing[Reader]:
    """The store, to be read while a service may be writing it; closed at the end of a `with`."""
    from detector.wiring import open_reader

    return closing(open_reader(settings))


def known(reader: Reader, namespace: str | None) -> None:
    """Refuse a namespace that the store doesn't know, naming those that it does."""
    if namespace is None:
        return
    names = [status.namespace for status in reader.statuses()]
    # Of one that logs nothing incidents may be told by its metrics.
    if namespace not in names and not reader.incidents(namespace, limit=1).items:
        there = f"There are {', '.join(names[:20])}." if names else "It is still empty."
        raise UsageError(f"The store has no namespace {namespace}.", there)
