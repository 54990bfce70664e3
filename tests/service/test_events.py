"""A service that is followed: it tells what it closes, and stops as soon as it would alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.service.serving import ServiceProcess
from tests.service.writer import Container
from tests.streams import following


@contextmanager
def logging(container: Container) -> Iterator[None]:
    """A steady trickle."""
    stop = Event()

    def trickle() -> None:
        while not stop.wait(0.2):
            container.write("INFO handled request 7 in 12 ms")

    thread = Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        container.close()


@pytest.mark.long
def test_windows_are_told_as_they_are_closed_and_open_streams_hold_up_no_end(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path / "s.sqlite", [tmp_path / "containers"])
    with logging(Container(tmp_path, "shop", "web-7d9c5b6f4-x2x9p", "web")), ExitStack() as open_ones:
        service.start()
        streams = [open_ones.enter_context(following(service.address, patience=60)) for _ in range(5)]
        told = [stream.next() for stream in streams]
        while told[0]["closed_until"] is None:
            told = [stream.next() for stream in streams]
        since = told[0]
        while told[0]["closed_until"] == since["closed_until"]:
            told = [stream.next() for stream in streams]
        assert told[0]["version"] != since["version"]
        assert told[0]["error"] is None
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 8, service.said.read_text()
        for stream in streams:
            list(stream)  # ended, and not broken off
