"""A real server on a free loopback port, over a real store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn

from detector.api.app import create_app
from detector.api.auth.access import Access
from detector.api.live import LiveStatus, PartitionStatus
from detector.api.sources import InForce
from detector.listening import Server
from detector.settings.alerts import AlertSettings
from detector.store.port import Reader
from detector.web.mount import mount_pages
from ingest.source import Progress

# Where a server was that has stopped: a page that outlives it may still ask there.
STOPPED: set[str] = set()


@contextmanager
def serve(
    reader: Reader,
    *,
    phase: str = "live",
    partitions: Sequence[PartitionStatus] = (),
    in_force: InForce | None = None,
    alerting: AlertSettings | None = None,
    access: Access | None = None,
    known: Callable[[LiveStatus], None] = lambda _: None,
) -> Iterator[str]:
    """The address of the API and the page over `reader`; `known` fills in what else the service knows of itself."""
    now = time.time_ns() // 1000
    live = LiveStatus("python", now - 60_000_000, "live" if phase == "live" else "catching up", Progress(30, 120))
    live.partitions = tuple(partitions)
    known(live)
    app = create_app(
        reader,
        live=live,
        clock=lambda: time.time_ns() // 1000,
        say=getattr(reader, "say", None),
        in_force=in_force,
        alerting=alerting,
        access=access,
    )
    mount_pages(app)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
    server = Server(config, app.state.drainwatch.news.end)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        STOPPED.discard(address)
        yield address
        STOPPED.add(address)
    finally:
        server.should_exit = True
        thread.join()
