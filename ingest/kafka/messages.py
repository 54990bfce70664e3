"""What a partition holds: messages as they came, and those of which nothing can be made, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ingest.accounting import DropReason


class Message(NamedTuple):
    """One message of a partition."""

    offset: int
    value: bytes
    """Empty where it had none."""
    key: bytes | None = None
    appended: int | None = None
    """When the broker appended it (microseconds UTC), where the topic keeps that time rather than the producer's."""
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that is in no count, for those who look after the topic."""

    topic: str
    partition: int
    message: Message
    reason: DropReason


Refuse: TypeAlias = Callable[[Sequence[Refused]], None]
"""Hands refused messages on, and returns when they have arrived; raises `DrainwatchError` where they haven't."""
Claim: TypeAlias = Callable[[Iterable[str]], frozenset[str]]
"""Of these namespaces, those that another partition owns; those that nobody owns are this partition's from then on."""


def refuse_nothing(refused: Sequence[Refused]) -> None:
    """Where nobody wants to see them."""


def claim_all(namespaces: Iterable[str]) -> frozenset[str]:
    """Where there is but one partition."""
    return frozenset()
