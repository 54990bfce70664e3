"""While Elasticsearch is gone, stuck, overloaded or slow, drainwatch says so, and then nothing is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.logs import SECOND, by_window, make_index
from tests.faults.program import Pace, Program, set_up
from tests.faults.results import closed_until, counts_by_window, tally
from tests.faults.shipping import Shipper
from tests.servers.elasticsearch import NEWEST, Server
from tests.servers.proxy import Proxy

WINDOW = 5 * SECOND
Trouble = Callable[[Server, Proxy], object]


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


TROUBLES = {
    killed: "can't be reached|closed the connection|can't read",
    stuck: "didn't answer in time",
    overloaded: "too much to do",
    gone: "can't be reached",
}


@pytest.mark.parametrize(
    ("version", "seconds"),
    [
        pytest.param(NEWEST, 4, id="briefly"),
        pytest.param(NEWEST, 60, marks=[pytest.mark.long, pytest.mark.timeout(900)], id="at length"),
        pytest.param("8.19.21", 60, marks=[pytest.mark.long, pytest.mark.timeout(900)], id="at length, on 8.19"),
    ],
)
def test_while_the_cluster_is_away_the_service_says_so_and_then_nothing_is_missing(
    own_server: Callable[[str], Server], tmp_path: Path, version: str, seconds: float
) -> None:
    server, prefix, index = own_server(version), "dwaway", "filebeat-dwaway"
    make_index(server.client, index)
    set_up(server, prefix, tmp_path / "setup")
    begin = (time.time_ns() // 1_000 - 60 * SECOND) // WINDOW * WINDOW
    shipper = Shipper(server.client, index, begin)
    pace = Pace(learn="20s", timeout="2s", patience="2s")
    with closing(Proxy(server)) as proxy:
        program = Program(tmp_path / "service", proxy.connection("service"), index, prefix, pace, history="1h")
        shipper.start()
        try:
            program.serve()
            program.wait_for(lambda: program.status()["phase"] == "live")
            for trouble, said in TROUBLES.items():
                with trouble(server, proxy):
                    program.wait_for_error(said)
                    time.sleep(seconds)
                program.wait_for(lambda: program.status()["error"] is None, 90)
            proxy.delay(0.3)
            time.sleep(2 * seconds)
            end = shipper.stop() // WINDOW * WINDOW
            program.wait_for(lambda: closed_until(server.connection(), prefix) >= end)
        finally:
            shipper.stop()
            code = program.stop()
    assert code == 0
    assert counts_by_window(server.connection(), prefix, end) == by_window(shipper.written, WINDOW, end)
    assert tally(server.connection(), prefix).balanced
    assert "Traceback" not in program.text
