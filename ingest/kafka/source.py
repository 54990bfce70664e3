"""One partition of a topic as a source: whoever consumes the topic hands messages in, whoever counts polls records.

A partition is in the order of its offsets, not of time: many nodes write to it. While there is a backlog, everything
is taken to be handed over that is older than the newest line by `disorder`; where the end was reached, everything that
was logged `delay` before the moment at which it was the end. A line that comes later is counted all the same, late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import repeat

import msgspec
import numpy as np

from ingest.accounting import DropReason, Tally
from ingest.assemble import GAP
from ingest.batch import LogBatch
from ingest.kafka.account import Account, told_of
from ingest.kafka.duplicates import Recent, marks_by
from ingest.kafka.inbox import Inbox
from ingest.kafka.messages import Claim, Message, Refuse, claim_all, refuse_nothing
from ingest.kafka.place import Place, PlaceCheckpoint, name_of
from ingest.kafka.refusals import Owners, Refusals
from ingest.kafka.rules import PartitionRules
from ingest.kafka.trail import Trail
from ingest.kafka.watermark import Watermark
from ingest.source import Checkpoint, Problem, Progress, Revisit

AT_ONCE = 4_096
"""Messages that are read by one poll."""


class PartitionSource:
    """Reads one partition as an `ingest.source.Source`; `clock` gives microseconds UTC.

    `put` and `reached` are for whoever consumes the topic, in a thread of its own; all else is for the one who counts.
    """

    def __init__(
        self,
        topic: str,
        number: int,
        rules: PartitionRules,
        *,
        clock: Callable[[], int],
        checkpoints: Mapping[str, Checkpoint],
        topic_id: str = "",
        partitions: int = 0,
        claim: Claim = claim_all,
        refuse: Refuse = refuse_nothing,
    ) -> None:
        self.topic, self.number, self._rules, self._clock = topic, number, rules, clock
        self._owners, self._refusals = Owners(rules.split, claim), Refusals(topic, number, refuse)
        self.name = name_of(topic, number, topic_id, checkpoints)
        self._is_known = self.name in checkpoints
        self.is_anew = not self._is_known and bool(checkpoints)
        """Whether it was read when the topic was another one of the same name."""
        self._trail = Trail(checkpoints.get(self.name), Place(topic_id=topic_id, partitions=partitions))
        self._before, self._resume, self._read_to = self._trail.before, self._trail.resume, self._trail.read_to
        feed_tally = Tally()
        self._feed = rules.open_feed(feed_tally)
        self._feed.pass_over(self._trail.strays)
        settled = self._before.frontier <= self._resume
        self._account = Account(feed_tally, self._before.pending, settled, lossy=self._before.cut)
        if settled:
            self._account.settle(0)  # nothing that was pending comes again
        self._recent, self._marks_of = Recent(rules.remembered), marks_by(rules.rules.core)
        self.inbox = Inbox()
        self._next = self._resume
        """The offset after the last one that was read."""
        self._deleted = self._passed = 0
        """All before the one offset is known to be deleted; before the other is no message but those that were put."""
        self._arrived = 0
        self._mark = Watermark(rules.disorder, rules.delay)
        self.kept: int | None = None
        """Where reading would resume by the last checkpoint that was made."""
        self.problems: list[Problem] = []
        """What was not as it should be."""

    @property
    def begin(self) -> int | None:
        """The offset from which on messages are to be handed in; None where it was never read before."""
        return max(0, self._resume - self._rules.remembered) if self._is_known else None

    @property
    def partitions_before(self) -> int:
        """How many partitions the topic had when this one was last read; 0 where that isn't known."""
        return self._before.partitions

    @property
    def tally(self) -> Tally:
        """Every line read so far, by what became of it."""
        return self._account.tally

    @property
    def exhausted(self) -> bool:
        """Never: it is followed."""
        return False

    @property
    def at_end(self) -> bool:
        """Whether all was read that there was when somebody last looked."""
        return not self.inbox and self.lag == 0

    @property
    def lag(self) -> int | None:
        """Messages that are there and were not read yet; None while that isn't known."""
        end = self._mark.end
        return None if end is None else max(0, end[1] - self._next)

    @property
    def watermark(self) -> int | None:
        """Microseconds UTC up to which all is handed over, but for late lines; it never goes back."""
        return self._mark.value

    def put(self, messages: list[Message]) -> None:
        """Messages that were fetched, in the order of their offsets."""
        self.inbox.put(messages)

    def reached(self, at: int, end: int) -> None:
        """At that moment (microseconds UTC) the partition ended before the offset `end`."""
        self._mark.looked(at, end)

    def check(self, low: int) -> None:
        """Note as a problem where messages are gone that were to be read: all before the offset `low` are."""
        if low > self._next:
            self._lose(low)

    def deleted_before(self, low: int) -> None:
        """While reading: the brokers have deleted all before this offset, be it read or not."""
        self._deleted = low

    def passed(self, offset: int) -> None:
        """What else has an offset before this one than what was put is no message (marks of transactions, say)."""
        self._passed = offset

    def starts_at(self, offset: int) -> None:
        """Nothing was there before this offset, or it is not wanted: reading begins here."""
        self._next = max(self._next, offset)

    def poll(self) -> LogBatch:
        """The next records; an empty batch where there are none just now."""
        passed = self._passed  # first of all, as what is before it was put before it was said
        now, messages = self._clock(), self.inbox.take(AT_ONCE)
        batches: list[LogBatch] = []
        if messages:
            self._arrived = now
            batches = self._read(messages, now)
        if passed > self._next and len(messages) < AT_ONCE:
            batches += self._pass(passed)
        looked = self._mark.read(self._next, self._held_at)
        if not messages and looked is not None and looked - self._arrived >= GAP and self._feed.pending:
            # Nothing goes on any more; noted, so that whoever reads this again takes it for the end as well.
            self._trail.note_silence(self._next)
            self._feed.flush()
            batches.append(self._take())
        self._account.enter(0, self._feed.pending)
        batch = LogBatch.concat([batch for batch in batches if len(batch)])
        if messages and (appended := messages[-1].appended) is not None:
            self._mark.appended(appended, self._held_at)
        else:
            self._mark.logged(int(batch.time.max(initial=0)), now, self._held_at)
        return batch

    def revisit(self) -> Iterable[Revisit]:
        """Nothing: late lines come by `poll`."""
        return ()

    def positions(self) -> Mapping[str, Checkpoint]:
        """Where the next record to be handed over begins."""
        oldest = self._feed.oldest
        position = self._next if oldest is None else oldest.position
        if not self._account.settled:
            position = min(position, self._read_to)
        return {self.name: PlaceCheckpoint(position, position, place_at=self._place_at)}

    def as_before(self) -> Mapping[str, Checkpoint]:
        """The checkpoint that reading goes on from, with what the topic is by now."""
        return {
            name: one.moved(self._resume, self._read_to, self._trail.counted) for name, one in self.positions().items()
        }

    def progress(self) -> Progress:
        """Messages, of those that are there."""
        lag = self.lag
        return Progress(self._next, None if lag is None else self._next + lag, "messages")

    def close(self) -> None:
        """Let go of the messages."""
        self.inbox = Inbox()

    def _read(self, messages: list[Message], now: int) -> list[LogBatch]:
        """Read messages, stopping where an earlier run had stopped, or had noted that nothing came."""
        batches: list[LogBatch] = []
        documents: list[Message] = []
        marks = self._marks_of([message.value for message in messages]) if self._rules.remembered else repeat(None)
        for message, mark in zip(messages, marks, strict=False):
            if message.offset < self._next and message.offset >= self._resume:
                continue  # fetched again
            if message.offset < self._resume:
                self._recent.seen(message.offset, mark)
                continue
            is_gap = self._next < self._deleted <= message.offset
            if is_gap or self._is_stop(message.offset):
                batches += self._push(documents, now)
                documents = []
                if is_gap:
                    self._lose(self._deleted)
                batches += self._stop(message.offset)
            self._next = message.offset + 1
            if self._is_wanted(message, mark):
                documents.append(message)
        return batches + self._push(documents, now) + self._stop(self._next)

    def _pass(self, offset: int) -> list[LogBatch]:
        """Go on to an offset before which there is nothing more to read."""
        if self._next < self._deleted <= offset:
            self._lose(self._deleted)
        self._next = max(self._next, offset)
        return self._stop(self._next)

    def _is_stop(self, offset: int) -> bool:
        reached = not self._account.settled and offset >= self._before.frontier
        return reached or self._trail.is_silence(offset)

    def _stop(self, offset: int) -> list[LogBatch]:
        """Do what an earlier run did before it read the message at this offset."""
        batches = []
        while self._trail.is_silence(offset):
            self._trail.fall_silent()
            self._feed.flush()
            batches.append(self._take())
        if not self._account.settled and offset >= self._before.frontier:
            self._account.settle(self._feed.pending)
        return batches

    def _lose(self, low: int) -> None:
        """What is between the last message that was read and this offset was deleted unread: it is told and counted."""
        first, self._next = self._next, low
        frontier = self._before.frontier
        self._account.lose(low - max(first, frontier), self._feed.pending, low >= frontier)
        self.problems.append(Problem(self.name, told_of(first, low)))

    def _is_wanted(self, message: Message, mark: int | None) -> bool:
        """Whether it is a document to be read; else it is accounted for."""
        if self._recent.seen(message.offset, mark):
            self._account.drop(DropReason.DUPLICATE)
            return False
        if len(message.value) > self._rules.largest:
            self._account.drop(DropReason.TOO_LARGE)
            if self._account.settled:
                self._refusals.at_once(message, DropReason.TOO_LARGE)
            return False
        return True

    def _push(self, messages: list[Message], now: int) -> list[LogBatch]:
        if not messages:
            return []
        self._refusals.hold(messages)
        self._feed.push_documents(
            [message.value for message in messages], [message.offset for message in messages], now
        )
        return [self._take()]

    def _take(self) -> LogBatch:
        """The records that are complete, less those of others; what is refused is handed on."""
        batch = self._feed.take(self.name)
        self._trail.join(self._feed.take_joined())
        refused = [one for one in self._feed.take_refused() if self._account.is_news(*one, self._read_to)]
        batch = self._owners.named(batch)
        foreign = self._owners.foreign(batch)
        if foreign.any():
            news = foreign & (batch.position >= self._read_to)
            self._account.enter(0, self._feed.pending)
            self._account.foreign(int(news.sum()))
            refused += [(position, DropReason.FOREIGN) for position in batch.position[news].tolist()]
            batch = batch.take(np.flatnonzero(~foreign))
        if not self._account.settled:
            self._account.enter(int((batch.position < self._read_to).sum()), self._feed.pending)
        if refused:
            self._refusals.hand_on(refused, self._trail.joined)
        oldest = self._feed.oldest
        self._refusals.let_go(self._next if oldest is None else oldest.position)
        return batch

    @property
    def _held_at(self) -> int | None:
        """Up to when the watermark may go for the sake of what was read and not handed over."""
        oldest = self._feed.oldest
        return None if oldest is None or oldest.drop is not None else oldest.time + self._rules.lateness

    def _place_at(self, resume_at: int) -> Place:
        """What is to be remembered where reading resumes at this offset."""
        self.kept = resume_at
        settled = self._account.settled
        frontier = self._next if settled else max(self._next, self._before.frontier)
        place = self._trail.place(resume_at, frontier, self._feed.pending if settled else self._before.pending)
        return msgspec.structs.replace(place, cut=self._before.cut and not settled)
