"""Which way lines become records: Python's (`ingest.feed`), or the compiled core's; both give the same."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ingest import assemble, cri, docker_json, filebeat
from ingest.accounting import DropReason, Remark, Tally
from ingest.batch import LogBatch, Origin
from ingest.columns import Coded, Texts
from ingest.feed import NEVER, Feed, Rules
from ingest.identity import DocumentNames, origin_of_document
from ingest.linereader import Block
from ingest.sniff import Form
from ingest.timestamps import event_time, moment_of, second_of

if TYPE_CHECKING:
    import drainwatch_native

_REASONS = (
    DropReason.EMPTY,
    DropReason.BINARY,
    DropReason.MALFORMED,
    DropReason.NO_TIME,
    DropReason.IMPLAUSIBLE_TIME,
)
_REMARKS = (Remark.TRUNCATED, Remark.UNDECODABLE, Remark.UNFINISHED, Remark.WRONG_CLOCK)
_LINES = 3
"""Counts before those of the reasons: lines read, records, lines joined."""


class Held(NamedTuple):
    """The first record that was not handed over yet."""

    position: int
    time: int
    drop: DropReason | None


class NativeFeed:
    """As `Feed`, by the compiled core."""

    def __init__(self, form: Form, origin: Origin, rules: Rules, tally: Tally, core: ModuleType) -> None:
        self.form = form
        self._tally = tally
        self._asked = _Asked(form, origin, rules.zone)
        self._origins: tuple[Origin, ...] = ()
        """Those of the last batch."""
        self._feed: drainwatch_native.Feed = core.Feed(
            form.name,
            self._asked,
            max_lines=rules.settings.max_record_lines,
            max_size=rules.settings.max_line_bytes,
            tolerance=rules.tolerance,
            zoned=rules.zone is not None,
            collect_refused=rules.collect_refused,
            collect_joined=rules.collect_joined,
        )

    @property
    def pending(self) -> int:
        """Lines that were read and are in no record yet that was handed over."""
        return self._feed.pending

    @property
    def oldest(self) -> Held | None:
        """The first record that was not handed over yet."""
        found = self._feed.oldest
        if found is None:
            return None
        position, time, drop = found
        return Held(position, time, None if drop is None else _REASONS[drop])

    @property
    def low(self) -> int | None:
        """Time of the last line that was read, the runtime's where there is one; microseconds UTC."""
        return self._feed.low

    @low.setter
    def low(self, time: int | None) -> None:
        self._feed.low = time

    @property
    def high(self) -> int:
        """The newest time of any."""
        return self._feed.high

    def pass_over(self, positions: frozenset[int]) -> None:
        """Make nothing of the lines at these positions: they were joined to records that aren't read again."""
        if positions:
            self._feed.pass_over(sorted(positions))

    def account_to(self, tally: Tally) -> None:
        """Enter what becomes of lines there from now on."""
        self._count()
        self._tally = tally

    def recall(self, lines: list[bytes], now: int) -> None:
        """Learn from the lines before the place where reading resumes what time a line without one has."""
        if self.form is Form.PLAIN:
            self._feed.recall(b"\n".join(lines), now)

    def push(self, block: Block, now: int, appended_from: int = NEVER) -> None:
        """Read lines. `now` is the clock; from the position `appended_from` on they were written while followed."""
        data, end = block.data, len(block.data) if block.end is None else block.end
        self._feed.push(data, end, block.position, block.limit, block.cut, block.unfinished, now, appended_from)
        self._count()

    def push_documents(self, documents: list[bytes], positions: Sequence[int], now: int) -> None:
        """Read documents of Filebeat's that came one by one, each with its position; only where `form` says so."""
        self._feed.push_documents(documents, np.ascontiguousarray(positions, np.int64), now)
        self._count()

    def flush(self) -> None:
        """The file has ended, or its writer is silent: nothing is waited for."""
        self._feed.flush()
        self._count()

    def take_refused(self) -> list[tuple[int, DropReason]]:
        """Where the lines stood that were dropped since the last call, and why; as `Feed.take_refused`."""
        return [(position, _REASONS[reason]) for position, reason in self._feed.take_refused()]

    def take_joined(self) -> list[tuple[int, int]]:
        """Of the documents that were joined since the last call, where their record began and where they stand."""
        return self._feed.take_joined()

    def take(self, partition: str) -> LogBatch:
        """The records that are complete."""
        taken = self._feed.take()
        self._count()
        if taken is None:
            return LogBatch.empty()
        data, (begin, end, time, position), (origins, origin), (streams, stream), (levels, level) = taken
        codes = np.frombuffer(origin, np.int32)
        return LogBatch(
            self._origins_of(origins),
            (partition,),
            _int64(time),
            codes,
            np.zeros(len(codes), np.int32),
            _int64(position),
            Coded(tuple(streams), np.frombuffer(stream, np.int32)),
            Coded(tuple(levels), np.frombuffer(level, np.int32)),
            Texts(data, _int64(begin), _int64(end)),
        )

    def _origins_of(self, numbers: list[int]) -> tuple[Origin, ...]:
        """The origins with these numbers; the same object where the batch before had them.

        Whoever joins the two needn't go through them again then.
        """
        found = tuple([self._asked.origins[number] for number in numbers])
        if len(found) == len(self._origins) and all(map(operator.is_, found, self._origins)):
            return self._origins
        self._origins = found
        return found

    def _count(self) -> None:
        """Enter into the tally what the core has noted since the last time."""
        tally, counts = self._tally, self._feed.take_tally()
        tally.read += counts[0]
        tally.records += counts[1]
        tally.joined += counts[2]
        for reason, count in zip(_REASONS, counts[_LINES:], strict=False):
            if count:
                tally.dropped[reason] += count
        for remark, count in zip(_REMARKS, counts[_LINES + len(_REASONS) :], strict=True):
            if count:
                tally.remarks[remark] += count


