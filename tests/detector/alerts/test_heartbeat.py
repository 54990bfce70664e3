"""The sign of life is given while all is well, and never when it isn't."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs

from detector.alerts.heartbeat import Heartbeat
from detector.store.port import Store
from detector.store.sqlite import open_store
from tests.detector.alerts.stories import at


@dataclass
class Monitor:
    """Somebody who waits for signs of life."""

    address: str = ""
    status: int = 200
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    seen = Monitor()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.asked.append(self.path)
            self.send_response(seen.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    seen.address = f"http://127.0.0.1:{server.server_address[1]}/ping/not-a-real-secret"
    yield seen
    server.shutdown()
    server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "s.sqlite")) as store:
        yield store


def test_an_answer_without_end_is_not_waited_for(store: Store) -> None:
    over = Event()

    def drip(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with closing(peer):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for _ in range(100):
                with suppress(OSError):
                    peer.sendall(b"x")
                if over.wait(0.1):
                    return

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        begun = time.monotonic()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with capture_logs() as logs:
            Heartbeat(address, timedelta(minutes=1), lambda: at(0), lambda: at(0)).turn(store)
        assert time.monotonic() - begun < 3
        assert logs == []
        over.set()
        thread.join()


def test_it_is_given_while_all_was_well_lately(monitor: Monitor, store: Store) -> None:
    well_at: list[int | None] = [None]
    heartbeat = Heartbeat(monitor.address, timedelta(seconds=30), lambda: well_at[0], lambda: at(10))
    heartbeat.turn(store)
    assert monitor.asked == []
    well_at[0] = at(9.5)
    heartbeat.turn(store)
    assert monitor.asked == ["/ping/not-a-real-secret"]
    well_at[0] = at(8)
    heartbeat.turn(store)
    assert len(monitor.asked) == 1


def test_one_that_does_not_arrive_is_logged_once_without_the_address(monitor: Monitor, store: Store) -> None:
    heartbeat = Heartbeat(monitor.address, timedelta(seconds=30), lambda: at(10), lambda: at(10))
    monitor.status = 500
    with capture_logs() as logs:
        heartbeat.turn(store)
        heartbeat.turn(store)
        monitor.status = 204
        heartbeat.turn(store)
    assert [entry["event"] for entry in logs] == ["no heartbeat", "heartbeat again"]
    assert "not-a-real-secret" not in str(logs)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/not-a-real-secret", "no address/not-a-real-secret"])
def test_nobody_there_is_no_reason_to_fail(store: Store, address: str) -> None:
    heartbeat = Heartbeat(address, timedelta(seconds=30), lambda: at(10), lambda: at(10))
    with capture_logs() as logs:
        heartbeat.turn(store)
    assert [entry["event"] for entry in logs] == ["no heartbeat"]
    assert "not-a-real-secret" not in str(logs)
