"""What can be fuzzed: a function of bytes, where to begin, and words that help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One reader of bytes."""

    name: str
    reads: str
    """In words, for the table."""
    run: Callable[[bytes], None]
    """Raises where a promise is broken; errors that are promised for bad input it takes itself."""
    seeds: Sequence[bytes]
    """Written by hand: one of each kind is enough, the rest is found."""
    words: Sequence[bytes] = ()
    """What a search by chance would take long to come by."""
    longest: int = 2_048
    """Bytes of an input at most."""


def text_of(data: bytes) -> str:
    """The bytes as text as the sources read it: what is no UTF-8 is replaced."""
    return data.decode("utf-8", "replace")
