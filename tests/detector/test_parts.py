"""Each part by itself: since when it is as it is, and by the worst that anybody says of it."""

from __future__ import annotations

import pytest

from detector.errors import DrainwatchError, ServerError, SourceError, SpaceError, StoreError
from detector.parts import Board, Part, State, blamed


class Clock:
    now = 100

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> Board:
    board = Board(clock)
    board.expect("store", "channel:desk")
    return board


def store(board: Board) -> Part:
    return next(part for part in board.parts() if part.name == "store")


def test_what_nobody_complains_of_is_up_since_it_began(board: Board, clock: Clock) -> None:
    clock.now = 200
    board.works("store")
    assert board.parts() == (Part("store", "up", 100), Part("channel:desk", "up", 100))


def test_a_failure_keeps_its_time_while_it_lasts_and_tells_the_newest_reason(board: Board, clock: Clock) -> None:
    clock.now = 200
    board.fails("store", "The disk is full.")
    clock.now = 300
    board.fails("store", "The disk is gone.")
    assert store(board) == Part("store", "down", 200, "The disk is gone.")
    clock.now = 400
    board.works("store")
    assert store(board) == Part("store", "up", 400)


def test_who_can_read_does_not_take_back_what_the_one_says_who_writes(board: Board, clock: Clock) -> None:
    board.fails("store", "It can't be written.", "degraded")
    board.works("store", by="reading")
    assert store(board).state == "degraded"
    clock.now = 200
    board.fails("store", "It can't be read.", by="reading")
    assert store(board) == Part("store", "down", 200, "It can't be read.")
    board.works("store", by="reading")
    assert store(board) == Part("store", "degraded", 100, "It can't be written.")


def test_a_part_that_nobody_expected_is_told_once_it_fails(board: Board) -> None:
    board.fails("source", "Elasticsearch is away.")
    assert [part.name for part in board.parts()] == ["store", "channel:desk", "source"]


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (StoreError("", ""), ("store", "degraded")),
        (SourceError("", ""), ("source", "down")),
        (ServerError("", ""), ("source", "down")),
        (SpaceError("", ""), ("detection", "down")),
        (DrainwatchError("", ""), ("detection", "down")),
        (RuntimeError(), ("detection", "down")),
    ],
)
def test_what_keeps_a_pass_from_being_done_is_one_parts_fault(error: Exception, part: tuple[str, State]) -> None:
    assert blamed(error) == part
