"""Who wrote documents, known again by the bytes of their metadata."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from ingest.batch import Origin
from ingest.identity import DocumentNames, is_container_log, origin_of_document

MANY = 50_000
"""So many writers are remembered before those of the past are forgotten."""


class Writer:
    """One writer as one kind of metadata tells it."""

    __slots__ = ("container", "host", "kubernetes", "left_out", "strand", "writer")

    def __init__(self, strand: int, writer: int, left_out: bool, objects: Sequence[bytes]) -> None:
        self.strand, self.writer = strand, writer
        self.left_out = left_out
        """Whether it is in a namespace that isn't asked for."""
        self.kubernetes, self.container, self.host = (msgspec.Raw(part) for part in objects)


@dataclass(frozen=True, slots=True)
class Strand:
    """Lines that are joined together: those of a file, or where no file is named, of one writer in one index."""

    partition: str
    writer: int = -1
    """-1 for a file."""


class Writers:
    """Numbers for origins and strands. `namespace` is that of files whose path names none."""

    def __init__(self, namespace: str, wanted: frozenset[str], many: int = MANY) -> None:
        self._file = Origin(namespace, "unknown")
        self._wanted, self._many = wanted, many
        self._begin()

    def enter(
        self, key: Hashable, names: DocumentNames, index: str, host: str, objects: Sequence[bytes] = (b"", b"", b"")
    ) -> Writer:
        """Remember a writer under a key, with the objects `kubernetes`, `container` and `host` that tell of it.

        `host` is a name, which tells files apart that have the same path on several machines.
        """
        origin = origin_of_document(names, self._file)
        number = _number(origin, self._origin_numbers, self.origins)
        if not names.path:
            strand = Strand(index, number)
        elif is_container_log(names.path) or not host:
            strand = Strand(names.path)
        else:
            strand = Strand(f"{host}:{names.path}")
        left_out = bool(self._wanted) and origin.namespace not in self._wanted
        writer = self.known[key] = Writer(
            _number(strand, self._strand_numbers, self.strands), number, left_out, objects
        )
        return writer

    def forget_if_many(self) -> None:
        """Begin to number anew, where there are many by now."""
        if len(self.known) > self._many:
            self._begin()

    def _begin(self) -> None:
        self.known: dict[Hashable, Writer] = {}
        self.recent: dict[str, Writer] = {}
        """By path: who wrote the last document of that file."""
        self.origins: list[Origin] = []
        self.strands: list[Strand] = []
        self._origin_numbers: dict[Origin, int] = {}
        self._strand_numbers: dict[Strand, int] = {}


Thing = TypeVar("Thing", Origin, Strand)


def _number(thing: Thing, numbers: dict[Thing, int], things: list[Thing]) -> int:
    number = numbers.get(thing)
    if number is None:
        number = numbers[thing] = len(things)
        things.append(thing)
    return number
