"""Two times to be compared, as people and programs name them. All times are microseconds UTC."""

from __future__ import annotations

from detector.api.forms import SECOND
from detector.api.times import parse_time, rfc3339
from detector.errors import UsageError

PREVIOUS = "previous"
"""Directly before."""
_HOUR = 3_600 * SECOND


def asked_about(since: int | None, until: int | None, closed: int) -> tuple[int, int]:
    """What is closed of the time in question, without an end up to the last closed window, without a begin an hour.

    Windows are closed until `closed`. Raises `UsageError` where the ends are exchanged, or nothing is closed of it.
    """
    if until is None and since is not None and since >= closed:
        raise UsageError("No window after that time is closed yet.", f"Windows are closed until {rfc3339(closed)}.")
    until = closed if until is None else until
    since = until - _HOUR if since is None else since
    if since >= until:
        raise UsageError("since is not earlier than until.", "Exchange them, or leave one out.")
    return since, (min(until, closed) if since < closed else until)


def held_against(after: tuple[int, int], since: int | None, until: int | None, against: str | None) -> tuple[int, int]:
    """The earlier time: from and to where one of them is given, else as long a time so much earlier.

    `against` is `-1h`, `-1d` or the like, or `PREVIOUS`, which it is where nothing is given. Raises `UsageError` for
    what can't be read, or says two things at once.
    """
    length = after[1] - after[0]
    if since is None and until is None:
        shift = _shift(against or PREVIOUS, length)
        return after[0] - shift, after[1] - shift
    if against is not None:
        raise UsageError("against and before_since say the same.", "Give one of them.")
    if since is None:
        since = (until or 0) - length
    if until is None:
        until = since + length
    if since >= until:
        raise UsageError("before_since is not earlier than before_until.", "Exchange them, or leave one out.")
    return since, until


def _shift(against: str, length: int) -> int:
    wanted = against.strip()
    if wanted == PREVIOUS:
        return length
    try:
        shift = -parse_time(wanted, 0) if wanted.startswith("-") else 0
    except UsageError:
        shift = 0
    if shift <= 0:
        raise UsageError(f"against: {against[:60]!r} says no time earlier.", "Write it like -1h, -1d or previous.")
    if shift < length:
        raise UsageError(
            f"against: what is compared is longer than {wanted.removeprefix('-')[:20]}, so both would overlap.",
            "Give a shorter time, or previous.",
        )
    return shift
