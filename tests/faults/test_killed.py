"""However often drainwatch is killed, in the end Elasticsearch holds what one that was left alone writes."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.logs import SECOND, Document, Writer, by_window, ship
from tests.faults.program import Pace, Program, set_up
from tests.faults.results import closed_until, contents, counts_by_window, documents, tally
from tests.faults.shipping import Shipper
from tests.length import in_full
from tests.servers.elasticsearch import NEWEST, PINNED, Server
from tests.servers.proxy import Proxy

WINDOW = 2 * SECOND
PACE = Pace(window="2s")
"""So that there are several passes to be killed in."""
MINUTES = 10
FAULT = (8 * 60, 8 * 60 + 30)
"""Seconds from the beginning."""

KILLS = 20

in_full_on_both = [
    pytest.param(version, KILLS, marks=[pytest.mark.timeout(900), *in_full], id=f"at length on {version}")
    for version in PINNED
]
briefly = pytest.param(NEWEST, 4, id=f"briefly on {NEWEST}")
longer = pytest.param(NEWEST, 6, marks=[pytest.mark.long, pytest.mark.timeout(900)], id=f"longer on {NEWEST}")


def logs(begin: int) -> list[Document]:
    """Ten minutes of three namespaces, in one of which something breaks."""
    fault = (begin + FAULT[0] * SECOND, begin + FAULT[1] * SECOND)
    return Writer(seed=4).logged(begin, begin + MINUTES * 60 * SECOND, fault=fault)


def shown(time_us: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_us // SECOND))


def kill_at_some_request(program: Program, proxy: Proxy, rng: random.Random) -> None:
    """At any of the next requests, or at one that writes; before or after the server did what it was asked for."""
    done = rng.random() < 0.5
    if rng.random() < 0.5:
        proxy.strike(program.kill, containing="_bulk", passing=rng.randrange(5), done=done)
    else:
        proxy.strike(program.kill, passing=rng.randrange(50), done=done)


@pytest.mark.parametrize(("elasticsearch", "kills"), [briefly, *in_full_on_both], indirect=["elasticsearch"])
def test_a_backfill_that_is_killed_again_and_again_ends_with_the_same_results(
    elasticsearch: Server, proxy: Proxy, prefix: str, index: str, tmp_path: Path, kills: int
) -> None:
    begin = (time.time_ns() // 1_000 - 3_600 * SECOND) // (60 * SECOND) * 60 * SECOND
    end = begin + MINUTES * 60 * SECOND
    written = logs(begin)
    ship(elasticsearch.client, index, written)
    rng, connection = random.Random(kills), elasticsearch.connection()
    left_alone, killed = (f"{prefix}{letter}" for letter in "ab")
    command = ["backfill", "--since", shown(begin), "--until", shown(end)]
    for each in (left_alone, killed):
        set_up(elasticsearch, each, tmp_path / "setup")

    program = Program(tmp_path / "left-alone", proxy.connection("service"), index, left_alone, PACE)
    program.do(*command)
    program = Program(tmp_path / "killed", proxy.connection("service"), index, killed, PACE)
    died = 0
    for turn in range(kills):
        if turn % 4 == 3:
            program.start(*command)
            time.sleep(rng.uniform(1, 4))
            program.kill()
        else:
            kill_at_some_request(program, proxy, rng)
            program.start(*command)
        died += program.wait() == -signal.SIGKILL
        proxy.calm_down()
    program.do(*command)

    assert died > kills / 2
    assert counts_by_window(connection, left_alone, end) == by_window(written, WINDOW, end)
    assert contents(connection, killed, end) == contents(connection, left_alone, end)
    assert documents(elasticsearch.client, killed, end) == documents(elasticsearch.client, left_alone, end)
    assert tally(connection, killed) == tally(connection, left_alone)
    assert tally(connection, killed).balanced
    assert tally(connection, killed).read == len(written)
    assert any(namespace == "shop" for _, namespace, *_ in contents(connection, killed, end)["incidents"])
    assert "Traceback" not in program.said.read_text()


@pytest.mark.parametrize(("elasticsearch", "kills"), [longer, *in_full_on_both], indirect=["elasticsearch"])
def test_a_service_that_is_killed_again_and_again_ends_with_the_same_results(
    elasticsearch: Server, proxy: Proxy, prefix: str, index: str, tmp_path: Path, kills: int
) -> None:
    end = (time.time_ns() // 1_000 - 20 * SECOND) // WINDOW * WINDOW
    begin = end - MINUTES * 60 * SECOND
    written = logs(begin)
    ship(elasticsearch.client, index, written)
    rng, connection = random.Random(kills), elasticsearch.connection()
    left_alone, killed = (f"{prefix}{letter}" for letter in "ab")
    for each in (left_alone, killed):
        set_up(elasticsearch, each, tmp_path / "setup")
    command = ["--since", shown(begin)]

    program = Program(tmp_path / "left-alone", proxy.connection("service"), index, left_alone, PACE)
    program.serve(*command)
    program.wait_for(lambda: closed_until(connection, left_alone) >= end)
    assert program.stop() == 0
    program = Program(tmp_path / "killed", proxy.connection("service"), index, killed, PACE)
    for _ in range(kills):
        kill_at_some_request(program, proxy, rng)
        program.start("run", *command)
        program.wait()
        proxy.calm_down()
    program.serve(*command)
    program.wait_for(lambda: closed_until(connection, killed) >= end)
    assert program.stop() == 0

    assert counts_by_window(connection, left_alone, end) == by_window(written, WINDOW, end)
    assert contents(connection, killed, end) == contents(connection, left_alone, end)
    assert documents(elasticsearch.client, killed, end) == documents(elasticsearch.client, left_alone, end)
    for each in (left_alone, killed):
        assert tally(connection, each).balanced
        assert tally(connection, each).read == len(written)
    assert any(namespace == "shop" for _, namespace, *_ in contents(connection, killed, end)["incidents"])
    assert "Traceback" not in program.said.read_text()


@pytest.mark.parametrize("elasticsearch", [NEWEST], indirect=True)
def test_a_backfill_while_the_service_is_stopped_leaves_the_account_right(
    elasticsearch: Server, prefix: str, index: str, tmp_path: Path
) -> None:
    begin = (time.time_ns() // 1_000 - 60 * SECOND) // WINDOW * WINDOW
    shipper = Shipper(elasticsearch.client, index, begin)
    set_up(elasticsearch, prefix, tmp_path / "setup")
    connection = elasticsearch.connection()
    program = Program(tmp_path / "service", elasticsearch.connection("service"), index, prefix, PACE)
    shipper.start()
    try:
        program.serve("--since", shown(begin))
        program.wait_for(lambda: tally(connection, prefix).pending > 0)
        assert program.stop() == 0
        program.do("backfill", "--since", shown(begin))
        program.serve()
        shipper.stop()
        program.wait_for(lambda: tally(connection, prefix).read >= len(shipper.written))
        assert program.stop() == 0
    finally:
        shipper.stop()
        program.kill()
    assert tally(connection, prefix).read == len(shipper.written)
    assert tally(connection, prefix).balanced
