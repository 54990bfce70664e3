"""When a line was logged, as far as the line itself says so.

Only a whole time counts: date, time of day and zone. It is taken from where loggers put it (the line's beginning, the
bracket of an access log, the time key of JSON and logfmt), never from the middle of a text. All results are
microseconds since 1970, UTC; digits beyond microseconds are cut off.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

EARLIEST = 946_684_800_000_000
"""2000-01-01: no container logged before."""

_MOMENT = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?"
    r"(?:(Z|[+-]\d\d(?::?\d\d)?)| (UTC|GMT|Z|[+-]\d\d:?\d\d))?(?![\w:])"
)
_UNZONED = (4, 5)
"""Of `_MOMENT`, the last group where it found no zone."""
_ACCESS = re.compile(r"(?:\S+ \S+ [^\[\"]{1,64} )?\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})\]")
_LOGFMT = re.compile(r"(?:[\w.@-]+=(?:\"[^\"]*\"|\S*) ){0,4}(?:ts|time|timestamp|t)=(?:\"([^\"]{1,40})\"|(\S{1,40}))")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_MONTHS = {
    name: number
    for number, name in enumerate("Jan.Feb.Mar.Apr.May.Jun.Jul.Aug.Sep.Oct.Nov.Dec".split("."), start=1)  # noqa: SIM905
}
TIME_KEYS = ("ts", "time", "timestamp", "@timestamp", "t")


class _JsonTimes(msgspec.Struct):
    """The keys under which JSON loggers put the time; all others are skipped without being read."""

    ts: str | int | float | None = None
    time: str | int | float | None = None
    timestamp: str | int | float | None = None
    at_timestamp: str | int | float | None = msgspec.field(name="@timestamp", default=None)
    t: str | int | float | None = None


_json_times = msgspec.json.Decoder(_JsonTimes)
_json_any = msgspec.json.Decoder()


@lru_cache(maxsize=8192)
def second_of(prefix: str, zone: ZoneInfo | None = None) -> int | None:
    """The microseconds of `2026-11-21T07:00:00`, read as UTC or in the zone; None where there is no such time.

    Lines of one second share it, so it is kept. A leap second (`:60`) is the second after.
    """
    leap = prefix[17:19] == "60"
    text = prefix[:17] + "59" if leap else prefix
    try:
        whole = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=zone or UTC)
    except ValueError:
        return None
    if zone is None:
        return (int(whole.timestamp()) + leap) * 1_000_000
    return (round(whole.timestamp()) + leap) * 1_000_000


_WHOLE_SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.")
_SECOND = len("2026-11-21T07:00:00.")
_MILLISECONDS = len("2026-11-21T07:00:00.123Z")
_KEPT = 8_192


class Seconds(dict[str, int | None]):
    """The microseconds of `2026-11-21T07:00:00.`, UTC; None for what isn't written so. Lines of one second share it."""

    def __missing__(self, beginning: str) -> int | None:
        second = second_of(beginning[:-1]) if _WHOLE_SECOND.fullmatch(beginning) else None
        if len(self) >= _KEPT:
            self.clear()
        if len(beginning) <= _SECOND:
            self[beginning] = second
        return second


SECONDS = Seconds()


@lru_cache(maxsize=256)
def _offset(zone: str) -> int:
    """The microseconds by which a zone such as `Z`, `+0200`, `-05:30` or `+02` is ahead of UTC."""
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return (-minutes if zone[0] == "-" else minutes) * 60_000_000


def rfc3339(text: str) -> int | None:
    """The time that a runtime wrote (`2026-11-21T07:00:00.123456789Z`), or None where the text isn't one, whole."""
    second = SECONDS[text[:20]]
    if second is not None and text[-1] == "Z" and len(fraction := text[20:-1]) >= 6 and fraction.isdecimal():
        return second + int(fraction[:6])
    second = second_of(text[:19])
    if second is None:
        return None
    rest = text[19:]
    if rest[-1:] == "Z":
        fraction, offset = rest[1:-1], 0
    else:
        sign = max(rest.rfind("+"), rest.rfind("-"))
        if sign < 0 or not re.fullmatch(r"[+-]\d\d:?\d\d", rest[sign:]):
            return None
        fraction, offset = rest[1:sign], _offset(rest[sign:])
        rest = rest[: sign + 1]
    if not fraction:
        return second - offset if len(rest) == 1 else None
    if rest[0] != "." or not fraction.isdecimal():
        return None
    return second + int(fraction[:6].ljust(6, "0")) - offset


