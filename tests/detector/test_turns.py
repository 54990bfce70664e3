"""First models of namespaces that began together: so many a window, those that were due first coming first."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from detector.namespace import NamespaceState
from detector.schedule import Schedule
from detector.store.port import Store
from detector.store.sqlite import open_store
from detector.trained import Trained
from detector.turns import ANEW, MOST, Turns
from tests.detector.history import SCHEDULE, SETTINGS, at, busy, go, window
from tests.detector.late import Line, contents, read, settings
from tests.detector.records import MINUTE, START

DUE = at(30)
LEARN = 20
TOLD = settings(learn=timedelta(minutes=LEARN))
MANY = MOST + 3


def turns(*begun: tuple[str, int], most: int = 2) -> Turns:
    """Namespaces and the minutes of their first lines."""
    found = Turns(SCHEDULE, most)
    found.join({name: [window(minute, {"request": 1})] for name, minute in begun})
    return found


def minutes(found: Turns, names: str) -> dict[str, int]:
    return {name: (found.of(name) - DUE) // MINUTE for name in names}


def test_so_many_models_a_window_are_made_when_they_are_due_and_the_others_after_them() -> None:
    assert minutes(turns(*((name, 0) for name in "edcba")), "abcde") == {"a": 0, "b": 0, "c": 1, "d": 1, "e": 2}


def test_who_was_due_first_comes_first() -> None:
    found = turns(("z", 0), ("y", 0), ("x", 0), ("b", 1), ("a", 1), ("c", 5))

    assert minutes(found, "xyzabc") == {"x": 0, "y": 0, "z": 1, "a": 1, "b": 2, "c": 5}


def test_who_began_alone_but_is_read_late_waits_for_nobody() -> None:
    found = turns(("b", 9), ("c", 9), ("d", 9))
    found.join({"a": [window(3, {"request": 1})]})

    assert minutes(found, "a") == {"a": 3}


def test_turns_are_the_same_whether_windows_are_read_one_by_one_all_at_once_or_go_on_from_what_was_stored() -> None:
    begun = [(f"n{number:03}", number // 30) for number in range(100)]
    at_once, one_by_one, again = turns(*begun, most=20), Turns(SCHEDULE, 20), Turns(SCHEDULE, 20)
    for name, minute in begun:
        one_by_one.join({name: [window(minute, {"request": 1})]}, {name: []})
    again.resume({name: at(minute) for name, minute in reversed(begun)}, (), at(60))

    expected = {name: at_once.of(name) for name, _ in begun}
    assert max(Counter(expected.values()).values()) == 20
    assert {name: one_by_one.of(name) for name, _ in begun} == expected
    assert {name: again.of(name) for name, _ in begun} == expected


def test_models_that_are_made_anew_after_days_count_for_several() -> None:
    found = Turns(SCHEDULE, MOST)
    found.resume({name: at(0) for name in "abcdefg"}, "gfedcba", at(5_000))

    together = MOST // ANEW
    assert [(found.of(name) - at(5_000)) // MINUTE for name in "abcdefg"] == [0] * together + [1] * (7 - together)


def test_nobody_waits_for_a_turn_that_never_comes() -> None:
    assert turns().of("unheard of") == 0
    assert len(turns()) == 0
    assert minutes(turns(("a", 0), most=0), "a") == {"a": 0}, "a window holds one at the least"


def test_a_namespace_goes_on_learning_until_its_turn_and_says_so() -> None:
    namespace = NamespaceState("shop", SETTINGS)
    namespace.trained.not_before = at(37)

    assert go(namespace, busy(range(36)), 36).models == []
    assert (namespace.status().model, namespace.status().learning_until) == (None, at(37))
    found = go(namespace, busy(range(36, 40)), 40)

    (card,) = found.models
    assert (card.trained_from, card.trained_until) == (at(0), at(37))
    assert list(found.scores) == [at(37), at(38), at(39)]


def lines(count: int) -> list[Line]:
    """Of many namespaces that began together, for so many minutes."""
    return [
        Line(60 * minute + 7 * turn, f"request {turn} done", namespace=f"n{number:02}")
        for number in range(MANY)
        for minute in range(count)
        for turn in range(1 + (minute + number) % 3)
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    with closing(open_store(tmp_path_factory.mktemp("whole") / "store.sqlite")) as store:
        read(lines(LEARN + 3), LEARN + 3, store, TOLD)
        return contents(store)


def firsts(store: Store) -> Counter[int]:
    """How many models learned for so many minutes."""
    return Counter((card.trained_until - START) // MINUTE for card in store.models())


def test_of_many_namespaces_that_are_due_at_once_only_so_many_are_trained_in_a_pass(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        read(lines(LEARN + 3), LEARN, store, TOLD)
        assert firsts(store) == {LEARN: MOST}
        waiting = [status for status in store.statuses() if status.model is None]
        assert [one.namespace for one in waiting] == [f"n{number:02}" for number in range(MOST, MANY)]
        assert {one.learning_until for one in waiting} == {START + (LEARN + 1) * MINUTE}

        read(lines(LEARN + 3), LEARN + 1, store, TOLD)
        assert firsts(store) == {LEARN: MOST, LEARN + 1: MANY - MOST}
        assert all(status.model for status in store.statuses())


def test_a_run_that_is_broken_off_while_namespaces_wait_ends_as_one_that_is_not(
    tmp_path: Path, whole: dict[str, object]
) -> None:
    for steps in (LEARN, 1, None):
        with closing(open_store(tmp_path / "store.sqlite")) as store:
            read(lines(LEARN + 3), LEARN + 3, store, TOLD, steps)
            learned, found = firsts(store), contents(store)
            assert steps is None or sum(learned.values()) in (MOST, MANY)

    assert found == whole


def test_without_others_the_first_model_is_made_when_it_is_due() -> None:
    schedule = Schedule.of(SETTINGS)
    assert Trained("shop", SETTINGS, NamespaceState("shop", SETTINGS).history).not_before == 0
    assert turns(("shop", 0), most=MOST).of("shop") == at(0) + schedule.learn
