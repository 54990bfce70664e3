"""The Python engine over several processes: each owns some workloads, and finds their templates as one engine would.

Workloads have nothing to do with one another, so it makes no difference to the result who owns which. Records travel in
a few buffers through pipes; names, counts and the catalogue stay here, state stays with the owner until asked for.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from typing import Any

import numpy as np

from ingest.batch import LogBatch, Origin
from ingest.columns import Coded, Texts
from ingest.errors import DrainwatchError
from parsers.catalogue import Catalogue
from parsers.engine import EngineState, Health, ParsedBatch, Template
from parsers.miner import DrainEngine, count_rows
from parsers.naming import Whose
from parsers.settings import MiningSettings
from parsers.state import VERSION
from parsers.toil import Found, Work, toil

START_ROWS = 20_000
"""A batch with so many records is a second's work or more: then processes are worth their while."""


class WorkerError(DrainwatchError):
    """A process that finds templates has ended."""


class PooledEngine:
    """`DrainEngine` on `workers` processes, record for record with the same results; see `TemplateEngine`.

    The processes are started with the first batch of `start_rows` records or more; until then all is done here. They
    end with this process, however it ends. Raises `ValueError` as `DrainEngine` does, and `WorkerError` where one of
    them has ended: then go on from what was saved, with another engine.
    """

    name = "python"

    def __init__(self, settings: MiningSettings | None = None, workers: int = 2, start_rows: int = START_ROWS) -> None:
        self._settings, self._many, self._start_rows = settings or MiningSettings(), workers, start_rows
        self._local = DrainEngine(self._settings)
        """At work until the processes are started."""
        self._saved: dict[Whose, bytes] = {}
        """The state of the local engine as it was saved last."""
        self._namespaces: set[str] = set()
        self._catalogue = Catalogue()
        """In use from then on."""
        self._unsaved: dict[Whose, bytes] = {}
        """State that was handed on without having been saved."""
        self._workers: list[_Worker] = []
        self._owner: dict[Whose, int] = {}
        self._load = np.zeros(workers, np.int64)
        """Records of each process so far."""

    @property
    def processes(self) -> list[BaseProcess]:
        """Those that were started."""
        return [worker.process for worker in self._workers]

    def shares(self) -> Mapping[Whose, int]:
        """By namespace and workload, the number of the process that owns it."""
        return dict(self._owner)

    def parse(self, batch: LogBatch) -> ParsedBatch:
        """Assign templates in the order of the rows, learning new ones on the way."""
        if not self._workers:
            if len(batch) < self._start_rows:
                self._namespaces.update(origin.namespace for origin in batch.origins)
                return self._local.parse(batch)
            self._start(batch)
        owner = self._owners(batch)[batch.origin]
        owned = [(at, np.flatnonzero(owner == at)) for at in range(self._many)]
        shares = [(at, rows) for at, rows in owned if len(rows)]
        found = self._exchange("parse", {at: _work(batch.take(rows)) for at, rows in shares})
        return self._joined(batch, [(rows, found[at]) for at, rows in shares])

    def catalogue(self, namespace: str) -> Mapping[str, Template]:
        """The templates of a namespace by id."""
        return self._catalogue.of(namespace) if self._workers else self._local.catalogue(namespace)

    def redact(self, messages: Iterable[str]) -> list[str]:
        """The messages with personal data masked and everything else left readable."""
        return self._local.redact(messages)

    def health(self) -> list[Health]:
        """One entry a workload, by name."""
        if not self._workers:
            return self._local.health()
        entries = [entry for answer in self._asked("health") for entry in answer]
        return sorted(entries, key=lambda entry: (entry.namespace, entry.workload))

    def dirty_state(self) -> EngineState:
        """The state of those workloads that changed since the last call."""
        if not self._workers:
            state = self._local.dirty_state()
            self._saved.update(state.by_workload)
            return state
        changed, self._unsaved = self._unsaved, {}
        for answer in self._asked("dirty_state"):
            changed |= answer.by_workload
        return EngineState(VERSION, dict(sorted(changed.items())))

    def restore(self, state: EngineState, catalogue: Iterable[Template]) -> None:
        """Go on from a saved state, and from its templates; before the first batch. As `TemplateEngine.restore`."""
        if self._workers:
            raise RuntimeError("A state is restored before records are parsed.")
        templates = list(catalogue)
        self._local.restore(state, templates)
        self._saved.update(state.by_workload)
        self._namespaces.update(template.namespace for template in templates)
        self._namespaces.update(namespace for namespace, _ in state.by_workload)

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.close()

    def _start(self, batch: LogBatch) -> None:
        """Hand on what is known to processes of our own."""
        self._unsaved = dict(self._local.dirty_state().by_workload)
        whole = self._saved | self._unsaved
        lines = {(entry.namespace, entry.workload): entry.lines for entry in self._local.health()}
        self._assign({whose: lines.get(whose, 0) for whose in whole})
        self._load[:] = 0
        templates = [one for name in sorted(self._namespaces) for one in self._local.catalogue(name).values()]
        self._catalogue.restore(templates)
        self._workers = [_Worker(self._settings) for _ in range(self._many)]
        shares = {}
        for number in range(self._many):
            own = {whose: saved for whose, saved in whole.items() if self._owner[whose] == number}
            theirs = [one for one in templates if (one.namespace, one.workload) in own]
            shares[number] = (EngineState(VERSION, own), theirs)
        self._exchange("restore", shares)
        self._local, self._saved = DrainEngine(self._settings), {}

    def _owners(self, batch: LogBatch) -> np.ndarray[Any, np.dtype[np.int64]]:
        """By origin, the number of the process that owns its workload; those that are new get one."""
        rows = np.bincount(batch.origin, minlength=len(batch.origins)).tolist()
        whose = [(origin.namespace, origin.workload) for origin in batch.origins]
        new: dict[Whose, int] = {}
        for each, lines in zip(whose, rows, strict=True):
            if each not in self._owner and lines:
                new[each] = new.get(each, 0) + lines
        self._assign(new)
        owners = np.array([self._owner.get(each, 0) for each in whose], np.int64)
        self._load += np.bincount(owners, rows, self._many).astype(np.int64)
        return owners

    def _assign(self, new: Mapping[Whose, int]) -> None:
        """Give each workload to the process that has least to do, the largest first."""
        load = self._load.copy()
        for whose, lines in sorted(new.items(), key=lambda entry: (-entry[1], entry[0])):
            self._owner[whose] = int(load.argmin())
            load[self._owner[whose]] += lines

    def _joined(self, batch: LogBatch, answers: list[tuple[np.ndarray[Any, np.dtype[np.intp]], Found]]) -> ParsedBatch:
        """What the processes found, as one engine gives it: templates in the order in which they occur."""
        template, level = np.zeros(len(batch), np.int32), np.zeros(len(batch), np.int32)
        ids: list[tuple[str, str]] = []
        levels: dict[str, int] = {}
        for rows, found in answers:
            template[rows] = found.template + len(ids)
            ids += found.ids
            codes = np.array([levels.setdefault(each, len(levels)) for each in found.levels], np.int32)
            level[rows] = codes[found.level]
            for fresh in found.new:
                self._catalogue.known_or(replace(fresh, count=0))
            for namespace, id_, text in found.retold:
                self._catalogue.of(namespace)[id_].text = text
        first = np.zeros(len(ids), np.int64)
        first[template[::-1]] = np.arange(len(batch))[::-1]
        order = np.argsort(first)
        place = np.empty(len(ids), np.int32)
        place[order] = np.arange(len(ids), dtype=np.int32)
        template = place[template]
        ordered = [ids[at] for at in order.tolist()]
        count_rows([self._catalogue.of(namespace)[id_] for namespace, id_ in ordered], template, batch.time)
        return ParsedBatch(tuple(id_ for _, id_ in ordered), template, Coded(tuple(levels), level))

    def _asked(self, what: str) -> list[Any]:
        return list(self._exchange(what, dict.fromkeys(range(self._many))).values())

    def _exchange(self, what: str, contents: Mapping[int, object]) -> dict[int, Any]:
        """Ask several processes at the same time; if one fails all end, as the answers of the others are lost."""
        try:
            for number, content in contents.items():
                self._workers[number].send(what, content)
            return {number: self._workers[number].receive() for number in contents}
        except BaseException:
            self.close()
            raise


