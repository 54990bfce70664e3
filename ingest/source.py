"""The port through which records come in; a new source is one class with these few things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ingest.accounting import Tally
from ingest.batch import LogBatch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where to read on in one partition after a restart.

    Reading resumes at `resume_at`, the first record of a window that was still open. Records before `read_to` were seen
    by some run, and are in the tally; `counted` says which of them are in the counts as well.
    """

    resume_at: int
    read_to: int
    identity: str = ""
    """What the partition was when it was read, so that another one under the same name is not taken for it: for a file
    device, inode and a digest of its beginning, for a search how many documents each of the last windows held."""
    counted: tuple[tuple[int, int], ...] = ()
    """Positions, falling, each with a time (microseconds UTC), rising: a record is counted where it stands before one
    of these positions and was logged before the time that goes with it. There is more than one where a run stopped
    before it had read again what the run before it had read. Empty in what earlier versions wrote: then the position
    is `read_to`, and the time is up to when windows are closed."""

    def moved(self, resume_at: int, read_to: int, counted: tuple[tuple[int, int], ...] = ()) -> Checkpoint:
        """The same partition, from another place on; a source whose `identity` depends on the place makes it anew."""
        return replace(self, resume_at=resume_at, read_to=read_to, counted=counted)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source is, in its own unit (bytes for files)."""

    done: int
    total: int | None
    unit: str = "bytes"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read."""

    path: str
    """The file, or the name of the index."""
    message: str


@dataclass(frozen=True, slots=True)
class Revisit:
    """Windows that were handed over before and hold more by now, whole; times in microseconds UTC."""

    begin: int
    """Start of the first window."""
    until: int
    """End of the last."""
    batch: LogBatch
    """Every record of these windows, those that were handed over before among them."""
    more: int = 0
    """Additional lines, which the source has entered into its tally as records; whoever counts knows how many are."""


class Source(Protocol):
    """Yields records in roughly the order of time, and knows up to when it is complete."""

    @property
    def tally(self) -> Tally:
        """Every line read so far, by what became of it."""

    @property
    def exhausted(self) -> bool:
        """Whether nothing will ever come again (a source that is followed never is)."""

    @property
    def at_end(self) -> bool:
        """Whether the last poll handed over all that there is just now."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What could not be read, in the order in which it was noticed; it only ever grows."""

    @property
    def watermark(self) -> int | None:
        """Microseconds UTC: all records before it were handed over, but for late ones. None while nothing is known."""

    def poll(self) -> LogBatch:
        """The next records, a few thousand at most; an empty batch where there are none just now."""

    def revisit(self) -> Iterable[Revisit]:
        """Closed windows that turned out to hold more; nothing where late records come by `poll` (as from files).

        Each is handed over once, with its additional lines entered into the tally.
        """

    def positions(self) -> Mapping[str, Checkpoint]:
        """By partition, where the next poll begins: `resume_at` and `read_to` are both that position."""

    def progress(self) -> Progress:
        """How far reading is."""

    def close(self) -> None:
        """Lets go of files and connections."""
