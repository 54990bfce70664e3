"""A job beside detection is done while it is ours, says where it fails, and leaves alone what somebody else does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from detector.beside import Beside
from detector.errors import ScopeError, StoreError
from detector.store.port import Store
from detector.store.sqlite import open_store


class Work:
    """Fails as it is told."""

    name = "work"
    every = timedelta(seconds=1)

    def __init__(self) -> None:
        self.notices: tuple[str, ...] = ()
        self.turns, self.let_go_of = 0, 0
        self.failure: Exception | None = None

    def turn(self, store: Store) -> None:
        self.turns += 1
        if self.failure is not None:
            raise self.failure

    def let_go(self) -> None:
        self.let_go_of += 1


class Around:
    """A job, the clock, and whether it is ours."""

    def __init__(self, store: Store) -> None:
        self.store, self.now, self.ours = store, 0.0, True
        self.work = Work()
        self.beside = Beside(self.work, ours=lambda: self.ours, monotonic=lambda: self.now)

    def turn(self, later: float = 1) -> None:
        self.now += later
        self.beside.turn(self.store)


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Around]:
    with closing(open_store(tmp_path / "s.sqlite")) as store:
        yield Around(store)


def test_it_is_done_at_each_turn_and_says_what_it_has_to_say(around: Around) -> None:
    around.turn()
    around.turn()
    around.work.notices = ("One thing.",)
    assert (around.work.turns, around.beside.notices) == (2, ("One thing.",))


def test_it_is_let_go_of_where_it_is_somebody_elses(around: Around) -> None:
    around.turn()
    around.ours = False
    around.turn()
    assert (around.work.turns, around.work.let_go_of) == (1, 1)


def test_a_failure_is_said_and_tried_again_ever_less_often_until_it_is_over(around: Around) -> None:
    around.work.failure = StoreError("The disk is full.", "Make room.")
    for _ in range(20):
        around.turn()
    assert around.work.turns == 5  # after 1, 2, 4, 8 seconds
    assert (around.beside.notices, around.beside.failing) == (("work: The disk is full. Make room.",), True)
    assert around.work.let_go_of == 5
    around.work.failure = None
    around.turn(60)
    assert (around.beside.notices, around.beside.failing) == ((), False)


def test_a_bug_is_said_as_one(around: Around) -> None:
    around.work.failure = KeyError("x")
    around.turn()
    assert "bug" in around.beside.notices[0]


def test_a_scope_that_somebody_else_took_over_is_left_to_them_for_a_while_without_a_word(around: Around) -> None:
    around.work.failure = ScopeError("Taken.", "")
    around.turn()
    around.turn()
    assert (around.work.turns, around.work.let_go_of, around.beside.notices) == (1, 1, ())
    around.work.failure = None
    around.turn(5)
    assert around.work.turns == 2