def _moment(found: re.Match[str], zone: ZoneInfo | None) -> int | None:
    year, month, day, clock, fraction, near, far = found.groups()
    named = near or far
    if not named and zone is None:
        return None
    second = second_of(f"{year}-{month}-{day}T{clock}", None if named else zone)
    if second is None:
        return None
    return second + int((fraction or "0")[:6].ljust(6, "0")) - (_offset(named) if named else 0)


def _epoch(number: float) -> int | None:
    """Microseconds of a number of seconds, milliseconds, microseconds or nanoseconds, told apart by its size."""
    if isinstance(number, bool) or not EARLIEST / 1e6 <= number < 1e20:
        return None
    if number < 1e11:
        return round(number * 1_000_000)
    if number < 1e14:
        return round(number * 1_000)
    return int(number) if number < 1e17 else int(number) // 1_000


def moment_of(value: object, zone: ZoneInfo | None = None) -> int | None:
    """The time in a field: RFC 3339 text (zoneless only with a zone to read it in) or a number since 1970."""
    if isinstance(value, str):
        if len(value) == _MILLISECONDS and value[-1] == "Z" and (fraction := value[20:23]).isdecimal():
            second = SECONDS[value[:20]]
            if second is not None:
                return second + int(fraction) * 1_000
        text = value.strip()
        found = _MOMENT.fullmatch(text)
        if found is not None:
            return _moment(found, zone)
        if re.fullmatch(r"\d{9,19}(\.\d{1,9})?", text):
            return _epoch(float(text) if "." in text else int(text))
        return None
    if isinstance(value, int | float):
        return _epoch(value)
    return None


def json_time(text: str, zone: ZoneInfo | None = None) -> int | None:
    """The time in a JSON object's `ts`, `time`, `timestamp`, `@timestamp` or `t`; None where it isn't an object."""
    try:
        times = _json_times.decode(text)
        values: list[object] = [times.ts, times.time, times.timestamp, times.at_timestamp, times.t]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        try:
            document = _json_any.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
        values = [document.get(key) for key in TIME_KEYS] if isinstance(document, dict) else []
    for value in values:
        if value is not None and (found := moment_of(value, zone)) is not None:
            return found
    return None


def event_time(text: str, zone: ZoneInfo | None = None) -> int | None:
    """The event time that the line itself tells, whole; None where it tells none.

    `zone` is that of times that name none; without it those are not used.
    """
    first = text[:1]
    if first == "\x1b":
        text = _ANSI.sub("", text[:400]).lstrip()
        first = text[:1]
    if first == "{":
        return json_time(text, zone)
    if first.isdecimal() and text[4:5] in "-/" and (found := _MOMENT.match(text)):
        return None if zone is None and found.lastindex in _UNZONED else _moment(found, zone)
    bracket = text.find("[", 0, 200)
    if bracket >= 0:
        if bracket == 0 and (found := _MOMENT.match(text, 1)):
            return None if zone is None and found.lastindex in _UNZONED else _moment(found, zone)
        if text[bracket + 3 : bracket + 4] == "/" and (found := _ACCESS.match(text)):
            return _access_time(found)
    equals = text.find("=", 0, 40)
    if equals > 0 and text.find(" ", 0, equals) < 0 and (found := _LOGFMT.match(text)):
        return moment_of(found[1] or found[2], zone)
    return None


def _access_time(found: re.Match[str]) -> int | None:
    day, month, year, clock, offset = found.groups()
    second = second_of(f"{year}-{_MONTHS.get(month, 0):02}-{day}T{clock}")
    return None if second is None else second - _offset(offset)
