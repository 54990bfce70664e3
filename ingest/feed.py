"""The lines of one file to records: out of their frame, dated, joined, and each accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from zoneinfo import ZoneInfo

import numpy as np

from ingest import cri, docker_json, filebeat
from ingest.accounting import DropReason, Remark, Tally
from ingest.assemble import Assembler
from ingest.batch import LogBatch, Origin
from ingest.columns import Coded
from ingest.identity import DocumentNames, origin_of_document
from ingest.linereader import Block
from ingest.lines import clean, settle
from ingest.plain import PlainTimes
from ingest.records import Record
from ingest.rows import Rows
from ingest.settings import DAY, ReadSettings
from ingest.sniff import Form
from ingest.timestamps import EARLIEST, event_time

NEVER = 1 << 62
"""A position that no file reaches."""
_KEPT = 65_536
"""Beyond so many, names of containers that are in no use are forgotten."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for all files of a source."""

    settings: ReadSettings
    tolerance: int
    """Microseconds that a time inside a line may differ from the runtime's."""
    zone: ZoneInfo | None
    core: ModuleType | None = None
    """The compiled core, which then reads the lines, as `ingest.core.native` gives it."""
    collect_refused: bool = False
    """Whether the positions of the lines that were refused are kept, see `Feed.take_refused`."""
    collect_joined: bool = False
    """Whether `Feed.take_joined` is to tell which lines were joined to which: all documents where `collect_refused` is
    set, else only lines of a record after which others had begun."""


