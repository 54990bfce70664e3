"""Somebody who is told of what goes on: a web server on this machine that takes whatever a webhook brings."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

from benchmarks.pressure.service import Settings


class Inbox:
    """Listens on loopback as long as it is entered, and counts."""

    def __init__(self) -> None:
        self.messages = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self) -> Settings:
        """Those of a service that tells it of everything."""
        return {
            "alerts": {"private_networks": ["127.0.0.0/8"], "most": 10_000},
            "alerts.channels.people": {"type": "webhook", "url": f"http://127.0.0.1:{self._server.server_port}/"},
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                inbox.messages += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody looks."""

        return Handler
