"""Counts laid out on the grid of time."""

from __future__ import annotations

import numpy as np

from detector.vectors import Column, CountMatrix, WindowCounts, align, to_matrix, without_gaps

SPAN = 60
COLUMNS = {name: Column(name, "cart", "info") for name in ("b", "a", "c")}
DAY = 24 * 60 * SPAN


def at(window: int, **counts: int) -> WindowCounts:
    return WindowCounts("shop", window * SPAN, tuple(counts), np.array(list(counts.values()), np.int64))


def test_windows_without_a_line_are_rows_of_noughts() -> None:
    matrix = to_matrix([at(10, b=3), at(12, a=1, b=2)], COLUMNS, 9 * SPAN, 14 * SPAN, SPAN)

    assert [column.template for column in matrix.columns] == ["a", "b"]
    assert matrix.counts.tolist() == [[0, 0], [0, 3], [0, 0], [1, 2], [0, 0]]
    assert (len(matrix), matrix.window(3)) == (5, 12 * SPAN)


def test_the_order_of_the_windows_and_of_their_templates_makes_no_difference() -> None:
    one = to_matrix([at(0, a=1, b=2), at(1, c=3)], COLUMNS, 0, 2 * SPAN, SPAN)
    other = to_matrix([at(1, c=3), at(0, b=2, a=1)], COLUMNS, 0, 2 * SPAN, SPAN)

    assert one.columns == other.columns
    np.testing.assert_array_equal(one.counts, other.counts)


def test_columns_are_in_the_order_of_their_ids() -> None:
    columns = {f"t{index:02}": Column(f"t{index:02}", "cart", "info") for index in range(40)}
    matrix = to_matrix([at(0, **dict.fromkeys(reversed(columns), 1))], columns, 0, SPAN, SPAN)

    assert [column.template for column in matrix.columns] == list(columns)


def test_late_counts_of_a_window_are_added_to_it() -> None:
    matrix = to_matrix([at(0, a=1), at(0, a=4, b=1)], COLUMNS, 0, SPAN, SPAN)

    assert matrix.counts.tolist() == [[5, 1]]


def test_what_is_outside_is_left_out_with_its_columns() -> None:
    matrix = to_matrix([at(0, a=1), at(1, b=1), at(2, c=1)], COLUMNS, SPAN, 2 * SPAN, SPAN)

    assert ([column.template for column in matrix.columns], matrix.counts.tolist()) == (["b"], [[1]])


def test_an_end_before_the_beginning_is_no_window() -> None:
    assert to_matrix([at(0, a=1)], COLUMNS, SPAN, 0, SPAN).counts.shape == (0, 0)


def test_rows_keep_their_time() -> None:
    matrix = to_matrix([at(3, a=1)], COLUMNS, 0, 5 * SPAN, SPAN).rows(3, 5)

    assert (matrix.start, matrix.counts.tolist()) == (3 * SPAN, [[1], [0]])


def test_a_gap_is_closed_up_to_one_window_and_shorter_ones_stay() -> None:
    days = 3 * DAY // SPAN
    windows = [at(0, a=1), at(5, a=2), at(days, a=3), at(days + 1, a=4)]

    moved, end = without_gaps(windows, 0, (days + 2) * SPAN, DAY, SPAN)

    assert [(one.window // SPAN, int(one.counts[0])) for one in moved] == [(0, 1), (5, 2), (6, 3), (7, 4)]
    assert end == 8 * SPAN


def test_a_gap_at_the_end_is_closed_too() -> None:
    moved, end = without_gaps([at(0, a=1)], 0, 9 * DAY, DAY, SPAN)

    assert ([one.window for one in moved], end) == ([0], SPAN)


def test_known_columns_are_aligned_and_others_named() -> None:
    counts = np.array([[1, 2, 3], [4, 5, 6]])
    matrix = CountMatrix(0, SPAN, tuple(COLUMNS[name] for name in "abc"), counts)

    aligned, foreign = align(matrix, (COLUMNS["c"], Column("gone", "cart", ""), COLUMNS["a"]))

    assert aligned.tolist() == [[3, 0, 1], [6, 0, 4]]
    assert [matrix.columns[index].template for index in foreign] == ["b"]
