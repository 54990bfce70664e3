"""A CSV of incidents is read, or refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.evaluate.known import parse_known, read_known, together
from detector.replay import Known

SEVEN = 1_795_244_400_000_000
MINUTE = 60_000_000


def test_columns_in_any_order_with_names_where_there_are_none() -> None:
    text = (
        "name, namespace, end, start, workload\r\n"
        "the outage, shop, 2026-11-21T07:10:00Z, 2026-11-21T07:00:00Z, ledger\r\n"
        "\r\n"
        '"one, quoted",,2026-11-21T08:30:00+01:00,2026-11-21T08:20:00+01:00,\r\n'
        ",,2026-11-22,2026-11-21,\r\n"
    )
    first, second, third = parse_known(text, "x.csv")
    assert first == Known("the outage", SEVEN, SEVEN + 10 * MINUTE, "shop", "ledger")
    assert second == Known("one, quoted", SEVEN + 20 * MINUTE, SEVEN + 30 * MINUTE)
    assert (third.name, third.end - third.start) == ("incident 3", 1_440 * MINUTE)


def test_two_columns_are_enough_and_a_byte_order_mark_is_no_part_of_the_heading(tmp_path: Path) -> None:
    file = tmp_path / "incidents.csv"
    file.write_bytes(b"\xef\xbb\xbfstart,end\n2026-11-21T07:00:00Z,2026-11-21T07:01:00Z\n")
    assert read_known(file) == [Known("incident 1", SEVEN, SEVEN + MINUTE)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "x.csv, line 1: there is no column start."),
        ("start\n", "x.csv, line 1: there is no column end."),
        ("start,end,who\n", "x.csv, line 1: the column 'who' is not known."),
        ("start,end,end\n", "x.csv, line 1: the column 'end' is there twice."),
        ("start,end\n", "x.csv names no incident."),
        ("start,end\n\n2026-11-21T07:00:00Z,\n", "x.csv, line 3: there is no end."),
        ("start,end\nyesterday,2026-11-21\n", "x.csv, line 2: start 'yesterday' is not a time."),
        ("start,end\n-1h,2026-11-21\n", "x.csv, line 2: start '-1h' is not a time."),
        ("start,end\n2026-11-21T07:00:00,2026-11-22\n", "line 2: start '2026-11-21T07:00:00' is not a time."),
        ("start,end\n2026-11-22,2026-11-21\n", "x.csv, line 2: the end isn't later than the start."),
        ("start,end\n2026-11-21,2026-11-22,shop\n", "x.csv, line 2: more fields than the heading names."),
        ('start,end,name\n2026-11-21,2026-11-22,"a\nb"\n2026-11-21,x,\n', "x.csv, line 4: end 'x' is not a time."),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_known(text, "x.csv")
    assert problem in caught.value.problem
    assert caught.value.advice


def test_what_is_in_the_file_and_marked_as_real_counts_once() -> None:
    listed = [Known("a", 0, 10, "shop"), Known("b", 100, 110)]
    same, elsewhere, later = Known("x", 5, 15, "shop"), Known("y", 5, 15, "bank"), Known("z", 110, 120, "shop")
    assert together(listed, [same, elsewhere, later]) == [*listed, elsewhere, later]
    assert together(listed, [Known("x", 105, 106, "bank")]) == listed


def test_a_file_that_cant_be_read_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read: no such file"):
        read_known(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"start,end,name\n2026-11-21,2026-11-22,Stra\xdfe\n")
    with pytest.raises(UsageError, match="isn't text in UTF-8"):
        read_known(tmp_path / "latin.csv")
