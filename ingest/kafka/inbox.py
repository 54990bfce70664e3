"""Messages that were fetched and wait to be read: one thread puts them in, another takes them out."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Lock

from ingest.kafka.messages import Message

MOST = 20_000
"""Messages that may wait,"""
MOST_BYTES = 32 * 1024 * 1024
"""and how many bytes of them; whoever fetches them pauses then."""


class Inbox:
    """The messages of one partition, in the order of their offsets."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._messages: deque[Message] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def full(self) -> bool:
        """Whether no more should be fetched for now."""
        return len(self._messages) >= MOST or self._bytes >= MOST_BYTES

    @property
    def roomy(self) -> bool:
        """Whether more should be fetched again."""
        return len(self._messages) <= MOST // 2 and self._bytes <= MOST_BYTES // 2

    def put(self, messages: Sequence[Message]) -> None:
        """More messages came."""
        with self._lock:
            self._messages.extend(messages)
            self._bytes += sum(len(message.value) for message in messages)

    def take(self, most: int) -> list[Message]:
        """The next messages; none where none wait."""
        with self._lock:
            taken = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
            self._bytes -= sum(len(message.value) for message in taken)
        return taken
