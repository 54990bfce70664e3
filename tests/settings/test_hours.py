"""Hours of a week, by the clock on the wall."""

from __future__ import annotations

from datetime import datetime

import pytest

from detector.settings.hours import parse_hours

MONDAY, FRIDAY, SATURDAY, SUNDAY = 16, 20, 21, 22
"""Of November 2026."""


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute)  # noqa: DTZ001 - a clock on a wall shows no zone


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("Mon-Fri 08:00-18:00", at(FRIDAY, 17, 59), at(FRIDAY, 18)),
        ("Mon-Fri 08:00-18:00", at(MONDAY, 8), at(SATURDAY, 9)),
        ("mon-fri 8:00-18:00, Saturday 10:00 - 14:00", at(SATURDAY, 10), at(SATURDAY, 14)),
        ("Mon, Sat 10:00-14:00", at(SATURDAY, 10), at(FRIDAY, 10)),
        ("22:00-06:00", at(SUNDAY, 5, 59), at(SUNDAY, 6)),
        ("Fri 22:00-06:00", at(SATURDAY, 5), at(FRIDAY, 5)),
        ("Fri-Mon 00:00-24:00", at(MONDAY, 23, 59), at(MONDAY + 1, 0)),
        ("Sun 22:00-24:00", at(SUNDAY, 23, 59), at(MONDAY, 0)),
        ("Sat 08:00-08:00", at(SUNDAY, 7), at(SUNDAY, 8)),
    ],
)
def test_a_time_is_in_them_or_not(text: str, inside: datetime, outside: datetime) -> None:
    assert parse_hours(text).until(inside) is not None
    assert parse_hours(text).until(outside) is None


def test_they_say_when_they_end() -> None:
    assert parse_hours("Fri 22:00-06:00").until(at(FRIDAY, 23)) == at(SATURDAY, 6)
    assert parse_hours("Fri 22:00-06:00").until(at(SATURDAY, 1)) == at(SATURDAY, 6)
    assert parse_hours("08:00-12:00, 10:00-14:00").until(at(FRIDAY, 11)) == at(FRIDAY, 14)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("always", "not always"),
        ("Mon-Fri", "such as Mon-Fri 08:00-18:00"),
        ("Mon-Fri 8-18", "from 00:00 to 24:00, not 8"),
        ("Mon-Fri 08:00-25:00", "not 25:00"),
        ("Mon-Fri 08:60-18:00", "not 08:60"),
        ("Mo-Fr 08:00-18:00", "not mo"),
        ("Xyz 08:00-18:00", "not xyz"),
        ("08:00-18:00,", "such as"),
        (",", "such as"),
    ],
)
def test_what_is_none_is_refused_with_what_it_should_be(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_hours(text)
