"""A time counts only where it is whole and where loggers put it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.timestamps import event_time, moment_of, rfc3339

SEVEN = int(datetime(2026, 11, 21, 7, 9, 29, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T07:09:29Z", SEVEN),
        ("2026-11-21T07:09:29.5Z", SEVEN + 500_000),
        ("2026-11-21T07:09:29.123456789Z", SEVEN + 123_456),
        ("2026-11-21T09:09:29.000001+02:00", SEVEN + 1),
        ("2026-11-21T02:09:29-05:00", SEVEN),
        ("2026-11-21T07:09:29", None),
        ("2026-13-21T07:09:29Z", None),
        ("2026-11-21T07:09:29.Z", None),
        ("2026-11-21T07:09:29xZ", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_runtimes_stamp(text: str, expected: int | None) -> None:
    assert rfc3339(text) == expected


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_any_stamp_comes_back_to_the_microsecond(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // (datetime.resolution)
    assert rfc3339(moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z") == expected


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-21T07:09:29Z INFO started",
        "2026-11-21 07:09:29+0000 INFO started",
        "2026-11-21 07:09:29 UTC [12] LOG:  checkpoint starting",
        "2026-11-21 08:09:29 +0100 INFO started",
        "[2026-11-21T07:09:29Z] started",
        "\x1b[2m2026-11-21T07:09:29Z\x1b[0m \x1b[32m INFO\x1b[0m started",
        '10.1.0.7 - - [21/Nov/2026:07:09:29 +0000] "GET / HTTP/1.1" 200 5',
        '10.1.0.7 - frank [21/Nov/2026:08:09:29 +0100] "GET / HTTP/1.1" 200 5',
        '{"level":"info","ts":"2026-11-21T07:09:29Z","msg":"started"}',
        '{"time":1795244969,"msg":"started"}',
        '{"timestamp":1795244969000,"msg":"started"}',
        '{"@timestamp":"2026-11-21T07:09:29.000Z","msg":"started"}',
        '{"t":1795244969000000000}',
        '{"ts":{"odd":1},"time":"2026-11-21T07:09:29Z"}',
        "ts=2026-11-21T07:09:29Z level=info msg=started",
        'level=info time="2026-11-21T07:09:29Z" msg="started"',
    ],
)
def test_a_whole_time_where_loggers_put_it(line: str) -> None:
    assert event_time(line) == SEVEN


@pytest.mark.parametrize(
    "line",
    [
        "16:42:10.330 INFO o.c.OrderController [getSoldTickets][Travel Date: 2023-01-29 15:38:06]",
        "TravelDate: 2023-01-29T15:38:06Z",
        "2026-11-21 07:09:29,123 INFO no zone",
        "2026-11-21 07:09:29 - no zone either",
        "2026/11/21 07:09:29 [error] 7#7: *1 open() failed",
        '{"msg":"a","data":{"ts":"2026-11-21T07:09:29Z"}}',
        '{"ts":"2026-11-21T07:09:29Z","msg":"torn',
        '{"ts":true,"time":[1],"t":-5}',
        '["2026-11-21T07:09:29Z"]',
        "uptime=2026-11-21T07:09:29Z",
        "I1121 07:09:29.123456       1 controller.go:214] no year",
        "{",
        "",
    ],
)
def test_any_other_time_is_not_the_events(line: str) -> None:
    assert event_time(line) is None


@pytest.mark.parametrize(
    "line",
    ["2026-11-21 08:09:29,000 INFO x", "2026/11/21 08:09:29 [error] 7#7", 'time="2026-11-21 08:09:29" msg=x'],
)
def test_a_time_without_zone_is_used_where_the_reader_names_the_zone(line: str) -> None:
    assert event_time(line, ZoneInfo("Europe/Berlin")) == SEVEN


def test_a_zone_in_the_line_is_stronger_than_the_readers() -> None:
    assert event_time("2026-11-21T07:09:29Z x", ZoneInfo("Europe/Berlin")) == SEVEN


@given(st.text(max_size=60) | st.floats() | st.integers() | st.none() | st.booleans() | st.lists(st.none()))
def test_no_field_whatever_is_in_it_breaks_the_reading(value: object) -> None:
    found = moment_of(value)
    assert found is None or isinstance(found, int)


@given(st.text(alphabet='0123456789-:TZ.[]{}"=+ts,/NovUTC \x1b', max_size=80))
def test_no_line_breaks_the_reading(line: str) -> None:
    event_time(line)
    event_time(line, ZoneInfo("America/New_York"))
    rfc3339(line)
