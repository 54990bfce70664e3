"""While Elasticsearch is gone, stuck, overloaded or slow, drainwatch says so, and then nothing is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.logs import SECOND, by_window, make_index
from tests.faults.program import Pace, Program, set_up
from tests.faults.results import closed_until, counts_by_window, tally
from tests.faults.shipping import Shipper
from tests.length import AT_LENGTH
from tests.servers.elasticsearch import NEWEST, Server
from tests.servers.proxy import Proxy

WINDOW = 2 * SECOND
PACE = Pace(window="2s", learn="20s", timeout="2s", patience="1s")
LONG = [(NEWEST, 60), ("8.19.21", 10)] if AT_LENGTH else [(NEWEST, 6)]
"""Servers, and the seconds that each is killed and stuck."""


@contextmanager
def killed(server: Server, _: Proxy) -> Iterator[None]:
    server.kill()
    yield
    server.start()
    server.wait()


@contextmanager
def stuck(server: Server, _: Proxy) -> Iterator[None]:
    server.pause()
    yield
    server.resume()


@contextmanager
def overloaded(_: Server, proxy: Proxy) -> Iterator[None]:
    proxy.answer(429, times=1_000_000)
    yield
    proxy.calm_down()


@contextmanager
def gone(_: Server, proxy: Proxy) -> Iterator[None]:
    with proxy.away():
        yield


@contextmanager
def slow(_: Server, proxy: Proxy) -> Iterator[None]:
    proxy.delay(0.3)
    yield
    proxy.calm_down()


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to the cluster, for how many seconds, and what the status page says of it; empty for nothing."""

    comes: Callable[[Server, Proxy], AbstractContextManager[None]]
    seconds: float
    said: str


@pytest.mark.parametrize("elasticsearch", [NEWEST], indirect=True)
def test_while_the_cluster_is_gone_or_overloaded_the_service_says_so_and_then_nothing_is_missing(
    elasticsearch: Server, prefix: str, tmp_path: Path
) -> None:
    troubles = [Trouble(overloaded, 2, "too much to do"), Trouble(gone, 2, "can't be reached"), Trouble(slow, 4, "")]
    live_through(troubles, elasticsearch, prefix, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("version", "seconds"), LONG)
def test_while_the_cluster_is_killed_or_stuck_the_service_says_so_and_then_nothing_is_missing(
    own_server: Callable[[str], Server], tmp_path: Path, version: str, seconds: float
) -> None:
    troubles = [
        Trouble(killed, seconds, "can't be reached|closed the connection"),
        Trouble(stuck, seconds, "didn't answer in time"),
    ]
    if AT_LENGTH:
        troubles += [
            Trouble(overloaded, 10, "too much to do"),
            Trouble(gone, 10, "can't be reached"),
            Trouble(slow, 20, ""),
        ]
    live_through(troubles, own_server(version), "dwaway", tmp_path)


def live_through(troubles: Sequence[Trouble], server: Server, prefix: str, folder: Path) -> None:
    """Follow what is logged meanwhile, and compare what was counted in the end."""
    index = f"filebeat-{prefix}"
    make_index(server.client, index)
    set_up(server, prefix, folder / "setup")
    begin = (time.time_ns() // 1_000 - 60 * SECOND) // WINDOW * WINDOW
    shipper = Shipper(server.client, index, begin)
    with closing(Proxy(server)) as proxy:
        program = Program(folder / "service", proxy.connection("service"), index, prefix, PACE, history="1h")
        shipper.start()
        try:
            program.serve()
            program.wait_for(lambda: bool(program.status()["phase"] == "live"))
            for trouble in troubles:
                with trouble.comes(server, proxy):
                    if trouble.said:
                        program.wait_for_error(trouble.said)
                    time.sleep(trouble.seconds)
                program.wait_for(lambda: program.status()["error"] is None, 90)
            end = shipper.stop() // WINDOW * WINDOW
            program.wait_for(lambda: closed_until(server.connection(), prefix) >= end)
        finally:
            shipper.stop()
            code = program.stop()
    assert code == 0
    assert counts_by_window(server.connection(), prefix, end) == by_window(shipper.written, WINDOW, end)
    assert tally(server.connection(), prefix).balanced
    assert "Traceback" not in program.text