def _work(batch: LogBatch) -> Work:
    """Only what an engine looks at."""
    origins = tuple(Origin(origin.namespace, origin.workload) for origin in batch.origins)
    messages, levels = Texts.of(batch.message).packed(), Coded.of(batch.level)
    return Work(origins, batch.origin, batch.time, levels.values, levels.codes, messages.data, messages.end)


@dataclass(slots=True, init=False, weakref_slot=True)
class _Worker:
    """A process and the pipe to it. It ends when this end of the pipe is closed, be it by our own end."""

    process: BaseProcess
    pipe: Connection

    def __init__(self, settings: MiningSettings) -> None:
        # Not forked: other threads may hold locks just then, which would stay locked in the child.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=toil, args=(theirs, settings), name="drainwatch templates", daemon=True)
        self.process.start()
        theirs.close()
        # Also before multiprocessing waits at the exit for those that it has sent SIGTERM, which they don't heed.
        Finalize(self, self.pipe.close, exitpriority=0)

    def send(self, what: str, content: object) -> None:
        """Ask for something. Raises `WorkerError`."""
        try:
            self.pipe.send((what, content))
        except OSError as error:
            raise self._ended() from error

    def receive(self) -> Any:
        """What was asked for. Raises `WorkerError`."""
        try:
            problem, answer = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        if problem:
            raise RuntimeError(f"A process that finds templates failed:\n{problem}")
        return answer

    def close(self) -> None:
        """End the process."""
        self.pipe.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()

    def _ended(self) -> WorkerError:
        self.process.join(1)
        code = self.process.exitcode
        how = f"was ended by signal {-code}" if code is not None and code < 0 else f"has ended (exit code {code})"
        advice = "Reading goes on from the last pass that was stored; the log may say why."
        if code == -signal.SIGKILL:
            advice = "If memory ran out, allow more of it or lower parsing.workers."
        return WorkerError(f"A process that finds templates {how}.", advice)
