"""Reads ranges of time whole, or again: never half of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from elastic_transport import ApiError

from ingest.elasticsearch.columns import Columns
from ingest.elasticsearch.grid import Grid, first_few
from ingest.elasticsearch.hits import Reader
from ingest.elasticsearch.plainly import told_plainly
from ingest.elasticsearch.search import LostError, Search, Snapshot
from ingest.errors import ServerError
from ingest.source import Problem

ATTEMPTS = 4
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Range:
    """All documents from one time to another, as they were found at one moment."""

    end: int
    """Where it ends: before the end that was asked for, where that would have been too much at once."""
    columns: Columns
    windows: Mapping[int, int]
    """Documents by the start of the window that they lie in."""
    documents: int


class RangeReader:
    """`complain` is told what went wrong on the way; `look_around` is called then: indices may have come or gone.

    `found` is told how many documents a range held; it raises `ServerError` where none isn't to be believed.
    """

    def __init__(
        self,
        search: Search,
        grid: Grid,
        complain: Callable[[Problem], None],
        look_around: Callable[[], None],
        found: Callable[[int], None],
    ) -> None:
        self._search, self._grid = search, grid
        self._complain, self._look_around, self._found = complain, look_around, found
        self._times = False
        """Whether the last range held documents that don't tell their time in a form that we know."""

    def read(self, reader: Reader, begin: int, end: int, *, may_cut: bool = False) -> Range:
        """Read from `begin` to before `end`, microseconds UTC; with `may_cut` to an earlier frontier.

        Raises `ServerError` where that fails again and again.
        """
        read = self._again_and_again(lambda: self._read(reader, begin, end, may_cut))
        self._found(read.documents)
        return read

    def counts(self, begin: int, end: int, ingested: tuple[int, int] | None = None) -> dict[int, int]:
        """How many documents the windows between these times hold now; of those `ingested` then, where it is given.

        Raises as `read`.
        """

        def count() -> dict[int, int]:
            with self._search.at_this_moment() as snapshot:
                return snapshot.counts(begin, end, ingested=ingested).spans

        return self._again_and_again(count)

    def _again_and_again(self, ask: Callable[[], Answer]) -> Answer:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with told_plainly(f"Reading {self._search.shown}"):
                    return ask()
            except ServerError as error:
                cause = error.__cause__
                if attempt == ATTEMPTS or not isinstance(cause, ApiError) or cause.meta.status != 400:
                    raise
            except LostError as lost:
                if attempt == ATTEMPTS:
                    advice = "See the cluster's health: shards may be missing, or indices come and go."
                    raise ServerError(f"{self._search.shown} can't be read whole: {lost}.", advice) from lost
                self._complain(Problem(self._search.shown, f"Changed while it was read, and is read again: {lost}."))
            self._look_around()
        raise AssertionError("the last attempt returns or raises")

    def _read(self, reader: Reader, begin: int, end: int, may_cut: bool) -> Range:
        with self._search.at_this_moment() as snapshot:
            if may_cut and end > (first := self._grid.ceil(begin + self._grid.span)):
                slots = snapshot.counts(begin, end, self._grid.lateness).spans
                # The first slot may be longer, where reading doesn't begin at a frontier.
                head = sum(count for slot, count in slots.items() if slot < first)
                rest = {slot: count for slot, count in slots.items() if slot >= first}
                end = first_few(rest, first, end, self._grid.span, head)
            counts = snapshot.counts(begin, end)
            columns = self._columns(snapshot, reader, begin, end, counts.documents, times=self._times)
            if columns.untimed and not self._times:
                columns = self._columns(snapshot, reader, begin, end, counts.documents, times=True)
            if counts.documents:
                self._times = columns.foreign > 0
            if columns.untimed:
                text = f"Documents are left out: no time that can be read is in their field {self._search.time}."
                self._complain(Problem(self._search.shown, text))
            return Range(end, columns, counts.spans, counts.documents)

    def _columns(
        self, snapshot: Snapshot, reader: Reader, begin: int, end: int, expected: int, *, times: bool
    ) -> Columns:
        """All documents; with `times` as they were indexed, for those whose own can't be read."""
        columns = reader.begin()
        if expected:
            for page in snapshot.pages(begin, end, expected, times=times):
                try:
                    reader.read(page, begin, end, columns)
                except ValueError as error:
                    raise LostError(str(error)) from error
        if columns.hits != expected:
            raise LostError(f"{columns.hits} of {expected} documents came")
        return columns
