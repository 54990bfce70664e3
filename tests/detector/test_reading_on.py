"""Reading that is broken off at any moment, as often as it may be: in the end every line is counted once."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest

from detector.windows import WindowBuffer
from ingest.batch import LogBatch, Origin
from ingest.source import Checkpoint
from tests.detector.records import MINUTE, SECOND, START, batch

Line = tuple[int, int]
"""Time and position."""


@dataclass
class Kept:
    """What a store has after a pass."""

    closed_until: int | None = None
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    counts: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    """Lines by partition, position and window."""
    records: int = 0


def history(chance: random.Random) -> dict[str, list[Line]]:
    """Partitions whose lines are up to four minutes out of order; positions have gaps."""
    logs = {}
    for number in range(chance.randint(1, 3)):
        time, position, lines = START, 0, []
        for _ in range(chance.randint(1, 60)):
            time += chance.choice((0, 1, 5, 20, 90)) * SECOND
            lines.append((time - chance.choice((0, 0, 0, 10, 50, 240)) * SECOND, position))
            position += chance.randint(1, 9)
        logs[f"{number}.log"] = lines
    return logs


def records_of(partition: str, lines: list[Line]) -> LogBatch:
    rows = len(lines)
    codes = np.zeros(rows, np.int32)
    time, position = np.array(lines, np.int64).reshape(-1, 2).T
    text = ("",) * rows
    return LogBatch((Origin("shop", "cart"),), (partition,), time, codes, codes, position, text, text, text)


def run(logs: dict[str, list[Line]], kept: Kept, chance: random.Random, polls: int | None) -> None:
    """Read on from what is kept, in pieces of any size; after so many polls nothing is done any more, unless None."""
    buffer = WindowBuffer(MINUTE, kept.closed_until, kept.checkpoints, chance.choice((4_000, 10**9)))
    left = {}
    for partition, lines in logs.items():
        resume = kept.checkpoints[partition].resume_at if partition in kept.checkpoints else 0
        left[partition] = [line for line in lines if line[1] >= resume]
    ends = {
        partition: kept.checkpoints[partition].resume_at if partition in kept.checkpoints else 0 for partition in logs
    }
    before, read, newest = kept.records, 0, START - 10 * MINUTE
    while any(left.values()) and (polls is None or polls > 0):
        polls = None if polls is None else polls - 1
        partition = chance.choice([name for name, lines in left.items() if lines])
        rows = chance.randint(1, 12)
        taken, left[partition] = left[partition][:rows], left[partition][rows:]
        ends[partition], read = taken[-1][1] + 1, read + len(taken)
        newest = max(newest, *(time for time, _ in taken))
        buffer.add(records_of(partition, taken))
        done = polls is None and not any(left.values())
        if done or chance.random() < 0.5:
            closed = buffer.close(START + 10_000 * MINUTE if done else newest - 30 * SECOND)
            if closed is not None:
                for part in (*closed.on_time, *closed.late):
                    name = part.partitions[0] if len(part.partitions) == 1 else None
                    for row in range(len(part)):
                        whose = name or part.partitions[part.partition[row]]
                        kept.counts[whose, int(part.position[row]), int(part.time[row]) // MINUTE] += 1
                kept.checkpoints |= buffer.checkpoints({name: Checkpoint(at, at) for name, at in ends.items()})
                kept.closed_until, kept.records = buffer.closed_until, before + read - buffer.seen_again


@pytest.mark.parametrize("seed", range(400))
def test_every_line_is_counted_once_however_often_reading_is_broken_off(seed: int) -> None:
    chance = random.Random(seed)
    logs, kept, undisturbed = history(chance), Kept(), Kept()
    for _ in range(chance.randint(1, 8)):
        there = {name: lines for name, lines in logs.items() if chance.random() < 0.8}  # one may be away for a while
        run(there, kept, chance, chance.randint(0, 8))
    run(logs, kept, chance, None)
    run(logs, undisturbed, chance, None)

    every = Counter((name, position, time // MINUTE) for name, lines in logs.items() for time, position in lines)
    assert undisturbed.counts == every
    assert kept.counts == every
    assert kept.records == undisturbed.records == every.total()


def test_what_an_earlier_run_held_when_it_stopped_is_late_where_its_window_is_closed_before_it_is_read_again() -> None:
    earlier = WindowBuffer(MINUTE, None, {})
    earlier.add(batch([(10, "first"), (70, "held"), (130, "held, too"), (100, "out of order"), (200, "last")]))
    earlier.close(START + MINUTE)
    kept = earlier.checkpoints({"cart.log": Checkpoint(5, 5)})
    later = WindowBuffer(MINUTE, earlier.closed_until, kept)
    later.add(batch([(70, "held"), (130, "held, too")], first=1))
    later.close(START + 2 * MINUTE)
    later.add(batch([(100, "out of order"), (200, "last")], first=3))

    closed = later.close(START + 5 * MINUTE)

    assert closed is not None
    assert [message for piece in closed.late for message in piece.message] == ["out of order"]
    assert later.seen_again == 4


def test_a_checkpoint_of_an_earlier_version_goes_by_where_the_store_is() -> None:
    buffer = WindowBuffer(MINUTE, START + MINUTE, {"cart.log": Checkpoint(resume_at=1, read_to=3)})
    buffer.add(batch([(70, "held")], first=1))

    assert buffer.checkpoints({"cart.log": Checkpoint(2, 2)}) == {
        "cart.log": Checkpoint(1, 3, counted=((3, START + MINUTE), (2, START + MINUTE)))
    }
