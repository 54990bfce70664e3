"""The source that reads files: container logs, plain logs, Filebeat's documents; once, or followed as they grow.

Files of the same period are read side by side: each poll reads on in the file that is furthest behind, so that no more
than a block a file is held and windows can close while reading goes on. The more files, the smaller are the blocks.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import BinaryIO
from zoneinfo import ZoneInfo

from ingest.accounting import Tally
from ingest.assemble import GAP
from ingest.batch import LogBatch
from ingest.bytefile import CHUNK, open_at_once
from ingest.discover import NothingToRead, problem_of
from ingest.feed import Rules
from ingest.settings import SECOND, ReadSettings
from ingest.source import Checkpoint, Problem, Progress, Revisit
from ingest.tracked import TrackedFile
from ingest.watch import Watch

END_OF_TIME = 1 << 62
"""The watermark of a source that is exhausted: every window can close."""
LINGER = 10 * SECOND
"""A file that is gone from its folder is let go of when it hasn't grown for this long."""
_BATCH_RECORDS = 2_048
_BATCH_BLOCKS = 64
AHEAD = 32 * 1024 * 1024
"""Bytes that the blocks of all files under way take together, about: what is ahead of other files waits in memory."""
_LEAST_BLOCK = 16_384
"""Bytes of a block at the least, however many files there are: each block has a price."""
_EMPTY_BLOCKS = 4_096
"""Blocks without a record, after which a poll returns all the same."""


