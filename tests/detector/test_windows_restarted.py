"""What a buffer knows of earlier runs, to the letter: each of these was left open by some change that no test saw."""

from __future__ import annotations

from detector.windows import WindowBuffer
from ingest.batch import LogBatch
from ingest.source import Checkpoint
from tests.detector.records import MINUTE, START, batch

STEPS = ((20, START + MINUTE), (10, START + 2 * MINUTE))
"""Up to position 20 the first window was counted, up to 10 the second as well."""


def restarted(**counted: tuple[tuple[int, int], ...]) -> WindowBuffer:
    seen = {f"{name}.log": Checkpoint(0, 20, counted=steps) for name, steps in counted.items()}
    return WindowBuffer(MINUTE, START + 2 * MINUTE, seen)


def late(buffer: WindowBuffer) -> list[str]:
    closed = buffer.close(START + 2 * MINUTE)
    return [] if closed is None else [message for piece in closed.late for message in piece.message]


def test_what_comes_again_is_told_over_all_batches_and_only_of_what_was_read() -> None:
    buffer = restarted(cart=STEPS)
    buffer.add(batch([(150, "a"), (151, "b")]))
    buffer.add(batch([(152, "c")], first=19))
    buffer.add(batch([(153, "new")], first=20))
    buffer.add(batch([(154, "of a file that nobody has read")], partition="web.log"))
    assert buffer.seen_again == 3


def test_a_record_was_counted_where_its_window_was_by_the_run_that_had_read_so_far() -> None:
    for position, second, known in (
        (19, 59, True), (20, 59, False), (19, 60, False), (9, 119, True), (10, 119, False), (9, 30, True),
    ):  # fmt: skip
        buffer = restarted(cart=STEPS)
        buffer.add(batch([(second, "x")], first=position))
        assert (late(buffer) == []) is known, (position, second)


def test_files_of_which_fewer_runs_are_known_are_told_apart_from_those_with_more() -> None:
    buffer = restarted(cart=STEPS, web=STEPS[:1])
    rows = [(30.0, "counted"), (90.0, "counted only of the cart")]
    buffer.add(
        LogBatch.concat(
            [batch(rows, first=1), batch(rows, partition="web.log", first=1), batch(rows, partition="new.log")]
        )
    )
    assert late(buffer) == ["counted only of the cart", "counted", "counted only of the cart"]


def test_a_file_that_was_read_further_before_keeps_what_was_counted_there() -> None:
    buffer = restarted(cart=STEPS)
    found = buffer.checkpoints({name: Checkpoint(12, 12) for name in ("cart.log", "new.log")})
    assert buffer.checkpoints({"empty.log": Checkpoint(0, 0)})["empty.log"].read_to == 0
    assert found["cart.log"] == Checkpoint(12, 20, counted=(STEPS[0], (12, START + 2 * MINUTE)))
    assert found["new.log"] == Checkpoint(12, 12, counted=((12, START + 2 * MINUTE),))
    assert buffer.checkpoints({"cart.log": Checkpoint(20, 20)})["cart.log"].counted == ((20, START + 2 * MINUTE),)


def test_before_any_window_is_closed_nothing_is_called_counted() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    assert buffer.checkpoints({"cart.log": Checkpoint(3, 3)}) == {"cart.log": Checkpoint(3, 3)}


def test_the_earliest_of_all_batches_is_the_first_to_be_closed_and_then_what_was_not_closed_yet() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    buffer.add(batch([(10, "first")]))
    buffer.add(batch([(70, "second")]))
    assert buffer.closable(START + 2 * MINUTE) == 2
    assert buffer.close(START + 2 * MINUTE + 1) is not None
    assert buffer.closed_until == START + 2 * MINUTE
    assert isinstance(buffer.closed_until, int)
    assert buffer.closable(START + 3 * MINUTE) == 1


def test_a_record_at_the_very_end_waits_for_its_own_window() -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    buffer.add(batch([(60, "next")]))
    assert buffer.close(START + MINUTE) is None or buffer.closed_until is None
    assert buffer.rows == 1
