"""What a process of `parsers.pool` does: it waits for records, and answers with what Drain sees of them."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple

from parsers.masked import Masked, Reader
from parsers.masking import Masker
from parsers.settings import MiningSettings

_TURN = 0.0005
"""Seconds after which the thread that masks lets the one go on that fetches."""


class Task(NamedTuple):
    """Records to be masked."""

    number: int
    messages: Sequence[str]
    levels: Sequence[str]
    """As their source told them."""


class Done(NamedTuple):
    """A task's answer."""

    number: int
    masked: Masked | None
    problem: str = ""
    """What went wrong where nothing is masked."""


def toil(pipe: Connection, settings: MiningSettings) -> None:
    """Answer until the other end of the pipe is closed."""
    # Ctrl-C goes to all processes of a terminal, and what stops a container or a unit may go to all of a group; the
    # parent decides when to end.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    sys.setswitchinterval(_TURN)
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    # What comes is always fetched at once: were both ends to wait until the other takes something, neither would go on.
    Thread(target=_fetch, args=(pipe, tasks), name="drainwatch fetching", daemon=True).start()
    reader = Reader(Masker(settings.masks))
    while (task := tasks.get()) is not None:
        try:
            pipe.send(answer(reader, task))
        except OSError:
            return


def answer(reader: Reader, task: Task) -> Done:
    """Do a task."""
    try:
        return Done(task.number, reader.read(task.messages, task.levels))
    except Exception:
        return Done(task.number, None, traceback.format_exc())


def _fetch(pipe: Connection, tasks: SimpleQueue[Task | None]) -> None:
    try:
        while True:
            tasks.put(pipe.recv())
    except (EOFError, OSError):
        tasks.put(None)
