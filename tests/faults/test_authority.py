"""A cluster whose certificates come from a new authority, as ECK's do once a year."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.logs import Writer, make_index, ship
from tests.faults.program import Pace, Program, set_up
from tests.length import AT_LENGTH
from tests.servers.access import write_certificates
from tests.servers.elasticsearch import NEWEST, Server

PREFIX = "dwauthority"


def under_a_new_authority(server: Server) -> None:
    config = server.folder / "config"
    owner = config.stat()
    server.client.close()
    del server.client  # the next one trusts the new one
    server.stop()
    (config / "http.crt").unlink()
    write_certificates(config)
    for name in ("ca.crt", "http.crt", "http.key"):
        os.chown(config / name, owner.st_uid, owner.st_gid)
    server.start()
    server.wait()
    server.client.cluster.health(index=f"{PREFIX}*,filebeat-*", wait_for_status="yellow", timeout="30s")


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.skipif(not AT_LENGTH, reason="it starts a server twice; DRAINWATCH_AT_LENGTH=1 runs it")
def test_a_new_authority_is_trusted_when_its_file_is_there_without_a_restart(
    own_server: Callable[[str], Server], tmp_path: Path
) -> None:
    server, mounted = own_server(NEWEST), tmp_path / "ca.crt"
    shutil.copy(server.ca_file, mounted)
    make_index(server.client, f"filebeat-{PREFIX}")
    set_up(server, PREFIX, tmp_path / "setup")
    who = replace(server.connection("service"), ca_file=str(mounted))
    program = Program(
        tmp_path / "service", who, f"filebeat-{PREFIX}", PREFIX, Pace(window="2s", patience="1s"), history="1m"
    )
    written = Writer(1)

    def say(text: str) -> None:
        ship(server.client, f"filebeat-{PREFIX}", [written.document(time.time_ns() // 1_000, "shop", "cart", text)])

    def counted() -> int:
        client = server.client.options(ignore_status=503)  # a day's index that is just being made
        found = client.search(index=f"{PREFIX}-counts-*", ignore_unavailable=True)
        return int(found["hits"]["total"]["value"]) if "hits" in found else 0

    say("INFO before")
    program.serve()
    program.wait_for(lambda: counted() == 1)
    under_a_new_authority(server)
    program.wait_for_error("isn't trusted")
    say("INFO after")
    shutil.copy(server.ca_file, mounted)
    program.wait_for(lambda: counted() == 2, seconds=90)
    program.wait_for(lambda: program.status()["error"] is None)
    assert program.stop() == 0
