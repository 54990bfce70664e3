"""A cluster that is away, or puts off what is written, is not waited for once somebody wants to stop."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from detector.connecting import connection_of
from detector.errors import StoreError
from detector.settings import Settings
from detector.settings.model import ElasticsearchSettings, StoreSettings
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.operations import Operation
from detector.wiring import open_store

PUT_OFF = b"""{"errors": true, "items": [{"index": {"_index": "i", "_id": "1", "status": 429,
"error": {"type": "es_rejected_execution_exception", "reason": "too much to do"}}}]}"""


@contextmanager
def stopped_soon() -> Iterator[Callable[[], bool]]:
    """Somebody wants to stop half a second from now; it has to be heard in seconds."""
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    begun = time.monotonic()
    yield stop.is_set
    assert 0.4 < time.monotonic() - begun < 12
    timer.join()


class _Busy(http.server.BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(PUT_OFF)))
        self.end_headers()
        self.wfile.write(PUT_OFF)

    def log_message(self, *_: object) -> None:
        """Nobody wants to know."""


def settings(address: str) -> Settings:
    return Settings(elasticsearch=ElasticsearchSettings(hosts=(address,)), store=StoreSettings(kind="elasticsearch"))


def test_a_store_whose_cluster_is_away() -> None:
    with stopped_soon() as stopping, pytest.raises(StoreError, match="can't be reached"):
        open_store(settings("http://127.0.0.1:9"), stopping=stopping)


def test_writes_that_are_put_off() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Busy)
    threading.Thread(target=server.serve_forever).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        with stopped_soon() as stopping, pytest.raises(StoreError, match="put off"):
            Cluster(connection_of(settings(address)), "shop", stopping).write([Operation("index", "i", "1", b"{}")])
    finally:
        server.shutdown()
        server.server_close()
