from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.api.times import parse_time, rfc3339
from detector.errors import UsageError
from tests.store.shop import SEVEN

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-21T07:00:00Z", 0),
        ("2026-11-21t07:00:00z", 0),
        ("2026-11-21 07:00:00Z", 0),
        ("2026-11-21T08:00:00+01:00", 0),
        ("2026-11-21T02:30:00-0430", 0),
        ("2026-11-21T07:00Z", 0),
        ("2026-11-21T07:00:00.25Z", 0.25),
        ("2026-11-21T07:00:00.123456789Z", 0.123456),
        ("2026-11-21", -7 * 3600),
        ("now", 600),
        (" -1h ", 600 - 3600),
        ("-7d", 600 - 7 * 86_400),
        ("now-30m", 600 - 1800),
        ("+15s", 615),
        ("now + 1w", 600 + 604_800),
    ],
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert parse_time(text, now=SEVEN + 600 * SECOND) == SEVEN + round(seconds * SECOND)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "yesterday",
        "2026-11-21T07:00:00",
        "2026-11-21Z",
        "2026-02-30T00:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T07:00:00 01:00",
        "0000-01-01",
        "0001-01-01T00:00:00+23:00",
        "1795244400",
        "-1y",
        "-1",
        "-999999999w",
        "-9999999999h",
        "٢٠٢٦-11-21",
        "\x00",
        "x" * 1000,
    ],
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a time\. Write it like 2026-11-21T07:00:00Z") as refused:
        parse_time(text, now=SEVEN)
    assert len(str(refused.value)) < 350


@given(st.integers(-(10**20), 10**20))
def test_every_time_can_be_shown_and_is_read_as_it_is_shown(time: int) -> None:
    shown = rfc3339(time)
    assert shown.endswith("Z")
    if 0 <= time < 253_402_300_799 * SECOND:
        assert parse_time(shown, now=0) == time


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        parse_time(text, now=SEVEN)


def test_times_are_shown_in_utc_with_a_fraction_only_where_there_is_one() -> None:
    assert rfc3339(SEVEN) == "2026-11-21T07:00:00Z"
    assert rfc3339(SEVEN + 1) == "2026-11-21T07:00:00.000001Z"