AnyFeed: TypeAlias = Feed | NativeFeed


def open_feed(form: Form, origin: Origin, rules: Rules, tally: Tally) -> AnyFeed:
    """A feed for one file or one partition of a topic; `origin` is the file's, or that of what tells none."""
    if rules.core is None:
        return Feed(form, origin, rules, tally)
    return NativeFeed(form, origin, rules, tally, rules.core)


class _Asked:
    """What the core asks of Python: who wrote a document, and what it isn't sure of."""

    def __init__(self, form: Form, origin: Origin, zone: ZoneInfo | None) -> None:
        self._file, self._zone = origin, zone
        self._frame = cri.frame if form is Form.CRI else docker_json.frame
        self.origins: list[Origin] = [] if form is Form.FILEBEAT else [origin]
        self._numbers = {it: number for number, it in enumerate(self.origins)}

    def event_time(self, text: str, zoned: bool) -> int | None:
        return event_time(text, self._zone if zoned else None)

    def second(self, text: str) -> int | None:
        return second_of(text, self._zone)

    def moment(self, text: str) -> int | None:
        return moment_of(text)

    def frame(self, line: str) -> cri.Framed | None:
        return self._frame(line)

    def document(self, line: str) -> filebeat.Document | None:
        return filebeat.parse(line)

    def origin(self, names: list[str]) -> int:
        found = origin_of_document(DocumentNames(*names), self._file)
        number = self._numbers.get(found)
        if number is None:
            number = self._numbers[found] = len(self.origins)
            self.origins.append(found)
        return number

    def keep(self, numbers: list[int]) -> list[int]:
        """Forget all origins but these; what their numbers are from now on."""
        kept = dict.fromkeys(self.origins[number] for number in numbers)
        self._numbers = {it: number for number, it in enumerate(kept)}
        before, self.origins = self.origins, list(kept)
        return [self._numbers[before[number]] for number in numbers]

    def matches(self, expression: str, text: str) -> bool:
        return assemble.EXPRESSIONS[expression].match(text) is not None

    def announces(self, head: str, lines: int, python: bool) -> bool:
        return assemble.announces(head, lines, python)


def _int64(data: bytes) -> NDArray[np.int64]:
    return np.frombuffer(data, np.int64)
