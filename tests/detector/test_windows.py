from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.windows import WindowBuffer
from ingest.batch import LogBatch
from ingest.source import Checkpoint
from tests.detector.records import MINUTE, SECOND, START, batch


def messages(pieces: Iterable[LogBatch]) -> list[str]:
    return [message for piece in pieces for message in piece.message]


def test_a_window_is_closed_once_the_watermark_has_passed_its_end() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    buffer.add(batch([(10, "first"), (70, "second")]))

    assert buffer.close(START + MINUTE - 1) is None
    closed = buffer.close(START + MINUTE)

    assert closed is not None
    assert messages(closed.on_time) == ["first"]
    assert closed.until == START + MINUTE
    assert buffer.rows == 1


def test_of_a_batch_the_records_of_closed_windows_are_handed_on_wherever_in_it_they_are() -> None:
    for rows in ([(70, "open"), (10, "closed")], [(10, "closed"), (70, "open")]):
        buffer = WindowBuffer(MINUTE, None, {})
        buffer.add(batch(rows))
        closed = buffer.close(START + MINUTE)
        assert closed is not None
        assert messages(closed.on_time) == ["closed"]
        closed = buffer.close(START + 2 * MINUTE)
        assert closed is not None
        assert messages(closed.on_time) == ["open"]


def test_windows_of_long_ago_are_closed_no_further_than_the_watermark() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    before_1970 = -START / SECOND
    buffer.add(batch([(before_1970 - 170, "first"), (before_1970 - 50, "second")]))
    closed = buffer.close(-MINUTE)
    assert closed is not None
    assert (closed.until, messages(closed.on_time), buffer.rows) == (-MINUTE, ["first"], 1)


def test_windows_without_a_line_are_closed_as_well() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    buffer.add(batch([(10, "only")]))
    buffer.close(START + MINUTE)

    closed = buffer.close(START + 5 * MINUTE)

    assert closed is not None
    assert (closed.until, messages(closed.on_time)) == (START + 5 * MINUTE, [])


def test_nothing_is_closed_while_nothing_is_known() -> None:
    buffer = WindowBuffer(MINUTE, None, {})

    assert buffer.close(None) is None
    assert buffer.close(START) is None
    assert buffer.closed_until is None


def test_a_record_that_comes_after_its_window_is_late_not_lost() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    buffer.add(batch([(10, "in time")]))
    buffer.close(START + MINUTE)
    buffer.add(batch([(20, "late"), (80, "next")], first=1))

    closed = buffer.close(START + 2 * MINUTE)

    assert closed is not None
    assert (messages(closed.late), messages(closed.on_time)) == (["late"], ["next"])


def test_after_a_restart_what_was_counted_is_passed_over_and_what_was_open_is_read_again() -> None:
    buffer = WindowBuffer(MINUTE, START + MINUTE, {"cart.log": Checkpoint(resume_at=0, read_to=3)})
    buffer.add(batch([(10, "counted"), (70, "was open"), (20, "was late"), (30, "is late"), (80, "is new")]))

    closed = buffer.close(START + 2 * MINUTE)

    assert closed is not None
    assert messages(closed.on_time) == ["was open", "is new"]
    assert messages(closed.late) == ["is late"]
    assert buffer.seen_again == 3


def test_a_checkpoint_never_points_past_the_first_record_of_an_open_window() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    buffer.add(batch([(10, "a"), (70, "open"), (20, "b")]))
    buffer.close(START + MINUTE)

    checkpoints = buffer.checkpoints({"cart.log": Checkpoint(3, 3, "inode 7")})

    assert checkpoints == {"cart.log": Checkpoint(1, 3, "inode 7", counted=((3, START + MINUTE),))}


def test_a_checkpoint_is_before_the_earliest_open_record_of_each_partition_whenever_it_came() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    buffer.add(LogBatch.concat([batch([(70, "a")], first=4), batch([(80, "b")], partition="web.log", first=9)]))
    buffer.add(batch([(90, "c")], first=6))

    positions = {name: Checkpoint(20, 20) for name in ("cart.log", "web.log", "idle.log")}

    assert {name: at.resume_at for name, at in buffer.checkpoints(positions).items()} == {
        "cart.log": 4,
        "web.log": 9,
        "idle.log": 20,
    }


@given(st.data())
def test_the_order_of_arrival_makes_no_difference(data: Any) -> None:
    rows = data.draw(st.lists(st.floats(0, 59.99), min_size=1, max_size=20))
    records = batch([(second, str(index)) for index, second in enumerate(rows)])
    order = data.draw(st.permutations(range(len(rows))))
    split = data.draw(st.integers(0, len(rows)))

    def close_after(parts: list[list[int]]) -> list[str]:
        buffer = WindowBuffer(MINUTE, None, {})
        for part in parts:
            buffer.add(records.take(np.array(part, np.intp)))
        closed = buffer.close(START + MINUTE)
        assert closed is not None
        return messages(closed.on_time)

    assert close_after([order[:split], order[split:]]) == close_after([list(range(len(rows)))])


def test_the_lateness_is_for_the_caller_to_take_off() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    buffer.add(batch([(59, "last")]))

    assert buffer.closable(START + MINUTE - 10 * SECOND) == 0
    assert buffer.closable(START + MINUTE) == 1
