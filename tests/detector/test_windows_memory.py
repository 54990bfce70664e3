"""How much a buffer holds in memory before it writes it away."""

from __future__ import annotations

from dataclasses import replace

from detector.windows import WindowBuffer
from ingest.batch import LogBatch
from ingest.columns import Texts
from tests.detector.records import MINUTE, START, batch


def test_what_waits_adds_up_until_it_is_too_much_whether_it_came_in_time_or_late() -> None:
    text = "x" * 300
    for buffer, second in (
        (WindowBuffer(MINUTE, None, {}, 4_000), 70),
        (WindowBuffer(MINUTE, START + MINUTE, {}, 4_000), 10),
    ):
        crowded = []
        for number in range(5):
            buffer.add(batch([(second, text)], first=number))
            crowded.append(buffer.crowded)
        assert crowded == [False] * 4 + [True]
        buffer.close(START + 2 * MINUTE)
        assert not buffer.crowded


def in_one_buffer(*texts: str, second: float = 10) -> LogBatch:
    """Records whose texts lie in one buffer, as sources read them."""
    return replace(batch([(second, text) for text in texts]), message=Texts.of(texts))


def test_what_a_record_takes_is_its_text_and_some_more_whatever_came_before() -> None:
    one, held = in_one_buffer("x" * 300), 300 + 64
    for memory, crowded in ((held, False), (held - 1, True)):
        buffer = WindowBuffer(MINUTE, None, {}, 2 * memory)
        buffer.add(one)
        assert buffer.crowded is crowded
    buffer = WindowBuffer(MINUTE, None, {}, 2 * held)
    crowded_after = []
    for _ in range(4):  # two are more than may wait, and are put aside when the third comes
        buffer.add(one)
        crowded_after.append(buffer.crowded)
    assert crowded_after == [False, True, False, True]
    assert buffer.rows == 4

    buffer = WindowBuffer(MINUTE, START + MINUTE, {}, 2 * held)
    for _ in range(2):
        buffer.add(one)
        assert not buffer.crowded
        assert buffer.close(START + MINUTE) is not None
    buffer.add(one)
    buffer.add(in_one_buffer("x", second=70))
    assert not buffer.crowded, "what is late and what is in time are counted apart"
    buffer.add(in_one_buffer("", second=10))
    assert buffer.crowded


def test_a_part_of_a_buffer_of_texts_keeps_all_of_it_in_memory() -> None:
    part = in_one_buffer("x" * 300, "y" * 300).between(0, 1)
    for memory, crowded in ((600 + 64, False), (600 + 63, True)):
        buffer = WindowBuffer(MINUTE, None, {}, 2 * memory)
        buffer.add(part)
        assert buffer.crowded is crowded
