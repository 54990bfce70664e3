"""The newest counts of a namespace: in order however they came, found by time, and small."""

from __future__ import annotations

import sys

import numpy as np

from detector.history import History
from detector.vectors import WindowCounts
from tests.detector.history import TEMPLATES, at, busy, template, window
from tests.detector.records import MINUTE


def history(*minutes: int) -> History:
    found = History(MINUTE)
    for minute in minutes:
        found.add(window(minute, {"request": minute + 1}), TEMPLATES)
    return found


def shown(windows: list[WindowCounts]) -> list[tuple[int, tuple[str, ...], list[int]]]:
    return [((one.window - at(0)) // MINUTE, one.templates, one.counts.tolist()) for one in windows]


def test_late_parts_stand_at_their_time_after_those_that_came_before() -> None:
    found = history(0, 1, 5)
    found.add(window(1, {"query": 70_000, "request": 3}), TEMPLATES)
    found.add(window(3, {"query": 2}), TEMPLATES)

    assert shown(list(found)) == [
        (0, ("request",), [1]), (1, ("request",), [2]), (1, ("query", "request"), [70_000, 3]),
        (3, ("query",), [2]), (5, ("request",), [6]),
    ]  # fmt: skip
    assert shown(found.between(at(1), at(5))) == shown(list(found))[1:4]
    assert all(one.namespace == "shop" and one.counts.dtype == np.int64 for one in found)


def test_windows_with_a_line_are_found_by_time() -> None:
    found = history(0, 3, 4, 9)

    assert [(one - at(0)) // MINUTE for one in found.logged(at(4), at(9))] == [4]
    assert [(one - at(0)) // MINUTE for one in found.logged(at(5), at(12))] == [4, 9]
    assert found.logged(at(-5), at(0)) == []
    assert (found.next_line(at(5)), found.next_line(at(10))) == (at(9), None)


def test_what_is_forgotten_takes_its_templates_along_and_others_take_their_numbers() -> None:
    found = history(0, 1)
    found.add(window(2, {"query": 1}), TEMPLATES)
    found.forget(at(2))

    assert (set(found.columns), found.whole_since) == ({"query"}, at(2))

    found.add(window(3, {"audit": 5, "request": 6}), TEMPLATES)
    assert set(found.columns) == {"query", "audit", "request"}
    assert shown(list(found)) == [(2, ("query",), [1]), (3, ("audit", "request"), [5, 6])]


def test_replaced_windows_are_as_they_are_now() -> None:
    found = history(0, 1, 2)
    found.replace([window(1, {"query": 4}), window(2, {})], TEMPLATES)

    assert shown(list(found)) == [(0, ("request",), [1]), (1, ("query",), [4])]
    assert set(found.columns) == {"request", "query"}


def test_a_window_takes_two_bytes_a_template() -> None:
    names = {f"t{number}": template(f"t{number}") for number in range(200)}
    found = History(MINUTE)
    for minute in range(100):
        found.add(window(minute, dict.fromkeys(names, 200)), names)

    assert sum(map(sys.getsizeof, found._packed)) < 100 * (2 * 200 + 100)
    assert len(list(found)) == len(busy(range(100)))


def test_windows_are_laid_out_as_by_their_names_where_all_of_these_are_known() -> None:
    found = history(0, 1, 5)
    found.add(window(1, {"query": 70_000, "request": 3}), TEMPLATES)
    at_places = {"audit": 0, "request": 1, "query": 2}

    counts = found.laid_out(at(0), at(3), at_places)
    assert counts is not None
    assert counts.tolist() == [[0, 1, 0], [0, 2 + 3, 70_000], [0, 0, 0]]
    assert found.laid_out(at(0), at(1), {"query": 0}) is None, "another layout"

    found.add(window(6, {"refused": 2}), TEMPLATES)
    assert found.laid_out(at(5), at(7), at_places) is None, "a template of which the layout knows nothing"
    moved = found.laid_out(at(5), at(7), at_places | {"refused": 3})
    assert moved is not None
    assert moved.tolist() == [[0, 6, 0, 0], [0, 0, 0, 2]]


def test_a_number_that_is_another_templates_by_now_is_laid_out_as_that() -> None:
    found, places = history(0), {"request": 0, "audit": 1}
    found.add(window(5, {"query": 2}), TEMPLATES)
    first = found.laid_out(at(0), at(1), places)
    found.forget(at(4))
    found.add(window(7, {"audit": 9}), TEMPLATES)
    second = found.laid_out(at(6), at(8), places)

    assert first is not None
    assert second is not None
    assert (first.tolist(), second.tolist()) == ([[1, 0]], [[0, 0], [0, 9]])
