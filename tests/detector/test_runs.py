"""Runs: what waits in memory and in files comes back in one order, in pieces, and whole."""

from __future__ import annotations

import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import SpaceError
from detector.runs import MOST_RUNS, PIECE_ROWS, Run, cuts, pieces, spill
from detector.waiting import in_memory
from detector.windows import WindowBuffer
from ingest.batch import LogBatch
from ingest.columns import Texts
from ingest.source import Checkpoint
from tests.detector.records import MINUTE, START, batch

Row = tuple[int, str, int, str, str, str]


def rows_of(records: LogBatch) -> list[Row]:
    return [
        (
            int(records.time[row]),
            records.partitions[records.partition[row]],
            int(records.position[row]),
            records.stream[row],
            records.level[row],
            records.message[row],
        )
        for row in range(len(records))
    ]


def taken(runs: list[Run], until: int) -> list[Row]:
    return [row for piece in pieces(runs, until) for row in rows_of(piece)]


def many(rows: int, seed: int = 1, partition: str = "cart.log") -> LogBatch:
    """Records of two minutes, many of them at the same time, as files with times by the second have them."""
    chance = np.random.default_rng(seed)
    seconds = chance.integers(0, 120, rows).tolist()
    return batch(
        [(second, f"{partition} {row} {'x' * (row % 700)}") for row, second in enumerate(seconds)], partition=partition
    )


def test_what_was_written_to_a_file_comes_back_as_it_was() -> None:
    records = many(9_000).in_order()

    assert taken([spill([records])], START + 2 * MINUTE) == rows_of(records)


@pytest.mark.parametrize("at_once", [1, 700, 11_000, 20_000])
@pytest.mark.parametrize("packed", [False, True])
def test_what_waits_in_memory_is_put_in_order_by_parts(at_once: int, packed: bool) -> None:
    parts = [many(6_000, 1, "b.log"), many(5_000, 2, "a.log"), many(100, 3, "c.log")]
    if packed:
        parts = [replace(part, message=Texts.of(part.message)) for part in parts]
    in_file = many(3_000, 4, "d.log")
    waiting, until = in_memory(parts, at_once), START + 2 * MINUTE

    assert len(waiting) == 11_100
    assert sorted(dict(sorted(waiting.firsts(), reverse=True)).items()) == [("a.log", 0), ("b.log", 0), ("c.log", 0)]
    assert taken([waiting, spill([in_file.in_order()])], until) == rows_of(
        LogBatch.concat([*parts, in_file]).in_order()
    )


def test_nothing_waits_in_memory_where_there_is_nothing() -> None:
    assert in_memory([]).first is None


def test_runs_are_merged_into_one_order() -> None:
    parts = [many(6_000, 1, "b.log"), many(5_000, 2, "a.log"), many(100, 3, "c.log")]
    runs = [spill([parts[0].in_order()]), Run(parts[1].in_order()), spill([parts[2].in_order()])]

    assert taken(runs, START + 2 * MINUTE) == rows_of(LogBatch.concat(parts).in_order())


def test_what_is_after_the_end_of_the_windows_stays_and_says_where_it_begins() -> None:
    parts = [many(6_000, 1, "b.log"), many(5_000, 2, "a.log")]
    runs = [spill([part.in_order()]) for part in parts]
    whole = rows_of(LogBatch.concat(parts).in_order())

    first = taken(runs, START + MINUTE)
    left = {name: min(row[2] for row in whole[len(first) :] if row[1] == name) for name in ("a.log", "b.log")}
    found = [dict(sorted(run.firsts(), key=lambda entry: -entry[1])) for run in runs]

    assert first == [row for row in whole if row[0] < START + MINUTE]
    assert sum(map(len, runs)) == len(whole) - len(first)
    assert found[0] | found[1] == left
    assert first + taken(runs, START + 2 * MINUTE) == whole


def test_a_piece_holds_no_more_rows_or_bytes_than_it_may() -> None:
    records = batch([(second / 1_000, "x" * 999) for second in range(1, 100)])

    assert list(cuts(records, 40, 10**9)) == [(0, 40), (40, 80), (80, 99)]
    by_bytes = replace(records, message=Texts.of(tuple(records.message)))
    assert list(cuts(by_bytes, 10**9, 25 * 999)) == [(0, 25), (25, 50), (50, 75), (75, 99)]
    assert list(cuts(by_bytes, 10**9, 10))[:2] == [(0, 1), (1, 2)], "one record is never cut"


def test_pieces_are_no_larger_than_a_piece_may_be() -> None:
    records = batch([(row / 10_000, "x") for row in range(PIECE_ROWS + 5)])

    assert [len(piece) for piece in pieces([Run(records)], START + MINUTE)] == [PIECE_ROWS, 5]


@given(st.data())
def test_a_small_memory_makes_no_difference_to_what_is_closed(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(st.floats(0, 179), st.text(max_size=5)), min_size=1, max_size=40))
    size = data.draw(st.integers(1, 10))
    records, closings = batch(rows), (MINUTE, 2 * MINUTE, 3 * MINUTE)

    def closed(memory: int) -> list[tuple[list[Row], dict[str, Checkpoint]]]:
        buffer = WindowBuffer(MINUTE, None, {}, memory)
        for begin in range(0, len(records), size):
            buffer.add(records.between(begin, begin + size))
        found = []
        for until in closings:
            result = buffer.close(START + until)
            got = [] if result is None else [row for piece in result.on_time for row in rows_of(piece)]
            found.append((got, buffer.checkpoints({"cart.log": Checkpoint(10**6, 10**6)})))
        assert buffer.rows == 0
        return found

    assert closed(1) == closed(10**9)


def test_more_than_may_wait_in_memory_is_noticed_before_it_is_written_away() -> None:
    buffer = WindowBuffer(MINUTE, None, {}, memory=4_000)
    buffer.add(batch([(1, "x" * 100)]))
    assert not buffer.crowded
    buffer.add(batch([(2, "x" * 3_000)], first=1))
    assert buffer.crowded
    buffer.add(batch([(3, "y")], first=2))
    assert not buffer.crowded
    assert buffer.rows == 3


def test_a_folder_that_cannot_be_written_is_an_error_with_advice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with pytest.raises(SpaceError) as failure:
        spill([batch([(1, "x")])])

    assert "no such file or directory" in str(failure.value)
    assert "TMPDIR" in str(failure.value)


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files by /proc")
def test_a_long_wait_in_a_small_memory_takes_few_files_and_loses_nothing() -> None:
    files = len(list(Path("/proc/self/fd").iterdir()))
    buffer = WindowBuffer(MINUTE, None, {}, memory=1)
    for position in range(400):
        buffer.add(batch([((position * 7) % 60, f"line {position}")], first=position))
        assert len(list(Path("/proc/self/fd").iterdir())) - files <= MOST_RUNS + 1
    assert buffer.checkpoints({"cart.log": Checkpoint(400, 400)})["cart.log"].resume_at == 0

    closed = buffer.close(START + MINUTE)

    assert closed is not None
    found = [row for piece in closed.on_time for row in rows_of(piece)]
    assert [row[2] for row in found] == sorted(range(400), key=lambda position: ((position * 7) % 60, position))


def test_too_many_open_files_are_told_as_that() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    records = batch([(1, "x")])
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(SpaceError, match=r"too many files are open\. Allow more of them \(ulimit -n"):
            spill([records])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
