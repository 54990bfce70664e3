"""A topic of one partition in memory, for workers that are to be held to what no broker can be made to do at will."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast

from confluent_kafka import KafkaError

from detector.api.live import LiveStatus
from detector.outputs.outbox import Outbox
from detector.settings import DetectionSettings, Settings
from detector.store.sqlite import open_store
from detector.worker.lane import Parts
from detector.worker.worker import Worker
from ingest.feed import Rules
from ingest.kafka.messages import Message, Refused
from ingest.kafka.rules import PartitionRules
from ingest.kafka.topic import Description, TopicReader
from ingest.settings import ReadSettings
from parsers.miner import DrainEngine
from tests.kafka.documents import SECOND, messages


class Topic:
    """As `ingest.kafka.topic.TopicReader`. What is in it, and where it begins and ends, is for tests to change."""

    def __init__(self, log: Iterable[Message], id_: str = "one", partitions: int = 1) -> None:
        self.name, self.id, self.partitions, self.log = "logs", id_, partitions, list(log)
        self.low = 0
        self.high = 1 + max((message.offset for message in self.log), default=-1)
        self.delete_when_begun: int | None = None
        """All before this offset is deleted as soon as reading began."""
        self.group: int | None = None
        self.raising: list[Exception] = []
        """Raised by the next fetches, when messages were taken from the brokers."""
        self.begun: list[int] = []
        """Where reading began, each time."""
        self.fetches = 0
        self.looks: list[int] = []
        """After how many fetches it was looked where it ends, each time."""
        self.gone: set[int] = set()
        self.passed: dict[int, int] = {}
        self.trouble: KafkaError | None = None
        self.numbers = [0]
        """What the group gives a worker; there are messages in the first one only."""
        self.may_join, self.may_open = Event(), Event()
        self.may_join.set()
        self.may_open.set()
        self.leaving: list[int] = []
        """What the group takes away with the next fetch."""
        self.left_in: float | None = None
        """Seconds that the worker took for that."""
        self.looking = False
        self.on_assigned: Callable[[list[int]], None] = lambda _: None
        self.on_revoked: Callable[[list[int]], None] = lambda _: None
        self._assigned = self._asked = False
        self._position: int | None = None

    def join(self, on_assigned: Callable[[list[int]], None], on_revoked: Callable[[list[int]], None]) -> None:
        """A worker comes, and will be told that the partition is its own."""
        self.on_assigned, self.on_revoked, self._assigned, self._position = on_assigned, on_revoked, False, None

    def append(self, values: Sequence[bytes]) -> None:
        """More is written."""
        self.log += messages(values, self.high)
        self.high += len(values)

    def replace(self, log: Iterable[Message], id_: str) -> None:
        """It is deleted, and another one made of the same name; who reads it isn't told."""
        self.log, self.id = list(log), id_
        self.high = len(self.log)

    def cut(self, end: int, log: Iterable[Message] = ()) -> None:
        """The brokers lose all from this offset on; this comes instead."""
        self.log = [*(message for message in self.log if message.offset < end), *log]
        self.high = 1 + max((message.offset for message in self.log), default=-1)
        if self._position is not None and self._position > self.high:
            self.gone.add(0)

    def fetch(self, seconds: float) -> dict[int, list[Message]]:
        """Some messages, or none after a moment."""
        if not self._assigned and self.may_join.is_set():
            self._assigned = True
            self.on_assigned(self.numbers)
        if self.leaving:
            begun = time.monotonic()
            self.on_revoked(self.leaving)
            self.leaving, self.left_in = [], time.monotonic() - begun
        time.sleep(0.005)
        self.fetches += 1
        if (position := self._position) is None:
            return {}
        some = [message for message in self.log if position <= message.offset < position + 100]
        self._position = min(max(position, self.high), position + 100)
        if self._position >= self.high:
            self.passed[0] = self._position
        if self.raising and some:
            raise self.raising.pop()
        return {0: some} if some else {}

    def describe(self) -> Description:
        """What it is."""
        self.may_open.wait()
        return Description(self.id, self.partitions)

    def bounds(self, number: int) -> tuple[int, int]:
        """Where it begins and ends."""
        return self.low, self.high

    def committed(self, number: int) -> int | None:
        """What the group keeps."""
        return self.group

    def begin_at(self, number: int, offset: int) -> None:
        """Go on from there."""
        self._position = offset
        self.gone.discard(number)
        self.begun.append(offset)
        self.low = self.low if self.delete_when_begun is None else self.delete_when_begun

    def pause(self, numbers: Iterable[int]) -> None:
        """Nothing more for now."""

    def resume(self, numbers: Iterable[int]) -> None:
        """More again."""

    def look(self, numbers: Iterable[int]) -> None:
        """The answer is there at once."""
        self._asked = bool(list(numbers))
        self.looks.append(self.fetches)

    def ends(self) -> dict[int, int]:
        """Where it ends."""
        return {0: self.high} if self._asked else {}

    def keep(self, offsets: Mapping[int, int]) -> None:
        """Nobody watches."""

    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def working(
    topic: Topic,
    store: Path,
    clock: Callable[[], int],
    *,
    start: str = "earliest",
    refused: list[Refused] | None = None,
    outbox: Outbox | None = None,
) -> Iterator[LiveStatus]:
    """A worker that reads the topic into a store."""
    live, stop = LiveStatus("python", 0), Event()
    worker = Worker(live, clock, 1)
    topic.join(worker.assigned, worker.revoked)
    with closing(open_store(store, shared=True)) as opened:
        parts = Parts(
            settings=Settings(detection=DetectionSettings(window="5s", lateness="1s", learn="24h")),
            store=opened,
            topic=cast(TopicReader, topic),
            start=start,
            rules=PartitionRules(
                Rules(ReadSettings(), SECOND, None), lateness=SECOND, disorder=3 * SECOND, delay=SECOND
            ),
            clock=clock,
            refuse=(refused if refused is not None else list[Refused]()).extend,
            open_engine=DrainEngine,
            outbox=outbox or Outbox(()),
        )
        thread = Thread(target=worker.run, args=(parts, stop))
        thread.start()
        try:
            yield live
        finally:
            stop.set()
            thread.join()


def until(is_so: Callable[[], Any], seconds: float = 20) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