class FileSource:
    """Reads folders, globs, files and `-` (standard input) as an `ingest.source.Source`.

    `clock` gives microseconds UTC; it dates only lines that have no other date, and tells silence from a pause.
    `checkpoints` (by partition) say where to read on; a file is known again by device, inode and a digest of its
    beginning, or, renamed, copied or compressed, by its path less rotation and its first line. `tolerance` is how far
    (microseconds) a time inside a line may be off the runtime's. `core` is the compiled core, where it shall read the
    lines (`ingest.core.native`). `chunk` and `ahead` bound what is read at once. Raises `NothingToRead`, and
    `ValueError` for a time zone that isn't known.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        settings: ReadSettings,
        *,
        follow: bool,
        clock: Callable[[], int],
        checkpoints: Mapping[str, Checkpoint] | None = None,
        tolerance: int = 10 * SECOND,
        stdin: BinaryIO | None = None,
        chunk: int = CHUNK,
        ahead: int = AHEAD,
        core: ModuleType | None = None,
    ) -> None:
        self._rules = Rules(settings, tolerance, _zone(settings.timezone), core, collect_joined=True)
        self._follow, self._clock = follow, clock
        self._tally = Tally()
        self._watch = Watch(
            [str(path) for path in paths],
            self._rules,
            self._tally,
            follow=follow,
            checkpoints=checkpoints or {},
            stdin=stdin,
            chunk=chunk,
        )
        self._ready: list[tuple[int, int, TrackedFile]] = []
        """A heap by the time up to which a file was read."""
        self._waiting: dict[TrackedFile, None] = {}
        """Files read to their ends that may grow."""
        self._recent: dict[TrackedFile, None] = {}
        """Files that may be open, the longest unused first."""
        self._under_way: dict[TrackedFile, None] = {}
        """Files of which some was read, and more is there."""
        self._may_open, self._largest, self._ahead = open_at_once(), chunk, ahead
        self._turn = 0
        self._watermark: int | None = None
        self._bytes_done = 0
        self._last_search = 0
        self._search(clock())
        if not self._watch.files and self.problems:
            raise NothingToRead(_nothing(self.problems))

    @property
    def problems(self) -> list[Problem]:
        """What could not be read, each path once; it may grow while reading."""
        return self._watch.problems

    @property
    def tally(self) -> Tally:
        """Every line read so far, by what became of it."""
        self._tally.pending = sum(file.pending for file in self._watch.files.values())
        return self._tally

    @property
    def exhausted(self) -> bool:
        """Whether all files were read to their ends; never where they are followed."""
        return not self._follow and not self._watch.files

    @property
    def at_end(self) -> bool:
        """Whether the last poll read every file to its end as it was then."""
        return not self._ready

    @property
    def watermark(self) -> int | None:
        """Microseconds UTC up to which all is handed over, but for late lines; it never goes back.

        While files have lines left it is the time of the file that is furthest behind, or of its oldest record that may
        still go on. With all lines read it is the time of the last look where files are followed, else `END_OF_TIME`:
        what was written since then, while the caller had other things to do, is still to come.
        """
        if self.exhausted:
            return END_OF_TIME
        marks = [low for file in self._waiting if (low := _held(file)) is not None]
        if self._ready:
            behind = self._ready[0][0]
            if behind < 0:
                return self._watermark
            marks.append(behind)
        if self._follow:
            marks.append(self._last_search)
        if marks:
            self._watermark = max(self._watermark or 0, min(marks))
        return self._watermark

    def poll(self) -> LogBatch:
        """The next records. Empty where there are none just now: sleep then, if the source is followed."""
        now = self._clock()
        if self._follow and (not self._ready or now - self._last_search >= self._rules.settings.poll_interval):
            self._search(now)
        batches = self._wake(now)
        records = blocks = 0
        while self._ready and records < _BATCH_RECORDS and blocks < (_BATCH_BLOCKS if records else _EMPTY_BLOCKS):
            batch = self._step(heapq.heappop(self._ready)[2], now)
            blocks += 1
            if len(batch):
                batches.append(batch)
                records += len(batch)
        return LogBatch.concat(batches)

    def revisit(self) -> Iterable[Revisit]:
        """Nothing: late lines come by `poll`."""
        return ()

    def positions(self) -> Mapping[str, Checkpoint]:
        """By partition, where the next poll begins, also of files that were read to their ends; no pipes."""
        return self._watch.ended | {
            file.partition: file.checkpoint
            for file in self._watch.files.values()
            if file.partition and not file.found.stream
        }

    def progress(self) -> Progress:
        """Bytes read of those stored; without a total where a pipe is read."""
        done = self._bytes_done + sum(file.file.raw for file in self._watch.files.values())
        if any(file.found.stream for file in self._watch.files.values()):
            return Progress(done, None)
        return Progress(done, max(done, self._bytes_done + sum(file.size for file in self._watch.files.values())))

    def close(self) -> None:
        """Lets go of all files."""
        self._watch.close()
        self._ready.clear()
        self._waiting.clear()

    def _search(self, now: int) -> None:
        self._last_search = now
        for file in self._watch.search(now):
            self._enqueue(file)

    def _wake(self, now: int) -> list[LogBatch]:
        """Put the waiting files that have more in line again; hand over what the silent ones had left."""
        batches = []
        truncated = False
        for file in list(self._waiting):
            silent = now - file.last_growth
            grew = file.found.stream or file.has_more(now)
            if file.was_truncated():
                truncated = True
                batches.append(self._begin_anew(file, now))
            elif grew:
                del self._waiting[file]
                self._enqueue(file)
            elif silent >= LINGER and self._watch.is_gone(file):
                batches.append(self._end(file))
            elif silent >= GAP and file.feed is not None and file.feed.pending:
                batches.append(file.flush())
            elif silent >= LINGER and file.file.cut_short:
                self._tell_damage(file)
        if truncated:
            self._search(now)
        return [batch for batch in batches if len(batch)]

    def _begin_anew(self, file: TrackedFile, now: int) -> LogBatch:
        batch = file.flush()
        self._waiting.pop(file, None)
        self._recent.pop(file, None)
        self._under_way.pop(file, None)
        self._bytes_done += file.file.raw
        self._watch.begin_anew(file, now)
        return batch

    def _step(self, file: TrackedFile, now: int) -> LogBatch:
        """Read a block of the file and put it where it belongs next."""
        self._touch(file)
        self._under_way[file] = None
        file.reader.largest = min(self._largest, max(_LEAST_BLOCK, self._ahead // len(self._under_way)))
        try:
            batch = file.step(now, final=not self._follow or file.found.stream)
        except OSError as error:
            self._watch.complain(problem_of(file.found.path, error))
            return self._end(file)
        if file.replaced:
            batch = self._begin_anew(file, now)
            self._search(now)
        elif not file.reader.at_end and not file.reader.waiting:
            self._enqueue(file)
        elif file.reader.waiting or (self._follow and not file.found.stream and not file.file.damage):
            self._waiting[file] = None
            del self._under_way[file]
        else:
            batch = LogBatch.concat([batch, self._end(file)])
        return batch

    def _enqueue(self, file: TrackedFile) -> None:
        self._turn += 1
        low = file.low_water
        heapq.heappush(self._ready, (-1 if low is None else low, self._turn, file))

    def _touch(self, file: TrackedFile) -> None:
        """Note that the file is in use; of too many open ones let go of the one that was longest not."""
        self._recent.pop(file, None)
        self._recent[file] = None
        while len(self._recent) > self._may_open:
            oldest = next(iter(self._recent))
            oldest.file.release()
            del self._recent[oldest]

    def _end(self, file: TrackedFile) -> LogBatch:
        """The file is read no more: hand over the rest of it, and remember where it ended."""
        batch = file.flush()
        self._tell_damage(file)
        self._bytes_done += file.file.raw
        self._recent.pop(file, None)
        self._waiting.pop(file, None)
        self._under_way.pop(file, None)
        self._watch.forget(file)
        return batch

    def _tell_damage(self, file: TrackedFile) -> None:
        if (problem := file.damage()) is not None:
            self._watch.complain(problem)


def _held(file: TrackedFile) -> int | None:
    """The time of the oldest record of a waiting file that may still go on."""
    oldest = file.feed.oldest if file.feed else None
    return oldest.time if oldest is not None and oldest.drop is None else None


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"{name!r} is no time zone. Use UTC or an IANA name such as Europe/Berlin.") from error


def _nothing(problems: Sequence[Problem]) -> str:
    """All problems in a sentence, the first five by name."""
    shown = [f"{problem.path} {problem.message}" for problem in problems[:5]]
    more = f" And {len(problems) - 5} more like these." if len(problems) > 5 else ""
    return f"Nothing can be read: {' '.join(shown)}{more}"
