"""Restarts at any moment, over and over: what is counted, and the account of it, are as if there had been none."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detector.store.port import Store
from detector.store.sqlite import open_store
from ingest.accounting import Remark, Tally
from ingest.kafka.messages import Message
from tests.kafka.documents import SECOND, Node
from tests.kafka.test_source import BEGIN, Reading, core, counts
from tests.length import AT_LENGTH

__all__ = ["core"]
SCHEDULES = 2_000 if AT_LENGTH else 20
QUIET = 4 * SECOND
"""After a pause of so long nothing goes on with what was before it: whoever reads may have taken it for the end."""
WORKLOADS = (("shop", "cart"), ("shop", "web"), ("pay", "desk"))


def arriving(rng: random.Random, many: int) -> Iterator[tuple[int, bytes]]:
    """When messages come (microseconds UTC), and what they hold: late and early lines, traces, and what is refused."""
    nodes = [(Node(f"node-{i}", rng), rng.choice((0, 1, 7)) * SECOND) for i in range(2)]
    now, begun = BEGIN, dict[tuple[int, int], int]()
    for _ in range(many):
        pause = int(rng.choice((0, 0.01, 0.3, 0.3, 1, 4, 9)) * SECOND)
        now += pause
        if pause >= QUIET:
            begun.clear()
        if rng.random() < 0.06:
            yield (
                now,
                rng.choice((b"{", b'{"message": "when?"}', b'{"message": " "}', b'{"message": "\\u0000\\u0001"}')),
            )
            continue
        index, which = rng.randrange(2), rng.randrange(len(WORKLOADS))
        node, lag = nodes[index]
        time, namespace, workload = now - rng.randrange(lag + 1), *WORKLOADS[which]
        last = begun.get((index, which))
        if last is not None and rng.random() < 0.5:
            time, text = max(last, time), rng.choice(("\tat com.shop.Cart.add(Cart.java:7)", "Caused by: no stock"))
        else:
            text = rng.choice(("INFO added 7 items", "WARN price is old", "ERROR no stock"))
        begun[index, which] = time
        yield now, json.dumps(node.document(time, namespace, workload, text)).encode()


class Schedule:
    """A partition as it grows, and whoever reads it, replaced again and again."""

    def __init__(self, rng: random.Random, store: Store, core: ModuleType | None) -> None:
        self._rng, self._store = rng, store
        coming = list(arriving(rng, rng.randrange(20, 90)))
        self._times = [time for time, _ in coming]
        self.log = [Message(offset, value) for offset, (_, value) in enumerate(coming)]
        self.reading = Reading(self.log, store, core, remembered=0, disorder=2 * SECOND)
        self.reading.now = BEGIN
        self.restarts = 0

    @property
    def _end(self) -> int:
        """The offset after the last message that has come."""
        return sum(time <= self.reading.now for time in self._times)

    def run(self) -> None:
        """Do this and that until all has come and all windows are closed."""
        steps = (self._wait, self._wait, self._look, self._fetch, self._fetch, self._poll, self._close, self._restart)
        while self._end < len(self.log):
            self._rng.choice(steps)()
        for _ in range(self._rng.randrange(12)):
            self._rng.choice(steps)()
        self.reading.end()

    def _wait(self) -> None:
        self.reading.now += int(self._rng.choice((0.1, 1, 3, 6)) * SECOND)

    def _look(self) -> None:
        self.reading.source.reached(self.reading.now, self._end)

    def _fetch(self) -> None:
        reading, most = self.reading, self._rng.choice((1, 5, 40))
        some = self.log[reading.fetched : min(self._end, reading.fetched + most)]
        reading.source.put(list(some))
        reading.fetched += len(some)

    def _poll(self) -> None:
        self.reading.pipeline.poll()

    def _close(self) -> None:
        self._poll()
        self.reading.pipeline.close_windows()
        if self._rng.random() < 0.5:
            self.reading.pipeline.keep_place()

    def _restart(self) -> None:
        self.reading.begin()
        self.restarts += 1


def account(tally: Tally) -> dict[str, Any]:
    """What became of lines; which of them are late may differ."""
    remarks = {remark: many for remark, many in tally.remarks.items() if remark is not Remark.LATE}
    return {
        "read": tally.read,
        "records": tally.records,
        "joined": tally.joined,
        "pending": tally.pending,
        "dropped": dict(tally.dropped),
        "remarks": remarks,
    }


def disturbed(seed: int, path: Path, core: ModuleType | None) -> tuple[list[Message], Any, Any]:
    """What comes of a schedule: the messages, the counts, the account."""
    with closing(open_store(path)) as store:
        schedule = Schedule(random.Random(seed), store, core)
        schedule.run()
        return schedule.log, counts(store), account(store.tally())


def left_alone(log: list[Message], path: Path) -> tuple[Any, Any]:
    """The same where it is read once."""
    with closing(open_store(path)) as store:
        Reading(log, store, None, remembered=0, disorder=2 * SECOND).end()
        return counts(store), account(store.tally())


@pytest.mark.timeout(1_200)
def test_however_often_reading_is_cut_off_counts_and_account_are_as_if_it_never_was(
    tmp_path: Path, core: ModuleType | None
) -> None:
    for seed in range(SCHEDULES):
        log, found, lines = disturbed(seed, tmp_path / f"{seed}.sqlite", core)
        assert (seed, found, lines) == (seed, *left_alone(log, tmp_path / f"{seed}-alone.sqlite"))