class Feed:
    """Takes blocks of lines in the order of the file, gives records in the same order."""

    def __init__(self, form: Form, origin: Origin, rules: Rules, tally: Tally) -> None:
        self.form = form
        self._rules = rules
        self._tally = tally
        self._file_origin = origin
        self._origins: dict[Origin, int] = {} if form is Form.FILEBEAT else {origin: 0}
        self._of_names: dict[DocumentNames, int] = {}
        self._assembler = Assembler(rules.settings, tally)
        self._plain = PlainTimes(rules.zone)
        self._joined: list[tuple[int, int]] = []
        self._passed: frozenset[int] = frozenset()
        self._now = 0
        self._refused: list[tuple[int, DropReason]] = []
        self.low: int | None = None
        """Time of the last line that was read, the runtime's where there is one; microseconds UTC."""
        self.high = 0
        """The newest time of any."""

    @property
    def pending(self) -> int:
        """Lines that were read and are in no record yet that was handed over."""
        return self._assembler.pending

    @property
    def oldest(self) -> Record | None:
        """The first record that was not handed over yet."""
        return self._assembler.oldest

    def pass_over(self, positions: frozenset[int]) -> None:
        """Make nothing of the lines at these positions: they were joined to records that aren't read again."""
        self._passed = positions

    def account_to(self, tally: Tally) -> None:
        """Enter what becomes of lines there from now on."""
        self._tally = self._assembler.tally = tally

    def recall(self, lines: list[bytes], now: int) -> None:
        """Learn from the lines before the place where reading resumes what time a line without one has."""
        if self.form is Form.PLAIN:
            for line in lines:
                self._plain.stamp(line.decode("utf-8", "replace").rstrip(), now, False, now + DAY)

    def push(self, block: Block, now: int, appended_from: int = NEVER) -> None:
        """Read lines. `now` is the clock; from the position `appended_from` on they were written while followed."""
        lost, self._now = self._tally.dropped.total(), now
        rows = Rows.of_block(block, self.form, self._tally)
        if self.form is Form.PLAIN:
            self._push_plain(rows, appended_from)
        elif self.form is Form.FILEBEAT:
            self._push_documents(rows)
        else:
            self._push_stamped(rows)
        if block.unfinished and self._tally.dropped.total() == lost:
            self._tally.remarks[Remark.UNFINISHED] += 1

    def push_documents(self, documents: list[bytes], positions: Sequence[int], now: int) -> None:
        """Read documents of Filebeat's that came one by one, each with its position; only where `form` says so."""
        self._now = now
        self._push_documents(Rows.of(documents, positions, frozenset(), self.form, self._tally))

    def flush(self) -> None:
        """The file has ended, or its writer is silent: nothing is waited for."""
        self._assembler.flush()

    def take_refused(self) -> list[tuple[int, DropReason]]:
        """Where the lines stood that were dropped since the last call, and why, in their order; not the empty ones.

        Only where `Rules.collect_refused` is set.
        """
        refused, self._refused = self._refused, []
        return refused

    def take(self, partition: str) -> LogBatch:
        """The records that are complete."""
        records = self._assembler.take()
        if not records:
            return LogBatch.empty()
        kept = [record for record in records if record.drop is None]
        batch = LogBatch(
            tuple(self._origins),
            (partition,),
            np.array([record.time for record in kept], np.int64),
            np.array([record.origin for record in kept], np.int32),
            np.zeros(len(kept), np.int32),
            np.array([record.position for record in kept], np.int64),
            Coded.of([record.stream for record in kept]),
            Coded.of([record.level for record in kept]),
            tuple([record.message for record in kept]),
        )
        if len(self._of_names) >= _KEPT:
            self._tidy()
        return batch

    def _tidy(self) -> None:
        """Forget the names of containers that are gone."""
        numbers, self._origins = list(self._origins), {}
        self._of_names.clear()
        for record in self._assembler.waiting:
            record.origin = self._origins.setdefault(numbers[record.origin], len(self._origins))

    def take_joined(self) -> list[tuple[int, int]]:
        """Of the documents that were joined since the last call, where their record began and where they stand."""
        joined, self._joined = self._joined, []
        return joined

    def _push_stamped(self, rows: Rows) -> None:
        """CRI and docker lines."""
        assembler, positions, dirty = self._assembler, rows.positions, rows.dirty
        join, frame = assembler.join, cri.frame if self.form is Form.CRI else docker_json.frame
        for row, text in enumerate(rows.texts):
            framed = frame(text)
            if framed is None:
                self._refuse(positions[row], DropReason.MALFORMED if text.strip() else DropReason.EMPTY)
                continue
            time, stream, partial, message = framed
            if not partial:
                message = message.rstrip()
            if dirty and (cleaned := clean(message, self._tally)) is not message:
                if cleaned is None:
                    self._refuse(positions[row], DropReason.BINARY)
                    continue
                message = cleaned
            if not message and not assembler.awaits(stream):
                self._tally.dropped[DropReason.EMPTY] += 1
                continue
            if time >= EARLIEST:
                self.low = time
            if join(stream, time, message, partial):
                self._follow(stream, positions[row])
                continue
            if positions[row] in self._passed:
                continue
            if not message:  # the end of a partial line that came too late for it
                self._tally.dropped[DropReason.EMPTY] += 1
                continue
            record = Record(positions[row], self._settle(message, time), time, stream, "", message, 0)
            self._begin(stream, record, time, row in rows.cut, partial)

    def _push_plain(self, rows: Rows, appended_from: int) -> None:
        tally, assembler, times, now = self._tally, self._assembler, self._plain, self._now
        for row, text in enumerate(rows.texts):
            message: str | None = text.rstrip()
            position = rows.positions[row]
            if not message:
                tally.dropped[DropReason.EMPTY] += 1
                continue
            if rows.dirty and (message := clean(message, tally)) is None:
                self._refuse(position, DropReason.BINARY)
                continue
            if assembler.join("", times.last or 0, message):
                self._follow("", position)
                continue
            time = times.stamp(message, now, position >= appended_from, now + DAY)
            self.low = times.last if time is not None else self.low
            record = Record(position, time or 0, times.last or 0, "", "", message, 0)
            if time is None:
                record.drop = DropReason.NO_TIME
            self._begin("", record, time, row in rows.cut)

    def _push_documents(self, rows: Rows) -> None:
        """Filebeat's documents; lines of a stack trace come in documents of their own."""
        tally = self._tally
        for row, text in enumerate(rows.texts):
            document, position = filebeat.parse(text, rows.dotted), rows.positions[row]
            if document is None:
                self._refuse(position, DropReason.MALFORMED if text.strip() else DropReason.EMPTY)
                continue
            message: str | None = (document.message or "").rstrip()
            if not message:
                tally.dropped[DropReason.EMPTY] += 1
            elif rows.dirty and (message := clean(message, tally)) is None:
                self._refuse(position, DropReason.BINARY)
            else:
                self._push_document(document, message, position, row in rows.cut)

    def _push_document(self, document: filebeat.Document, message: str, position: int, cut: bool) -> None:
        key = (document.names.path or document.names, document.stream)
        written = document.time if document.time is not None else document.inner_time
        if written is not None and EARLIEST <= written <= self._now + DAY:
            self.low = written
        if self._assembler.join(key, written if written is not None else self.low or 0, message):
            self._follow(key, position)
            return
        if position in self._passed:  # its time was taken note of all the same
            return
        time = self._document_time(document, message)
        origin = self._origin(document.names)
        record = Record(position, time or 0, written or 0, document.stream, document.level, message, origin)
        if time is None:
            record.drop = DropReason.NO_TIME
        # Nothing goes on with what has no time; what closes it would depend on where reading began.
        record.open = written is not None
        self._begin(key, record, time, cut)

    def _begin(self, key: object, record: Record, time: int | None, cut: bool, partial: bool = False) -> None:
        """`time` is the one that has to be plausible."""
        if time is not None:
            if not EARLIEST <= time <= self._now + DAY:
                record.drop = DropReason.IMPLAUSIBLE_TIME
            elif time > self.high:
                self.high = time
        if cut:
            record.truncated = True
        self._assembler.begin(key, record, partial)
        if record.drop is not None and self._rules.collect_refused:
            self._refused.append((record.position, record.drop))

    def _follow(self, key: object, position: int) -> None:
        """A line went to the record before it, and is refused where that is."""
        if self._rules.collect_joined and (self._rules.collect_refused or self._assembler.is_crossed(key)):
            self._joined.append((self._assembler.position_of(key), position))
        if self._rules.collect_refused and (drop := self._assembler.drop_of(key)) is not None:
            self._refused.append((position, drop))

    def _refuse(self, position: int, reason: DropReason) -> None:
        self._tally.dropped[reason] += 1
        if self._rules.collect_refused and reason is not DropReason.EMPTY:
            self._refused.append((position, reason))

    def _settle(self, message: str, runtime: int, inner: int | None = None) -> int:
        inner = event_time(message) if inner is None else inner
        if inner is None or inner == runtime:
            return runtime
        return settle(message, runtime, inner, self._rules.tolerance, self._tally)

    def _document_time(self, document: filebeat.Document, message: str) -> int | None:
        """Of a stamped document as of any stamped line; else the line's own, else when Filebeat read it."""
        if document.stamped and document.time is not None:
            return self._settle(message, document.time, document.inner_time)
        inner = document.inner_time if document.inner_time is not None else event_time(message)
        if inner is not None and (document.time is None or EARLIEST <= inner <= self._now + DAY):
            return inner
        return document.time

    def _origin(self, names: DocumentNames) -> int:
        index = self._of_names.get(names)
        if index is None:
            origin = origin_of_document(names, self._file_origin)
            index = self._of_names[names] = self._origins.setdefault(origin, len(self._origins))
        return index
