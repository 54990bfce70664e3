"""Sessions in columns: nothing of them is lost, whatever order lines come in."""

from __future__ import annotations

import numpy as np

from detector.models.sessions import Sessions
from detector.models.sessions.shape import NEVER

LINES = [("b", "x", 5), ("a", "y", 3), ("a", "x", 1), ("b", "x", 4), ("a", "y", 3)]


def test_lines_of_a_session_stand_together_in_order_of_time() -> None:
    sessions = Sessions.of(LINES)
    assert sessions.names == ("b", "a")
    assert [sessions.of_row(row) for row in range(2)] == [("x", "x"), ("x", "y", "y")]


def test_counts_and_first_times() -> None:
    sessions = Sessions.of(LINES)
    assert sessions.templates == ("x", "y")
    assert sessions.counts().tolist() == [[2, 0], [1, 2]]
    assert sessions.first().tolist() == [[4, NEVER], [1, 3]]


def test_taking_some_of_them_again_and_in_another_order() -> None:
    taken = Sessions.of(LINES).take(np.array([1, 0, 1]))
    assert taken.names == ("a", "b", "a")
    assert taken.counts().tolist() == [[1, 2], [2, 0], [1, 2]]


def test_over_other_templates_theirs_come_first_and_new_ones_after() -> None:
    moved = Sessions.of(LINES).over(("y", "z"))
    assert moved.templates == ("y", "z", "x")
    assert moved.counts().tolist() == [[0, 0, 2], [2, 0, 1]]


def test_templates_without_lines_are_left_behind() -> None:
    assert Sessions.of(LINES).take(np.array([0])).over(()).templates == ("x",)


def test_none_at_all() -> None:
    nothing = Sessions.of([])
    assert len(nothing) == 0
    assert nothing.counts().shape == (0, 0)
