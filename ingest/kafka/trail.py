"""What was done while a partition was read that whoever reads a part of it again has to do likewise."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import msgspec

from ingest.kafka.place import Place
from ingest.source import Checkpoint


class Trail:
    """Documents that were joined to others, and silences after which nothing more was joined.

    `checkpoint` is where an earlier run stopped: what it noted is done again. `here` is what the topic is by now.
    """

    def __init__(self, checkpoint: Checkpoint | None, here: Place) -> None:
        self._here = here
        self.before = before = Place.of(checkpoint.identity if checkpoint else "")
        self.resume = checkpoint.resume_at if checkpoint else 0
        self.read_to = checkpoint.read_to if checkpoint else 0
        self.counted = checkpoint.counted if checkpoint else ()
        self.strays = frozenset(before.strays)
        """Offsets of documents that were joined to what isn't read again, and so are counted."""
        self._silences = deque(before.silences)
        """Offsets at which silence is taken note of once more."""
        self._joined: deque[tuple[int, int]] = deque((-1, stray) for stray in before.strays)
        self._noted: list[int] = list(before.silences)

    @property
    def joined(self) -> Iterable[tuple[int, int]]:
        """Where a record begins and where a document stands that was joined to it, as far as that is read again."""
        return self._joined

    def is_silence(self, offset: int) -> bool:
        """Whether an earlier run noted before it read this offset that nothing came, and we did not yet."""
        return bool(self._silences) and offset >= self._silences[0]

    def fall_silent(self) -> None:
        """The silence that `is_silence` told of is taken note of."""
        self._silences.popleft()

    def note_silence(self, offset: int) -> None:
        """Nothing came before this offset for so long that nothing is waited for."""
        self._noted.append(offset)

    def join(self, joined: Iterable[tuple[int, int]]) -> None:
        """Documents were joined: where the record begins, where they stand."""
        self._joined.extend(joined)

    def place(self, resume_at: int, frontier: int, pending: int) -> Place:
        """What is to be remembered where reading resumes at this offset; what lies before is let go."""
        while self._joined and self._joined[0][1] < resume_at:
            self._joined.popleft()
        self._noted = [offset for offset in self._noted if offset > resume_at]
        strays = tuple(sorted(position for begin, position in self._joined if begin < resume_at <= position))
        return msgspec.structs.replace(
            self._here, frontier=frontier, pending=pending, strays=strays, silences=tuple(self._noted)
        )
