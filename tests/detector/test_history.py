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
