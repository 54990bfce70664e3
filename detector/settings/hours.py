"""Hours of a week, as people write them: `Mon-Fri 08:00-18:00, Sat 10:00-14:00`, `22:00-06:00`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(days=1)
_SHAPE = re.compile(r"(?:(?P<days>[a-z]+(?:\s*-\s*[a-z]+)?)\s+)?(?P<start>\S+?)\s*-\s*(?P<end>\S+)")
_WISH = "should be hours such as Mon-Fri 08:00-18:00, Sat 10:00-14:00"


@dataclass(frozen=True, slots=True)
class Span:
    """A time of some days; where it ends before it starts it goes on until the next day."""

    days: frozenset[int]
    """On which it starts: 0 is Monday."""
    start: timedelta
    """Since midnight, by the clock on the wall."""
    end: timedelta

    def until(self, local: datetime) -> datetime | None:
        """When it ends, as seen from a time in it, by the clock on the wall; None where that time isn't in it."""
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        for began in (midnight, midnight - _DAY):
            end = self.end + (timedelta(0) if self.start < self.end else _DAY)
            if began.weekday() in self.days and began + self.start <= local < began + end:
                return began + end
        return None


@dataclass(frozen=True, slots=True)
class Hours:
    """Some times of every week."""

    spans: tuple[Span, ...]

    def until(self, local: datetime) -> datetime | None:
        """As `Span.until`, of the one that ends last; `local` is without a zone: what the clock on the wall shows."""
        return max((end for span in self.spans if (end := span.until(local))), default=None)


def parse_hours(text: str) -> Hours:
    """Days may be left out (every day) or listed (`Mon, Wed 08:00-10:00`). Raises `ValueError`."""
    spans: list[Span] = []
    listed: set[int] = set()
    for part in text.lower().split(","):
        if re.fullmatch(r"\s*[a-z]+(\s*-\s*[a-z]+)?\s*", part):
            listed |= _days(part.strip())
            continue
        found = _SHAPE.fullmatch(part.strip())
        if found is None:
            raise ValueError(_WISH)
        days = listed | (_days(found["days"]) if found["days"] else set())
        spans.append(Span(frozenset(days or range(7)), _time(found["start"]), _time(found["end"])))
        listed = set()
    if listed or not spans:
        raise ValueError(_WISH)
    return Hours(tuple(spans))


def _days(text: str) -> set[int]:
    first, _, last = (part.strip() for part in text.partition("-"))
    begin = _day(first)
    end = _day(last) if last else begin
    return {(begin + n) % 7 for n in range((end - begin) % 7 + 1)}


def _day(name: str) -> int:
    for number, day in enumerate(_DAYS):
        if len(name) >= 3 and day.startswith(name):
            return number
    raise ValueError(f"should name days as Mon, Tue, Wed, Thu, Fri, Sat or Sun, not {name}")


def _time(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if found is None or int(found[2]) > 59 or (time := timedelta(hours=int(found[1]), minutes=int(found[2]))) > _DAY:
        raise ValueError(f"should have times from 00:00 to 24:00, not {text}")
    return time
