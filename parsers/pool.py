"""The Python engine over several processes: any of them masks any records, and Drain's trees stay here.

Masking is nine tenths of the work and depends on nothing but the record itself, so that one workload alone is spread as
well as many, and a process that ends takes nothing with it. While some records are masked, those before them get their
templates here, in order, and those after them are read.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize

from ingest.batch import LogBatch
from ingest.errors import DrainwatchError
from parsers.engine import EngineState, Health, ParsedBatch, Template
from parsers.masked import Masked
from parsers.miner import DrainEngine
from parsers.settings import MiningSettings
from parsers.toil import Done, Task, toil

START_ROWS = 20_000
"""A batch with so many records is a second's work or more: then processes are worth their while."""
TASK_ROWS = 4_096
"""Records that are masked at once, at most; a batch with fewer is masked here."""
_GIVEN = 2
"""Tasks that a process has at once: one is at work, the other is there when that is done."""
_AHEAD = 3
"""Tasks for each process that may be masked before the first of them was."""


class WorkerError(DrainwatchError):
    """A process that masks records has ended."""


@dataclass(slots=True)
class _Piece:
    """A part of a batch."""

    batch: LogBatch
    begin: int
    end: int
    masked: Masked | None = None

    @property
    def is_last(self) -> bool:
        return self.end >= len(self.batch)


@dataclass(slots=True)
class _Flow:
    """Pieces on their way, in order."""

    left: Iterator[_Piece]
    """Those that were not begun."""
    pieces: deque[_Piece] = field(default_factory=deque)
    waiting: dict[int, _Piece] = field(default_factory=dict)
    """By number of the task."""
    ended: bool = False
    """Whether none is left."""


class PooledEngine:
    """`DrainEngine` on `workers` processes, record for record with the same results; see `TemplateEngine`.

    The processes are started with the first batch of `start_rows` records or more; batches of less than `task_rows` are
    masked here. They end with this process, however it ends. Raises `ValueError` as `DrainEngine` does, and
    `WorkerError` where one of them has ended: then go on from what was saved, with another engine.
    """

    name = "python"

    def __init__(
        self,
        settings: MiningSettings | None = None,
        workers: int = 2,
        start_rows: int = START_ROWS,
        task_rows: int = TASK_ROWS,
    ) -> None:
        self._settings, self._many = settings or MiningSettings(), workers
        self._start_rows, self._task_rows = start_rows, task_rows
        self._engine = DrainEngine(self._settings)
        self._workers: list[_Worker] = []
        self._number = 0
        """Of the last task."""

    @property
    def processes(self) -> list[BaseProcess]:
        """Those that were started."""
        return [worker.process for worker in self._workers]

    def parse(self, batch: LogBatch) -> ParsedBatch:
        """Assign templates in the order of the rows, learning new ones on the way."""
        ((_, parsed),) = self.parse_all([batch])
        return parsed

    def parse_all(self, batches: Iterable[LogBatch]) -> Iterator[tuple[LogBatch, ParsedBatch]]:
        """As `parse`, of several batches; the next ones are taken and masked while one is being looked at."""
        flow = _Flow(self._pieces(batches))
        assigning = None
        while True:
            self._fill(flow)
            if flow.ended and not flow.pieces:
                return
            piece = flow.pieces[0] if flow.pieces else None
            if piece is None or piece.masked is None:
                self._await(flow)
                continue
            flow.pieces.popleft()
            if assigning is None:
                assigning = self._engine.begin(piece.batch)
            assigning.add(piece.masked)
            if piece.is_last:
                self._fill(flow)
                yield piece.batch, assigning.parsed()
                assigning = None

    def catalogue(self, namespace: str) -> Mapping[str, Template]:
        """The templates of a namespace by id."""
        return self._engine.catalogue(namespace)

    def redact(self, messages: Iterable[str]) -> list[str]:
        """The messages with personal data masked and everything else left readable."""
        return self._engine.redact(messages)

    def health(self) -> list[Health]:
        """One entry a workload, by name."""
        return self._engine.health()

    def dirty_state(self) -> EngineState:
        """The state of those workloads that changed since the last call."""
        return self._engine.dirty_state()

    def restore(self, state: EngineState, catalogue: Iterable[Template]) -> None:
        """Go on from a saved state, and from its templates. As `TemplateEngine.restore`."""
        self._engine.restore(state, catalogue)

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.close()

    def _pieces(self, batches: Iterable[LogBatch]) -> Iterator[_Piece]:
        for batch in batches:
            if len(batch) >= self._start_rows and not self._workers:
                # They make templates alone, and no key need leave this process for that.
                masking = replace(self._settings, pseudonyms=(), pseudonym_key=b"")
                self._workers = [_Worker(masking) for _ in range(self._many)]
            if not self._workers or len(batch) < self._task_rows:
                yield _Piece(batch, 0, len(batch), self._engine.masked(batch))
                continue
            for begin in range(0, len(batch), self._task_rows):
                yield _Piece(batch, begin, begin + self._task_rows)

    def _fill(self, flow: _Flow) -> None:
        """Give the processes enough to do."""
        while not flow.ended and len(flow.pieces) < max(1, _AHEAD * len(self._workers)):
            idlest = min(self._workers, key=lambda worker: len(worker.given), default=None)
            if idlest is not None and len(idlest.given) >= _GIVEN:
                return
            piece = next(flow.left, None)
            if piece is None:
                flow.ended = True
                return
            flow.pieces.append(piece)
            if piece.masked is None:
                self._give(piece, flow)

    def _give(self, piece: _Piece, flow: _Flow) -> None:
        self._number += 1
        flow.waiting[self._number] = piece
        part = piece.batch.between(piece.begin, piece.end)
        worker = min(self._workers, key=lambda worker: len(worker.given))
        with _Closing(self):
            worker.send(Task(self._number, list(part.message), list(part.level)))

    def _await(self, flow: _Flow) -> None:
        """Take in what is masked; wait until something is."""
        with _Closing(self):
            busy = [worker for worker in self._workers if worker.given]
            try:
                ready = wait([worker.pipe for worker in busy])
            except OSError as error:  # closed by ourselves, when another one had ended
                raise busy[0].ended() from error
            for worker in self._workers:
                if worker.pipe in ready:
                    done = worker.receive()
                    if done.masked is None:
                        raise RuntimeError(f"A process that masks records failed:\n{done.problem}")
                    # Who asked for it may have gone away meanwhile.
                    if piece := flow.waiting.pop(done.number, None):
                        piece.masked = done.masked


