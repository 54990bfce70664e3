"""Whoever is slow on purpose, or comes too often, takes nothing from others: over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from detector.serving.clients import networks
from detector.serving.protocol import Patience, PatientConfig, PatientProtocol


class Hasty(Patience):
    """As the real one, in less time."""

    head, body, idle, read, each = 0.5, 0.5, 0.5, 0.5, 5


class Unhurried(Patience):
    """Waits for long, but lets few in."""

    each = Hasty.each


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads what is sent, or doesn't, answers with much, or when the other side has gone."""
    more = scope["path"] in ("/read", "/stay")
    while more:
        message = await receive()
        more = message["type"] != "http.disconnect" and (message["more_body"] or scope["path"] == "/stay")
    size = 50_000_000 if scope["path"] == "/much" else 2
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
    await send({"type": "http.response.body", "body": b"o" * size})


class Served:
    def __init__(self, patience: Patience | None = None, **few: object) -> None:
        config = PatientConfig(
            application, http=PatientProtocol, ws="none", log_config=None, lifespan="off", timeout_keep_alive=30,
            h11_max_incomplete_event_size=32_768,
        )  # fmt: skip
        config.patience = patience or Hasty(**few)  # type: ignore[arg-type]
        self.server = uvicorn.Server(config)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]})
        self._thread.start()

    def connected(self, first: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), 20, source_address=(source, 0))
        made.sendall(first)
        return made

    def answers(self, source: str = "127.0.0.1") -> bool:
        with closing(self.connected(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", source)) as made:
            try:
                return made.recv(100).startswith(b"HTTP/1.1 200")
            except ConnectionError:
                return False

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    def wait_for(self, connections: int, *, asked: bool = False) -> None:
        """Until so many were accepted, and all of their requests were read."""
        until = time.monotonic() + 20
        found: list[PatientProtocol] = []
        while len(found) < connections or (asked and any(one.is_waiting for one in found)):
            assert time.monotonic() < until
            time.sleep(0.01)
            found = [one for one in tuple(self.server.server_state.connections) if isinstance(one, PatientProtocol)]

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(30)
        self.listener.close()


@pytest.fixture
def served() -> Iterator[Served]:
    one = Served()
    yield one
    one.stop()


def rest(made: socket.socket) -> bytes:
    """Until the other side hangs up; at once where it resets."""
    read = b""
    try:
        while chunk := made.recv(65_536):
            read += chunk
    except ConnectionError:
        pass
    return read


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"HTTP/1.1 408"),
        (b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf", b""),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", b"HTTP/1.1 200"),
        (b"\x16\x03\x01 no http", b"HTTP/1.1 400"),
    ],
    ids=["nothing", "half a head", "half a body", "a body that nobody asked for", "nonsense"],
)
def test_who_sends_half_is_let_go(served: Served, first: bytes, answer: bytes) -> None:
    with closing(served.connected(first)) as made:
        assert rest(made).startswith(answer)
    assert served.answers()


def drip(made: socket.socket, seconds: float) -> None:
    """Send a header now and then, and never the last."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        made.sendall(b"X-A: b\r\n")
        time.sleep(0.05)


def test_byte_by_byte_puts_nothing_off(served: Served) -> None:
    with closing(served.connected(b"GET / HTTP/1.1\r\n")) as made, pytest.raises(ConnectionError):
        drip(made, 20)


def test_who_does_not_read_is_let_go(served: Served) -> None:
    with closing(served.connected(b"GET /much HTTP/1.1\r\nHost: a\r\n\r\n")):
        until = time.monotonic() + 20
        while served.connections:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert served.answers()


def test_one_address_has_its_share_and_others_theirs(served: Served) -> None:
    with ExitStack() as held:
        for _ in range(Hasty.each):
            held.enter_context(closing(served.connected(b"GET /stay HTTP/1.1\r\nHost: a\r\n\r\n")))
        served.wait_for(Hasty.each, asked=True)
        assert not served.answers()
        assert served.answers("127.0.0.2")


@pytest.mark.parametrize("first", [b"", b"GET", b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"])
def test_of_many_at_one_address_who_says_nothing_makes_room(first: bytes) -> None:
    served = Served(patience=Unhurried())
    try:
        with ExitStack() as held:
            made = [held.enter_context(closing(served.connected(first))) for _ in range(Hasty.each)]
            served.wait_for(Hasty.each)
            assert served.answers()
            assert rest(made[0]) == b""
            assert served.connections <= Hasty.each
    finally:
        served.stop()


def test_a_trusted_proxy_has_no_share() -> None:
    served = Served(proxies=networks(["127.0.0.0/24"]))
    try:
        with ExitStack() as held:
            for _ in range(2 * Hasty.each):
                held.enter_context(closing(served.connected(b"GET")))
            assert served.answers()
    finally:
        served.stop()


def test_where_all_places_are_taken_the_idlest_makes_room() -> None:
    served = Served(most=4, proxies=networks(["127.0.0.0/24"]))
    try:
        with ExitStack() as held:
            for _ in range(4):
                held.enter_context(closing(served.connected()))
            assert served.answers()
            assert served.connections <= 4
    finally:
        served.stop()
