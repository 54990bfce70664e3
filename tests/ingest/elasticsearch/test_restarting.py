"""However reading is cut into ranges and runs, the records and the account are those of one run."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from detector.windows import WindowBuffer
from ingest.accounting import Remark, Tally, summed
from ingest.elasticsearch.source import ElasticsearchSource
from ingest.settings import SECOND
from ingest.source import Checkpoint
from tests.ingest.elasticsearch.documents import document, load
from tests.ingest.elasticsearch.reading import MINUTE, Clock, Row, opened, read, rows
from tests.ingest.elasticsearch.test_source import PODS, story
from tests.ingest.logs import NOON, stamp
from tests.servers.elasticsearch import Server

LATENESS = 10 * SECOND
END = NOON + 8 * MINUTE


@dataclass
class Kept:
    """What a pipeline keeps of a run: what it committed, and nothing else."""

    closed_until: int | None = None
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    records: list[Row] = field(default_factory=list)


class Run:
    """Reads, closes windows and commits as the pipeline does, until it is cut off."""

    def __init__(self, source: ElasticsearchSource, kept: Kept) -> None:
        self.source, self.kept = source, kept
        self.buffer = WindowBuffer(MINUTE, kept.closed_until, kept.checkpoints)
        self.before = kept.tally

    def catch_up(self, polls: int = 1_000) -> None:
        for _ in range(polls):
            self.buffer.add(self.source.poll())
            assert self.source.tally.balanced
            if self.source.at_end:
                return

    def commit(self) -> None:
        """Close what is due."""
        watermark = END if self.source.exhausted else self.source.watermark
        due = None if watermark is None else watermark - (0 if self.source.exhausted else LATENESS)
        if (closed := self.buffer.close(due)) is None:
            return
        assert not closed.late_rows
        self.kept.closed_until = closed.until
        self.kept.records += [row for piece in closed.on_time for row in rows(piece)]
        self.kept.checkpoints = self.buffer.checkpoints(self.source.positions())
        self.kept.tally = summed(self.before, self.source.tally, self.buffer.seen_again)


@pytest.mark.parametrize("seed", range(3))
def test_any_cuts_give_the_records_and_the_account_of_one_run(elasticsearch: Server, prefix: str, seed: int) -> None:
    index, reader = f"filebeat-{prefix}", elasticsearch.connection("reader")
    load(elasticsearch.client, index, story(8))
    expected, tally = read(reader, index, until=END)
    chance, clock, kept, runs = random.Random(seed), Clock(NOON), Kept(), 0
    while clock.now < END:
        runs += 1
        resume: dict[str, Any] = {"closed_until": kept.closed_until, "checkpoints": kept.checkpoints}
        with opened(reader, index, follow=True, until=None, clock=clock, page=100, **resume) as source:
            run = Run(source, kept)
            for _ in range(chance.randint(1, 4)):
                clock.now += chance.randint(5, 80) * SECOND
                run.catch_up(chance.choice([1, 2, 1_000]))
                if chance.random() < 0.7:
                    run.commit()
    with opened(reader, index, until=END, closed_until=kept.closed_until, checkpoints=kept.checkpoints) as source:
        run = Run(source, kept)
        run.catch_up()
        run.commit()
    assert runs > 2
    assert sorted(kept.records) == sorted(expected)
    assert kept.tally == tally


def test_late_documents_of_windows_that_are_read_again_are_counted(elasticsearch: Server, prefix: str) -> None:
    index, reader, clock, kept = f"filebeat-{prefix}", elasticsearch.connection("reader"), Clock(NOON), Kept()
    load(elasticsearch.client, index, story(3))
    clock.now = NOON + 160 * SECOND
    with opened(reader, index, follow=True, until=None, clock=clock) as source:
        run = Run(source, kept)
        run.catch_up()
        run.commit()
    assert kept.closed_until == NOON + 2 * MINUTE
    closed = len(kept.records)
    # Of a window that was open, and had been read in part.
    load(elasticsearch.client, index, [document(PODS[0], 1 << 30, stamp(125), f"{stamp(125)} INFO late")])
    with opened(reader, index, until=END, closed_until=kept.closed_until, checkpoints=kept.checkpoints) as source:
        run = Run(source, kept)
        run.catch_up()
        run.commit()
    expected, tally = read(reader, index, until=END)
    assert len(kept.records) > closed
    assert sorted(kept.records) == sorted(expected)
    assert kept.tally.remarks.pop(Remark.LATE) == 1
    assert kept.tally == tally


def test_another_length_of_windows_goes_on_all_the_same(elasticsearch: Server, prefix: str) -> None:
    index, reader = f"filebeat-{prefix}", elasticsearch.connection("reader")
    load(elasticsearch.client, index, story(3))
    clock = Clock(NOON + 100 * SECOND)
    with opened(reader, index, follow=True, until=None, clock=clock) as source:
        while not source.at_end:
            source.poll()
        checkpoints = source.positions()
    expected, _ = read(reader, index, until=END)
    found, tally = read(reader, index, until=END, closed_until=NOON + MINUTE, checkpoints=checkpoints, span=30 * SECOND)
    assert found == [row for row in expected if row.time >= NOON + MINUTE]
    assert tally.balanced