@dataclass(slots=True)
class _Closing:
    """If anything fails all processes end: nobody knows then what is still in the pipes."""

    engine: PooledEngine

    def __enter__(self) -> None:
        """There is nothing to begin."""

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.engine.close()


@dataclass(slots=True, init=False, weakref_slot=True, eq=False)
class _Worker:
    """A process and the pipe to it. It ends when this end of the pipe is closed, be it by our own end."""

    process: BaseProcess
    pipe: Connection
    given: set[int]
    """Numbers of the tasks that it has."""

    def __init__(self, settings: MiningSettings) -> None:
        # Not forked: other threads may hold locks just then, which would stay locked in the child.
        context = multiprocessing.get_context("spawn")
        self.given = set()
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=toil, args=(theirs, settings), name="drainwatch masking", daemon=True)
        self.process.start()
        theirs.close()
        # Also before multiprocessing waits at the exit for those that it has sent SIGTERM, which they don't heed.
        Finalize(self, self.pipe.close, exitpriority=0)

    def send(self, task: Task) -> None:
        """Give it something to do. Raises `WorkerError`."""
        try:
            self.pipe.send(task)
        except OSError as error:
            raise self.ended() from error
        self.given.add(task.number)

    def receive(self) -> Done:
        """What it has done. Raises `WorkerError`."""
        try:
            done: Done = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise self.ended() from error
        self.given.discard(done.number)
        return done

    def close(self) -> None:
        """End the process."""
        self.pipe.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()

    def ended(self) -> WorkerError:
        self.process.join(1)
        code = self.process.exitcode
        how = f"was ended by signal {-code}" if code is not None and code < 0 else f"has ended (exit code {code})"
        advice = "Reading goes on from the last pass that was stored; the log may say why."
        if code == -signal.SIGKILL:
            advice = "If memory ran out, allow more of it or lower parsing.workers."
        return WorkerError(f"A process that masks records {how}.", advice)
