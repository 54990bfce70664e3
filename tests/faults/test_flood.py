"""One namespace floods: its neighbours' lines are counted and scored all the same, and soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from threading import Event, Thread

import pytest

from tests.service.serving import ServiceProcess, closed_until, lines
from tests.service.writer import Container

BURST = 500
"""Lines every 50 ms: 10,000 a second."""


def lag(store: Path) -> float:
    """Seconds from now back to where windows are closed."""
    return time.time() - (closed_until(store) or 0) / 1e6


@pytest.mark.long
def test_neighbours_of_a_flood_are_counted_and_scored_on(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    quiet = Container(tmp_path, "shop", "web-7d9c5b6f4-x2x9p", "web")
    loud = Container(tmp_path, "noise", "loud-6bdcf4d5c-q8rtz", "loud")
    written, flood, over = {"shop": 0, "noise": 0}, Event(), Event()

    def log() -> None:
        while not over.is_set():
            quiet.write(f"INFO handled request {written['shop']}")
            written["shop"] += 1
            for number in range(BURST if flood.is_set() else 1):
                loud.write(f"INFO job {number} of queue {number % 7} is done")
                written["noise"] += 1
            over.wait(0.05)

    service, writer = ServiceProcess(tmp_path / "store.sqlite", [tmp_path / "containers"]), Thread(target=log)
    writer.start()
    try:
        service.start(90)
        service.wait_until(1)
        time.sleep(3)
        before = measured(service.store)
        flood.set()
        during = measured(service.store, 10)
        flood.clear()
        over.set()
        writer.join()
        service.wait_until(time.time_ns() // 1_000)
    finally:
        over.set()
        writer.join()
        for one in (quiet, loud):
            one.close()
        code = service.stop()
    assert code == 0
    assert lines(service.store) == written
    assert during, "windows are closed while it lasts"
    record_property("lines of the flood", written["noise"])
    record_property("seconds behind, before and during", f"{median(before):.1f}, {median(during):.1f}")
    record_property("ratio", round(median(during) / median(before), 2))
    record_property("neighbour's lines lost", 0)


def measured(store: Path, seconds: float = 5) -> list[float]:
    """How far behind the clock windows are closed, again and again."""
    found, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        found.append(lag(store))
        time.sleep(0.25)
    return found
