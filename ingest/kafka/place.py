"""What a checkpoint of a partition remembers beside its offsets, so that reading on gives the same records.

A checkpoint points to the first record of a window that is still open. Documents after that place may belong to stack
traces that began before it, and which are counted: these are the strays, to be left out when they are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import msgspec

from ingest.source import Checkpoint


class Place(msgspec.Struct, omit_defaults=True, frozen=True):
    """Where an earlier run stopped."""

    topic_id: str = ""
    """The topic's, which another one of the same name doesn't have."""
    partitions: int = 0
    """How many the topic had; 0 where that isn't known."""
    frontier: int = 0
    """Everything before this offset had been read."""
    pending: int = 0
    """Documents that were read and in no record yet that had been handed over."""
    strays: tuple[int, ...] = ()
    """Offsets to be left out, in order; as written each but the first is less the one before it."""
    silences: tuple[int, ...] = ()
    """Offsets at which nothing had come for so long that records were taken to be at their end."""
    cut: bool = False
    """Whether brokers had lost what was read: not all that was pending comes again."""

    @classmethod
    def of(cls, identity: str) -> Place:
        """From a checkpoint; an empty place where that holds none."""
        try:
            written = msgspec.json.decode(identity, type=cls)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return cls()
        return msgspec.structs.replace(written, strays=tuple(accumulate(written.strays)))

    def identity(self) -> str:
        """For a checkpoint."""
        steps = (*self.strays[:1], *(later - one for one, later in pairwise(self.strays)))
        return msgspec.json.encode(msgspec.structs.replace(self, strays=steps)).decode()


@dataclass(frozen=True, slots=True)
class PlaceCheckpoint(Checkpoint):
    """A checkpoint whose identity is made when it is known where reading will resume."""

    place_at: Callable[[int], Place] = field(default=lambda _: Place(), compare=False)

    def moved(self, resume_at: int, read_to: int, counted: tuple[tuple[int, int], ...] = ()) -> Checkpoint:
        """The same partition, from another offset on."""
        return Checkpoint(resume_at, read_to, self.place_at(resume_at).identity(), counted)


def cut_at(checkpoint: Checkpoint, end: int) -> Checkpoint | None:
    """Where to read on after the brokers have lost all from the offset `end` on; None where nothing of it was read.

    What has those offsets from then on is something else, and isn't taken for what was read.
    """
    place = Place.of(checkpoint.identity)
    if max(place.frontier, checkpoint.read_to) <= end:
        return None
    resume, read_to = min(checkpoint.resume_at, end), min(checkpoint.read_to, end)
    steps: dict[int, int] = {}
    for position, time in checkpoint.counted:  # of several at one place the last reaches furthest
        steps[min(position, end)] = time
    left = msgspec.structs.replace(
        place,
        frontier=end,
        strays=tuple(offset for offset in place.strays if offset < end),
        silences=tuple(offset for offset in place.silences if offset <= end),
        cut=True,
    )
    return Checkpoint(resume, read_to, left.identity(), tuple(steps.items()))


def name_of(topic: str, number: int, topic_id: str, checkpoints: Mapping[str, Checkpoint]) -> str:
    """What a partition is called in batches and checkpoints: `logs/3`.

    Where a topic was deleted and made anew its offsets begin again at nought, so it is called `logs/3@<id>` then.
    """
    plain, anew = f"{topic}/{number}", f"{topic}/{number}@{topic_id}"
    if anew in checkpoints:
        return anew
    if plain not in checkpoints or not topic_id:
        return plain
    return plain if Place.of(checkpoints[plain].identity).topic_id in ("", topic_id) else anew
