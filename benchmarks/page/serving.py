"""Serves a store as `drainwatch run` does, in a process of its own, and beside it the naive page.

    python -m benchmarks.page.serving STORE

Its address is the first line that it prints; it ends when its standard input does.
"""

from __future__ import annotations

import gzip
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response
from plotly.offline import get_plotlyjs

from detector.api.app import create_app
from detector.api.live import LiveStatus
from detector.listening import Server
from detector.store.sqlite import open_reader
from detector.web.mount import mount_pages

_HERE = Path(__file__).parent
_NAIVE = {
    "/naive": ("text/html", lambda: (_HERE / "naive.html").read_text()),
    "/naive.js": ("text/javascript", lambda: (_HERE / "naive.js").read_text()),
    "/plotly.js": ("text/javascript", get_plotlyjs),
}


def _now() -> int:
    return time.time_ns() // 1_000


def _serve_naive(app: FastAPI) -> None:
    for path, (kind, text) in _NAIVE.items():
        body = gzip.compress(text().encode())

        def sent(body: bytes = body, kind: str = kind) -> Response:
            return Response(body, media_type=kind, headers={"Content-Encoding": "gzip"})

        app.add_api_route(path, sent, include_in_schema=False, response_model=None)


def main(arguments: Sequence[str]) -> None:
    """Serve until nobody holds the other end any more."""
    with closing(open_reader(Path(arguments[0]))) as reader:
        live = LiveStatus("python", _now(), "live", last_pass_at=_now(), lag_seconds=4.0)
        app = create_app(reader, live=live, clock=_now)
        mount_pages(app)
        _serve_naive(app)
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
        server = Server(config, app.state.drainwatch.news.end)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(0.01)
            print(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", flush=True)
            sys.stdin.read()
        finally:
            server.should_exit = True
            thread.join()


if __name__ == "__main__":
    main(sys.argv[1:])
