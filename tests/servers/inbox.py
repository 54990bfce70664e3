"""A local HTTP server that keeps what is posted to it and answers as it is told, as Slack or PagerDuty would."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Self


@dataclass(frozen=True)
class Posted:
    """A request whose body has arrived."""

    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    at: float
    """By the monotonic clock."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is answered: after `delay` seconds, or nothing at all where it is `cut`."""

    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False


Judge = Callable[[Posted], Reply]


class Inbox:
    """Listens on loopback as long as it is open; `judge` answers, unless other answers are put before (`then`)."""

    def __init__(self, judge: Judge, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._judge, self._lock = judge, Lock()
        self._next: deque[Reply] = deque()
        self._seen: list[tuple[Posted, Reply]] = []
        self._always: Reply | None = None
        self._closing = Event()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[Posted]:
        """All that came, whatever was answered."""
        with self._lock:
            return [posted for posted, _ in self._seen]

    @property
    def taken(self) -> list[Posted]:
        """What was answered with 2xx: that is what people got to see."""
        with self._lock:
            return [posted for posted, reply in self._seen if reply.status < 300 and not reply.cut]

    def then(self, *replies: Reply) -> None:
        """Answer the next requests so, one each."""
        with self._lock:
            self._next.extend(replies)

    def always(self, reply: Reply | None) -> None:
        """Answer all so, until told otherwise by None."""
        with self._lock:
            self._always = reply

    def wait(self, count: int, seconds: float = 20.0) -> list[Posted]:
        """What was taken, once it is that many."""
        until = time.monotonic() + seconds
        while len(taken := self.taken) < count:
            assert time.monotonic() < until, f"{len(taken)} of {count} came: {[p.body[:200] for p in self.asked]}"
            time.sleep(0.01)
        return taken

    def answer(self, posted: Posted) -> Reply:
        with self._lock:
            reply = self._next.popleft() if self._next else self._always or self._judge(posted)
            self._seen.append((posted, reply))
        self._closing.wait(reply.delay)
        return reply

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of the tests' business."""


def _handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = inbox.answer(Posted(self.path, headers, body, time.monotonic()))
            if reply.cut:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            has_body = reply.status not in (204, 304)  # RFC 9110, 15.3.5: neither a body nor its length
            length = {"Content-Length": str(len(reply.body))} if has_body else {}
            self.send_response(reply.status)
            for name, value in {**length, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if has_body:
                self.wfile.write(reply.body)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    return Handler
