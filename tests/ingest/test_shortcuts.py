"""What makes the Python way of reading quick changes nothing: each shortcut gives what the long way gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.accounting import Tally
from ingest.linereader import Block
from ingest.rows import Rows
from ingest.sniff import Form
from ingest.timestamps import event_time, moment_of, rfc3339

SECONDS = [
    "2026-03-02T12:00:00",
    "2026-03-02T23:59:60",
    "2026-02-30T12:00:00",
    "2026-3-002T12:00:00",
    "2026-03-02 12:00:00",
    "٢٠٢٦-03-02T12:00:00",
    "2026-03-02T1٢:00:00",
    "1999-03-02T12:00:00",
]
FRACTIONS = [
    "",
    ".",
    ".1",
    ".123",
    ".12345",
    ".123456",
    ".123456789",
    ".1234567890",
    ".12٣",
    ".12x",
    ",123",
    ".123456٣",
]


@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize("second", SECONDS)
def test_a_stamp_in_z_is_read_as_one_with_an_offset(second: str, fraction: str) -> None:
    assert rfc3339(f"{second}{fraction}Z") == rfc3339(f"{second}{fraction}+00:00")


@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize("second", SECONDS[:5] + SECONDS[7:])
def test_a_field_is_read_as_one_with_white_space_around_it(second: str, fraction: str) -> None:
    text = f"{second}{fraction}Z"
    assert moment_of(text) == moment_of(f" {text} ")


@pytest.mark.parametrize("zone", ["", "Z", " UTC", "+01:00", "+0100", "-02", "Zx", " UTCx", "+01:00:00", " +0100x"])
@pytest.mark.parametrize("fraction", ["", ".123", ",123456789"])
def test_a_time_counts_only_with_its_zone(zone: str, fraction: str) -> None:
    told = event_time(f"2026-03-02 12:00:00{fraction}{zone} text")
    in_brackets = event_time(f"[2026-03-02 12:00:00{fraction}{zone}] text")
    whole = zone in ("Z", " UTC", "+01:00", "+0100", "-02")

    assert (told is not None) is whole
    assert in_brackets == told


@given(
    st.lists(
        st.sampled_from(
            ["", "a", "ab\r", "\0\0x", "\x07", "é", "\\u0007", '"kubernetes.pod', "\ufeff", "x" * 9, "y" * 12]
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(list(Form)),
    st.sampled_from([0, 7]),
)
def test_lines_of_a_block_are_the_same_as_text_and_as_bytes(lines: list[str], form: Form, position: int) -> None:
    block = Block("\n".join(lines).encode(), position, 10)
    by_bytes, by_text = Tally(), Tally()

    assert Rows.of_block(block, form, by_text) == Rows.of(*block.split(), form, by_bytes)
    assert by_text == by_bytes
