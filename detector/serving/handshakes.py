"""Connections on which TLS isn't agreed on yet: uvicorn learns of them only afterwards, and each takes a descriptor.

So they are counted where they are accepted. Where there are too many the one that has waited longest makes room, of the
address that has most of them: nobody keeps others out by never saying a word.
"""

from __future__ import annotations

import socket
from collections import Counter
from contextlib import suppress
from typing import Any

from detector.serving.clients import client_of

MOST = 100
"""At once: an honest one takes a moment."""
_IN_TURN = 10
"""That are accepted until the event loop has its turn, in which those that were let go are closed."""


class Handshakes:
    """Those that were accepted and haven't `arrived`, the oldest first. Used by one event loop."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: dict[tuple[str, int], socket.socket] = {}

    def begin(self, made: socket.socket, address: tuple[str, int]) -> None:
        """One more was accepted; where that is one too many, another one is let go."""
        self._waiting = {where: one for where, one in self._waiting.items() if one.fileno() >= 0}
        self._waiting[address] = made
        if len(self._waiting) > self._most:
            places = {where: client_of(where[0]) for where in self._waiting}
            crowd = Counter(places.values()).most_common(1)[0][0]
            oldest = next(where for where in self._waiting if places[where] == crowd)
            with suppress(OSError):
                # The event loop sees an end, and closes it.
                self._waiting.pop(oldest).shutdown(socket.SHUT_RDWR)

    def arrived(self, address: tuple[str, int] | None) -> None:
        """It speaks HTTP from now on."""
        if address is not None:
            self._waiting.pop(address, None)


class CountingSocket(socket.socket):
    """A socket to listen on that tells `handshakes` of each connection."""

    handshakes: Handshakes | None = None
    _accepted = 0

    def accept(self) -> tuple[socket.socket, Any]:
        """As sockets do; now and then as if nobody was waiting. asyncio would take 2,000 at once, then close some."""
        if self.handshakes is not None and self._accepted >= _IN_TURN:
            self._accepted = 0
            raise BlockingIOError
        made, address = super().accept()
        self._accepted += 1
        if self.handshakes is not None:
            self.handshakes.begin(made, address[:2])
        return made, address
