"""What a checkpoint of a file remembers beside its position, so that reading on gives the same records and account.

A checkpoint points to the first record of a window that is still open. What is read again from there on to where the
earlier run had come is in the account already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import dropwhile

import msgspec

from ingest.source import Checkpoint

_MARK = "|"


class Left(msgspec.Struct, omit_defaults=True, frozen=True):
    """Where an earlier run stopped; positions are bytes."""

    frontier: int = 0
    """Everything before this had been read."""
    pending: int = 0
    """Lines that were read and in no record yet that had been handed over."""
    strays: tuple[int, ...] = ()
    """Lines after it that were joined to records before it, which are counted: to be left out."""
    silences: tuple[int, ...] = ()
    """Where nothing had come for so long that records were taken to be at their end."""


def parted(identity: str) -> tuple[str, Left]:
    """What a file is, and how an earlier run left it, from the identity in a checkpoint."""
    what, _, left = identity.partition(_MARK)
    try:
        return what, msgspec.json.decode(left, type=Left)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return what, Left()


@dataclass(frozen=True, slots=True)
class FileCheckpoint(Checkpoint):
    """A checkpoint that says how the file is left when it is known where reading will resume."""

    left_at: Callable[[int], Left] = field(default=lambda _: Left(), compare=False)

    def moved(self, resume_at: int, read_to: int, counted: tuple[tuple[int, int], ...] = ()) -> Checkpoint:
        """The same file, from another place on."""
        left = self.left_at(resume_at)
        says = left.frontier > resume_at or left.silences or left.strays
        identity = f"{self.identity}{_MARK}{msgspec.json.encode(left).decode()}" if says else self.identity
        return Checkpoint(resume_at, read_to, identity, counted)


class Rereading:
    """How far a file is read again, from the place where an earlier run left it.

    Small, because of each file that ended one is kept for as long as its end is remembered.
    """

    __slots__ = ("_joined", "_noted", "_silences", "left", "read_to", "settled")

    def __init__(self, left: Left = Left(), resume_at: int = 0, read_to: int = 0) -> None:  # noqa: B008
        self.left, self.read_to = left, read_to
        self.settled = left.frontier <= resume_at
        """Whether all was read again that the earlier run had read."""
        self._silences, self._noted = list(reversed(left.silences)), list(left.silences)
        self._joined = [(-1, stray) for stray in left.strays]

    @property
    def stop(self) -> int | None:
        """Where reading stops next, to do what the earlier run did there."""
        stops = [*(() if self.settled else (self.left.frontier,)), *self._silences[-1:]]
        return min(stops, default=None)

    def is_silence(self, position: int) -> bool:
        """Whether the earlier run noted before this position that nothing came; to be asked until it says no."""
        if not self._silences or position < self._silences[-1]:
            return False
        self._silences.pop()
        return True

    def note_silence(self, position: int) -> None:
        """Nothing came before this position for so long that nothing is waited for."""
        self._noted.append(position)

    def join(self, joined: Iterable[tuple[int, int]]) -> None:
        """Lines were joined to records after which others had begun: where these begin, where the lines stand."""
        self._joined.extend(joined)

    def leave(self, resume_at: int, position: int, pending: int) -> Left:
        """How the file is left where all before a position was read, and so many lines wait."""
        self._noted = [silence for silence in self._noted if silence > resume_at]
        self._joined = list(dropwhile(lambda joined: joined[1] < resume_at, self._joined))
        strays = tuple(sorted(line for begin, line in self._joined if begin < resume_at <= line))
        if self.settled:
            return Left(position, pending, strays, tuple(self._noted))
        return Left(max(position, self.left.frontier), self.left.pending, strays, tuple(self._noted))
