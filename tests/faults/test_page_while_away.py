"""Whoever looks while the cluster is away is told so at once, however patient the passes are."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.logs import SECOND, make_index, ship
from tests.faults.program import Pace, Program, set_up
from tests.faults.shipping import Shipper
from tests.faults.test_killed import shown
from tests.servers.elasticsearch import NEWEST, Server
from tests.servers.proxy import Proxy


def asked(program: Program, path: str) -> tuple[int, Any, float]:
    """Status, answer, and the seconds that it took."""
    begin = time.monotonic()
    try:
        with urllib.request.urlopen(f"{program.address}{path}", timeout=60) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        status, body = refused.code, refused.read()
    return status, json.loads(body), time.monotonic() - begin


def store_of(told: dict[str, Any]) -> str:
    return str(next(part["state"] for part in told["parts"] if part["name"] == "store"))


@pytest.mark.long
@pytest.mark.parametrize("elasticsearch", [NEWEST], indirect=True)
def test_the_page_says_at_once_that_the_store_is_away(
    elasticsearch: Server, prefix: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    index, begin = f"filebeat-{prefix}", time.time_ns() // 1_000 - 60 * SECOND
    make_index(elasticsearch.client, index)
    set_up(elasticsearch, prefix, tmp_path / "setup")
    shipper = Shipper(elasticsearch.client, index, begin)
    ship(elasticsearch.client, index, [])
    with closing(Proxy(elasticsearch)) as proxy:
        pace = Pace(window="2s", learn="20s", timeout="30s", patience="10m")
        program = Program(tmp_path / "service", proxy.connection("service"), index, prefix, pace)
        shipper.start()
        try:
            program.serve("--since", shown(begin))
            program.wait_for(lambda: asked(program, "/readyz")[0] == 200)
            with proxy.away():
                status, told, seconds = asked(program, "/readyz")
                live = asked(program, "/api/v1/status")[1]
                namespaces = asked(program, "/api/v1/namespaces")[0]
            program.wait_for(lambda: asked(program, "/readyz")[0] == 200)
        finally:
            shipper.stop()
            program.kill()
    assert (status, store_of(told), namespaces) == (503, "down", 503)
    assert store_of(live) == "down", "the passes, which wait for ten minutes, hold nobody up"
    record_property("seconds until told", round(seconds, 1))
