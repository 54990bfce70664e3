"""Runs: records in their order, in memory or in a file, that are merged a piece at a time.

The method is that of sorting what is larger than memory (Knuth, The Art of Computer Programming, volume 3, 5.4): what
waits is put in order and written away whenever there is too much of it, and in the end all runs are read side by side.
The order is that of `LogBatch.in_order`: time, name of the partition, position.
"""

from __future__ import annotations

import errno
import tempfile
import weakref
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detector.errors import SpaceError
from ingest.batch import LogBatch
from ingest.columns import Coded, Texts, sizes

PIECE_ROWS, PIECE_BYTES = 65_536, 32_000_000
"""A piece that is handed on holds no more than this, except where a single record does."""
MOST_RUNS, _MERGED_RUNS = 16, 12
"""So many runs are made fewer, by bringing the smallest together: each is an open file."""
_NEVER = np.iinfo(np.int64).max
BLOCK_ROWS, BLOCK_BYTES = 4_096, 1_000_000
"""What is read back of a run at once."""

Key: TypeAlias = tuple[int, str, int]
"""Time, name of the partition, position."""
_COLUMNS: tuple[np.dtype[Any], ...] = (np.dtype(np.int64),) * 3 + (np.dtype(np.int32),) * 4
"""Time, position, where the text ends; origin, partition, stream, level."""


def before(time: int) -> Key:
    """The bound of all records before a time."""
    return time, "", -1


class Part(Protocol):
    """Records of a run that aren't at hand yet."""

    @property
    def rows(self) -> int:
        """How many there are."""

    @property
    def first(self) -> Key:
        """No record is before this."""

    @property
    def last(self) -> Key:
        """No record is behind this."""

    @property
    def positions(self) -> Sequence[tuple[str, int]]:
        """Partitions with their first positions."""

    def read(self) -> LogBatch:
        """The records, in order. Raises `SpaceError` where they can't be read."""


class Run:
    """Records in order, of which those at the front are taken bit by bit; what isn't at hand is read when needed."""

    def __init__(self, head: LogBatch, rest: Sequence[Part] = ()) -> None:
        self._head, self._rest = head, deque(rest)

    def __len__(self) -> int:
        return len(self._head) + sum(block.rows for block in self._rest)

    @property
    def first(self) -> int | None:
        """Time of the first record; None where all were taken."""
        if len(self._head):
            return int(self._head.time[0])
        return self._rest[0].first[0] if self._rest else None

    @property
    def horizon(self) -> Key | None:
        """Up to here the records are at hand, or will be when some are taken; None where all of them are."""
        if len(self._head):
            return _key(self._head, len(self._head) - 1) if self._rest else None
        return self._rest[0].last if self._rest else None

    def take(self, bound: Key) -> LogBatch:
        """The records up to `bound` that are at hand."""
        if not len(self._head) and self._rest and self._rest[0].first <= bound:
            self._head = self._rest.popleft().read()
        rows = _rows_up_to(self._head, bound)
        taken, self._head = self._head.between(0, rows), self._head.between(rows, len(self._head))
        return taken

    def firsts(self) -> Iterator[tuple[str, int]]:
        """Partitions with their first positions among what is left; the same partition may come more than once."""
        yield from first_positions(self._head)
        for block in self._rest:
            yield from block.positions


class _Aside:
    """A temporary file without a name: it is gone with the last reference to it, or with the process."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it lives as long as its blocks
        weakref.finalize(self, self._file.close)

    def write(self, data: bytes) -> None:
        """Append. Raises OSError."""
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def read(self, at: int, length: int) -> bytes:
        """What was written there. Raises OSError."""
        self._file.seek(at)
        data = self._file.read(length)
        if len(data) != length:
            raise OSError("a temporary file is shorter than what was written into it")
        return data


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a run that lies in a file."""

    file: _Aside
    at: int
    rows: int
    length: int
    """Bytes."""
    first: Key
    last: Key
    positions: tuple[tuple[str, int], ...]
    like: LogBatch
    """A batch without rows that has what the codes stand for."""

    def read(self) -> LogBatch:
        """The records. Raises `SpaceError` where they can't be read back."""
        try:
            data = self.file.read(self.at, self.length)
        except OSError as error:
            raise _no_space(error) from error
        columns: list[NDArray[Any]] = []
        at = 0
        for kind in _COLUMNS:
            columns.append(np.frombuffer(data, kind, self.rows, at))
            at += kind.itemsize * self.rows
        time, position, end, origin, partition, stream, level = columns
        begin = np.concatenate([np.zeros(1, np.int64), end[:-1]])
        return LogBatch(
            self.like.origins,
            self.like.partitions,
            time,
            origin,
            partition,
            position,
            Coded(Coded.of(self.like.stream).values, stream),
            Coded(Coded.of(self.like.level).values, level),
            Texts(data, begin + at, end + at),
        )


def spill(batches: Iterable[LogBatch]) -> Run:
    """A run of these records, which are in order from the first batch to the last, in a file.

    Raises `SpaceError` where it can't be written.
    """
    blocks: list[Block] = []
    try:
        file = _Aside()
        for batch in batches:
            _append(batch, file, blocks)
    except OSError as error:
        raise _no_space(error) from error
    return Run(LogBatch.empty(), blocks)


