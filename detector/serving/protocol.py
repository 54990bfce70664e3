"""HTTP/1.1 as uvicorn speaks it, with an end to patience: whoever is slow on purpose keeps nothing for long.

uvicorn waits forever for a first request, for the rest of one, and for somebody who doesn't read. Here each of these
has a time-out (https://datatracker.ietf.org/doc/html/rfc9112#section-9.5), and connections have a bound: all together,
and of one address, so that one machine doesn't take the room of all; the one that is waited for longest makes room.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from detector.serving.clients import Network, client_of, is_among
from detector.serving.handshakes import Handshakes

_REASON = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class Patience:
    """How long connections are waited for (seconds), and how many there may be."""

    head = 10.0
    """From the connection, or the first byte, to the end of a request's headers."""
    body = 20.0
    """From there to the end of the request."""
    idle = 60.0
    """For another request; uvicorn itself hangs up before that."""
    read = 30.0
    """For somebody to read on."""
    most = 1_000
    each = 100
    """Of one address, but for trusted proxies."""

    def __init__(self, most: int = most, proxies: Collection[Network] = ()) -> None:
        self.most, self.proxies = most, proxies


class PatientConfig(Config):
    """uvicorn's, with the patience that the protocol has."""

    patience = Patience()
    handshakes: Handshakes | None = None
    """Where connections are counted before TLS is agreed on, what wants to know of it."""


class PatientProtocol(H11Protocol):
    """One connection."""

    def __init__(
        self,
        config: PatientConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience, self._handshakes = config.patience, config.handshakes
        self._waiting_for = ""
        self._alarm: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self.waiting_since = time.monotonic()
        self.address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn does, where there is room."""
        super().connection_made(transport)
        self.address = client_of(self.client[0]) if self.client else ""
        if self._handshakes is not None:
            self._handshakes.arrived(self.client)
        if not self._has_room():
            self.connections.discard(self)
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        """As uvicorn does; and see what is waited for now."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """As uvicorn does; and see what is waited for now."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn does."""
        super().connection_lost(exc)
        for timer in (self._alarm, self._unread):
            if timer is not None:
                timer.cancel()

    def pause_writing(self) -> None:
        """As uvicorn does, but not for ever."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._patience.read, self.transport.abort)

    def resume_writing(self) -> None:
        """As uvicorn does."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def send_400_response(self, msg: str) -> None:
        """As uvicorn does."""
        self._end(400, msg)

    @property
    def is_waiting(self) -> bool:
        """Whether it is for the other side to say something, rather than for us to answer."""
        return bool(self._waiting_for)

    def _has_room(self) -> bool:
        """Whether this connection may stay, with one let go for it where there are too many: of its own address first.

        That is the one that is waited for longest: of many who share an address, nobody keeps the others out.
        """
        others = [one for one in self.connections if isinstance(one, PatientProtocol) and one is not self]
        same = [one for one in others if one.address == self.address]
        proxied = self.client is not None and is_among(self.client[0], self._patience.proxies)
        if not proxied and len(same) >= self._patience.each:
            return self._makes_room(same)
        return len(others) < self._patience.most or self._makes_room(others)

    def _makes_room(self, others: Iterable[PatientProtocol]) -> bool:
        found = min((one for one in others if one.is_waiting), key=lambda one: one.waiting_since, default=None)
        if found is None:
            return False
        found.transport.abort()
        self.connections.discard(found)
        return True

    def _watch(self) -> None:
        """Keep one time-out for what is waited for; bytes that come one by one don't put it off."""
        phase = self._phase()
        if phase == self._waiting_for:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._waiting_for, self._alarm, self.waiting_since = phase, None, time.monotonic()
        if phase:
            self._alarm = self.loop.call_later(getattr(self._patience, phase), self._too_slow)

    def _phase(self) -> str:
        """What is waited for, as `Patience` calls it; nothing while an answer is made."""
        if self.transport.is_closing():
            return ""
        if self.conn.their_state is h11.SEND_BODY:
            return "body"
        if self.conn.their_state is not h11.IDLE:
            return ""
        return "head" if self.cycle is None or self.conn.trailing_data[0] else "idle"

    def _too_slow(self) -> None:
        if self._waiting_for == "head" and self.conn.trailing_data[0]:
            self._end(408, "The request came too slowly.")
        else:
            self.transport.abort()

    def _end(self, status: int, sentence: str) -> None:
        """Answer what is no request, and hang up."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        for event in (
            h11.Response(status_code=status, headers=headers, reason=_REASON[status]),
            h11.Data(data=sentence.encode()),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
