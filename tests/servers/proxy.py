"""A reverse proxy that makes a real server behave badly: overloaded, slow, cut off, gone."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

from ingest.elasticsearch.settings import Connection
from tests.servers.elasticsearch import Server

TIMES_OUT_AFTER = 60
"""Seconds for the server behind it."""


@dataclass(slots=True)
class _Mischief:
    """What is done to the next requests whose method and path contain a text, some of which may pass first."""

    kind: Literal["answer", "cut before", "cut after"]
    times: int
    containing: str
    passing: int
    status: int = 0
    action: Callable[[], None] = lambda: None

    def meets(self, request: str) -> bool:
        """Whether it is this request's turn; takes note."""
        if self.times <= 0 or self.containing not in request:
            return False
        if self.passing > 0:
            self.passing -= 1
            return False
        self.times -= 1
        return True


class Proxy:
    """Plain HTTP on a free loopback port before a server with TLS. Its switches may be thrown from any thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._mischiefs: list[_Mischief] = []
        self._delay = (0.0, "")
        self._port = 0
        self._listening: _Listening | None = None
        self.requests: list[str] = []
        """What came, as `POST /_bulk?refresh=true`, whatever became of it."""
        self.come_back()

    @property
    def url(self) -> str:
        """Its address, the same after it was away."""
        return f"http://127.0.0.1:{self._port}"

    def connection(self, user: str = "superuser") -> Connection:
        """How a user of the server reaches it through this proxy."""
        return replace(self._server.connection(user), hosts=(self.url,), ca_file="")

    def answer(self, status: int, times: int = 1, containing: str = "", passing: int = 0) -> None:
        """Answer the next requests with 429 or 503 oneself, as an overloaded server does.

        `containing` is looked for in the method and path; `passing` of these requests go through first.
        """
        self._throw(_Mischief("answer", times, containing, passing, status))

    def cut(self, times: int = 1, containing: str = "", passing: int = 0, *, done: bool = False) -> None:
        """Close the connections of the next requests without an answer; `done`: only after the server did them."""
        self._throw(_Mischief("cut after" if done else "cut before", times, containing, passing))

    def strike(self, action: Callable[[], None], containing: str = "", passing: int = 0, *, done: bool = False) -> None:
        """Do something while the client waits for an answer, such as killing it; then its connection is cut.

        `done`: after the server did what was asked of it, not before.
        """
        self._throw(_Mischief("cut after" if done else "cut before", 1, containing, passing, action=action))

    def delay(self, seconds: float, containing: str = "") -> None:
        """Let every request, or those that contain a text, wait from now on; 0 ends it."""
        with self._lock:
            self._delay = (seconds, containing)

    def calm_down(self) -> None:
        """Take back all mischief."""
        with self._lock:
            self._mischiefs, self._delay = [], (0.0, "")

    def go_away(self) -> None:
        """Cut all connections and refuse new ones."""
        if self._listening:
            self._listening.end()
            self._listening = None

    def come_back(self) -> None:
        """Listen again, at the same address."""
        if self._listening is None:
            self._listening = _Listening(self, self._port)
            self._port = self._listening.server_port

    @contextmanager
    def away(self) -> Iterator[None]:
        """Gone for the time of a `with` block."""
        self.go_away()
        try:
            yield
        finally:
            self.come_back()

    close = go_away

    def behind(self) -> http.client.HTTPConnection:
        """A new connection to the server itself."""
        address = urlsplit(self._server.url)
        trusted = ssl.create_default_context(cafile=str(self._server.ca_file))
        return http.client.HTTPSConnection(
            address.hostname or "", address.port, timeout=TIMES_OUT_AFTER, context=trusted
        )

    def judge(self, request: str) -> tuple[float, _Mischief | None]:
        """How many seconds a request has to wait, and what is done to it."""
        with self._lock:
            self.requests.append(request)
            seconds, containing = self._delay
            mischief = next((each for each in self._mischiefs if each.meets(request)), None)
            return (seconds if containing in request else 0.0), mischief

    def _throw(self, mischief: _Mischief) -> None:
        with self._lock:
            self._mischiefs.append(mischief)


class _Listening(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    allow_reuse_address = True

    def __init__(self, proxy: Proxy, port: int) -> None:
        self.proxy = proxy
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def opened(self, connection: socket.socket) -> None:
        self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        self._open.discard(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing to say: clients and server may go as they please."""

    def end(self) -> None:
        self.shutdown()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listening

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)
        self._behind = self.server.proxy.behind()

    def finish(self) -> None:
        self._behind.close()
        self.server.closed(self.connection)
        super().finish()

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seconds, mischief = self.server.proxy.judge(f"{self.command} {self.path}")
        time.sleep(seconds)
        match mischief:
            case None:
                self._answer(*self._ask(body))
            case _Mischief(kind="answer", status=status):
                self._answer(status, *_overloaded(status))
            case _Mischief(kind=kind, action=action):
                if kind == "cut after":
                    self._ask(body)
                action()
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = pass_on  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing on the console."""

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        try:
            self._behind.request(self.command, self.path, body or None, headers)
            answer = self._behind.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, http.client.HTTPException):
            # To the client it is as if the server's own connection broke.
            self._behind.close()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            raise

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = next((value for name, value in headers if name.lower() == "content-length"), "")
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _overloaded(status: int) -> tuple[list[tuple[str, str]], bytes]:
    """What Elasticsearch says when it has too much to do."""
    reason = {"type": "es_rejected_execution_exception", "reason": "rejected execution: too much to do"}
    body = json.dumps({"error": {"root_cause": [reason], **reason}, "status": status}).encode()
    return [("X-elastic-product", "Elasticsearch"), ("Content-Type", "application/json")], body
