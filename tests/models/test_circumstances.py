"""After a change a workload may say new things, errors not among them; what is muted is no evidence."""

from __future__ import annotations

import numpy as np

from detector.findings import Change, ChangeKind
from detector.models.circumstances import Circumstances
from detector.models.series import series_of
from detector.vectors import Column
from tests.models.namespaces import SPAN, matrix

CART = (Column("busy", "cart", "info"), Column("banner", "cart", "info"), Column("failed", "cart", "error"))
COLUMNS = (*CART, Column("hello", "web", "info"))
MEAN = np.array([20.0, 0.05, 0.05, 0.05, 20.1, 0.05])
"""Of each series: templates, then cart and web."""
WINDOWS = 60
ROLLED_OUT = 10


def around(*, muted: frozenset[str] = frozenset(), kind: ChangeKind = ChangeKind.ROLLOUT) -> Circumstances:
    change = Change("c", "shop", "cart", ROLLED_OUT * SPAN, kind, "a", "b")
    return Circumstances.of(matrix(np.ones((WINDOWS, 4), np.int64), COLUMNS), (change,), muted)


def test_new_lines_of_what_was_rolled_out_are_no_wonder_for_half_an_hour() -> None:
    chance = np.full((WINDOWS, 4), 1e-6)

    left = around().newcomers(COLUMNS, chance)

    assert np.flatnonzero(left[:, 1] == 1.0).tolist() == list(range(ROLLED_OUT, ROLLED_OUT + 31))
    assert (left[:, 2] == 1e-6).all(), "errors are told whatever was changed"
    assert (left[:, 3] == 1e-6).all(), "web was not changed"


def test_the_lines_of_a_start_are_left_out_for_ten_minutes() -> None:
    counts = np.full((WINDOWS, 4), 7)

    left = around(kind=ChangeKind.PODS).hushed(COLUMNS, counts, MEAN)

    assert np.flatnonzero(left[:, 1] == 0).tolist() == list(range(ROLLED_OUT, ROLLED_OUT + 11))
    np.testing.assert_array_equal(left[:, [0, 2, 3]], counts[:, [0, 2, 3]])


def test_what_is_muted_is_neither_new_nor_too_much_nor_heard_in_sums() -> None:
    quiet = around(muted=frozenset({"hello", "busy"}))
    counts = np.array([[20, 0, 0, 500]] * WINDOWS)
    counts[5, 0] = 900

    upward, downward = quiet.pardons(COLUMNS, MEAN)
    left = quiet.hushed(COLUMNS, counts, MEAN)

    muted = [series_of(COLUMNS).index(one) for one in series_of(COLUMNS) if one.template in ("hello", "busy")]
    assert upward[:, muted].all()
    assert np.flatnonzero(downward[0]).tolist() == muted
    assert (left[5].tolist(), left[6].tolist()) == ([20, 0, 0, 0], [20, 0, 0, 0])
    assert (quiet.newcomers(COLUMNS, np.full((WINDOWS, 4), 1e-6))[:, 3] == 1.0).all()
    assert quiet.hushed(COLUMNS, counts).tolist()[6] == [0, 0, 0, 0]


def test_without_changes_and_mutes_nothing_is_excused() -> None:
    counts, chance = np.full((WINDOWS, 4), 7), np.full((WINDOWS, 4), 1e-6)
    plain = Circumstances.of(matrix(counts, COLUMNS), (), frozenset())

    np.testing.assert_array_equal(plain.hushed(COLUMNS, counts, MEAN), counts)
    np.testing.assert_array_equal(plain.newcomers(COLUMNS, chance), chance)
    assert not any(flags.any() for flags in plain.pardons(COLUMNS, MEAN))
