"""What a process of `parsers.pool` does: it waits for records of its workloads, and answers with their templates."""

from __future__ import annotations

import signal
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.batch import LogBatch, Origin
from ingest.columns import Coded, Texts
from parsers.engine import EngineState, Health, Template
from parsers.miner import DrainEngine
from parsers.settings import MiningSettings


@dataclass(frozen=True, slots=True)
class Work:
    """Records in columns; `data` up to `end` is a message, from where the one before it ended."""

    origins: tuple[Origin, ...]
    origin: NDArray[np.int32]
    time: NDArray[np.int64]
    """Microseconds UTC."""
    levels: tuple[str, ...]
    level: NDArray[np.integer]
    """Index into `levels`."""
    data: bytes
    end: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """The templates of some records, and what is new about them."""

    ids: list[tuple[str, str]]
    """Namespace and id."""
    template: NDArray[np.int32]
    """By record: index into `ids`."""
    levels: tuple[str, ...]
    level: NDArray[np.integer]
    """By record: index into `levels`."""
    new: list[Template]
    retold: list[tuple[str, str, str]]
    """Namespace, id and text of templates whose text has changed."""


def toil(pipe: Connection, settings: MiningSettings) -> None:
    """Answer until the other end of the pipe is closed."""
    # Ctrl-C goes to all processes of a terminal, and what stops a container or a unit may go to all of a group; the
    # parent decides when to end.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    toiler = Toiler(settings)
    while True:
        try:
            what, content = pipe.recv()
            answer: tuple[str, Any] = ("", toiler.answer(what, content))
        except (EOFError, OSError):
            return
        except Exception:
            answer = (traceback.format_exc(), None)
        try:
            pipe.send(answer)
        except OSError:
            return


@dataclass(slots=True)
class Toiler:
    """An engine of some workloads."""

    settings: MiningSettings
    engine: DrainEngine = field(init=False)
    told: dict[str, str] = field(default_factory=dict)
    """Texts of templates by id, as they were told last."""

    def __post_init__(self) -> None:
        self.engine = DrainEngine(self.settings)

    def answer(self, what: str, content: Any) -> Found | EngineState | list[Health] | None:
        """Do what is asked for."""
        if what == "parse":
            return self.parse(content)
        if what == "health":
            return self.engine.health()
        if what == "dirty_state":
            return self.engine.dirty_state()
        if what == "restore":
            state, templates = content
            self.engine.restore(state, templates)
            known = (self.engine.catalogue(namespace) for namespace, _ in state.by_workload)
            self.told |= {one.id: one.text for catalogue in known for one in catalogue.values()}
            return None
        raise ValueError(f"{what} is nothing that can be asked for.")

    def parse(self, work: Work) -> Found:
        """Assign templates."""
        rows = len(work.time)
        begin = np.concatenate([np.zeros(min(1, rows), np.int64), work.end[:-1]])
        same, none = np.zeros(rows, np.int32), Coded(("",), np.zeros(rows, np.int8))
        batch = LogBatch(
            work.origins,
            ("",),
            work.time,
            work.origin,
            same,
            np.arange(rows, dtype=np.int64),
            none,
            Coded(work.levels, work.level),
            Texts(work.data, begin, work.end),
        )
        parsed = self.engine.parse(batch)
        of_template = np.zeros(len(parsed.templates), np.int32)
        of_template[parsed.template] = work.origin
        found = Found([], parsed.template, *_codes(parsed.level), [], [])
        for id_, origin in zip(parsed.templates, of_template.tolist(), strict=True):
            self._tell(work.origins[origin].namespace, id_, found)
        return found

    def _tell(self, namespace: str, id_: str, found: Found) -> None:
        template = self.engine.catalogue(namespace)[id_]
        found.ids.append((namespace, id_))
        before = self.told.get(id_)
        if before is None:
            found.new.append(template)
        elif before != template.text:
            found.retold.append((namespace, id_, template.text))
        self.told[id_] = template.text


def _codes(levels: Any) -> tuple[tuple[str, ...], NDArray[np.integer]]:
    coded = Coded.of(levels)
    return coded.values, coded.codes
