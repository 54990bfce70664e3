"""Lines by columns of time: the sums of the windows in them, in every store, rolled up or not."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from detector.grid import Grid
from detector.sparse import HOUR
from detector.store.port import PassResult, Store, WindowCounts
from detector.volumes import grid_of, lines
from tests.store.shop import MINUTE, SEVEN, counts, minute
from tests.store.test_hours import drawn

GROUPS = {f"t{number}": number % 3 for number in range(10)}
"""Of twelve templates: two belong to no group."""


def summed(windows: Iterable[WindowCounts], on: Grid, others: int = -1) -> NDArray[np.int64]:
    """Window by window."""
    found = np.zeros((3, len(on)), np.int64)
    for one in windows:
        for template, count in zip(one.templates, one.counts.tolist(), strict=True):
            if on.since <= one.window < on.until and (group := GROUPS.get(template, others)) >= 0:
                found[group, on.column(one.window)] += count
    return found


def test_lines_by_column_are_those_of_their_windows(store: Store) -> None:
    # Counts of another width lie apart from the others.
    windows = [*drawn(0, 300), counts(300, t1=1 << 40, t11=5)]
    store.commit(PassResult(minute(301), counts=[*windows, *drawn(0, 50, "bank", 2)]))
    for since, until, most in ((0, 301, 1000), (17, 290, 30), (100, 101, 1), (290, 400, 7)):
        on = grid_of(store, "shop", minute(since), minute(until), most, MINUTE)
        np.testing.assert_array_equal(lines(store, "shop", on, GROUPS, 3), summed(windows, on))
        np.testing.assert_array_equal(lines(store, "shop", on, GROUPS, 3, 2), summed(windows, on, 2))
    assert not lines(store, "nowhere", on, GROUPS, 3).any()
    assert lines(store, "shop", Grid(minute(5), minute(5), MINUTE), GROUPS, 3).shape == (3, 0)


def test_what_was_rolled_up_is_in_columns_of_hours_together_with_what_was_not(store: Store) -> None:
    windows = drawn(-20, 600)
    store.commit(PassResult(minute(600), counts=windows))
    store.prune(minute(250), 0)
    for since, until, most, step in ((-60, 600, 600, HOUR), (0, 300, 3, 2 * HOUR), (300, 600, 300, MINUTE)):
        on = grid_of(store, "shop", minute(since), minute(until), most, MINUTE)
        assert on.step == step
        np.testing.assert_array_equal(lines(store, "shop", on, GROUPS, 3), summed(windows, on))
    assert SEVEN % HOUR == 0
