"""One file that is being read: what it is, how far it was read, and by what it is known again."""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO

from ingest import sniff
from ingest.accounting import Tally
from ingest.batch import LogBatch
from ingest.bytefile import CHUNK, ByteFile
from ingest.discover import Found
from ingest.feed import NEVER, Rules
from ingest.identity import is_container_log, origin_of_path, without_rotation
from ingest.linereader import HEAD, LineReader
from ingest.native import AnyFeed, open_feed
from ingest.rereading import FileCheckpoint, Rereading, parted
from ingest.roots import Roots
from ingest.sniff import Form
from ingest.source import Checkpoint, Problem
from ingest.timestamps import event_time

_FRAME_BYTES = 128
"""More than the frame of a CRI line takes."""
_JSON_LIMIT = 16 * 1024 * 1024
"""A longer JSON document is not read: it can't be cut."""
_BEGINNING = 1_024


def digest(data: bytes, size: int = 8) -> str:
    """Hexadecimal digest of a file's beginning."""
    return hashlib.blake2b(data, digest_size=size).hexdigest()


class TrackedFile:
    """A file from its discovery until it was read to its end (or, followed, until it is gone)."""

    def __init__(
        self,
        found: Found,
        rules: Rules,
        tally: Tally,
        stream: BinaryIO | None = None,
        chunk: int = CHUNK,
        roots: Roots | None = None,
    ) -> None:
        self.found = found
        identity = None if found.stream else (found.device, found.inode)
        self.file = ByteFile(found.path, stream, identity, None if found.stream or found.named else roots)
        self.reader = LineReader(self.file, rules.settings.max_line_bytes + _FRAME_BYTES, chunk)
        self.feed: AnyFeed | None = None
        """None until the file's first lines said what it is."""
        self.partition = ""
        self.identity = ""
        self.appended_from = NEVER
        self.size = 0
        """Bytes as stored, when last looked."""
        self.last_growth = 0
        """The reading clock when it was last seen to grow, microseconds UTC."""
        self.replaced = False
        """Whether `step` came upon another log: it was truncated, and perhaps written anew, since the last look."""
        self._rules = rules
        self._tally = tally
        self._reread = Rereading()
        self._head = b""
        self._beginning = b""
        self._written = self._checked = 0

    @property
    def name(self) -> str:
        """The partition's name, if it is free: the log's path less rotation, and a digest of its first line.

        It outlives renaming and compressing, and is another one after truncation.
        """
        first = self._head[:_BEGINNING].split(b"\n", 1)[0]
        folder, _, file = self.found.path.rpartition("/")
        return f"{folder}/{without_rotation(file)}@{digest(first, 4)}"

    def look(self, final: bool) -> Problem | None:
        """See by the first lines what the file is; `feed` is set where they told. Raises OSError.

        A file of which too little is there yet is looked at again later, unless it is `final`.
        """
        head = self.reader.head()
        whole = b"\n" in head or len(head) >= HEAD
        if not head or not (whole or final or self.found.stream):
            return None
        if compression := sniff.foreign_compression(head):
            return Problem(self.found.path, f"is compressed with {compression}. Unpack it, or compress it with gzip.")
        if sniff.is_binary(head):
            return Problem(self.found.path, "is binary, not a log file. Leave it out.")
        lines = head.split(b"\n")
        lines = lines[:-1] if len(lines) > 1 else lines
        form = sniff.sniff(lines)
        named = next((name for name in self.found.names if is_container_log(name)), self.found.path)
        if form is Form.PLAIN and named != self.found.path and len(lines) < 2 and not final:
            return None
        self._head = head
        self._beginning = (b"\0" * min(self.reader.hole, _BEGINNING) + head)[:_BEGINNING]
        self.identity = f"{self.found.device}:{self.found.inode}:{len(head)}:{digest(head)}"
        if form in (Form.DOCKER, Form.FILEBEAT):
            self.reader.limit = _JSON_LIMIT
        origin = origin_of_path("stdin" if self.found.stream else named, self._rules.settings.namespace)
        self.feed = open_feed(form, origin, self._rules, self._tally)
        if form is Form.PLAIN:
            zone = self._rules.zone
            times = (event_time(line.decode("utf-8", "replace"), zone) for line in lines[:50])
            self.feed.low = next((time for time in times if time is not None), None)
        else:
            self.feed.low = sniff.first_time(form, lines)
        return None

    def same_beginning(self, identity: str) -> bool:
        """Whether a file of that identity began as this one does; only right after `look`."""
        length, _, wanted = parted(identity)[0].partition(":")[2].partition(":")[2].partition(":")
        return length.isdecimal() and int(length) <= len(self._head) and digest(self._head[: int(length)]) == wanted

    def begin(self, partition: str, checkpoint: Checkpoint | None, appended_from: int, now: int) -> None:
        """Read on at the checkpoint, or from the beginning. Raises OSError."""
        self.partition, self.appended_from, self._head = partition, appended_from, b""
        if checkpoint is None or self.found.stream or self.feed is None:
            return
        identity, left = parted(checkpoint.identity)
        self.identity = identity or self.identity
        self._reread = Rereading(left, checkpoint.resume_at, checkpoint.read_to)
        self.feed.pass_over(frozenset(left.strays))
        if not self._reread.settled:
            self.feed.account_to(Tally())
            self._tally.read += left.pending
        self.appended_from = min(appended_from, checkpoint.read_to)
        self.reader.seek(checkpoint.resume_at)
        if not self.file.compressed and checkpoint.resume_at > 0:
            start = max(0, checkpoint.resume_at - HEAD)
            before = self.file.read_at(start, checkpoint.resume_at - start).split(b"\n")
            self.feed.recall(before[1 if start else 0 :], now)
        self.feed.low = None

    def step(self, now: int, final: bool) -> LogBatch:
        """Read the next block; the records that are complete by it. `final` as for `LineReader`. Raises OSError.

        What was read counts only if the file begins as it did when that is over: it may be truncated and written anew
        at any time between two looks, and lines of the new log, taken for lines of the old one, would have the lines
        that stand at their positions in its copy passed over. The file is `replaced` then, and read up to where it was.
        """
        assert self.feed is not None
        offset, raw, self.reader.stop = self.reader.offset, self.file.raw, self._reread.stop
        block = self.reader.next_block(final)
        if (self.file.raw != raw or self.reader.at_end) and self._is_replaced():
            self.replaced = True
            self.reader.seek(offset)
            return LogBatch.empty()
        if block is not None:
            self.feed.push(block, now, self.appended_from)
            # A file that nobody has written to for a while is silent already when its end is reached, or the last
            # record of a container that seldom logs would hold up the windows of all the others.
            self.last_growth = min(now, self._written // 1_000) if self._written else now
        batches = [self._take(self.feed)]
        while self._reread.is_silence(self.reader.offset):
            self.feed.flush()
            batches.append(self._take(self.feed))
        if self.reader.offset >= self._reread.left.frontier:
            self._settle(self.feed)
        if final and self.reader.at_end:
            batches.append(self.flush())
        return LogBatch.concat([batch for batch in batches if len(batch)])

    def flush(self) -> LogBatch:
        """Hand over what may still go on: the file has ended, or is silent."""
        if self.feed is None:
            return LogBatch.empty()
        self._settle(self.feed)
        if self.feed.pending:
            self._reread.note_silence(self.reader.offset)
        self.feed.flush()
        return self._take(self.feed)

    def _take(self, feed: AnyFeed) -> LogBatch:
        batch = feed.take(self.partition)
        self._reread.join(feed.take_joined())
        if not self._reread.settled:
            # One line each, as whoever counts takes them off again: the earlier run has entered all of them.
            again = int((batch.position < self._reread.read_to).sum())
            self._tally.read += again
            self._tally.records += again
        return batch

    def _settle(self, feed: AnyFeed) -> None:
        """All was read again that is in the account already: what comes now is entered."""
        if not self._reread.settled:
            self._tally.read += feed.pending - self._reread.left.pending
            feed.account_to(self._tally)
            self._reread.settled = True

    @property
    def pending(self) -> int:
        """Lines that are in the account, and in no record yet that was handed over."""
        if not self._reread.settled:
            return self._reread.left.pending
        return self.feed.pending if self.feed else 0

    @property
    def low_water(self) -> int | None:
        """Microseconds UTC: no earlier record is to come, as far as the file is in the order of time."""
        if self.feed is None or self.feed.low is None:
            return None
        oldest = self.feed.oldest
        return self.feed.low if oldest is None or oldest.drop is not None else min(self.feed.low, oldest.time)

    @property
    def checkpoint(self) -> Checkpoint:
        """Where the next record to be handed over begins."""
        oldest = self.feed.oldest if self.feed else None
        position = self.reader.offset if oldest is None else oldest.position
        offset, pending, leave = self.reader.offset, self.pending, self._reread.leave
        return FileCheckpoint(position, position, self.identity, left_at=lambda resume: leave(resume, offset, pending))

    def measure(self) -> int | None:
        """The file's size now, as stored; None where it is neither held open nor in its folder under any name."""
        status = self._status()
        if status is None and self.file.look_beside():
            status = self._status()
        if status is None:
            return None
        self.size, self._written = status.st_size, status.st_mtime_ns
        return self.size

    def _status(self) -> os.stat_result | None:
        try:
            status = self.file.stat() if self.file.opened else os.stat(self.file.path)  # noqa: PTH116
        except OSError:
            return None
        return status if (status.st_dev, status.st_ino) == (self.found.device, self.found.inode) else None

    def damage(self) -> Problem | None:
        """What is wrong with the compressed data, as far as it was read."""
        what = self.file.damage or ("its compressed data ends early" if self.file.cut_short else "")
        advice = f"{what}; what came before was counted. Fetch the file again."
        return Problem(self.found.path, advice) if what else None

    def has_more(self, now: int) -> bool:
        """Whether the file grew beyond what was read of it."""
        size = self.measure()
        if size is None or size <= self.file.raw:
            return False
        self.last_growth = now
        return True

    def was_truncated(self) -> bool:
        """Whether it is shorter than what was read, or begins otherwise than it did: copied away and begun anew.

        To be asked after `has_more`; the beginning is looked at only where the file was written to since the last time.
        """
        if self.file.compressed or self.feed is None or self.found.stream:
            return False
        if self.size < self.file.raw:
            return True
        if self._written == self._checked:
            return False
        self._checked = self._written
        held = self.file.opened
        try:
            return self._begins_otherwise()
        finally:
            if not held:
                self.file.release()

    def _is_replaced(self) -> bool:
        """As `was_truncated`, of a file that is just being read."""
        if self.file.compressed or self.found.stream:
            return False
        try:
            return self.file.stat().st_size < self.file.raw or self._begins_otherwise()
        except OSError:
            return False

    def _begins_otherwise(self) -> bool:
        try:
            return self.file.read_at(0, len(self._beginning)) != self._beginning
        except OSError:
            return False