def fewer(runs: Sequence[Run]) -> list[Run]:
    """The same records in fewer files, where these are many: the smaller runs are merged to one.

    Only those, so that a record is written no more often than some times, however many there are. Raises as `spill`.
    """
    if len(runs) < MOST_RUNS:
        return list(runs)
    smallest = sorted(runs, key=len)[:_MERGED_RUNS]
    return [*(run for run in runs if run not in smallest), spill(pieces(smallest, _NEVER))]


def _append(batch: LogBatch, file: _Aside, blocks: list[Block]) -> None:
    """Write records behind what is in the file. Raises OSError."""
    stream, level = Coded.of(batch.stream), Coded.of(batch.level)
    none = np.empty(0, np.int64)
    like = LogBatch(
        batch.origins,
        batch.partitions,
        none,
        none.astype(np.int32),
        none.astype(np.int32),
        none,
        Coded(stream.values, none),
        Coded(level.values, none),
        (),
    )
    at = blocks[-1].at + blocks[-1].length if blocks else 0
    for begin, end in cuts(batch, BLOCK_ROWS, BLOCK_BYTES):
        part = batch.between(begin, end)
        data = _written(part, stream.codes[begin:end], level.codes[begin:end])
        file.write(data)
        first, last = _key(part, 0), _key(part, len(part) - 1)
        blocks.append(Block(file, at, len(part), len(data), first, last, tuple(first_positions(part)), like))
        at += len(data)


def pieces(runs: Sequence[Run], until: int) -> Iterator[LogBatch]:
    """The records before `until` of all runs in one order, a piece at a time; they are taken out of the runs."""
    held: list[LogBatch] = []
    rows = size = 0
    for step in _steps(runs, until):
        for begin, end in cuts(step, PIECE_ROWS, PIECE_BYTES):
            part = step.between(begin, end)
            more = int(sizes(part.message).sum())
            if held and (rows + len(part) > PIECE_ROWS or size + more > PIECE_BYTES):
                yield LogBatch.concat(held)
                held, rows, size = [], 0, 0
            held.append(part)
            rows, size = rows + len(part), size + more
    if held:
        yield LogBatch.concat(held)


def cuts(batch: LogBatch, rows: int, size: int) -> Iterator[tuple[int, int]]:
    """Begin and end of parts with no more than so many rows, and bytes of text; of one row where it is larger."""
    ends = np.cumsum(sizes(batch.message), dtype=np.int64)
    begin, total = 0, len(ends)
    while begin < total:
        before_it = int(ends[begin - 1]) if begin else 0
        fitting = int(np.searchsorted(ends, before_it + size, side="right"))
        end = min(begin + rows, max(fitting, begin + 1), total)
        yield begin, end
        begin = end


def first_positions(batch: LogBatch) -> list[tuple[str, int]]:
    """Partitions that occur, with the first position of each."""
    if not len(batch):
        return []
    never = np.iinfo(np.int64).max
    least = np.full(len(batch.partitions), never, np.int64)
    np.minimum.at(least, batch.partition, batch.position)
    return [(batch.partitions[one], int(least[one])) for one in np.flatnonzero(least != never).tolist()]


def _steps(runs: Sequence[Run], until: int) -> Iterator[LogBatch]:
    """Batches in order: each up to where one of the runs has to be read on."""
    left = [run for run in runs if run.first is not None and run.first < until]
    while left:
        bound = min((run.horizon for run in left if run.horizon is not None), default=before(until))
        taken = [batch for run in left if len(batch := run.take(min(bound, before(until))))]
        if taken:
            yield LogBatch.concat(taken).in_order() if len(taken) > 1 else taken[0]
        left = [run for run in left if run.first is not None and run.first < until]


def _key(batch: LogBatch, row: int) -> Key:
    return int(batch.time[row]), batch.partitions[batch.partition[row]], int(batch.position[row])


def _rows_up_to(batch: LogBatch, bound: Key) -> int:
    begin, end = (int(np.searchsorted(batch.time, bound[0], side)) for side in ("left", "right"))
    return bisect_right(range(begin, end), bound, key=lambda row: _key(batch, row)) + begin


def _written(part: LogBatch, stream: NDArray[np.integer], level: NDArray[np.integer]) -> bytes:
    texts = Texts.of(part.message).packed()
    columns = (part.time, part.position, texts.end, part.origin, part.partition, stream, level)
    raw = [np.ascontiguousarray(column, kind).tobytes() for column, kind in zip(columns, _COLUMNS, strict=True)]
    return b"".join([*raw, texts.data])


def _no_space(error: OSError) -> SpaceError:
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return SpaceError(
            "Lines that wait can't be put aside: too many files are open.",
            "Allow more of them (ulimit -n, or LimitNOFILE in a unit), or raise ingest.memory.",
        )
    return SpaceError(
        f"Lines that wait can't be put aside in {tempfile.gettempdir()}: {(error.strerror or str(error)).lower()}.",
        "Make room there, name another folder with the environment variable TMPDIR, or raise ingest.memory.",
    )
