"""Connections on which nobody begins to speak TLS, over real sockets."""

from __future__ import annotations

import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import trustme

from detector.serving.handshakes import MOST, CountingSocket, Handshakes
from tests.serving.running import Certified, Running, service
from tests.serving.test_tls import client, shown


class Accepting:
    """A listener on loopback, and who came in."""

    def __init__(self, most: int) -> None:
        self.listener = CountingSocket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.handshakes = self.listener.handshakes = Handshakes(most)
        self.held = ExitStack()
        self.held.enter_context(self.listener)

    def accepted(self, source: str = "127.0.0.1") -> socket.socket:
        """Our side of one that came from there."""
        other = socket.create_connection(self.listener.getsockname(), source_address=(source, 0))
        made, _ = self.listener.accept()
        for one in (other, made):
            self.held.enter_context(closing(one))
        return made


@pytest.fixture
def accepting() -> Iterator[Accepting]:
    made = Accepting(3)
    with made.held:
        yield made


def is_let_go(made: socket.socket) -> bool:
    made.setblocking(False)
    try:
        return made.recv(1) == b""
    except BlockingIOError:
        return False


def test_the_oldest_of_the_address_with_most_makes_room(accepting: Accepting) -> None:
    honest = accepting.accepted("127.0.0.2")
    crowd = [accepting.accepted() for _ in range(4)]
    assert [is_let_go(one) for one in crowd] == [True, True, False, False]
    assert not is_let_go(honest)


def test_who_has_arrived_or_gone_takes_no_room(accepting: Accepting) -> None:
    arrived, gone, *others = (accepting.accepted() for _ in range(3))
    accepting.handshakes.arrived(arrived.getpeername())
    gone.close()
    others += [accepting.accepted(), accepting.accepted()]
    assert not any(map(is_let_go, [arrived, *others]))


def opened(running: Running) -> int:
    return sum(1 for _ in Path(f"/proc/{running.process.pid}/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted by Linux's /proc")
def test_silence_before_tls_takes_no_more_descriptors_and_keeps_nobody_out(tmp_path: Path) -> None:
    authority = trustme.CA()
    certified = Certified(tmp_path, authority)
    files = {"service__tls_cert_file": str(certified.cert), "service__tls_key_file": str(certified.key)}
    with service(tmp_path, settings=files | {"access__required": "true"}) as running, ExitStack() as held:
        open_before = opened(running)
        resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (open_before + 2 * MOST, 2_000))
        for _ in range(6 * MOST):
            held.enter_context(closing(socket.create_connection(("127.0.0.1", running.port), 20)))
        trusting: ssl.SSLContext = client(authority)
        assert shown(running.port, trusting)[2].startswith(b"HTTP/1.1 200")
        assert opened(running) <= open_before + MOST + 20
        assert "Too many open files" not in running.said()
