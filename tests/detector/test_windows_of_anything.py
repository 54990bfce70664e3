"""Whatever comes, in whatever order, with little memory and with restarts: each record is counted once."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from detector.windows import WindowBuffer
from tests.detector.records import MINUTE, START, batch

MOMENTS = st.floats(0, 239.99) | st.sampled_from([0, 59.999, 60, 119.999999, 120, 180])
"""Seconds from `START` on."""
COMING = st.lists(st.lists(MOMENTS, max_size=6), min_size=1, max_size=12)


@settings(deadline=None)
@given(COMING, st.data(), st.sampled_from([1, 2_000, 10**9]))
def test_each_record_is_handed_on_once_in_its_own_window_or_late(
    coming: list[list[float]], data: st.DataObject, memory: int
) -> None:
    buffer = WindowBuffer(MINUTE, None, {}, memory)
    found: Counter[str] = Counter()
    number, watermark, closed_until = 0, START, START
    times = {}
    for seconds in coming:
        rows = []
        for second in seconds:
            times[str(number)] = START + round(second * 1e6)
            rows.append((second, str(number)))
            number += 1
        buffer.add(batch(rows, first=number - len(rows)))
        watermark = max(watermark, START + data.draw(st.integers(0, 5)) * MINUTE)
        if (closed := buffer.close(watermark)) is None:
            continue
        assert closed.until % MINUTE == 0
        on_time = [message for piece in closed.on_time for message in piece.message]
        late = [message for piece in closed.late for message in piece.message]
        assert all(closed_until <= times[one] < closed.until for one in on_time) or closed_until == START
        assert all(times[one] < closed.until for one in on_time)
        assert all(times[one] < closed_until for one in late)
        assert [times[one] for one in on_time] == sorted(times[one] for one in on_time)
        closed_until = closed.until
        found.update([*on_time, *late])
    last = buffer.close(START + 10 * MINUTE)
    if last is not None:
        found.update(message for piece in [*last.on_time, *last.late] for message in piece.message)
    assert found == Counter({str(one): 1 for one in range(number)})
    assert buffer.rows == 0


@given(st.lists(MOMENTS, min_size=1, max_size=20), st.integers(0, 5))
def test_a_record_at_the_edge_belongs_to_the_window_that_begins_there(seconds: list[float], edge: int) -> None:
    buffer = WindowBuffer(MINUTE, None, {})
    buffer.add(batch([(second, str(second)) for second in seconds]))
    until = START + edge * MINUTE
    closed = buffer.close(until)
    before = sum(START + round(second * 1e6) < until for second in seconds)
    assert (0 if closed is None else sum(map(len, closed.on_time))) == before
    assert buffer.rows == len(seconds) - before
