"""How far reading is, on standard error: a bar where that is a terminal, nothing where it isn't."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from ingest.accounting import Tally
from ingest.source import Progress as Reading


class _Bar:
    """A bar on standard error, where that is a terminal; gone when it is done."""

    def __init__(self, *columns: ProgressColumn) -> None:
        self._progress = Progress(
            *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


class ReadingBar(_Bar):
    """A bar with lines, lines a second and the time left; gone when it is done."""

    def __init__(self, doing: str) -> None:
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[lines]:,} lines"),
            TextColumn("{task.fields[rate]:,.0f} lines/s"),
            TimeRemainingColumn(compact=True),
        )
        self._task = self._progress.add_task(doing, total=None, lines=0, rate=0.0)

    def show(self, doing: str, reading: Reading, tally: Tally) -> None:
        """Show what is being done, and how far it is."""
        self._progress.update(self._task, description=doing)
        self.update(reading, tally)

    def update(self, reading: Reading, tally: Tally) -> None:
        """Show how far the source is and how many lines it has read."""
        elapsed = self._progress.tasks[0].elapsed or 0.0
        self._progress.update(
            self._task,
            completed=reading.done,
            total=reading.total,
            lines=tally.read,
            rate=tally.read / elapsed if elapsed else 0.0,
        )


class CountingBar(_Bar):
    """A bar for a number of things, with the time left; gone when it is done."""

    def __init__(self, doing: str, total: int) -> None:
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
        )
        self._task = self._progress.add_task(doing, total=total)

    def advance(self) -> None:
        """One more is done."""
        self._progress.advance(self._task)


class JudgingBar(_Bar):
    """A bar over the time that is judged; gone when it is done."""

    def __init__(self, micros: int, what: str = "") -> None:
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(compact=True),
        )
        self._task = self._progress.add_task(f"Judging {what}", total=micros)

    def advance(self, micros: int) -> None:
        """So much more is judged."""
        self._progress.advance(self._task, micros)


class CopyingBar(_Bar):
    """A bar for one thing after the other, each with a length of its own or none; gone when it is done."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
        )
        self._task = self._progress.add_task("", total=None)

    def __call__(self, doing: str, done: int, total: int | None) -> None:
        """Show what is done now, and how far it is."""
        self._progress.update(self._task, description=doing, completed=done, total=total)
