"""Columns of charts: whole windows on the clock's grid, at most as many as were asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.grid import grid
from tests.store.shop import MINUTE, minute

HOUR, DAY = 60 * MINUTE, 1440 * MINUTE


@pytest.mark.parametrize(
    ("length", "most", "step"),
    [
        (60 * MINUTE, 120, MINUTE),
        (DAY, 120, 15 * MINUTE),
        (7 * DAY, 120, 2 * HOUR),
        (7 * DAY, 168, HOUR),
        (7 * DAY, 48, 4 * HOUR),
        (30 * DAY, 120, 6 * HOUR),
        (365 * DAY, 120, 5 * DAY),
    ],
)
def test_steps_are_such_as_people_read_off_an_axis(length: int, most: int, step: int) -> None:
    assert grid(minute(0) // DAY * DAY, minute(0) // DAY * DAY + length, most, MINUTE).step == step


@given(
    since=st.integers(0, 4 * 10**15),
    length=st.integers(0, 10**15),
    most=st.integers(1, 500),
    unit=st.sampled_from([1, 7, 60, 420, 3600, 21600]),
)
def test_any_range_is_held_by_no_more_columns_than_asked_for(since: int, length: int, most: int, unit: int) -> None:
    unit *= 1_000_000
    until = since + length
    found = grid(since, until, most, unit)
    assert len(found) <= most
    assert found.step % unit == found.since % found.step == found.until % found.step == 0
    if not length:
        assert len(found) == 0
        return
    assert found.since <= since < found.since + found.step
    assert found.until - found.step < until <= found.until
    assert found.columns(np.array([since, until - 1])).tolist() == [0, len(found) - 1]
    assert (found.column(since), found.column(until + found.step), found.column(-1)) == (0, len(found), 0)


def test_nothing_is_before_the_epoch_and_ends_that_are_exchanged_hold_nothing() -> None:
    assert grid(-5 * DAY, HOUR, 1, MINUTE).since == 0
    assert len(grid(minute(5), minute(0), 10, MINUTE)) == 0
