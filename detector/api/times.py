"""Times as people and programs write them: RFC 3339 in and out, and relative ones such as `-1h` in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from detector.errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATEST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_EARLIEST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_RELATIVE = re.compile(r"(?:now)?\s*(?:([+-])\s*([0-9]{1,9})([smhdw]))?", re.ASCII)
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T t](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(Z|z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


def rfc3339(time: int) -> str:
    """Microseconds UTC as `2026-11-21T07:00:00Z`; fractions of a second only where there are some."""
    moment = _EPOCH + timedelta(microseconds=min(max(time, _EARLIEST), _LATEST))
    text = moment.replace(tzinfo=None).isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return text + "Z"


def parse_time(text: str, now: int) -> int:
    """A time as microseconds UTC: RFC 3339 with its zone, a bare date (midnight UTC), `now`, `-1h`, `-7d`, `now-30m`.

    `now` is in microseconds UTC too. Raises `UsageError` for anything else.
    """
    wanted = text.strip()
    if wanted and (relative := _RELATIVE.fullmatch(wanted)):
        sign, amount, unit = relative.groups()
        time = now + (int(f"{sign}{amount}") * _UNITS[unit] * 1_000_000 if unit else 0)
        if _EARLIEST <= time <= _LATEST:
            return time
    elif (absolute := _RFC3339.fullmatch(wanted)) and (parsed := _absolute(*absolute.groups())) is not None:
        return parsed
    shown = wanted if len(wanted) <= 60 else wanted[:60] + "…"
    raise UsageError(
        f"{shown!r} is not a time.",
        "Write it like 2026-11-21T07:00:00Z or 2026-11-21T08:00:00+01:00 (in a URL the + is %2B), "
        "or relative to now: -1h, +2h, now.",
    )


def expiry(until: str | None, length: str | None, now: int) -> int | None:
    """When something expires: at a time, or after a length of time such as `7d`; None for never.

    Raises `UsageError` where neither can be read, or both are given.
    """
    if until is not None and length is not None:
        raise UsageError("until and for say the same.", "Give one of them.")
    if length is not None:
        try:
            return parse_time(f"+{length.strip().removeprefix('+')}", now)
        except UsageError:
            raise UsageError(f"{length[:40]!r} is no length of time.", "Write it like 30m, 1h or 7d.") from None
    return None if until is None else parse_time(until, now)


def _absolute(date: str, clock: str | None, fraction: str | None, zone: str | None) -> int | None:
    """None for a date that the calendar lacks, and for a time of day without a zone: guessing it would be worse."""
    if (clock is None) != (zone is None):
        return None
    offset = "+00:00" if zone is None or zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{date}T{clock or '00:00'}{offset}")
        whole = (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None
    time = whole + int((fraction or "0")[:6].ljust(6, "0"))
    return time if _EARLIEST <= time <= _LATEST else None
